import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noUsage } from '../../app/domain/usage.ts';
import { openStore } from '../../app/store/open.ts';
import { SettingsRepository } from '../../app/store/settings.ts';
import type { Store } from '../../app/store/store.ts';
import { bundledPrices, settledCall } from '../../app/usage/__fixtures__/calls.ts';
import type { CallRecord } from '../../app/usage/record.ts';
import { UsageRepository } from '../../app/usage/repository.ts';
import { UsageRetention } from '../../app/usage/retention.ts';
import { UsageRollups } from '../../app/usage/rollups.ts';
import { toRow, toValues, usageColumns } from '../../app/usage/row.ts';
import type { UsageGroup, UsageSummary } from '../../app/usage/summary.ts';
import { timeNamer } from '../../app/usage/time-buckets.ts';
import { toolName } from '../../app/usage/tool-name.ts';
import { fillWithCalls } from '../support/many-calls.ts';
import { createTestDatabase, missingPostgres } from '../support/postgres.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { createFolder } from '../support/temporary-folder.ts';

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

describe('sums of usage on SQLite', () => contract(openFile));
suiteThatNeeds(await missingPostgres(), 'sums of usage on PostgreSQL', () => contract(openPostgres));

const prices = bundledPrices();
const hour = 3_600_000;
const day = 86_400_000;
/** The clocks of Berlin go back an hour in this night. */
const autumn = Date.UTC(2026, 9, 24, 20);

const anyCall = fc.record({
  startedAt: fc.integer({ min: autumn, max: autumn + day }),
  keyId: fc.constantFrom('key_1', 'key_2'),
  memberId: fc.constantFrom('mem_1', 'mem_2', undefined),
  accountId: fc.constantFrom('acc_1', 'acc_2', undefined),
  model: fc.constantFrom('claude-opus-5-5', 'claude-haiku-4-5', 'nobody-knows-1'),
  project: fc.constantFrom('site', undefined),
  userAgent: fc.constantFrom('claude-cli/2.1.0 (external)', 'claude-cli/2.2.0', 'curl/8', undefined),
  status: fc.constantFrom('completed' as const, 'failed' as const, 'aborted' as const),
  inputTokens: fc.integer({ min: 0, max: 100_000 }),
  outputTokens: fc.integer({ min: 0, max: 10_000 }),
  multiplier: fc.constantFrom(undefined, 0.5, 1.337, 2),
});

let nextCall = 0;
function toCall({
  inputTokens,
  outputTokens,
  ...rest
}: typeof anyCall extends fc.Arbitrary<infer T> ? T : never): CallRecord {
  nextCall += 1;
  const usage = { ...noUsage, basis: 'reported' as const, inputTokens, outputTokens };
  return settledCall(`req_${String(nextCall).padStart(8, '0')}`, { ...rest, usage });
}

/** What the rows add up to, one by one. */
function addedUp(
  calls: readonly CallRecord[],
  nameOf: (call: CallRecord) => string | null,
): Map<string | null, number[]> {
  const found = new Map<string | null, number[]>();
  for (const call of calls) {
    const row = toRow(call, prices);
    const [count = 0, tokens = 0, cost = 0, billed = 0, unpriced = 0] = found.get(nameOf(call)) ?? [];
    const isUnpriced = row.cost_nano_usd === null;
    const own = row.cost_nano_usd ?? 0;
    const money = [cost + own, billed + (row.billed_nano_usd ?? own)];
    found.set(nameOf(call), [count + 1, tokens + row.input_tokens, ...money, unpriced + Number(isUnpriced)]);
  }
  return found;
}

function told(summaries: readonly UsageSummary[]): Map<string | null, number[]> {
  return new Map(
    summaries.map((one) => [
      one.group,
      [one.calls, one.inputTokens, one.costNanoUsd, one.billedNanoUsd, one.unpricedCalls],
    ]),
  );
}

const names: Readonly<Record<Exclude<UsageGroup, 'day' | 'hour'>, (call: CallRecord) => string | null>> = {
  key: ({ keyId }) => keyId,
  member: ({ memberId }) => memberId ?? null,
  account: ({ accountId }) => accountId ?? null,
  model: ({ model }) => model,
  project: ({ project }) => project ?? null,
  tool: ({ userAgent }) => toolName(userAgent ?? ''),
};

function contract(open: () => Promise<Opened>): void {
  let opened: Opened;
  let store: Store;
  let rollups: UsageRollups;
  let retention: UsageRetention;

  beforeAll(async () => {
    opened = await open();
    store = opened.store;
    rollups = new UsageRollups(store, new SettingsRepository(store));
    retention = new UsageRetention(store, new SettingsRepository(store));
  });
  afterAll(async () => {
    await store.close();
    await opened.remove();
  });

  const empty = async () => {
    for (const table of ['usage', 'usage_rollups', 'settings'] as const) await store.db.deleteFrom(table).execute();
  };
  const insert = async (calls: readonly CallRecord[]) => {
    const row = store.prepareInsert('usage', usageColumns, { onConflict: 'ignore' });
    for (const call of calls) await row(toValues(toRow(call, prices)));
  };

  test('whatever is recorded, also twice, the sums are what the rows add up to', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyCall, { maxLength: 25 }),
        fc.integer({ min: 0, max: day }),
        fc.integer({ min: 0, max: day }),
        async (given, start, length) => {
          await empty();
          const calls = given.map(toCall);
          await insert(calls);
          await insert(calls.slice(0, 5));
          expect(await rollups.check()).toEqual({ differences: 0, rowsFrom: null });
          const [since, before] = [autumn + start, autumn + start + length];
          const inside = calls.filter(({ startedAt }) => startedAt >= since && startedAt < before);
          for (const groupBy of ['key', 'member', 'account', 'model', 'project', 'tool'] as const) {
            const whole = await rollups.summary({ groupBy, timeZone: 'UTC' });
            expect(told(whole)).toEqual(addedUp(calls, names[groupBy]));
            const part = await rollups.summary({ groupBy, since, before, timeZone: 'UTC' });
            expect(told(part)).toEqual(addedUp(inside, names[groupBy]));
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  test.each(['Europe/Berlin', 'Asia/Kolkata', 'America/St_Johns', 'Pacific/Chatham', 'UTC'])(
    'days and hours begin when they begin in %s',
    async (timeZone) => {
      await empty();
      const calls = Array.from({ length: 29 }, (_, index) =>
        settledCall(`req_${index}`, { startedAt: autumn + index * 1_234_567 * 3 }),
      );
      await insert(calls);
      for (const groupBy of ['day', 'hour'] as const) {
        const name = timeNamer(groupBy, timeZone);
        const summaries = await rollups.summary({ groupBy, timeZone });
        expect(told(summaries)).toEqual(addedUp(calls, ({ startedAt }) => name(startedAt)));
      }
    },
  );

  test.each(['Europe/Berlin', 'Australia/Lord_Howe', 'America/St_Johns', 'Africa/Casablanca'])(
    'a year of days and hours is the same in %s, also where clocks are set',
    async (timeZone) => {
      await empty();
      const changes = [Date.UTC(2026, 2, 29), Date.UTC(2026, 9, 25), Date.UTC(2026, 3, 4), Date.UTC(2026, 1, 15)];
      const moments = changes.flatMap((at) =>
        Array.from({ length: 260 }, (_, index) => at - 16 * hour + (index * hour) / 4),
      );
      const calls = moments.map((startedAt, index) => settledCall(`req_${index}`, { startedAt }));
      await insert(calls);
      for (const groupBy of ['day', 'hour'] as const) {
        const name = timeNamer(groupBy, timeZone);
        expect(told(await rollups.summary({ groupBy, timeZone }))).toEqual(
          addedUp(calls, ({ startedAt }) => name(startedAt)),
        );
      }
    },
  );

  test('the hour that a clock shows twice is two hours', async () => {
    await empty();
    const first = Date.UTC(2026, 9, 25, 0, 30);
    await insert([
      settledCall('req_summer', { startedAt: first }),
      settledCall('req_winter', { startedAt: first + 3_600_000 }),
    ]);
    const hours = await rollups.summary({ groupBy: 'hour', timeZone: 'Europe/Berlin' });
    expect(hours.map(({ group }) => group)).toEqual(['2026-10-25 02:00+01:00', '2026-10-25 02:00+02:00']);
  });

  test('a price that becomes known later is in the sums', async () => {
    await empty();
    await insert([
      settledCall('req_a', { model: 'nobody-knows-1' }),
      settledCall('req_b', { model: 'nobody-knows-1' }),
    ]);
    await store.db.updateTable('usage').set({ cost_nano_usd: 700 }).where('request_id', '=', 'req_a').execute();
    const [sum] = await rollups.summary({ groupBy: 'model', timeZone: 'UTC' });
    expect(sum).toMatchObject({ calls: 2, costNanoUsd: 700, unpricedCalls: 1 });
    expect(await rollups.check()).toMatchObject({ differences: 0 });
  });

  test('sums that were tampered with are found and made anew', async () => {
    await empty();
    await insert([
      settledCall('req_1'),
      settledCall('req_2', { startedAt: autumn }),
      settledCall('req_3', { keyId: 'key_3' }),
    ]);
    const right = await rollups.summary({ groupBy: 'key', timeZone: 'UTC' });
    await store.db.updateTable('usage_rollups').set({ billed_nano_usd: 1 }).where('key_id', '=', 'key_3').execute();
    expect(await rollups.check()).toMatchObject({ differences: 2 });
    await store.db.updateTable('usage_rollups').set({ cost_nano_usd: 1 }).where('key_id', '=', 'key_1').execute();
    await store.db.deleteFrom('usage_rollups').where('key_id', '=', 'key_3').execute();
    expect((await rollups.check()).differences).toBeGreaterThan(0);
    expect((await rollups.rebuild()).differences).toBeGreaterThan(0);
    expect(await rollups.check()).toMatchObject({ differences: 0 });
    expect(await rollups.summary({ groupBy: 'key', timeZone: 'UTC' })).toEqual(right);
  });

  test('rows that come while the sums are made anew are counted once', async () => {
    await empty();
    const calls = Array.from({ length: 120 }, (_, index) => settledCall(`req_${index}`, { startedAt: autumn + index }));
    await insert(calls.slice(0, 40));
    await store.db.updateTable('usage_rollups').set({ calls: 7 }).execute();
    await Promise.all([insert(calls.slice(40)), rollups.rebuild(), insert(calls.slice(60)), rollups.rebuild()]);
    expect(await rollups.check()).toMatchObject({ differences: 0 });
    expect(await rollups.summary({ groupBy: 'key', timeZone: 'UTC' })).toMatchObject([{ calls: 120 }]);
  });

  test('old calls go and their sums stay', async () => {
    await empty();
    const now = autumn + 40 * day;
    const calls = Array.from({ length: 500 }, (_, index) =>
      settledCall(`req_${index}`, { startedAt: autumn + index * 7_200_000, multiplier: index % 3 ? undefined : 1.5 }),
    );
    await insert(calls);
    const before = await rollups.summary({ groupBy: 'model', timeZone: 'UTC' });
    expect(before).toMatchObject([
      { costNanoUsd: 500 * 14_000_000, billedNanoUsd: 167 * 21_000_000 + 333 * 14_000_000 },
    ]);
    expect(await retention.apply(now)).toBe(0);
    await retention.set({ days: 30 });
    expect(await retention.apply(now)).toBe(calls.filter(({ startedAt }) => startedAt < now - 30 * day).length);
    expect(await rollups.summary({ groupBy: 'model', timeZone: 'UTC' })).toEqual(before);
    expect(await rollups.check()).toEqual({ differences: 0, rowsFrom: now - 30 * day });
    expect(await rollups.rebuild()).toMatchObject({ differences: 0 });
    expect(await rollups.summary({ groupBy: 'model', timeZone: 'UTC' })).toEqual(before);
  });

  test('only so many of the newest calls are kept', async () => {
    await empty();
    await insert(
      Array.from({ length: 1_300 }, (_, index) => settledCall(`req_${index}`, { startedAt: autumn + index * 900_000 })),
    );
    await retention.set({ days: undefined, maxRows: 1_000 });
    expect(await retention.apply(autumn + 30 * day)).toBe(300);
    expect(await rollups.check()).toMatchObject({ differences: 0 });
  });

  test('100,000 calls: sums and pages answer in under 100 ms', async () => {
    await empty();
    await fillWithCalls(store, { from: autumn, count: 100_000 });
    const repository = new UsageRepository(store);
    const since = autumn + 1;
    await expectQuick(() => rollups.summary({ groupBy: 'day', timeZone: 'Europe/Berlin' }));
    await expectQuick(() => rollups.summary({ groupBy: 'key', since, timeZone: 'UTC' }));
    await expectQuick(() => repository.list({ limit: 50 }));
    await expectQuick(() => repository.list({ limit: 50, keyId: 'key_none' }));
    await expectQuick(() => repository.list({ limit: 50, accountId: 'acc_none', since }));
    expect(await rollups.summary({ groupBy: 'account', timeZone: 'UTC' })).toMatchObject([{ calls: 100_000 }]);
  });
}

/** The best of many: a shared machine may be slow at any moment, but not each time. */
async function expectQuick(question: () => Promise<unknown>): Promise<void> {
  let best = Number.POSITIVE_INFINITY;
  for (let time = 0; best >= 100 && time < 25; time += 1) {
    const startedAt = performance.now();
    await question();
    best = Math.min(best, performance.now() - startedAt);
  }
  expect(best).toBeLessThan(100);
}
