import type { LimitWindow } from '../../domain/limits.ts';
import { plausible } from '../anthropic/limits.ts';

/** A window as headers and events tell it; what was missing or no number is undefined. */
export interface Told {
  readonly usedPercent: number | undefined;
  readonly windowMinutes: number | undefined;
  /** Epoch seconds. */
  readonly resetAt: number | undefined;
  /** In older answers, instead of the time. */
  readonly resetAfterSeconds: number | undefined;
}

/** Which limit a window belongs to. */
export interface Family {
  /** `codex` is the plan's own limit; others bind single models. */
  readonly id: string;
  /** The model that it binds, as the upstream calls it. */
  readonly limitName: string | undefined;
}

export interface Place extends Family {
  readonly part: 'primary' | 'secondary';
  /** The upstream refuses calls for this limit now. */
  readonly isRefusing: boolean;
  readonly nowMs: number;
}

const minuteMs = 60_000;
const maxWindowMinutes = 366 * 24 * 60;

/** Undefined when nothing is told: plans with one window name the other one with zeros. */
export function readWindow(told: Told, place: Place): LimitWindow | undefined {
  const { usedPercent, windowMinutes = 0 } = told;
  if (usedPercent === undefined || !(usedPercent >= 0)) return undefined;
  const isLength = windowMinutes > 0 && windowMinutes <= maxWindowMinutes;
  const lengthMs = isLength ? Math.round(windowMinutes * minuteMs) : undefined;
  const resetsAt = readReset(told, place.nowMs);
  if (usedPercent === 0 && lengthMs === undefined && resetsAt === undefined) return undefined;
  const isPlan = place.id === 'codex';
  return {
    name: isPlan ? place.part : `${place.id}-${place.part}`,
    // A limit without a name binds something that nobody here knows; it must not keep the whole account out.
    models: isPlan ? undefined : [place.limitName].filter((name) => name !== undefined),
    used: usedPercent / 100,
    lengthMs,
    resetsAt,
    isExhausted: place.isRefusing && usedPercent >= 100,
  };
}

function readReset({ resetAt, resetAfterSeconds }: Told, nowMs: number): number | undefined {
  const byTime = resetAt === undefined ? undefined : plausible(resetAt * 1_000 - nowMs);
  const waitMs = byTime ?? (resetAfterSeconds === undefined ? undefined : plausible(resetAfterSeconds * 1_000));
  return waitMs === undefined ? undefined : nowMs + waitMs;
}

/** Credits that are bought beside the plan, where there are any. */
export function readCredits(hasCredits: boolean, balance: number | undefined): LimitWindow | undefined {
  if (!hasCredits || balance === undefined || !(balance >= 0)) return undefined;
  return { name: 'credits', models: [], remaining: balance, isExhausted: false };
}

/** Limits are named `codex_other` in events and `codex-other` in headers. */
export function familyId(name: string): string {
  return name.trim().toLowerCase().replaceAll('_', '-');
}
