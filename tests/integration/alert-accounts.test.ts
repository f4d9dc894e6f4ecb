import { expect, test } from 'vitest';
import type { Health } from '../../app/accounts/account.ts';
import { newHealth } from '../../app/accounts/health.ts';
import type { AccountView } from '../../app/accounts/view.ts';
import { AlertWatch } from '../../app/alert-watch.ts';
import { Failovers } from '../../app/notify/failovers.ts';
import { tellDrifts } from '../../app/notify/tool-alerts.ts';
import { tellUpdate } from '../../app/notify/update-alert.ts';
import { isAccounts } from '../../app/relay/policy.ts';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { openStore } from '../../app/store/open.ts';
import { AlertLog } from '../../app/usage/alert-log.ts';
import type { Attempt } from '../../app/usage/record.ts';
import { refuses } from '../support/fake-anthropic/answers.ts';
import { eventually, TestApp } from '../support/test-app.ts';

const minute = 60_000;

/** An account, as far as the watch looks at it. */
function accountIs(id: string, health: Partial<Health>, isEnabled = true): AccountView {
  const account = { id, name: id.toUpperCase(), isEnabled, care: {} };
  return { account, health: { ...newHealth(0), ...health }, caps: [], limits: undefined } as unknown as AccountView;
}

async function opened() {
  const closing = new AsyncDisposableStack();
  const store = await openStore({ engine: 'sqlite', file: ':memory:' });
  closing.defer(() => store.close());
  const clock = manualClock();
  const alerts = await AlertLog.open(store, clock);
  let views: readonly AccountView[] = [];
  const watch = new AlertWatch({
    ...{ alerts, clock, accounts: () => views, findLimited: () => undefined, standings: async () => [] },
    warn: (message) => expect.fail(message),
  });
  closing.defer(() => watch.stop());
  const toldOnce: string[] = [];
  alerts.feed.subscribe(({ kind, subjectName, window, resetsAt, otherName, used }) => {
    const at = resetsAt === undefined ? undefined : (resetsAt - clock.now()) / minute;
    toldOnce.push(
      [kind, subjectName, otherName, window, used || undefined, at].filter((one) => one !== undefined).join(' '),
    );
  });
  /** What was told since the last time. */
  const told = () => toldOnce.splice(0);
  const look = async (...now: AccountView[]) => {
    views = now;
    await watch.look();
    return told();
  };
  const become = (...now: AccountView[]) => {
    views = now;
  };
  return { alerts, clock, look, become, told, watch, [Symbol.asyncDispose]: () => closing.disposeAsync() };
}

const working = accountIs('b', {});

test('an account that needs a sign-in is told once, and again only after it served in between', async () => {
  await using here = await opened();
  const ended = accountIs('a', { state: 'needs-sign-in' });
  expect(await here.look(accountIs('a', {}), working)).toEqual([]);
  expect(await here.look(ended, working)).toEqual(['account-needs-sign-in A']);
  expect(await here.look(ended, working)).toEqual([]);
  // Its owner pausing it is no recovery.
  expect(await here.look(accountIs('a', { state: 'needs-sign-in' }, false), working)).toEqual([]);
  expect(await here.look(ended, working)).toEqual([]);
  expect(await here.look(accountIs('a', {}), working)).toEqual([]);
  expect(await here.look(ended, working)).toEqual(['account-needs-sign-in A']);
  expect(await here.look(accountIs('a', { state: 'blocked' }), working)).toEqual(['account-blocked A']);
  await here.look(working);
  expect(here.alerts.ongoing('')).toEqual([]);
});

test('a limit is told with its window and reset, whatever jitter the reset has, and so is the return', async () => {
  await using here = await opened();
  const until = here.clock.now() + 90 * minute;
  const reason = { kind: 'rate-limit', window: '5h' } as const;
  const limited = (more: number) => accountIs('a', { state: 'limited', reason, until: until + more });
  expect(await here.look(limited(0), working)).toEqual(['account-limited A 5h 90']);
  expect(await here.look(limited(3_000), working)).toEqual([]);
  here.clock.advance(90 * minute);
  expect(await here.look(limited(0), working)).toEqual(['account-recovered A 5h']);
  expect(await here.look(accountIs('a', {}), working)).toEqual([]);
  // A rate per minute is back before anybody has read of it.
  const soon = here.clock.now() + minute;
  expect(await here.look(accountIs('a', { state: 'limited', reason, until: soon }), working)).toEqual([]);
});

test('that no account can serve is told with the earliest return, once until one can', async () => {
  await using here = await opened();
  const now = here.clock.now();
  const limited = (id: string, until: number) => accountIs(id, { state: 'cooling-down', until });
  expect(await here.look()).toEqual([]);
  expect(await here.look(limited('a', now + 20 * minute), working)).toEqual([]);
  const both = [limited('a', now + 20 * minute), limited('b', now + 10 * minute)];
  expect(await here.look(...both)).toEqual(['accounts-unavailable accounts 10']);
  expect(await here.look(...both)).toEqual([]);
  expect(await here.look(both[0] as AccountView, working)).toEqual([]);
  expect(await here.look(...both)).toEqual(['accounts-unavailable accounts 10']);
  await here.look(working);
  // One that its owner is just setting up is no outage.
  expect(await here.look({ ...accountIs('a', {}), isSubscription: true })).toEqual([]);
  // What ends within half a minute is no outage; what waits for a person is one without an end.
  expect(await here.look(limited('a', now + 20_000))).toEqual([]);
  expect(await here.look(accountIs('a', { state: 'needs-sign-in' }))).toEqual([
    'account-needs-sign-in A',
    'accounts-unavailable accounts',
  ]);
});

test('a state that changed is looked at a second later, however often it did', async () => {
  await using here = await opened();
  await here.look(accountIs('a', {}), working);
  here.become(accountIs('a', { state: 'needs-sign-in' }), working);
  here.watch.soon();
  here.watch.soon();
  here.clock.advance(999);
  await new Promise(setImmediate);
  expect(here.told()).toEqual([]);
  here.clock.advance(1);
  expect(await eventually(async () => here.told()[0])).toBe('account-needs-sign-in A');
});

test('failovers from one account to another are one message a minute, with their number', async () => {
  await using here = await opened();
  const failovers = new Failovers({
    ...{ alerts: here.alerts, clock: here.clock, nameOf: (id) => id.toUpperCase(), isAccounts },
    warn: (message) => expect.fail(message),
  });
  const attempt = (accountId: string, fault?: Attempt['fault']) =>
    ({ accountId, fault, startedAt: 0, durationMs: 1 }) as Attempt;
  const serves = async (...attempts: Attempt[]) => {
    failovers.note({ attempts, accountId: attempts.at(-1)?.accountId, status: 'completed' });
    // What is told is written first.
    await new Promise(setImmediate);
    return here.told();
  };
  expect(await serves(attempt('b'))).toEqual([]);
  expect(await serves(attempt('a', 'overloaded'), attempt('b'))).toEqual(['failed-over A B 1']);
  for (let call = 0; call < 12; call += 1) await serves(attempt('a', 'unreachable'), attempt('b'));
  expect(here.told()).toEqual([]);
  expect(await serves(attempt('a', 'rate-limited'), attempt('c'))).toEqual(['failed-over A C 1']);
  // The same account again, or a fault of the call, is none; nor is a call that nobody served.
  expect(await serves(attempt('a', 'credential-rejected'), attempt('a'))).toEqual([]);
  expect(await serves(attempt('a', 'model-unsupported'), attempt('b'))).toEqual([]);
  failovers.note({ attempts: [attempt('d', 'overloaded'), attempt('b')], accountId: 'b', status: 'failed' });
  here.clock.advance(minute);
  await failovers.stop();
  expect(here.told()).toEqual(['failed-over A B 12']);
});

test('a tool that another program changed, and a version, are told once until they are over', async () => {
  await using here = await opened();
  const deps = { alerts: here.alerts, computer: 'desk', nameOf: () => 'Claude Code' };
  const drift = async (isDrifted: boolean) => {
    await tellDrifts(deps, new Map([['claude-code', isDrifted]]));
    return here.told();
  };
  expect(await drift(false)).toEqual([]);
  expect(await drift(true)).toEqual(['tool-drifted Claude Code']);
  expect(await drift(true)).toEqual([]);
  // Another computer on the same database knows nothing about the tools of this one.
  await tellDrifts({ ...deps, computer: 'laptop' }, new Map());
  expect(await drift(true)).toEqual([]);
  await drift(false);
  expect(await drift(true)).toEqual(['tool-drifted Claude Code']);
  const update = async (version: string | undefined) => {
    await tellUpdate(here.alerts, version);
    return here.told();
  };
  expect(await update('1.2.0')).toEqual(['update-ready 1.2.0']);
  expect(await update('1.2.0')).toEqual([]);
  expect(await update('1.3.0')).toEqual(['update-ready 1.3.0']);
  await update(undefined);
  expect(here.alerts.ongoing('update ')).toEqual([]);
});

test('through the relay: what failed over and who needs a sign-in is on the feed and among what needs attention', async () => {
  const clock = manualClock();
  await using relay = await TestApp.start({ upstreams: 2, ports: { clock } });
  relay.upstream.script([refuses(401), refuses(401)]);
  expect((await relay.messages()).status).toBe(200);
  const { alerts } = relay.app.parts;
  const kinds = async () => (await alerts.list({ limit: 10 })).map(({ kind }) => kind).sort();
  await eventually(async () => (await kinds()).length === 1);
  expect(await kinds()).toEqual(['failed-over']);
  clock.advance(1_000);
  await eventually(async () => (await kinds()).length === 2);
  expect(await kinds()).toEqual(['account-needs-sign-in', 'failed-over']);
  const attention = async () => Array.from((await relay.admin('/attention')) as unknown as { kind: string }[]);
  expect(await attention()).toEqual([
    expect.objectContaining({ kind: 'account-needs-sign-in', name: 'upstream-0' }),
    expect.objectContaining({ kind: 'failed-over', name: 'upstream-0', otherName: 'upstream-1', severity: 'info' }),
  ]);
  // It is not news for long.
  clock.advance(10 * minute);
  await eventually(async () => (await attention()).length === 1);
});
