import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { providers } from '../providers/index.ts';
import { openVault } from '../secrets/open.ts';
import { SecretUnreadable } from '../secrets/vault.ts';
import { type ManualClock, manualClock } from '../state/__fixtures__/manual-clock.ts';
import { openStore } from '../store/open.ts';
import { SettingsRepository } from '../store/settings.ts';
import type { Store } from '../store/store.ts';
import { AccountDirectory } from './directory.ts';
import type { HealthEvent } from './health-event.ts';
import type { NewAccount } from './input.ts';
import { AccountRepository } from './repository.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

let folder: string;
let clock: ManualClock;
let store: Store;
let repository: AccountRepository;
let directory: AccountDirectory;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waystation-test-'));
  clock = manualClock();
  store = await openStore({ engine: 'sqlite', file: ':memory:' });
  const markers = new SettingsRepository(store);
  const vault = await openVault({ backend: 'key-file', folder, markers, warn: () => undefined });
  repository = new AccountRepository(store, vault, providers, clock);
  directory = await AccountDirectory.open(repository, providers, clock);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

let nextName = 0;
async function add(fields: Partial<NewAccount> = {}): Promise<string> {
  nextName += 1;
  clock.advance(1);
  const { id } = await repository.create({
    name: `account ${nextName}`,
    provider: 'anthropic',
    secretText: 'sk-ant-x',
    weight: 1,
    ...fields,
  });
  await directory.reload();
  directory.views('messages');
  return id;
}

const rateLimited = (retryAfterMs: number, scope: 'account' | 'model' = 'account'): HealthEvent => ({
  kind: 'fault',
  fault: { kind: 'rate-limited', scope, retryAfterMs },
  model: 'claude-sonnet-4-5',
  isLastAccount: true,
});
const view = (id: string) => {
  const found = directory.get(id);
  if (!found) throw new Error('there is no such account');
  return found;
};
const start = (id: string, times: number) => {
  for (let time = 0; time < times; time += 1) void directory.take(id);
};

describe('what only this process knows', () => {
  test('counts what is in flight and what was served, and knows nothing of accounts that are gone', async () => {
    const id = await add({ weight: 4 });
    start(id, 3);
    directory.give(id);
    expect(view(id)).toMatchObject({ inFlight: 2, served: 0.75 });
    for (let time = 0; time < 5; time += 1) directory.give(id);
    expect(view(id).inFlight).toBe(0);
    expect(directory.take('acc_none')).toBe(false);
    directory.give('acc_none');
    expect(directory.apply('acc_none', { kind: 'served' })).toEqual([]);
  });

  test('a new account starts where the least used one of its pool stands', async () => {
    const [busy, calm] = [await add(), await add()];
    start(busy, 100);
    start(calm, 40);
    expect(view(await add()).served).toBe(40);
    expect(view(await add({ priority: 1 })).served).toBe(0);
  });

  test('an account that was paused or limited does not have to catch up, however it returns', async () => {
    const [worker, paused, limited, signedOut] = [await add(), await add(), await add(), await add()];
    await repository.update(paused, { isEnabled: false });
    await directory.reload();
    directory.apply(limited, rateLimited(minute));
    directory.apply(signedOut, { kind: 'fault', fault: { kind: 'credential-rejected' }, model: 'm' });
    directory.views('messages');
    start(worker, 100);
    const served = () => [paused, limited, signedOut].map((id) => view(id).served);
    expect(served()).toEqual([0, 0, 0]);
    clock.advance(minute);
    directory.views('messages');
    expect(served()).toEqual([0, 100, 0]);
    await repository.update(paused, { isEnabled: true });
    await directory.reload();
    directory.apply(signedOut, { kind: 'resumed' });
    expect(served()).toEqual([100, 100, 100]);
  });

  test('an account that was merely used less keeps what it is owed', async () => {
    const [busy, calm] = [await add(), await add()];
    start(busy, 100);
    directory.apply(calm, { kind: 'served' });
    await directory.reload();
    expect(view(calm).served).toBe(0);
  });

  test('an account of another priority starts anew there', async () => {
    const [first, second] = [await add({ priority: 1 }), await add({ priority: 2 })];
    start(first, 100);
    start(second, 5);
    await repository.update(first, { priority: 2 });
    await directory.reload();
    expect(view(first).served).toBe(5);
  });
});

describe('health', () => {
  test('is stored when it changed, and only then', async () => {
    const id = await add();
    expect(directory.apply(id, { kind: 'served' })).toEqual([]);
    await store.write(directory.apply(id, rateLimited(minute)));
    expect((await repository.loadHealth()).get(id)).toEqual(view(id).health);
    expect(directory.apply(id, rateLimited(minute))).toEqual([]);
  });

  test('takes the client’s name of a model and keeps the upstream’s', async () => {
    const id = await add({ modelMap: { 'claude-sonnet-*': 'big-model' } });
    directory.apply(id, rateLimited(minute, 'model'));
    expect(view(id).health.limits.map(({ models }) => models)).toEqual([['big-model']]);
  });

  test.each([-hour, -day, hour, day, 30 * day, -30 * day])(
    'D16 clock-jump: a limit of an hour is over after an hour, although the wall clock was set by %i ms',
    async (jump) => {
      for (const passedMs of [0, 10 * minute, 59 * minute]) {
        const id = await add();
        directory.apply(id, rateLimited(hour));
        directory.apply(id, rateLimited(hour, 'model'));
        clock.advance(passedMs);
        clock.jump(jump);
        const now = clock.now();
        const { until = now, limits } = view(id).health;
        const ends = [until, ...limits.map((limit) => limit.until)];
        for (const end of ends) expect(end - now).toBeLessThanOrEqual(hour - passedMs);
        if (jump < 0) for (const end of ends) expect(end - now).toBe(hour - passedMs);
        clock.advance(hour - passedMs);
        expect(view(id).health).toMatchObject({ state: 'active', limits: [] });
        clock.jump(-jump);
        expect(view(id).health).toMatchObject({ state: 'active', limits: [] });
      }
    },
  );

  test('D16 clock-jump: a limit that was stored before the clock was set back lasts its own length at most', async () => {
    const id = await add();
    await store.write(directory.apply(id, rateLimited(hour)));
    clock.jump(-day);
    directory = await AccountDirectory.open(repository, providers, clock);
    expect((view(id).health.until ?? 0) - clock.now()).toBe(hour);
    clock.advance(hour / 2);
    await directory.reload();
    expect((view(id).health.until ?? 0) - clock.now()).toBe(hour / 2);
    clock.advance(hour / 2);
    await directory.reload();
    expect(view(id).health.state).toBe('active');
  });

  test('D16 clock-jump: small corrections of the clock are no jump', async () => {
    const id = await add();
    directory.apply(id, rateLimited(hour));
    const { until } = view(id).health;
    for (let time = 0; time < 5; time += 1) {
      clock.jump(-100);
      clock.advance(1);
    }
    expect(view(id).health.until).toBe(until);
  });
});

describe('credentials', () => {
  test('are opened once, until the account changes or they are forgotten', async () => {
    const id = await add();
    const first = directory.credential(id);
    expect(directory.credential(id)).toBe(first);
    expect(await first).toEqual({
      revision: 0,
      secret: { apiKey: 'sk-ant-x' },
      proxy: undefined,
      origin: 'https://api.anthropic.com',
    });
    directory.forgetCredential(id);
    expect(directory.credential(id)).not.toBe(first);
    await repository.update(id, { secretText: 'sk-ant-new', proxy: 'http://127.0.0.1:3128' });
    await directory.reload();
    expect(await directory.credential(id)).toMatchObject({
      secret: { apiKey: 'sk-ant-new' },
      proxy: 'http://127.0.0.1:3128',
    });
  });

  test('that cannot be opened are tried again', async () => {
    const id = await add();
    const { secret } = await store.db.selectFrom('accounts').select('secret').executeTakeFirstOrThrow();
    await store.db.updateTable('accounts').set({ secret: 'damaged' }).execute();
    await expect(directory.credential(id)).rejects.toThrow(SecretUnreadable);
    await store.db.updateTable('accounts').set({ secret }).execute();
    expect(await directory.credential(id)).toMatchObject({ secret: { apiKey: 'sk-ant-x' } });
  });

  test('of an account that is gone cannot be read', async () => {
    const id = await add();
    await repository.remove(id);
    await directory.reload();
    await expect(directory.credential(id)).rejects.toThrow(SecretUnreadable);
  });
});
