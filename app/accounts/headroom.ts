import type { LimitSnapshot, LimitWindow } from '../domain/limits.ts';
import { matchesPattern } from '../domain/patterns.ts';

/** What is left of an account's limits for one upstream model. */
export interface Headroom {
  /** Least share that is left of any window, 0 to 1; 1 when nothing is known. */
  readonly left: number;
  /** The window that has least left. */
  readonly window?: string | undefined;
  /**
   * What is left in relation to the time that is left, of the tightest long window: at 1 it lasts exactly to its reset,
   * at 2 it could be used twice as fast. 1 when nothing is known.
   */
  readonly spare: number;
  /** When the first of the long windows resets. */
  readonly resetsAt?: number | undefined;
  readonly windows: readonly UsedWindow[];
}

export interface UsedWindow {
  readonly name: string;
  /** Share that is used, 0 to 1. */
  readonly used: number;
  readonly resetsAt?: number | undefined;
}

/** Shorter windows refill while one looks; only long ones are a budget. */
const longMs = 3_600_000;
/** Without a reset a window is believed for this long. */
const believedMs = 60_000;
const leastSpare = 0.1;
const mostSpare = 4;
/** The last moments of a window are no time to divide by. */
const leastRemaining = 0.01;

const unknown: Headroom = { left: 1, spare: 1, windows: [] };

export function headroomOf(limits: LimitSnapshot | undefined, upstreamModel: string, now: number): Headroom {
  if (!limits) return unknown;
  const binding = limits.windows.filter((window) => binds(window, upstreamModel));
  if (binding.length === 0) return unknown;
  const windows = binding.map((window): UsedWindow => {
    return { name: window.name, used: usedNow(window, limits.readAt, now), resetsAt: window.resetsAt };
  });
  const fullest = windows.reduce((one, other) => (other.used > one.used ? other : one));
  const budgets = binding.filter((window) => isBudget(window, now));
  const resets = budgets.map(({ resetsAt }) => resetsAt ?? Number.POSITIVE_INFINITY);
  return {
    left: 1 - fullest.used,
    window: fullest.name,
    spare: fullest.used >= 1 ? leastSpare : spareOf(budgets, now),
    resetsAt: resets.length === 0 ? undefined : Math.min(...resets),
    windows,
  };
}

/** Share of a window that is used at `now`; a window that has reset since is empty. */
export function usedNow(window: LimitWindow, readAt: number, now: number): number {
  const { used, isExhausted, remaining, limit, resetsAt } = window;
  if (resetsAt === undefined ? now - readAt > believedMs : resetsAt <= now) return 0;
  if (isExhausted) return 1;
  if (used !== undefined) return clamp(used, 0, 1);
  return remaining === undefined || !limit ? 0 : clamp(1 - remaining / limit, 0, 1);
}

function spareOf(budgets: readonly LimitWindow[], now: number): number {
  let spare = Number.POSITIVE_INFINITY;
  for (const { used = 0, lengthMs = longMs, resetsAt = now } of budgets) {
    const remaining = clamp((resetsAt - now) / lengthMs, leastRemaining, 1);
    spare = Math.min(spare, (1 - clamp(used, 0, 1)) / remaining);
  }
  return Number.isFinite(spare) ? clamp(spare, leastSpare, mostSpare) : 1;
}

function isBudget({ lengthMs, resetsAt, used }: LimitWindow, now: number): boolean {
  return lengthMs !== undefined && lengthMs >= longMs && used !== undefined && resetsAt !== undefined && resetsAt > now;
}

function binds({ models }: LimitWindow, upstreamModel: string): boolean {
  return models === undefined || models.some((pattern) => matchesPattern(pattern, upstreamModel));
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
