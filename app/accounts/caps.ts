import * as z from 'zod';
import { isTimeZone } from '../domain/calendar.ts';

/** The most that an account's owner lets it do in a day, week or month of one place. */
export interface AccountCap {
  readonly measure: 'requests' | 'cost';
  /** Calls, or nano-dollars. */
  readonly amount: number;
  readonly window: {
    readonly kind: 'calendar';
    readonly unit: 'day' | 'week' | 'month';
    /** IANA name. */
    readonly timeZone: string;
    /** Minutes after midnight; 1 is Monday. */
    readonly startMinute?: number | undefined;
    readonly startWeekday?: number | undefined;
  };
  /** `smooth` holds what a call likely costs while it runs, `strict` the most that it may: then nothing is overspent. */
  readonly mode: 'smooth' | 'strict';
}

/** How one cap stands. */
export interface CapStanding {
  readonly cap: AccountCap;
  /** What people call it: `cost per day`. */
  readonly name: string;
  readonly spent: number;
  /** By calls that are on their way. */
  readonly held: number;
  /** When its window ends, epoch milliseconds. */
  readonly resetsAt: number;
}

/** What a call will likely cost and what it may cost at most, in nano-dollars. */
export interface CallCost {
  readonly likely: number;
  readonly most: number;
}

const cap = z.strictObject({
  measure: z.enum(['requests', 'cost'], 'must be requests or cost'),
  amount: z.int('must be a whole number').min(1, 'must be 1 or more'),
  window: z.strictObject({
    kind: z.literal('calendar', 'must be a day, a week or a month'),
    unit: z.enum(['day', 'week', 'month']),
    timeZone: z.string().max(64).refine(isTimeZone, 'must be a time zone such as Europe/Berlin'),
    startMinute: z.int().min(0).max(1_439).optional(),
    startWeekday: z.int().min(1).max(7).optional(),
  }),
  mode: z.enum(['smooth', 'strict'], 'must be smooth or strict'),
});

/** As stored, and as the admin API takes them. */
export const accountCaps = z
  .array(cap)
  .max(10, 'must be at most 10')
  .superRefine((caps, context) => {
    const names = caps.map(({ measure, window }) => JSON.stringify([measure, window]));
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) === index) continue;
      context.addIssue({ code: 'custom', path: [index], message: 'is about the same as one before it' });
    }
  });

/** The cap that has no room for a call; the one that lasts longest when there are several. */
export function fullCap(
  standings: readonly CapStanding[],
  now: number,
  cost: CallCost = noCost,
): { readonly standing: CapStanding; readonly isSpent: boolean } | undefined {
  let found: { readonly standing: CapStanding; readonly isSpent: boolean } | undefined;
  for (const standing of standings) {
    const { cap, spent, held, resetsAt } = standing;
    // Its window is over, and what the next one has is not known yet: whoever holds a part of it finds out.
    if (resetsAt <= now) continue;
    const needs = Math.max(1, cap.measure === 'requests' ? 1 : cap.mode === 'strict' ? cost.most : cost.likely);
    if (spent + held + needs <= cap.amount) continue;
    const isSpent = spent + needs > cap.amount;
    if (!found || Number(isSpent) - Number(found.isSpent) > 0 || (isSpent && resetsAt > found.standing.resetsAt)) {
      found = { standing, isSpent };
    }
  }
  return found;
}

/** The cap that is used up for calls of every size. */
export function reachedCap(standings: readonly CapStanding[], now: number): CapStanding | undefined {
  const spent = standings.filter((one) => one.spent >= one.cap.amount);
  return fullCap(spent, now)?.standing;
}

const noCost: CallCost = { likely: 0, most: 0 };
