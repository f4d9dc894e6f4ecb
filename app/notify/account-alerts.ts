import type { Reason } from '../accounts/account.ts';
import { availabilityOf } from '../accounts/availability.ts';
import { conditionOf } from '../accounts/condition.ts';
import { paceOf } from '../accounts/pace.ts';
import { windowName } from '../accounts/run-out.ts';
import { awaitsTerms } from '../accounts/terms.ts';
import type { AccountView } from '../accounts/view.ts';
import { type AlertDetail, noAmount } from '../domain/alert.ts';
import type { Ongoing } from '../usage/alert-log.ts';

/** A condition that goes on, under the name that it is told once by. */
export interface Finding {
  readonly stateKey: string;
  readonly detail: AlertDetail;
}

/** What is over sooner is back before anybody has read of it. */
const leastLimitMs = 5 * 60_000;
const leastOutageMs = 30_000;
/** Upstreams count the same reset a little differently from answer to answer. */
const slackMs = 600_000;

/** What is wrong with accounts now, and with all of them together. */
export function accountFindings(
  views: readonly AccountView[],
  going: readonly Ongoing[],
  now: number,
): readonly Finding[] {
  return [...views.flatMap((view) => ofAccount(view, going, now)), ...ofAll(views, now)];
}

function ofAccount(view: AccountView, going: readonly Ongoing[], now: number): readonly Finding[] {
  const { id, name } = view.account;
  const { state, reason, until } = conditionOf(view, now);
  const common = { ...noAmount, subjectId: id, subjectName: name };
  if (state === 'needs-sign-in')
    return [{ stateKey: `sign-in ${id}`, detail: { ...common, kind: 'account-needs-sign-in' } }];
  if (state === 'blocked') return [{ stateKey: `blocked ${id}`, detail: { ...common, kind: 'account-blocked' } }];
  if (state !== 'limited' || until === undefined || until - now < leastLimitMs) return [];
  const window = limitName(reason);
  const isTold = going.some(
    ({ alert }) =>
      alert.kind === 'account-limited' &&
      alert.subjectId === id &&
      alert.window === window &&
      Math.abs((alert.resetsAt ?? 0) - until) <= slackMs,
  );
  if (isTold) return [];
  const detail = { ...common, kind: 'account-limited', window, resetsAt: until } as const;
  return [{ stateKey: `limited ${id} ${window ?? ''} ${until}`, detail }];
}

function limitName(reason: Reason | undefined): string | undefined {
  if (reason?.kind === 'cap-reached') return reason.cap;
  return reason?.kind === 'rate-limit' ? reason.window : undefined;
}

function ofAll(views: readonly AccountView[], now: number): readonly Finding[] {
  const { wanted, isServing, returnsAt } = outageOf(views, now);
  if (wanted.length === 0 || isServing) return [];
  if (returnsAt !== undefined && returnsAt - now < leastOutageMs) return [];
  const subject = { subjectId: 'accounts', subjectName: 'accounts' };
  return [
    {
      stateKey: 'unavailable accounts',
      detail: { ...noAmount, ...subject, kind: 'accounts-unavailable', resetsAt: returnsAt },
    },
  ];
}

/** One whose terms nobody has accepted is only being set up. */
function outageOf(views: readonly AccountView[], now: number) {
  return availabilityOf(
    views.filter((view) => !awaitsTerms(view)),
    now,
  );
}

/** Which of those that go on are over. What is not known, or is as its owner wants it, has not recovered. */
export function recoveredAccounts(
  views: readonly AccountView[],
  going: readonly Ongoing[],
  now: number,
): readonly Ongoing[] {
  const byId = new Map(views.map((view) => [view.account.id, view]));
  return going.filter(({ alert }) => {
    if (alert.kind === 'accounts-unavailable') {
      const { wanted, isServing } = outageOf(views, now);
      return isServing || wanted.length === 0;
    }
    const view = byId.get(alert.subjectId);
    return !view || hasRecovered(alert, view, now);
  });
}

function hasRecovered(alert: Ongoing['alert'], view: AccountView, now: number): boolean {
  const { state } = conditionOf(view, now);
  const isUp = state === 'active' || state === 'cooling-down';
  switch (alert.kind) {
    case 'account-needs-sign-in':
      return isUp || state === 'limited' || state === 'blocked';
    case 'account-blocked':
      return isUp || state === 'limited' || state === 'needs-sign-in';
    case 'account-limited':
      return isUp || (alert.resetsAt ?? 0) + slackMs <= now;
    case 'account-run-out':
      return (alert.resetsAt ?? 0) <= now || isCalm(alert, view, now);
    default:
      return false;
  }
}

/** Fresh numbers of the same window say that it lasts, by a margin. */
function isCalm({ window: name }: Ongoing['alert'], { limits }: AccountView, now: number): boolean {
  const window = limits?.windows.find((one) => windowName(one) === name);
  return window !== undefined && paceOf(window, limits?.readAt ?? 0, now)?.verdict === 'behind';
}

/** That an account serves again is told when what was told of it is over: once, however many windows it was. */
export function returnsOf(over: readonly Ongoing[], views: readonly AccountView[], now: number): readonly Finding[] {
  const limited = new Map(
    over.flatMap(({ alert }) => (alert.kind === 'account-limited' ? [[alert.subjectId, alert] as const] : [])),
  );
  return views
    .filter((view) => limited.has(view.account.id) && conditionOf(view, now).state === 'active')
    .map(({ account: { id, name } }) => ({
      stateKey: `returned ${id} ${now}`,
      detail: {
        ...{ ...noAmount, kind: 'account-recovered', subjectId: id, subjectName: name },
        window: limited.get(id)?.window,
      },
    }));
}
