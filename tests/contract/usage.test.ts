import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { noUsage } from '../../app/domain/usage.ts';
import { openStore } from '../../app/store/open.ts';
import { SettingsRepository } from '../../app/store/settings.ts';
import { type Store, StoreBusy } from '../../app/store/store.ts';
import { bundledPrices, openedCall, settledCall, switchable } from '../../app/usage/__fixtures__/calls.ts';
import { manualClock } from '../../app/usage/__fixtures__/manual-clock.ts';
import type { CallRecord } from '../../app/usage/record.ts';
import { UsageRecorder } from '../../app/usage/recorder.ts';
import { UsageRepository } from '../../app/usage/repository.ts';
import { UsageRollups } from '../../app/usage/rollups.ts';
import type { UsageSummary } from '../../app/usage/summary.ts';
import { createTestDatabase, missingPostgres } from '../support/postgres.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { createFolder, temporaryFolder } from '../support/temporary-folder.ts';

interface Opened {
  readonly store: Store;
  remove(): Promise<void>;
}

async function openFile(): Promise<Opened> {
  const { folder, remove } = createFolder();
  return { store: await openStore({ engine: 'sqlite', file: join(folder, 'waystation.db') }), remove };
}

async function openPostgres(): Promise<Opened> {
  const { url, drop } = await createTestDatabase();
  return { store: await openStore({ engine: 'postgres', url }), remove: drop };
}

describe('usage on SQLite', () => contract(openFile));
suiteThatNeeds(await missingPostgres(), 'usage on PostgreSQL', () => contract(openPostgres));

const day = 86_400_000;
const monday = Date.UTC(2026, 10, 16);
const prices = bundledPrices();

/** Five calls on three days: dear, cheap, unpriced, failed, and one of another key. */
const calls: readonly CallRecord[] = [
  settledCall('req_1', { startedAt: monday, durationMs: 10.5 }),
  settledCall('req_2', { startedAt: monday + day - 1, model: 'claude-haiku-4-5', accountId: 'acc_2' }),
  settledCall('req_3', { startedAt: monday + day, model: 'claude-opus-9' }),
  settledCall('req_4', {
    ...{ startedAt: monday + 2 * day, accountId: undefined, status: 'failed', httpStatus: 503, firstByteMs: undefined },
    ...{ errorKind: 'accounts-unavailable', usage: noUsage, attempts: [], userAgent: undefined },
  }),
  settledCall('req_5', {
    ...{ startedAt: monday + 2 * day + 1, keyId: 'key_2', status: 'aborted' },
    usage: {
      ...{ basis: 'estimated', inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWrite5mTokens: 4 },
      ...{ cacheWrite1hTokens: 5, thinkingTokens: 1, webSearchRequests: 1 },
    },
  }),
];

function contract(open: () => Promise<Opened>): void {
  let opened: Opened;
  let store: Store;
  let repository: UsageRepository;
  let rollups: UsageRollups;
  const openRecorder = (folder: string, target = store, clock = manualClock()) =>
    UsageRecorder.open({ store: target, prices, folder, clock, warn: () => undefined });
  const ids = async (filter: Partial<Parameters<UsageRepository['list']>[0]>) =>
    (await repository.list({ limit: 100, ...filter })).map(({ requestId }) => requestId);

  beforeAll(async () => {
    opened = await open();
    store = opened.store;
    repository = new UsageRepository(store);
    rollups = new UsageRollups(store, new SettingsRepository(store));
  });
  afterAll(async () => {
    await store.close();
    await opened.remove();
  });

  test('nothing recorded is an empty list, no call and no sum', async () => {
    expect(await repository.list({ limit: 10 })).toEqual([]);
    expect(await repository.find('req_1')).toBeUndefined();
    expect(await rollups.summary({ timeZone: 'UTC', groupBy: 'model' })).toEqual([]);
  });

  test('recorded calls come back whole, newest first', async () => {
    const recorder = await openRecorder(temporaryFolder());
    for (const call of calls) await recorder.record(call);
    await recorder.close();
    expect(await ids({})).toEqual(['req_5', 'req_4', 'req_3', 'req_2', 'req_1']);
    expect(await repository.find('req_4')).toEqual({
      ...{ requestId: 'req_4', startedAt: monday + 2 * day, durationMs: 1_200, firstByteMs: null, keyId: 'key_1' },
      ...{
        accountId: null,
        protocol: 'anthropic',
        route: '/v1/messages',
        model: 'claude-opus-5-5',
        upstreamModel: null,
      },
      ...{ status: 'failed', httpStatus: 503, errorKind: 'accounts-unavailable', basis: 'none' },
      ...{ inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 },
      ...{ thinkingTokens: 0, webSearchRequests: 0, costNanoUsd: 0, price: null, attempts: [] },
      explanation: { sticky: 'none', verdicts: [{ accountId: 'acc_1', rank: 0, priority: 50, load: 0 }] },
      ...{ session: 'session-digest', userAgent: null, project: null },
    });
    expect(await repository.find('req_5')).toMatchObject({
      ...{ status: 'aborted', basis: 'estimated', inputTokens: 1, outputTokens: 2, cacheReadTokens: 3 },
      ...{ cacheWrite5mTokens: 4, cacheWrite1hTokens: 5, thinkingTokens: 1, webSearchRequests: 1 },
      costNanoUsd: 4_000 + 40_000 + 600 + 20_000 + 40_000 + 10_000_000,
      price: { model: 'claude-opus-5-5', version: prices.version },
      attempts: [{ accountId: 'acc_1', status: 200 }],
    });
  });

  test('lists are filtered by time, key, account and status, and limited', async () => {
    expect(await ids({ since: monday + day })).toEqual(['req_5', 'req_4', 'req_3']);
    expect(await ids({ before: monday + day })).toEqual(['req_2', 'req_1']);
    expect(await ids({ since: monday + 1, before: monday + 2 * day })).toEqual(['req_3', 'req_2']);
    expect(await ids({ keyId: 'key_2' })).toEqual(['req_5']);
    expect(await ids({ accountId: 'acc_2' })).toEqual(['req_2']);
    expect(await ids({ status: 'completed', limit: 2 })).toEqual(['req_3', 'req_2']);
    expect(await ids({ keyId: "' or 1=1 --" })).toEqual([]);
  });

  test('sums are numbers, and say how many calls have no known price', async () => {
    const tokens = { inputTokens: 1_000, outputTokens: 500 };
    const none: Omit<UsageSummary, 'group'> = {
      ...{ calls: 1, inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWrite5mTokens: 0 },
      ...{ cacheWrite1hTokens: 0, thinkingTokens: 0, webSearchRequests: 0, costNanoUsd: 0, unpricedCalls: 0 },
      failedCalls: 0,
      per: null,
    };
    const cut = {
      ...{ cacheReadTokens: 3, cacheWrite5mTokens: 4, cacheWrite1hTokens: 5, thinkingTokens: 1, webSearchRequests: 1 },
    };
    const opus = {
      ...none,
      calls: 3,
      failedCalls: 1,
      ...cut,
      inputTokens: 1_001,
      outputTokens: 502,
      costNanoUsd: 24_104_600,
    };
    expect(await rollups.summary({ timeZone: 'UTC', groupBy: 'model' })).toEqual([
      { ...opus, group: 'claude-opus-5-5' },
      { ...none, ...tokens, group: 'claude-haiku-4-5', costNanoUsd: 3_500_000 },
      { ...none, ...tokens, group: 'claude-opus-9', unpricedCalls: 1 },
    ]);
    const cutCall = { ...none, ...cut, inputTokens: 1, outputTokens: 2, costNanoUsd: 10_104_600 };
    expect(await rollups.summary({ timeZone: 'UTC', groupBy: 'day' })).toEqual([
      { ...none, calls: 2, inputTokens: 2_000, outputTokens: 1_000, costNanoUsd: 17_500_000, group: '2026-11-16' },
      { ...none, ...tokens, group: '2026-11-17', unpricedCalls: 1 },
      { ...cutCall, calls: 2, failedCalls: 1, group: '2026-11-18' },
    ]);
    expect(await rollups.summary({ timeZone: 'UTC', groupBy: 'key', since: monday + 2 * day })).toEqual([
      { ...cutCall, group: 'key_2' },
      { ...none, failedCalls: 1, group: 'key_1' },
    ]);
    const byAccount = await rollups.summary({ timeZone: 'UTC', groupBy: 'account' });
    expect(byAccount.map(({ group, calls: count }) => ({ group, count }))).toEqual([
      { group: 'acc_1', count: 3 },
      { group: 'acc_2', count: 1 },
      { group: null, count: 1 },
    ]);
  });

  test('sums beyond 32 bits are exact', async () => {
    const recorder = await openRecorder(temporaryFolder());
    const usage = { ...noUsage, basis: 'reported' as const, cacheReadTokens: 900_000_000, outputTokens: 100_000_000 };
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) {
      await recorder.record(settledCall(`req_big_${id}`, { keyId: 'key_big', startedAt: monday - day, usage }));
    }
    await recorder.close();
    const [big] = (await rollups.summary({ timeZone: 'UTC', groupBy: 'key' })).filter(
      ({ group }) => group === 'key_big',
    );
    expect(big).toMatchObject({ calls: 6, cacheReadTokens: 5_400_000_000, costNanoUsd: 6 * 2_180_000_000_000 });
  });

  test('Q06 settle-once: of many records of one call the first one stays', async () => {
    const recorder = await openRecorder(temporaryFolder());
    const other = settledCall('req_once', { status: 'aborted', usage: noUsage });
    await recorder.record(settledCall('req_once', { keyId: 'key_once' }));
    await Promise.all([recorder.record(other), recorder.record(other), recorder.record(other)]);
    await recorder.close();
    expect(await repository.find('req_once')).toMatchObject({ status: 'completed', keyId: 'key_once' });
  });

  test('rows that waited for the database are written once, with their statements', async () => {
    const { store: failing, failWith } = switchable(store);
    const clock = manualClock();
    const recorder = await openRecorder(temporaryFolder(), failing, clock);
    failWith(new StoreBusy(new Error('away')));
    const statement = store.db.insertInto('settings').values({ name: 'waited', value: 'x' }).compile();
    await recorder.record(settledCall('req_waited_1', { keyId: 'key_waited' }), [statement]);
    await recorder.record(settledCall('req_waited_2', { keyId: 'key_waited' }));
    expect(recorder.pendingRows()).toBe(2);
    failWith(undefined);
    clock.advance(1_000);
    await vi.waitFor(() => expect(recorder.pendingRows()).toBe(0));
    expect(await ids({ keyId: 'key_waited' })).toEqual(['req_waited_2', 'req_waited_1']);
    expect(await store.db.selectFrom('settings').selectAll().execute()).toEqual([{ name: 'waited', value: 'x' }]);
    await recorder.close();
  });

  test('a start turns what the run before left into rows', async () => {
    const folder = temporaryFolder();
    const killed = await openRecorder(folder);
    for (const id of ['req_left_1', 'req_left_2', 'req_left_3']) killed.opened(openedCall(id, { keyId: 'key_left' }));
    killed.attempting('req_left_2', 'acc_1');
    await killed.record(settledCall('req_left_3', { keyId: 'key_left' }));
    await (await openRecorder(folder)).close();
    const rows = await repository.list({ limit: 10, keyId: 'key_left' });
    expect(rows.map(({ requestId, status, basis }) => [requestId, status, basis])).toEqual([
      ['req_left_3', 'completed', 'reported'],
      ['req_left_2', 'aborted', 'estimated'],
      ['req_left_1', 'aborted', 'none'],
    ]);
  });
}
