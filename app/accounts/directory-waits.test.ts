import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { providers } from '../providers/index.ts';
import { openVault } from '../secrets/open.ts';
import { type ManualClock, manualClock } from '../state/__fixtures__/manual-clock.ts';
import { openStore } from '../store/open.ts';
import { SettingsRepository } from '../store/settings.ts';
import type { Store } from '../store/store.ts';
import { AccountDirectory } from './directory.ts';
import { AccountRepository } from './repository.ts';

const second = 1_000;
const minute = 60 * second;

let folder: string;
let clock: ManualClock;
let store: Store;
let ids: readonly string[];
let directory: AccountDirectory;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waystation-test-'));
  clock = manualClock();
  store = await openStore({ engine: 'sqlite', file: ':memory:' });
  const vault = await openVault({
    ...{ backend: 'key-file' as const, folder, warn: () => undefined },
    markers: new SettingsRepository(store),
  });
  const repository = new AccountRepository(store, vault, providers, clock);
  const made = [];
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    made.push(await repository.create({ name, provider: 'anthropic', secretText: 'sk-ant-x' }));
  }
  ids = made.map(({ id }) => id);
  directory = await AccountDirectory.open(repository, providers, clock);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const settled = () => new Promise((resolve) => setImmediate(resolve));
const limit = (id: string, retryAfterMs: number) =>
  directory.apply(id, {
    kind: 'fault',
    fault: { kind: 'rate-limited', scope: 'account', retryAfterMs },
    model: 'm',
    isLastAccount: true,
  });

test('A08 herd-after-reset: 500 waiters start ten a second per account for five seconds, and no second wave comes', async () => {
  for (const id of ids) limit(id, minute);
  clock.advance(minute - second);
  const { signal } = new AbortController();
  const starts: { readonly id: string; readonly at: number }[] = [];
  for (let call = 0; call < 500; call += 1) {
    const wish = { keyId: `key ${call % 10}`, accounts: ids.map((id) => ({ id })), maxMs: 30 * second, signal };
    void directory.queue.wait(wish).then((turn) => {
      if (turn.kind !== 'account') throw new Error(`a call was not served: ${turn.kind}`);
      starts.push({ id: turn.accountId, at: clock.now() });
      // Every call is answered at once and goes on for ever: only the ramp holds the others back.
      directory.answered(turn.accountId, 100);
    });
  }
  expect(directory.queue.size).toBe(500);
  clock.advance(second);
  const reset = clock.now();
  for (let step = 0; step < 700; step += 1) {
    await settled();
    clock.advance(10);
  }
  expect(starts).toHaveLength(500);
  for (const id of ids) {
    const own = starts.filter((start) => start.id === id).map(({ at }) => at - reset);
    for (let from = 0; from < 5; from += 1) {
      const begun = own.filter((at) => at >= from * second && at < (from + 1) * second);
      expect(begun.length, `second ${from} of ${id}`).toBeLessThanOrEqual(10);
    }
    expect(own.filter((at) => at < second).length).toBeGreaterThan(5);
  }
});

test('A07 429-storm: while one call shows whether a limit has ended, nobody else begins', () => {
  const [id = ''] = ids;
  limit(id, minute);
  expect(directory.take(id)).toBe(false);
  clock.advance(minute);
  expect([directory.take(id), directory.take(id), directory.take(id)]).toEqual([true, false, false]);
  expect(directory.get(id)?.obstacle).toEqual({ reason: 'probing' });
  directory.answered(id, 100);
  expect(directory.get(id)?.obstacle).toMatchObject({ reason: 'ramping', until: clock.now() + 100 });
});

test('A12 sticky-slow: three slow answers in a row make the account cool down for five minutes, unless it is the only one', async () => {
  const [id = '', ...others] = ids;
  for (let answer = 0; answer < 2; answer += 1) directory.answered(id, 20 * second);
  directory.answered(id, second);
  for (let answer = 0; answer < 2; answer += 1) directory.answered(id, 20 * second);
  expect(directory.get(id)?.health.state).toBe('active');
  // A thinking model may take its time: that says nothing.
  directory.answered(id, undefined);
  expect(directory.answered(id, 20 * second).length).toBeGreaterThan(0);
  const { health } = directory.get(id) ?? {};
  expect(health).toMatchObject({ state: 'cooling-down', reason: { kind: 'slow', firstByteMs: 20 * second } });
  expect((health?.until ?? 0) - clock.now()).toBe(5 * minute);
  for (const other of others.slice(1))
    directory.apply(other, { kind: 'fault', fault: { kind: 'account-blocked' }, model: 'm' });
  const [last = ''] = others;
  for (let answer = 0; answer < 5; answer += 1) directory.answered(last, 20 * second);
  expect(directory.get(last)?.health.state).toBe('active');
});

test('an account’s share follows what is left of its limits in relation to the time that is left', async () => {
  const [tight = '', loose = ''] = ids;
  const told = (used: number) => ({
    readAt: clock.now(),
    windows: [
      {
        name: '7d',
        used,
        lengthMs: 7 * 24 * 60 * minute,
        resetsAt: clock.now() + 84 * 60 * minute,
        isExhausted: false,
      },
    ],
  });
  directory.views('messages');
  directory.noteLimits(tight, told(0.75));
  directory.noteLimits(loose, told(0));
  for (const id of [tight, loose]) expect(directory.take(id)).toBe(true);
  const [first, second_] = [tight, loose].map((id) => directory.get(id)?.served ?? 0);
  expect((first ?? 0) / (second_ ?? 1)).toBeCloseTo(4);
});
