import type { LimitWindow } from '../domain/limits.ts';

/** How fast a window is used up, compared with the time that has passed of it (ui.md "Pace model"). */
export interface Pace {
  /** Share of the window's time that has passed. */
  readonly elapsed: number;
  /** Used minus elapsed, in points of 100: above 0 is faster than it lasts. */
  readonly deltaPercent: number;
  readonly verdict: 'on-pace' | 'ahead' | 'behind';
  /** When it is used up at this speed; undefined when it lasts until its reset. */
  readonly runsOutAt?: number | undefined;
}

const leastElapsed = 0.03;
const freshMs = 600_000;
const onPacePercent = 2;

/** Undefined when it is too early, or what is known is too old, to say. */
export function paceOf(window: LimitWindow, readAt: number, now: number): Pace | undefined {
  const { used, lengthMs, resetsAt } = window;
  if (used === undefined || lengthMs === undefined || resetsAt === undefined) return undefined;
  if (resetsAt <= now || now - readAt >= freshMs) return undefined;
  const elapsed = 1 - (resetsAt - now) / lengthMs;
  if (elapsed < leastElapsed) return undefined;
  const deltaPercent = Math.round((used - elapsed) * 1_000) / 10;
  const verdict = Math.abs(deltaPercent) <= onPacePercent ? 'on-pace' : deltaPercent > 0 ? 'ahead' : 'behind';
  return { elapsed, deltaPercent, verdict, runsOutAt: runOut({ used, elapsed, lengthMs, resetsAt }, now) };
}

function runOut(
  { used, elapsed, lengthMs, resetsAt }: { used: number; elapsed: number; lengthMs: number; resetsAt: number },
  now: number,
): number | undefined {
  if (used <= 0) return undefined;
  const leftMs = (Math.max(0, 1 - used) / (used / elapsed)) * lengthMs;
  return now + leftMs >= resetsAt ? undefined : Math.round(now + leftMs);
}
