import type { CalendarUnit } from '../domain/calendar.ts';

export type LimitMeasure = 'requests' | 'tokens' | 'cost';

/** An amount for each thing that can be limited. */
export type Amounts = Readonly<Record<LimitMeasure, number>>;

/**
 * `strict` holds what a call may cost at most, so that nothing is ever overspent, at the price of refusing calls that
 * would have fitted; `smooth` holds what it will likely cost; `shadow` refuses nothing and only tells.
 */
export type LimitMode = 'strict' | 'smooth' | 'shadow';

export type LimitWindow =
  | { readonly kind: 'rolling'; readonly lengthMs: number }
  | ({ readonly kind: 'calendar' } & CalendarUnit)
  | { readonly kind: 'total' };

/** What a key may spend in a stretch of time. */
export interface KeyLimit {
  readonly measure: LimitMeasure;
  /** Calls, tokens of every class, or nano-dollars. */
  readonly amount: number;
  readonly window: LimitWindow;
  /** Model patterns that it is about; all when left out. */
  readonly models?: readonly string[] | undefined;
  readonly mode: LimitMode;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** What a person calls it: `cost per day`, `requests per 5 hours (claude-opus-*)`. Two limits of a key never share it. */
export function limitName({ measure, window, models }: KeyLimit): string {
  const family = models === undefined || models.length === 0 ? '' : ` (${models.join(', ')})`;
  return `${measure} ${windowName(window)}${family}`;
}

function windowName(window: LimitWindow): string {
  if (window.kind === 'total') return 'in total';
  if (window.kind === 'calendar') return `per ${window.unit}`;
  return `per ${lengthName(window.lengthMs)}`;
}

function lengthName(lengthMs: number): string {
  const [count, unit] = lengthMs % hourMs === 0 ? [lengthMs / hourMs, 'hour'] : [lengthMs / minuteMs, 'minute'];
  return count === 1 ? unit : `${count} ${unit}s`;
}

/** Short windows refill soon: a client had better wait. What is used up for long it is told to stop for. */
export function isRate({ measure, window }: KeyLimit): boolean {
  return measure === 'requests' || (window.kind === 'rolling' && window.lengthMs < hourMs);
}
