import { amountText } from '../keys/limit-refusal.ts';
import type { Output } from '../server/admin/contract.ts';
import type { Definition } from './definitions.ts';
import { count } from './numbers.ts';
import { dateTime, duration } from './time.ts';

type Account = Output<'showAccount'>;
type Window = NonNullable<Account['limits']>['windows'][number];

/** How much of each limit is used, and whether it lasts. */
export function limitLines({ health, limits }: Account, now: number): readonly Definition[] {
  const parts = health.limits.map(({ models, until, window }): Definition => {
    const name = window === undefined ? '' : ` (${window})`;
    return ['Limited', `${models.join(', ')}${name} until ${dateTime(until)}`];
  });
  const windows = limits?.windows ?? [];
  return [...parts, ...windows.map((window): Definition => [`Limit ${window.name}`, windowText(window, now)])];
}

/** What it was last found to be, and how long ago that was. */
export function checkLines({ lastTest, balance }: Account, now: number): readonly Definition[] {
  const ago = (at: number) => `${duration(Math.max(0, now - at))} ago`;
  return [
    ['Last test', lastTest === null ? undefined : `${lastTest.message} (${ago(lastTest.at)})`],
    ['Balance', balance === null ? undefined : `${balanceText(balance)} (${ago(balance.at)})`],
  ];
}

export function balanceText({ amounts, isEnough }: NonNullable<Account['balance']>): string {
  const left = amounts.map(({ currency, amount }) => `${amount.toFixed(2)} ${currency}`).join(', ') || 'none';
  return isEnough === false ? `${left}, too little to be served` : left;
}

/** What its owner lets it do in a day, week or month, and how much of that is done. */
export function capLines({ caps }: Account): readonly Definition[] {
  return caps.map(({ name, measure, amount, spent, held, resetsAt, mode, timeZone }) => {
    const running = held === 0 ? '' : `, ${amountText(measure, held)} held by running calls`;
    const strict = mode === 'strict' ? ', strict' : '';
    const used = `${amountText(measure, spent)} of ${amountText(measure, amount)}${running}`;
    return [`Cap ${name}`, `${used}; resets ${dateTime(resetsAt)} (${timeZone}${strict})`];
  });
}

function windowText({ used, models, resetsAt, pace }: Window, now: number): string {
  const scope = models === undefined ? '' : ` of ${models.join(', ')}`;
  const resets = resetsAt === undefined || resetsAt <= now ? '' : `, resets ${dateTime(resetsAt)}`;
  return `${Math.round(used * 100)} % used${scope}${resets}${pace ? `; ${paceText(pace)}` : ''}`;
}

function paceText({ verdict, deltaPercent, runsOutAt }: NonNullable<Window['pace']>): string {
  const points = Math.round(Math.abs(deltaPercent));
  const speed =
    verdict === 'on-pace' ? 'on pace' : `${points} points ${verdict === 'ahead' ? 'ahead of' : 'behind'} its pace`;
  return runsOutAt === undefined ? `${speed}, lasts until it resets` : `${speed}, runs out ${dateTime(runsOutAt)}`;
}

export function inFlightText({ inFlight, waiting, care }: Account): string {
  const most = care.maxConcurrent === undefined ? '' : ` of ${care.maxConcurrent}`;
  return `${count(inFlight)}${most}${waiting > 0 ? `, ${count(waiting)} waiting` : ''}`;
}

const sharings: Readonly<Record<Account['care']['sharing'], string | undefined>> = {
  shared: undefined,
  dedicated: 'only keys and groups that name it',
  'only-me': 'only you',
};

export function careLines({ care }: Account): readonly Definition[] {
  const stops = Object.entries(care.stopAt).map(([window, percent]) => `${window} at ${percent} %`);
  return [
    ['Serves', sharings[care.sharing]],
    ['No new sessions', stops.length === 0 ? undefined : stops.join(', ')],
    ['Reserved for you', care.reservePercent === undefined ? undefined : `${care.reservePercent} % of each limit`],
    ['Tested', care.testEveryMs === undefined ? undefined : `every ${duration(care.testEveryMs)}`],
    ['Subscription', care.expiresAt === undefined ? undefined : `until ${dateTime(care.expiresAt)}`],
  ];
}
