import type { Breaker } from './account.ts';

export const untouched: Breaker = {
  failures: 0,
  calls: 0,
  inARow: 0,
  since: 0,
  openings: 0,
  answers: 0,
  openedAt: 0,
  closedAt: 0,
};

/** One or two broken connections are the network's business; the third in a row is the account's. */
const inARowToOpen = 3;
/** Failures that served calls come between open it too, when they are many and not rare (A13). */
const failuresToOpen = 5;
const shareToOpen = 0.2;
const countedMs = 30_000;
/** Half of the calls failing must not pass for recovery: this many answers in a row are. */
const answersToClose = 5;
export const shortestOpenMs = 5_000;
export const longestOpenMs = 300_000;
/** It closes no sooner than this after it opened, so that it changes twice in a minute at most and does not flap. */
const leastOpenToCloseMs = 60_000;
const forgottenMs = 300_000;

/** For people who want to know when an account rests. */
export const breakerNumbers = {
  failuresInARow: inARowToOpen,
  failures: failuresToOpen,
  sharePercent: shareToOpen * 100,
  ...{ countedMs, answersToClose, shortestOpenMs, longestOpenMs },
};

/** A failure while it is closed. */
export function countFailure(breaker: Breaker, now: number): Breaker {
  const counted = isCounting(breaker, now) ? breaker : { ...breaker, failures: 0, calls: 0, inARow: 0, since: now };
  return {
    ...counted,
    failures: counted.failures + 1,
    calls: counted.calls + 1,
    inARow: counted.inARow + 1,
  };
}

/** A served call while it is closed; the same object when there is nothing to weigh it against. */
export function countServed(breaker: Breaker, now: number): Breaker {
  if (breaker.failures === 0) return breaker;
  if (!isCounting(breaker, now)) return { ...breaker, failures: 0, calls: 0, inARow: 0, since: 0 };
  return { ...breaker, calls: breaker.calls + 1, inARow: 0 };
}

export function mustOpen({ inARow, failures, calls }: Breaker): boolean {
  return inARow >= inARowToOpen || (failures >= failuresToOpen && failures >= calls * shareToOpen);
}

/** Opens it, for twice as long as the time before. */
export function open(breaker: Breaker, now: number): { readonly breaker: Breaker; readonly openMs: number } {
  const isForgotten = breaker.closedAt !== 0 && now - breaker.closedAt > forgottenMs;
  const openings = isForgotten ? 1 : breaker.openings + 1;
  const openMs = Math.min(shortestOpenMs * 2 ** (openings - 1), longestOpenMs);
  const openedAt = breaker.openedAt === 0 ? now : breaker.openedAt;
  return { breaker: { ...breaker, openings, answers: 0, openedAt }, openMs };
}

/** An answer while it is half-open. What failed before says nothing any more once there are enough of them. */
export function countAnswer(breaker: Breaker): Breaker {
  const answers = breaker.answers + 1;
  if (answers !== answersToClose) return { ...breaker, answers };
  return { ...breaker, answers, failures: 0, calls: 0, inARow: 0, since: 0 };
}

/** It serves as before, and is only watched more closely. */
export function isRecovered({ answers }: Breaker): boolean {
  return answers >= answersToClose;
}

export function mayClose(breaker: Breaker, now: number): boolean {
  return isRecovered(breaker) && now - breaker.openedAt >= leastOpenToCloseMs;
}

export function close({ openings }: Breaker, now: number): Breaker {
  return { ...untouched, openings, closedAt: now };
}

/** How many calls may try at a time while it is half-open. */
export function triesAtATime(breaker: Breaker): number {
  return isRecovered(breaker) ? Number.POSITIVE_INFINITY : 2 ** breaker.answers;
}

function isCounting({ since }: Breaker, now: number): boolean {
  return since !== 0 && now - since <= countedMs && now >= since;
}
