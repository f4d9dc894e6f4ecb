import { afterAll, beforeAll, expect, test } from 'vitest';
import { SettingsRepository } from '../../app/store/settings.ts';
import type { Store } from '../../app/store/store.ts';
import { bundledPrices, settledCall } from '../../app/usage/__fixtures__/calls.ts';
import { UsageRetention } from '../../app/usage/retention.ts';
import { UsageRollups } from '../../app/usage/rollups.ts';
import { toRow, toValues, usageColumns } from '../../app/usage/row.ts';
import { UsageSpending } from '../../app/usage/spending.ts';
import { type OpenedStore, onEachStore } from '../support/each-store.ts';

const prices = bundledPrices();
const hour = 3_600_000;
const day = 24 * hour;
const minute = 60_000;
/** Midnight in UTC. */
const start = Date.UTC(2026, 8, 1);

await onEachStore('what a key spent', contract);

function contract(open: () => Promise<OpenedStore>): void {
  let opened: OpenedStore;
  let store: Store;
  let spending: UsageSpending;
  let retention: UsageRetention;
  beforeAll(async () => {
    opened = await open();
    ({ store } = opened);
    const settings = new SettingsRepository(store);
    spending = new UsageSpending(store, new UsageRollups(store, settings));
    retention = new UsageRetention(store, settings);
    const insert = store.prepareInsert('usage', usageColumns);
    for (let index = 0; index < 40; index += 1) {
      // One each day, at 13:07.
      const startedAt = start + index * day + 13 * hour + 7 * minute;
      const call = settledCall(`req_${index}`, { startedAt, multiplier: 2 });
      await insert(toValues(toRow(call, prices)));
    }
  });
  afterAll(async () => {
    await store.close();
    await opened.remove();
  });

  const now = start + 40 * day;
  const requests = async (since: number, stepMs?: number) => {
    const found = await spending.read({ keyId: 'key_1', since, ...(stepMs !== undefined && { stepMs }) });
    // All of them were served by the same account.
    const ofAccount = await spending.read({ accountId: 'acc_1', since, ...(stepMs !== undefined && { stepMs }) });
    expect(found).toEqual(ofAccount.map((one) => ({ ...one, cost: 2 * one.cost })));
    return found.reduce((total, one) => total + one.requests, 0);
  };
  /** The key pays twice what its calls cost. */
  const costs = async (since: number, stepMs?: number) => {
    const step = stepMs === undefined ? {} : { stepMs };
    const sum = async (of: { keyId: string } | { accountId: string }) =>
      (await spending.read({ ...of, since, ...step })).reduce((total, { cost }) => total + cost, 0);
    return [await sum({ keyId: 'key_1' }), await sum({ accountId: 'acc_1' })];
  };
  const questions = [
    [0, undefined],
    [start + 10 * day, undefined],
    // Begins within a quarter of an hour whose call is gone.
    [start + 9 * day + 13 * hour + 7 * minute, undefined],
    [now - 30 * day, 36 * hour],
    [now - 7 * day, 8.4 * hour],
    [now - 5 * hour, 15 * minute],
  ] as const;

  test('is what it was before, also where retention removed the calls since', async () => {
    const ask = () => Promise.all(questions.map(([since, stepMs]) => requests(since, stepMs)));
    const before = await ask();
    expect(before).toEqual([40, 30, 31, 30, 7, 0]);
    await retention.set({ days: 2 });
    expect(await retention.apply(now)).toBe(38);
    expect(await ask()).toEqual(before);
    const [first] = await spending.read({ keyId: 'key_1', since: now - 30 * day, stepMs: 36 * hour });
    expect(first).toMatchObject({ model: 'claude-opus-5-5', tokens: 1_500 * (first?.requests ?? 0) });
  });

  test('is what is billed for a key and what it cost for an account, in one sum, from calls and where they are gone', async () => {
    for (const stepMs of [undefined, hour]) {
      expect(await costs(now - 20 * day, stepMs)).toEqual([20 * 28_000_000, 20 * 14_000_000]);
    }
  });

  test('never leaves a rolling window before its time: a removed call counts as if at the end of its quarter hour', async () => {
    const [gone] = await spending.read({ keyId: 'key_1', since: now - 3 * day, stepMs: 15 * minute });
    expect(gone?.at).toBe(start + 37 * day + 13 * hour);
    expect(await requests(start + 37 * day + 13 * hour + 8 * minute, 15 * minute)).toBe(3);
  });
}
