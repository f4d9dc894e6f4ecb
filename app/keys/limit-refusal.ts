import { RelayError } from '../domain/errors.ts';
import { isRate, type KeyLimit } from './limit.ts';

/** How one limit of a key stands. */
export interface LimitStanding {
  readonly limit: KeyLimit;
  readonly name: string;
  /** Set for a limit of the key's member, which all their keys share. */
  readonly isShared?: boolean | undefined;
  readonly spent: number;
  /** By calls that are on their way. */
  readonly held: number;
  /** When it has room again; undefined when it never does by itself. */
  readonly resetsAt: number | undefined;
}

/** What a client is told when a call does not fit: the limit, how much is used and when there is room again. */
export function overLimit(standing: LimitStanding, needs: number, nowMs: number): RelayError {
  const { limit, spent, held, resetsAt } = standing;
  const { measure, amount } = limit;
  const used = `${amountText(measure, spent)} of ${amountText(measure, amount)} used`;
  const onTheWay = held > 0 ? `, ${amountText(measure, held)} held by running calls` : '';
  const back =
    resetsAt === undefined ? 'It does not reset by itself.' : `Room again at ${new Date(resetsAt).toISOString()}.`;
  const message = `${reason(standing, needs)} (${used}${onTheWay}). ${back}`;
  if (!isRate(limit)) return new RelayError('quota-exhausted', message);
  return new RelayError(
    'rate-limited',
    message,
    resetsAt === undefined ? {} : { retryAfterMs: Math.max(1, resetsAt - nowMs) },
  );
}

function reason({ limit, name, spent, held, isShared }: LimitStanding, needs: number): string {
  const { measure, amount, mode } = limit;
  const of = isShared ? 'The limit that all keys of this member share' : 'The limit of this key';
  if (measure === 'requests' || spent >= amount) return `${of} is reached: ${name}`;
  const upTo = `${mode === 'strict' ? 'up to' : 'about'} ${amountText(measure, needs)}`;
  const than = isShared ? 'the limit that all keys of this member share' : 'this key’s limit';
  if (needs > amount) return `This call may need ${upTo}, more than ${than} allows at all: ${name}`;
  return spent + held >= amount
    ? `${of} is taken by calls that are running: ${name}`
    : `This call may need ${upTo}, more than ${than} has left: ${name}`;
}

export function amountText(measure: KeyLimit['measure'], amount: number): string {
  if (measure !== 'cost') return new Intl.NumberFormat('en-US').format(amount);
  const usd = amount / 1e9;
  return `$${usd.toFixed(usd !== 0 && usd < 0.01 ? 6 : 2)}`;
}

/** The limit that has least left, for the headers of an answer. */
export function tightest(standings: readonly LimitStanding[]): LimitStanding | undefined {
  const share = ({ spent, held, limit }: LimitStanding) => (spent + held) / limit.amount;
  return standings.reduce<LimitStanding | undefined>(
    (least, one) => (least === undefined || share(one) > share(least) ? one : least),
    undefined,
  );
}
