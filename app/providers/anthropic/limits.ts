import type { Headers } from '../../domain/headers.ts';
import type { LimitSnapshot, LimitWindow } from '../../domain/limits.ts';
import type { LimitReply } from '../provider.ts';

/** Which part of the account a 429 speaks of, and for how long. */
export interface RateLimit {
  /** Absent when the headers do not say. */
  readonly scope: 'account' | 'model' | undefined;
  readonly retryAfterMs: number | undefined;
}

interface Window {
  readonly name: string;
  readonly isRejected: boolean;
  readonly waitMs: number | undefined;
}

const secondMs = 1_000;
/** No window is longer than a week; what claims to be is a mistake. */
const maxWaitMs = 8 * 24 * 3_600_000;

const unifiedStart = 'anthropic-ratelimit-unified-';
const statusEnd = '-status';
/** Pay-as-you-go on top of a subscription: not a window. */
const notWindows: ReadonlySet<string> = new Set(['overage']);
/** `5h` and `7d` bind the whole account; `7d_oi`, `7d-sonnet` and the like bind one family of models. */
const accountWindow = /^\d+[a-z]$/;
const classes = ['requests', 'tokens', 'input-tokens', 'output-tokens'] as const;

/** Reads the limit that a 429 tells of (protocols.md 1.5). */
export function readRateLimit(headers: Headers, nowMs: number): RateLimit {
  const named = readRetryAfter(headers, nowMs);
  const overall = headers[`${unifiedStart}status`];
  const windows = readWindows(headers, nowMs);
  if (overall === undefined && windows.length === 0) {
    return { scope: undefined, retryAfterMs: named ?? latest(exhaustedWaits(headers, nowMs)) };
  }
  const rejected = windows.filter((window) => window.isRejected);
  const ofAccount = rejected.filter((window) => accountWindow.test(window.name));
  // A family's window may be shut for days longer than the account's, and must not keep the other families out.
  const binding = ofAccount.length > 0 ? ofAccount : rejected;
  const waits = binding.map((window) => window.waitMs);
  const unnamed = waits.some((waitMs) => waitMs !== undefined) ? undefined : overallWait(headers, nowMs);
  return {
    scope: ofAccount.length === 0 && rejected.length > 0 ? 'model' : 'account',
    retryAfterMs: latest([...waits, unnamed, named]),
  };
}

/** Every window that an answer tells of, whatever its status (protocols.md 1.5). */
export function readLimits({ headers, model, nowMs }: LimitReply): LimitSnapshot | undefined {
  const windows = [...unifiedWindows(headers, model, nowMs), ...classWindows(headers, model, nowMs)];
  return windows.length === 0 ? undefined : { readAt: nowMs, windows };
}

/** What `retry-after-ms` or `retry-after` asks for; undefined when there is none, or none that can be true. */
export function readRetryAfter(headers: Headers, nowMs: number): number | undefined {
  const inMs = plausible(Number(headers['retry-after-ms']));
  if (inMs !== undefined) return inMs;
  const text = headers['retry-after']?.trim() ?? '';
  return /^[A-Z][a-z]{2},/.test(text) ? plausible(Date.parse(text) - nowMs) : plausible(Number(text) * secondMs);
}

/** A wait from now on, when it lies in the future and not too far. */
export function plausible(waitMs: number): number | undefined {
  return waitMs > 0 && waitMs <= maxWaitMs ? Math.ceil(waitMs) : undefined;
}

function unifiedWindows(headers: Headers, model: string, nowMs: number): LimitWindow[] {
  const names = Object.keys(headers).flatMap((header) => windowName(header) ?? []);
  const windows = [...new Set(names)].map((name): LimitWindow => {
    const own = `${unifiedStart}${name}`;
    return {
      name,
      ...(accountWindow.test(name) ? {} : { models: familyOf(name, model) }),
      used: fraction(headers[`${own}-utilization`]),
      lengthMs: lengthOf(name),
      resetsAt: resetAt(epochWait(headers[`${own}-reset`], nowMs), nowMs),
      isExhausted: isRejected(headers[`${own}${statusEnd}`]),
    };
  });
  const isSaid = windows.some(({ isExhausted }) => isExhausted) || !isRejected(headers[`${unifiedStart}status`]);
  if (isSaid) return windows;
  const resetsAt = resetAt(epochWait(headers[`${unifiedStart}reset`], nowMs), nowMs);
  return [...windows, { name: 'unified', resetsAt, isExhausted: true }];
}

/** The name between the family's start and one of the fields that a window has. */
function windowName(header: string): string | undefined {
  const [, name] = /^anthropic-ratelimit-unified-(.+)-(?:status|utilization|reset)$/.exec(header) ?? [];
  return name === undefined || notWindows.has(name) ? undefined : name;
}

/** API keys have their limits per class of models; what is counted is refilled all the time. */
function classWindows(headers: Headers, model: string, nowMs: number): LimitWindow[] {
  return classes.flatMap((unit): LimitWindow[] => {
    const own = `anthropic-ratelimit-${unit}`;
    const limit = count(headers[`${own}-limit`]);
    const remaining = count(headers[`${own}-remaining`]);
    if (limit === undefined && remaining === undefined) return [];
    const used = limit !== undefined && limit > 0 && remaining !== undefined ? 1 - remaining / limit : undefined;
    const resetsAt = resetAt(plausible(Date.parse(headers[`${own}-reset`] ?? '') - nowMs), nowMs);
    return [
      { name: unit, unit, models: familyOf('', model), used, limit, remaining, resetsAt, isExhausted: remaining === 0 },
    ];
  });
}

const families = ['opus', 'sonnet', 'haiku'] as const;

/** A window that is named after a family binds it; one that is not binds that of the model that was asked for. */
function familyOf(name: string, model: string): readonly string[] {
  const named = families.find((family) => name.includes(family));
  const family = named ?? families.find((known) => model.toLowerCase().includes(known));
  return [family === undefined ? model : `*${family}*`];
}

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 24 * 3_600_000 };

function lengthOf(name: string): number | undefined {
  const [, amount, unit = ''] = /^(\d{1,3})([a-z])(?![a-z])/.exec(name) ?? [];
  return units[unit] === undefined ? undefined : Number(amount) * units[unit];
}

function resetAt(waitMs: number | undefined, nowMs: number): number | undefined {
  return waitMs === undefined ? undefined : nowMs + waitMs;
}

function fraction(text: string | undefined): number | undefined {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return value >= 0 && Number.isFinite(value) ? value : undefined;
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;
}

function readWindows(headers: Headers, nowMs: number): Window[] {
  return Object.keys(headers)
    .filter((name) => name.startsWith(unifiedStart) && name.endsWith(statusEnd))
    .map((name) => name.slice(unifiedStart.length, -statusEnd.length))
    .filter((name) => name !== '' && !notWindows.has(name))
    .map((name) => ({
      name,
      isRejected: isRejected(headers[`${unifiedStart}${name}${statusEnd}`]),
      waitMs: epochWait(headers[`${unifiedStart}${name}-reset`], nowMs),
    }));
}

function isRejected(status: string | undefined): boolean {
  return status?.trim().toLowerCase() === 'rejected';
}

/** The reset of whichever window binds, for answers that name none. */
function overallWait(headers: Headers, nowMs: number): number | undefined {
  return isRejected(headers[`${unifiedStart}status`]) ? epochWait(headers[`${unifiedStart}reset`], nowMs) : undefined;
}

function epochWait(seconds: string | undefined, nowMs: number): number | undefined {
  return plausible(Number(seconds) * secondMs - nowMs);
}

/** API keys: the classes with nothing left, each with the time of its refill. */
function exhaustedWaits(headers: Headers, nowMs: number): (number | undefined)[] {
  return classes
    .filter((name) => headers[`anthropic-ratelimit-${name}-remaining`]?.trim() === '0')
    .map((name) => plausible(Date.parse(headers[`anthropic-ratelimit-${name}-reset`] ?? '') - nowMs));
}

function latest(waits: readonly (number | undefined)[]): number | undefined {
  const known = waits.filter((waitMs) => waitMs !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
