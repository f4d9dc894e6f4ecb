import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Alert } from '../../app/domain/alert.ts';
import { SettingsRepository } from '../../app/store/settings.ts';
import type { Store } from '../../app/store/store.ts';
import { bundledPrices, settledCall } from '../../app/usage/__fixtures__/calls.ts';
import { type ManualClock, manualClock } from '../../app/usage/__fixtures__/manual-clock.ts';
import { AlertLog } from '../../app/usage/alert-log.ts';
import type { BudgetFields } from '../../app/usage/budget.ts';
import { BudgetRepository } from '../../app/usage/budget-repository.ts';
import { spentOf } from '../../app/usage/budget-spending.ts';
import { BudgetWatch } from '../../app/usage/budget-watch.ts';
import { UsageRollups } from '../../app/usage/rollups.ts';
import { toRow, toValues, usageColumns } from '../../app/usage/row.ts';
import { type OpenedStore, onEachStore } from '../support/each-store.ts';

await onEachStore('budgets and alerts', contract);

const prices = bundledPrices();
const hour = 3_600_000;
/** What one call costs. */
const callNanoUsd = 14_000_000;
const berlinDay = { unit: 'day', timeZone: 'Europe/Berlin' } as const;
/** A midnight in Berlin, which is not one in UTC. */
const start = Date.UTC(2026, 8, 1, 22);

function contract(open: () => Promise<OpenedStore>): void {
  let opened: OpenedStore;
  let store: Store;
  let clock: ManualClock;
  let calls = 0;
  const owners: Readonly<Record<string, string>> = { key_1: 'Ada', key_2: 'Ada', key_3: 'Bob' };
  const running: BudgetWatch[] = [];
  beforeAll(async () => {
    opened = await open();
    ({ store } = opened);
  });
  beforeEach(async () => {
    for (const table of ['budgets', 'alerts', 'usage', 'usage_rollups', 'settings'] as const)
      await store.db.deleteFrom(table).execute();
    for (const watch of running.splice(0)) await watch.stop();
    clock = manualClock(start);
  });
  afterAll(async () => {
    for (const watch of running) await watch.stop();
    await store.close();
    await opened.remove();
  });

  interface Node {
    readonly alerts: AlertLog;
    readonly watch: BudgetWatch;
    readonly heard: Alert[];
    /** One settled call. */
    spend(keyId?: string, accountId?: string, multiplier?: number): Promise<void>;
  }

  async function node(): Promise<Node> {
    const settings = new SettingsRepository(store);
    const alerts = await AlertLog.open(store, clock);
    const rollups = new UsageRollups(store, settings);
    const keysOf = async (owner: string) => new Set(Object.keys(owners).filter((id) => owners[id] === owner));
    const watch = new BudgetWatch({
      ...{ budgets: new BudgetRepository(store, settings, clock), alerts, clock },
      ownerOf: (keyId) => owners[keyId],
      spent: (budget, since) => spentOf({ rollups, keysOf }, budget, since),
      warn: (message) => expect.fail(message),
    });
    running.push(watch);
    await watch.look();
    const heard: Alert[] = [];
    alerts.feed.subscribe((alert) => heard.push(alert));
    const insert = store.prepareInsert('usage', usageColumns);
    const spend = async (keyId = 'key_1', accountId = 'acc_1', multiplier?: number) => {
      calls += 1;
      const call = settledCall(`req_${calls}`, { startedAt: clock.now(), keyId, accountId, multiplier });
      await insert(toValues(toRow(call, prices)));
      watch.note({ keyId, accountId, costNanoUsd: callNanoUsd, billedNanoUsd: callNanoUsd * (multiplier ?? 1) });
    };
    return { alerts, watch, heard, spend };
  }

  const budgetOf = (fields: Partial<BudgetFields> = {}) =>
    new BudgetRepository(store, new SettingsRepository(store), clock).create({
      ...{ name: 'team', scope: 'everything', amountNanoUsd: 10 * callNanoUsd, period: berlinDay },
      ...fields,
    });
  const told = (alerts: readonly Alert[]) =>
    alerts.map(({ kind, percent, used }) => [kind, percent, used / callNanoUsd]);

  test('is told once at 80 % and once at 100 %, however often it is looked at', async () => {
    await budgetOf();
    const { watch, heard, spend } = await node();
    for (let call = 1; call <= 12; call += 1) {
      await spend();
      await watch.look();
      await watch.look();
    }
    expect(told(heard)).toEqual([
      ['budget-reached', 80, 8],
      ['budget-reached', 100, 10],
    ]);
    expect(heard[0]).toMatchObject({
      subjectName: 'team',
      window: 'day',
      resetsAt: start + 24 * hour,
      measure: 'cost',
    });
    expect(heard.map(({ id }) => id)).toEqual([1, 2]);
  });

  test('is told again neither after a restart nor by another node, which hears it too; and again in the next period', async () => {
    await budgetOf();
    const here = await node();
    for (let call = 1; call <= 8; call += 1) await here.spend();
    await here.watch.look();
    const there = await node();
    await there.watch.look();
    await there.alerts.poll();
    expect([told(here.heard), told(there.heard)]).toEqual([[['budget-reached', 80, 8]], []]);
    for (let call = 1; call <= 2; call += 1) await there.spend();
    await Promise.all([there.watch.look(), here.watch.look()]);
    await here.alerts.poll();
    await there.alerts.poll();
    expect([told(here.heard).slice(1), told(there.heard)]).toEqual([
      [['budget-reached', 100, 10]],
      [['budget-reached', 100, 10]],
    ]);
    clock.advance(24 * hour);
    await here.watch.look();
    for (let call = 1; call <= 9; call += 1) await here.spend();
    await here.watch.look();
    expect(told(here.heard).at(-1)).toEqual(['budget-reached', 80, 9]);
    expect(here.heard.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(here.alerts.ongoing('budget ').map(({ alert }) => alert.id)).toEqual([3]);
  });

  test('tells when it will be exceeded at this pace, and when; not before a tenth of the period is over', async () => {
    await budgetOf();
    const { watch, heard, spend } = await node();
    await spend();
    await spend();
    await watch.look();
    expect(heard).toEqual([]);
    clock.advance(3 * hour);
    await watch.look();
    expect(told(heard)).toEqual([['budget-forecast', undefined, 2]]);
    expect(heard[0]?.runsOutAt).toBe(start + 15 * hour);
    clock.advance(hour);
    await spend();
    await watch.look();
    expect(heard).toHaveLength(1);
  });

  test('each counts what it is about: a key, the keys of an owner, an account', async () => {
    const two = { amountNanoUsd: 2 * callNanoUsd };
    await budgetOf({ ...two, name: 'key', scope: 'key', scopeId: 'key_1' });
    await budgetOf({ ...two, name: 'owner', scope: 'owner', scopeId: 'Ada' });
    await budgetOf({ ...two, name: 'account', scope: 'account', scopeId: 'acc_2' });
    const { watch, heard, spend } = await node();
    const names = async (...call: [string, string]) => {
      await spend(...call);
      await watch.look();
      return heard.splice(0).map(({ subjectName, percent }) => `${subjectName} ${percent}`);
    };
    expect(await names('key_3', 'acc_2')).toEqual([]);
    expect(await names('key_1', 'acc_1')).toEqual([]);
    expect(await names('key_2', 'acc_1')).toEqual(['owner 100']);
    expect(await names('key_1', 'acc_1')).toEqual(['key 100']);
    expect(await names('key_3', 'acc_2')).toEqual(['account 100']);
  });

  test('of keys and their owners counts what is billed, of accounts and of everything what it cost', async () => {
    const four = { amountNanoUsd: 4 * callNanoUsd };
    await budgetOf({ ...four, name: 'key', scope: 'key', scopeId: 'key_1' });
    await budgetOf({ ...four, name: 'owner', scope: 'owner', scopeId: 'Ada' });
    await budgetOf({ ...four, name: 'account', scope: 'account', scopeId: 'acc_1' });
    await budgetOf({ ...four, name: 'all' });
    const { watch, heard, spend } = await node();
    const used = async (multiplier: number) => {
      await spend('key_1', 'acc_1', multiplier);
      await watch.look();
      // By the rows, as a node does that has seen none of the calls.
      await (await node()).watch.look();
      return heard.splice(0).map((alert) => `${alert.subjectName} ${alert.percent} ${alert.used / callNanoUsd}`);
    };
    expect(await used(2)).toEqual([]);
    expect((await used(3)).sort()).toEqual(['key 100 5', 'owner 100 5']);
    expect(await used(0.5)).toEqual([]);
    expect((await used(1)).sort()).toEqual(['account 100 4', 'all 100 4']);
  });

  test('a changed amount is told anew, a new name is not, and a removed budget tells nothing', async () => {
    const { id } = await budgetOf();
    const repository = new BudgetRepository(store, new SettingsRepository(store), clock);
    const { watch, heard, spend } = await node();
    for (let call = 1; call <= 8; call += 1) await spend();
    await watch.look();
    await repository.update(id, { name: 'crew' });
    await watch.look();
    expect(heard).toHaveLength(1);
    await repository.update(id, { amountNanoUsd: 8 * callNanoUsd });
    await watch.look();
    expect(told(heard)).toEqual([
      ['budget-reached', 80, 8],
      ['budget-reached', 100, 8],
    ]);
    await repository.remove(id);
    await spend();
    await watch.look();
    expect(heard).toHaveLength(2);
  });

  test('many nodes that see one thing at once tell it once, and numbers have no double', async () => {
    const logs = await Promise.all(Array.from({ length: 4 }, () => AlertLog.open(store, clock)));
    const detail = {
      kind: 'account-run-out',
      subjectId: 'acc_1',
      subjectName: 'x',
      used: 0.5,
      limit: 1,
      measure: 'share',
    } as const;
    const keys = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all(logs.flatMap((log) => keys.map((key) => log.raise(key, detail))));
    const [first] = logs;
    expect((await first?.list({ limit: 50 }))?.map(({ id }) => id)).toEqual([5, 4, 3, 2, 1]);
    await first?.recover(['a']);
    await first?.raise('a', detail);
    await first?.raise('b', detail);
    expect((await first?.list({ limit: 1 }))?.map(({ id }) => id)).toEqual([6]);
    for (const log of logs) {
      await log.poll();
      expect(log.feed.last).toBe(6);
    }
  });
}
