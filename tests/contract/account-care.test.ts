import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AccountDirectory } from '../../app/accounts/directory.ts';
import { LimitWriter } from '../../app/accounts/limit-writer.ts';
import { AccountRepository } from '../../app/accounts/repository.ts';
import { providers } from '../../app/providers/index.ts';
import { openVault } from '../../app/secrets/open.ts';
import { type ManualClock, manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { SettingsRepository } from '../../app/store/settings.ts';
import type { Store } from '../../app/store/store.ts';
import { type OpenedStore, onEachStore } from '../support/each-store.ts';
import { createFolder } from '../support/temporary-folder.ts';

await onEachStore('care for accounts', defineContract);

const work = { name: 'work', provider: 'anthropic', secretText: 'sk-ant-x' } as const;
const limitedFor = (retryAfterMs: number) =>
  ({ kind: 'fault', fault: { kind: 'rate-limited', scope: 'account', retryAfterMs }, model: 'm' }) as const;
const hour = 3_600_000;

function defineContract(open: () => Promise<OpenedStore>): void {
  const { folder, remove: removeFolder } = createFolder();
  let opened: OpenedStore;
  let store: Store;
  let clock: ManualClock;
  let accounts: AccountRepository;
  const openDirectory = () => AccountDirectory.open(accounts, providers, clock);

  beforeAll(async () => {
    opened = await open();
    store = opened.store;
    const markers = new SettingsRepository(store);
    const vault = await openVault({ backend: 'key-file', folder, markers, warn: () => undefined });
    clock = manualClock();
    accounts = new AccountRepository(store, vault, providers, clock);
  });
  afterEach(async () => {
    for (const { id } of await accounts.list()) await accounts.remove(id);
    for (const { id } of await accounts.groups.list()) await accounts.groups.remove(id);
  });
  afterAll(async () => {
    await store.close();
    await opened.remove();
    await removeFolder();
  });

  describe('what its owner asks', () => {
    test('is kept, changed field by field, and taken away with null', async () => {
      const { id, care } = await accounts.create({ ...work, care: { maxConcurrent: 4, stopAt: { '5h': 90 } } });
      expect(care).toEqual({ sharing: 'shared', maxConcurrent: 4, stopAt: { '5h': 90 } });
      const changed = await accounts.update(id, { care: { maxConcurrent: null, sharing: 'only-me' } });
      expect(changed?.care).toEqual({ sharing: 'only-me', stopAt: { '5h': 90 } });
      expect(await accounts.find(id)).toEqual(changed);
    });

    test.each([{ maxConcurrent: 0 }, { stopAt: { '5h': 101 } }, { reservePercent: 0 }, { expiresAt: 1.5 }])(
      'is refused when it makes no sense: %o',
      async (care) => {
        await expect(accounts.create({ ...work, care })).rejects.toThrow(/care\./);
      },
    );
  });

  describe('the timeline', () => {
    test('has a line for each change of state, the newest first, and none for what only counts', async () => {
      const { id } = await accounts.create(work);
      const directory = await openDirectory();
      const apply = async (...events: readonly Parameters<typeof directory.apply>[1][]) => {
        for (const event of events) {
          clock.advance(10);
          await store.write(directory.apply(id, event));
        }
      };
      await apply({ kind: 'fault', fault: { kind: 'overloaded' }, model: 'm' }, { kind: 'served' });
      await apply(limitedFor(hour), { kind: 'resumed' });
      clock.advance(10);
      await accounts.update(id, { isEnabled: false });
      const lines = await accounts.timeline.list(id, 10);
      expect(lines.map(({ state, reason }) => [state, reason?.kind])).toEqual([
        ['paused', 'paused'],
        ['active', undefined],
        ['limited', 'rate-limit'],
      ]);
      expect((lines[2]?.until ?? 0) - (lines[2]?.at ?? 0)).toBeGreaterThanOrEqual(hour);
    });

    test('and the history of errors keep a bounded number of lines for each account', async () => {
      const { id } = await accounts.create(work);
      for (let index = 0; index < 520; index += 1) {
        const at = clock.now() + index;
        const entry = index < 210 ? accounts.timeline.statements(id, { at, state: 'active' }) : [];
        const error = { at, requestId: 'req_1', model: 'm\0', fault: 'overloaded', status: index };
        await store.write([...entry, ...accounts.timeline.errorStatements(id, error)]);
      }
      expect(await accounts.timeline.list(id, 1_000)).toHaveLength(200);
      const errors = await accounts.timeline.errors(id, 1_000);
      expect([errors.length, errors[0]?.status, errors[0]?.model]).toEqual([500, 519, 'm']);
      await accounts.remove(id);
      expect(await accounts.timeline.errors(id, 10)).toEqual([]);
    });
  });

  describe('limits', () => {
    const told = (readAt: number, used: number) => ({
      readAt,
      windows: [{ name: '5h', used, lengthMs: 5 * hour, resetsAt: clock.now() + hour, isExhausted: false }],
    });

    test('are written now and then, once for many answers, and read by other nodes and after a restart', async () => {
      const { id } = await accounts.create(work);
      const directory = await openDirectory();
      const writer = new LimitWriter(directory, store, clock);
      for (let answer = 1; answer <= 50; answer += 1)
        directory.noteLimits(id, told(clock.now() + answer, answer / 100));
      expect((await openDirectory()).get(id)?.limits).toBeUndefined();
      await writer.stop();
      expect(directory.takeUnwrittenLimits()).toEqual([]);
      const view = (await openDirectory()).get(id);
      expect(view?.limits).toEqual(directory.get(id)?.limits);
      expect(view?.headroom('any', clock.now())).toMatchObject({ left: 0.5, window: '5h' });
    });
  });

  describe('groups', () => {
    test('have members with priorities of their own and a fallback', async () => {
      const [one, other] = [await accounts.create(work), await accounts.create({ ...work, name: 'other' })];
      const spare = await accounts.groups.create({ name: 'spare', members: [{ accountId: other.id }] });
      const team = await accounts.groups.create({
        name: 'team',
        members: [{ accountId: one.id, priority: 3 }],
        fallbackId: spare.id,
      });
      expect(team).toMatchObject({ name: 'team', fallbackId: spare.id, members: new Map([[one.id, 3]]) });
      const directory = await openDirectory();
      expect(directory.groups.get(team.id)).toEqual(team);
      await accounts.groups.update(team.id, { members: [{ accountId: other.id }], fallbackId: null });
      await directory.poll();
      expect(directory.groups.get(team.id)).toMatchObject({
        fallbackId: undefined,
        members: new Map([[other.id, undefined]]),
      });
      await accounts.remove(other.id);
      expect((await accounts.groups.list()).map(({ members }) => members.size)).toEqual([0, 0]);
    });

    test('whose fallback leads back to themselves are refused, however long the way', async () => {
      const create = (name: string, fallbackId?: string) => accounts.groups.create({ name, members: [], fallbackId });
      const a = await create('a');
      const b = await create('b', a.id);
      const c = await create('c', b.id);
      for (const fallbackId of [a.id, b.id, c.id]) {
        await expect(accounts.groups.update(a.id, { fallbackId })).rejects.toThrow('leads back');
      }
      await expect(create('d', 'grp_none')).rejects.toThrow('not a group');
      await expect(create(' A '.trim())).rejects.toThrow('has this name');
      await accounts.groups.remove(b.id);
      expect((await accounts.groups.list()).find(({ id }) => id === c.id)?.fallbackId).toBeUndefined();
    });
  });
}
