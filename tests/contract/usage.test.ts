import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noUsage } from '../../app/domain/usage.ts';
import { openStore } from '../../app/store/open.ts';
import { SettingsRepository } from '../../app/store/settings.ts';
import { type Store, StoreBusy } from '../../app/store/store.ts';
import {
  bundledPrices,
  noOtherClasses,
  openedCall,
  settledCall,
  switchable,
} from '../../app/usage/__fixtures__/calls.ts';
import { manualClock } from '../../app/usage/__fixtures__/manual-clock.ts';
import { loadPrices } from '../../app/usage/prices.ts';
import type { CallRecord } from '../../app/usage/record.ts';
import { UsageRecorder } from '../../app/usage/recorder.ts';
import { UsageRepository } from '../../app/usage/repository.ts';
import { type RepricedModel, Repricer } from '../../app/usage/reprice.ts';
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
const bundled = JSON.parse(readFileSync(new URL('../../resources/prices.json', import.meta.url), 'utf8'));

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

/** Without a multiplier the bill is the cost. */
function costing(nanoUsd: number) {
  return { costNanoUsd: nanoUsd, billedNanoUsd: nanoUsd };
}

function contract(open: () => Promise<Opened>): void {
  let opened: Opened;
  let store: Store;
  let repository: UsageRepository;
  let rollups: UsageRollups;
  const openRecorder = (folder: string, target = store, clock = manualClock(), table = prices) =>
    UsageRecorder.open({ store: target, prices: table, folder, clock, warn: () => undefined });
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
        memberId: null,
        accountId: null,
        protocol: 'anthropic',
        route: '/v1/messages',
        model: 'claude-opus-5-5',
        upstreamModel: null,
      },
      ...{ status: 'failed', httpStatus: 503, errorKind: 'accounts-unavailable', basis: 'none' },
      ...{ inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 },
      ...{ thinkingTokens: 0, webSearchRequests: 0, ...noOtherClasses, costNanoUsd: 0, price: null, attempts: [] },
      ...{ billedNanoUsd: 0, multiplier: 1 },
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
      ...{ cacheWrite1hTokens: 0, thinkingTokens: 0, webSearchRequests: 0, ...costing(0), unpricedCalls: 0 },
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
      ...costing(24_104_600),
    };
    expect(await rollups.summary({ timeZone: 'UTC', groupBy: 'model' })).toEqual([
      { ...opus, group: 'claude-opus-5-5' },
      { ...none, ...tokens, group: 'claude-haiku-4-5', ...costing(3_500_000) },
      { ...none, ...tokens, group: 'claude-opus-9', unpricedCalls: 1 },
    ]);
    const cutCall = { ...none, ...cut, inputTokens: 1, outputTokens: 2, ...costing(10_104_600) };
    expect(await rollups.summary({ timeZone: 'UTC', groupBy: 'day' })).toEqual([
      { ...none, calls: 2, inputTokens: 2_000, outputTokens: 1_000, ...costing(17_500_000), group: '2026-11-16' },
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
    await expect.poll(() => recorder.pendingRows()).toBe(0);
    expect(await ids({ keyId: 'key_waited' })).toEqual(['req_waited_2', 'req_waited_1']);
    expect(await store.db.selectFrom('settings').selectAll().execute()).toEqual([{ name: 'waited', value: 'x' }]);
    await recorder.close();
  });

  describe('Q09 unknown-model-price', () => {
    const old = loadPrices({
      ...bundled,
      vendors: [{ ...bundled.vendors[0], models: [bundled.vendors[0].models[0]] }],
    });
    const record = async (...records: readonly CallRecord[]) => {
      const recorder = await openRecorder(temporaryFolder(), store, manualClock(), old);
      for (const call of records) await recorder.record(call);
      await recorder.close();
    };
    const repriceAll = async (isDryRun: boolean): Promise<RepricedModel[][]> => {
      const repricer = new Repricer(store, prices);
      const steps: RepricedModel[][] = [];
      for (let after: string | null | undefined; after !== null; ) {
        const { models, next } = await repricer.step({ isDryRun, after });
        steps.push([...models]);
        after = next;
      }
      return steps;
    };
    const costs = async (keyId: string) =>
      (await repository.list({ limit: 10, keyId })).map(({ requestId, costNanoUsd, price }) => [
        requestId,
        costNanoUsd,
        price?.['version'] ?? null,
      ]);

    test('Q09 unknown-model-price: calls without a price are priced later, and others are not touched', async () => {
      const used = { ...noUsage, basis: 'reported' as const, inputTokens: 1_000, outputTokens: 500 };
      const keyId = 'key_later';
      await record(
        settledCall('req_p1', { keyId, model: 'gpt-5.4', usage: { ...used, serviceTier: 'flex' } }),
        settledCall('req_p2', {
          keyId,
          model: 'ours',
          upstreamModel: 'our-deployment',
          usage: { ...used, servedModel: 'o3' },
        }),
        settledCall('req_p3', { keyId, model: 'gpt-99' }),
        settledCall('req_p4', { keyId, model: bundled.vendors[0].models[0].id }),
        settledCall('req_p5', { keyId, model: 'gpt-98', status: 'failed', usage: noUsage }),
        settledCall('req_p6', { keyId, model: 'gemini-3-pro-image', usage: { ...used, imageOutputTokens: 400 } }),
        settledCall('req_p7', { keyId, model: 'gpt-5.4', usage: { ...used, toolRequests: { 'file-search': 2 } } }),
      );
      await store.db.updateTable('usage').set({ cost_nano_usd: 7 }).where('request_id', '=', 'req_p4').execute();
      const before = await costs(keyId);
      const models = (steps: RepricedModel[][]) => steps.flat().filter(({ model }) => model !== 'claude-opus-9');
      const expected: RepricedModel[] = [
        { model: 'gpt-5.4', calls: 2, priced: 2, ...costing(5_000_000 + 15_000_000) },
        { model: 'our-deployment', calls: 1, priced: 1, ...costing(6_000_000) },
        { model: 'gpt-99', calls: 1, priced: 0, ...costing(0) },
        { model: 'gemini-3-pro-image', calls: 1, priced: 1, ...costing(2_000_000 + 1_200_000 + 48_000_000) },
      ];
      expect(models(await repriceAll(true))).toEqual(expected);
      expect(await costs(keyId)).toEqual(before);
      expect(models(await repriceAll(false))).toEqual(expected);
      expect(await costs(keyId)).toEqual([
        ['req_p7', 15_000_000, prices.version],
        ['req_p6', 51_200_000, prices.version],
        ['req_p5', 0, null],
        ['req_p4', 7, old.version],
        ['req_p3', null, null],
        ['req_p2', 6_000_000, prices.version],
        ['req_p1', 5_000_000, prices.version],
      ]);
      expect(models(await repriceAll(false))).toEqual([{ model: 'gpt-99', calls: 1, priced: 0, ...costing(0) }]);
    });

    test('what was billed with a multiplier is priced later with the same one', async () => {
      const keyId = 'key_billed';
      await record(
        settledCall('req_b1', { keyId, model: 'gpt-5.4', multiplier: 1.337 }),
        settledCall('req_b2', { keyId, model: 'claude-haiku-4-5', multiplier: 0.5 }),
        settledCall('req_b3', { keyId, model: 'claude-haiku-4-5' }),
      );
      const bills = async () =>
        (await repository.list({ limit: 10, keyId })).map(({ requestId, costNanoUsd, billedNanoUsd, multiplier }) => [
          ...[requestId, costNanoUsd, billedNanoUsd, multiplier],
        ]);
      expect(await bills()).toEqual([
        ['req_b3', null, null, 1],
        ['req_b2', null, null, 0.5],
        ['req_b1', null, null, 1.337],
      ]);
      expect((await repriceAll(true)).flat()).toContainEqual({
        ...{ model: 'claude-haiku-4-5', calls: 2, priced: 2, costNanoUsd: 7_000_000, billedNanoUsd: 5_250_000 },
      });
      await repriceAll(false);
      expect(await bills()).toEqual([
        ['req_b3', 3_500_000, 3_500_000, 1],
        ['req_b2', 3_500_000, 1_750_000, 0.5],
        ['req_b1', 10_000_000, 13_370_000, 1.337],
      ]);
      const sums = await rollups.summary({ timeZone: 'UTC', groupBy: 'key' });
      const sum = sums.find(({ group }) => group === keyId);
      expect(sum).toMatchObject({ unpricedCalls: 0, costNanoUsd: 17_000_000, billedNanoUsd: 18_620_000 });
      expect(await rollups.check()).toMatchObject({ differences: 0 });
    });

    test('Q09 unknown-model-price: many calls are priced in steps, each of them once', async () => {
      const many = Array.from({ length: 1_203 }, (_, index) =>
        settledCall(`req_s${String(index).padStart(5, '0')}`, { keyId: 'key_many', model: 'claude-haiku-4-5' }),
      );
      await record(...many);
      const steps = await repriceAll(false);
      expect(steps.length).toBe(3);
      const sums = await rollups.summary({ timeZone: 'UTC', groupBy: 'key' });
      const sum = sums.find(({ group }) => group === 'key_many');
      expect(sum).toMatchObject({ calls: 1_203, unpricedCalls: 0, costNanoUsd: 1_203 * 3_500_000 });
      expect(await rollups.check()).toMatchObject({ differences: 0 });
    });
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
