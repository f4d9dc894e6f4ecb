import type { LimitWindow } from '../domain/limits.ts';
import { matchesPattern } from '../domain/patterns.ts';
import type { ScopedLimit } from './account.ts';
import { type FaultEvent, type HealthContext, namedWaitOf } from './health-event.ts';

/** What a 429 puts out of use: the whole account, or parts of it. */
export interface ReachedLimits {
  readonly account?: { readonly until: number; readonly window?: string | undefined };
  readonly scoped: readonly ScopedLimit[];
}

const unnamedLimitMs = 60_000;
/** No window is longer than a week; what claims to be is a mistake. */
const maxLimitMs = 8 * 24 * 3_600_000;
const maxSpreadMs = 5_000;
/** Clients name models; an upstream has fewer than this. */
const maxScopedLimits = 100;

/**
 * Reads which scope is exhausted, and until when (A09). Whether it is the account is for the provider to say: its headers
 * may be of one model's class only. Its windows tell which part, and when that resets.
 */
export function limitsFrom(event: FaultEvent, context: HealthContext): ReachedLimits {
  const { fault } = event;
  if (fault.kind !== 'rate-limited') return { scoped: [] };
  const exhausted = event.limits?.windows.filter((window) => window.isExhausted) ?? [];
  if (fault.scope === 'account') {
    const windows = exhausted.filter(({ models }) => models === undefined);
    const { name, resetsAt } = lastToReset(windows) ?? {};
    return { account: { until: endOf(event, resetsAt, context), window: name }, scoped: [] };
  }
  const binding = exhausted.filter(({ models }) => models?.some((pattern) => matchesPattern(pattern, event.model)));
  const scoped =
    binding.length === 0 ? [ofModel(event, context)] : binding.map((window) => ofWindow(window, event, context));
  return { scoped: scoped.filter(({ until }) => until > context.now) };
}

/** The same list when nothing in it lasts longer than before. The ones that end last are kept. */
export function withLimits(before: readonly ScopedLimit[], more: readonly ScopedLimit[]): readonly ScopedLimit[] {
  const longer = more.filter((limit) => !before.some((known) => isSame(known, limit) && known.until >= limit.until));
  if (longer.length === 0) return before;
  const others = before.filter((known) => !longer.some((limit) => isSame(known, limit)));
  return [...others, ...longer].sort((one, other) => other.until - one.until).slice(0, maxScopedLimits);
}

/** The limit of an account that binds this upstream model now and ends last. */
export function limitOf(limits: readonly ScopedLimit[], model: string, now: number): ScopedLimit | undefined {
  let found: ScopedLimit | undefined;
  for (const limit of limits) {
    if (limit.until <= now || limit.until <= (found?.until ?? 0)) continue;
    if (binds(limit, model)) found = limit;
  }
  return found;
}

function binds({ scope, models }: ScopedLimit, model: string): boolean {
  return scope === 'model' ? models[0] === model : models.some((pattern) => matchesPattern(pattern, model));
}

function ofModel(event: FaultEvent, context: HealthContext): ScopedLimit {
  return { scope: 'model', models: [event.model], until: endOf(event, undefined, context) };
}

function ofWindow(
  { name, models = [], resetsAt }: LimitWindow,
  event: FaultEvent,
  context: HealthContext,
): ScopedLimit {
  const [only] = models;
  const isModel = models.length === 1 && only === event.model;
  return { scope: isModel ? 'model' : 'family', models, window: name, until: endOf(event, resetsAt, context) };
}

/** A little later than named, so that accounts do not return together; the only account returns when it may. */
function endOf(event: FaultEvent, resetsAt: number | undefined, { now, random }: HealthContext): number {
  const resetMs = resetsAt === undefined ? undefined : resetsAt - now;
  const waits = [namedWaitOf(event), resetMs].filter((waitMs) => waitMs !== undefined);
  const namedMs = waits.length === 0 ? unnamedLimitMs : Math.max(...waits);
  const spreadMs = event.isLastAccount ? 0 : random * Math.min(namedMs / 10, maxSpreadMs);
  return Math.ceil(now + Math.min(namedMs + spreadMs, maxLimitMs));
}

function lastToReset(windows: readonly LimitWindow[]): LimitWindow | undefined {
  let last: LimitWindow | undefined;
  for (const window of windows) if (!last || (window.resetsAt ?? 0) > (last.resetsAt ?? 0)) last = window;
  return last;
}

function isSame(one: ScopedLimit, other: ScopedLimit): boolean {
  return one.window === other.window && one.models.join() === other.models.join();
}
