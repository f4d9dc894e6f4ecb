import { expect, test } from 'vitest';
import * as z from 'zod';
import { newHealth } from '../../app/accounts/health.ts';
import type { AccountView } from '../../app/accounts/view.ts';
import { AlertWatch } from '../../app/alert-watch.ts';
import type { Alert } from '../../app/domain/alert.ts';
import type { LimitSnapshot } from '../../app/domain/limits.ts';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { alert as alertSchema, budget } from '../../app/server/admin/contract-budgets.ts';
import { openStore } from '../../app/store/open.ts';
import { manualClock } from '../../app/usage/__fixtures__/manual-clock.ts';
import { AlertLog } from '../../app/usage/alert-log.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { eventually, helloWhole, TestApp, type TestAppOptions } from '../support/test-app.ts';
import { run, runJson } from './cli-run.ts';

const usual = { usage: { inputTokens: 1_000, outputTokens: 100, cacheReadTokens: 0, cacheWrite5mTokens: 0 } };
const hour = 3_600_000;

async function start(limits: readonly string[], more: TestAppOptions = {}): Promise<TestApp> {
  const relay = await TestApp.start({ ...more, key: { limits: limits.map((text) => parseLimit(text, 'UTC')) } });
  relay.upstream.answer(({ request }) => (request.method === 'POST' ? says('Hi', usual) : undefined));
  return relay;
}

const told = (alerts: readonly Alert[]) =>
  alerts.map(({ kind, window, percent, used }) => [kind, window, percent, used]);

test('a limit of a key is told at 80 and at 100 %, once each, on the feed and after a restart in the list', async () => {
  await using relay = await start(['requests=5/day', 'requests=1000/total']);
  const heard: Alert[] = [];
  relay.app.parts.alerts.feed.subscribe((one) => heard.push(one));
  for (let call = 1; call <= 7; call += 1) await relay.messages(helloWhole);
  const expected = [
    ['key-limit-reached', 'requests per day', 80, 4],
    ['key-limit-reached', 'requests per day', 100, 5],
  ];
  await eventually(async () => heard.length >= 2);
  expect(told(heard)).toEqual(expected);
  expect(heard[0]).toMatchObject({ subjectId: relay.keyId, subjectName: 'test', limit: 5, measure: 'requests' });
  const restarted = await relay.restart();
  expect((await restarted.messages(helloWhole)).status).toBe(429);
  const listed = z.array(alertSchema).parse(await restarted.admin('/alerts'));
  expect(told(listed)).toEqual(expected.toReversed());
  expect(restarted.app.parts.alerts.feed.after(listed[0]?.id ?? 0)).toEqual({ events: [], isWhole: true });
  await restarted[Symbol.asyncDispose]();
});

test('a budget is told through the relay, a little after the call, and its standing is shown', async () => {
  const clock = manualClock();
  await using relay = await start([], { ports: { clock } });
  const period = { unit: 'month', timeZone: 'UTC' } as const;
  const { budgets, alerts } = relay.app.parts;
  await budgets.create({ name: 'team', scope: 'key', scopeId: relay.keyId, amountNanoUsd: 1_000_000, period });
  await relay.messages(helloWhole);
  const [row] = await relay.rows();
  const [shown] = z.array(budget).parse(await relay.admin('/budgets'));
  expect(shown?.spentNanoUsd).toBe(row?.costNanoUsd);
  expect(await alerts.list({ limit: 5 })).toEqual([]);
  clock.advance(5_000);
  await eventually(async () => (await alerts.list({ limit: 1 })).length > 0);
  expect(told(await alerts.list({ limit: 5 }))).toEqual([['budget-reached', 'month', 100, row?.costNanoUsd]]);
});

/** An account with one window of limits, as far as the watch looks at it. */
function accountWith(limits: LimitSnapshot | undefined, isEnabled = true): AccountView {
  const account = { id: 'acc_1', name: 'Max', isEnabled, care: {} };
  return { account, health: newHealth(0), caps: [], limits } as unknown as AccountView;
}

test('an account that will run out before its reset is told once for each window and reset, also when its data pauses', async () => {
  await using closing = new AsyncDisposableStack();
  const store = await openStore({ engine: 'sqlite', file: ':memory:' });
  closing.defer(() => store.close());
  const clock = manualClock();
  let view = accountWith(undefined);
  const watchOn = async () => {
    const alerts = await AlertLog.open(store, clock);
    const deps = { alerts, clock, accounts: () => [view], findLimited: () => undefined, standings: async () => [] };
    const watch = new AlertWatch({ ...deps, warn: (message) => expect.fail(message) });
    closing.defer(() => watch.stop());
    return { alerts, watch };
  };
  const { alerts, watch } = await watchOn();
  const resetsAt = clock.now() + 2.5 * hour;
  const window = (used: number, more: object = {}) => ({
    readAt: clock.now(),
    windows: [{ name: '5h', used, lengthMs: 5 * hour, resetsAt, isExhausted: false, ...more }],
  });
  const count = async () => (await alerts.list({ limit: 50 })).length;
  const look = async (limits: LimitSnapshot | undefined, isEnabled = true) => {
    view = accountWith(limits, isEnabled);
    await watch.look();
    return await count();
  };

  expect(await look(undefined)).toBe(0);
  expect(await look(window(0.4))).toBe(0);
  expect(await look(window(0.51))).toBe(0);
  expect(await look(window(0.8), false)).toBe(0);
  expect(await look(window(0.8))).toBe(1);
  expect((await alerts.list({ limit: 1 }))[0]).toMatchObject({
    ...{ kind: 'account-run-out', subjectName: 'Max', window: '5h', used: 0.8, measure: 'share', resetsAt },
    runsOutAt: clock.now() + 0.625 * hour,
  });
  // The upstream counts the reset a little differently, tells nothing for a while, and goes on.
  expect(await look(window(0.82, { resetsAt: resetsAt + 90_000 }))).toBe(1);
  expect(await look(undefined)).toBe(1);
  expect(await look(window(0.9))).toBe(1);
  const restarted = await watchOn();
  await restarted.watch.look();
  expect(await count()).toBe(1);
  // Numbers of the same window that say it lasts after all end the risk; the next one is told again.
  expect(await look(window(0.4))).toBe(1);
  expect(await look(window(0.9))).toBe(2);
  // Another window is another condition, and so is the next one of the same name.
  expect(await look({ ...window(0.9), windows: [{ ...window(0.9).windows[0], name: '7d' } as never] })).toBe(3);
  clock.advance(3 * hour);
  await watch.look();
  expect(await look(window(0.9, { resetsAt: clock.now() + 2.5 * hour }))).toBe(4);
});

test('a rolling limit is told again only after it fell well below', async () => {
  await using closing = new AsyncDisposableStack();
  const store = await openStore({ engine: 'sqlite', file: ':memory:' });
  closing.defer(() => store.close());
  const clock = manualClock();
  const alerts = await AlertLog.open(store, clock);
  const limit = parseLimit('requests=10/5h', 'UTC');
  const key = { id: 'key_1', name: 'laptop' } as never;
  let spent = 8;
  const standing = () => ({ limit, name: 'requests per 5 hours', spent, held: 0, resetsAt: undefined });
  const watch = new AlertWatch({
    ...{ alerts, clock, accounts: () => [], findLimited: () => key, standings: async () => [standing()] },
    warn: (message) => expect.fail(message),
  });
  closing.defer(() => watch.stop());
  const countAt = async (amount: number) => {
    spent = amount;
    if (amount >= 8) watch.noteLimit(key, standing(), false);
    await eventually(async () => amount < 8 || alerts.ongoing('limit ').length > 0);
    await watch.look();
    return (await alerts.list({ limit: 50 })).length;
  };
  expect(await countAt(8)).toBe(1);
  expect(await countAt(9)).toBe(1);
  expect(await countAt(7.5)).toBe(1);
  expect(await countAt(8)).toBe(1);
  expect(await countAt(6)).toBe(1);
  expect(await countAt(8)).toBe(2);
});

test('the command line makes, lists, changes and removes budgets, and shows what was told', async () => {
  const dataDir = temporaryFolder();
  await runJson(['key', 'create', '--name', 'laptop', '--owner', 'Ada'], { dataDir });
  const words = ['budget', 'create', '--name', 'team', '--amount', '50usd/month', '--time-zone', 'Asia/Tokyo'];
  expect(budget.parse(await runJson(words, { dataDir }))).toMatchObject({
    ...{ scope: 'everything', amountNanoUsd: 50e9, spentNanoUsd: 0, period: { unit: 'month', timeZone: 'Asia/Tokyo' } },
  });
  await runJson(['budget', 'create', '--name', 'ada', '--amount', '5usd/day@06:00', '--owner', 'Ada'], { dataDir });
  await runJson(['budget', 'create', '--name', 'mine', '--amount', '9usd/week@mon', '--key', 'laptop'], { dataDir });
  await runJson(['budget', 'update', 'team', '--amount', '60usd/month', '--name', 'crew'], { dataDir });
  const listed = (await run(['budget', 'list'], { dataDir, columns: 120 })).stdout;
  expect(listed).toMatch(/crew +everything +month +\$60\.00 +\$0/);
  expect(listed).toMatch(/ada +Ada +day +\$5\.00/);
  for (const wrong of [
    ['budget', 'create', '--name', 'x'],
    ['budget', 'create', '--name', 'x', '--amount', '5usd/5h'],
    ['budget', 'create', '--name', 'x', '--amount', '5/day'],
    ['budget', 'create', '--name', 'x', '--amount', '5usd/day', '--owner', 'Ada', '--key', 'laptop'],
    ['budget', 'update', 'ada'],
  ])
    expect((await run(wrong, { dataDir })).exitCode).toBe(2);
  expect((await run(['budget', 'remove', 'ada'], { dataDir })).stdout).toBe('ada is removed.\n');
  expect((await run(['budget', 'remove', 'ada'], { dataDir })).exitCode).toBe(1);
  expect((await run(['alerts'], { dataDir })).stdout).toBe('There was nothing to tell.\n');
});
