import type { Health, HealthState, Reason } from './account.ts';
import {
  close,
  countAnswer,
  countFailure,
  countServed,
  isRecovered,
  longestOpenMs,
  mayClose,
  mustOpen,
  open,
  shortestOpenMs,
  untouched,
} from './breaker.ts';
import { type FaultEvent, type HealthContext, type HealthEvent, namedWaitOf } from './health-event.ts';
import { limitsFrom, withLimits } from './reached-limits.ts';

/** Clocks are corrected by this much all the time. */
const clockSlackMs = 2_000;
/** A half-open account that nobody called for this long is believed again, with one call first. */
const idleHalfOpenMs = 300_000;
const slowCooldownMs = 300_000;

export function newHealth(now: number): Health {
  return { state: 'active', changedAt: now, breaker: untouched, limits: [] };
}

/** The next health. Pure; answers the same object when nothing changed. */
export function reduceHealth(health: Health, event: HealthEvent, context: HealthContext): Health {
  const current = effectiveHealth(health, context.now);
  switch (event.kind) {
    case 'served':
      return served(current, context.now);
    case 'answered':
      return answered(current, context.now);
    case 'fault':
      return faulted(current, event, context);
    case 'slow':
      return slowed(current, event.firstByteMs, context.now);
    case 'sign-in-ended':
      return stopped(current, 'needs-sign-in', {
        now: context.now,
        reason: { kind: 'sign-in-ended', detail: event.detail },
      });
    case 'renewal-waits':
      return renewalWaits(current, event, context.now);
    case 'sign-in-renewed':
      return current.state === 'needs-sign-in' ? { ...newHealth(context.now), limits: current.limits } : current;
    case 'credential-changed':
    case 'resumed':
      return isSpotless(current) ? current : newHealth(context.now);
  }
}

/** Health as it stands at `now`: what has run out is taken off. */
export function effectiveHealth(health: Health, now: number): Health {
  const current = health.changedAt - now > clockSlackMs ? rebased(health, now) : health;
  const isOver = current.until !== undefined && current.until <= now && !isHalfOpen(current, now);
  const hasEnded = current.limits.some(({ until }) => until <= now);
  if (!isOver && !hasEnded) return current;
  const limits = hasEnded ? current.limits.filter(({ until }) => until > now) : current.limits;
  if (!isOver) return { ...current, limits };
  const { breaker } = current;
  if (mayClose(breaker, now)) return { ...newHealth(now), breaker: close(breaker, now), limits };
  // How often it opened stays: whoever opens again has not been mended.
  const kept = breaker.openedAt === 0 ? breaker : close(breaker, now);
  return { ...newHealth(now), isUnproven: true, breaker: kept, limits };
}

/** The breaker's cooldown is past: some calls may try. */
export function isHalfOpen({ state, until = 0, breaker }: Health, now: number): boolean {
  if (state !== 'cooling-down' || breaker.openedAt === 0 || until > now || mayClose(breaker, now)) return false;
  return now < until + idleHalfOpenMs;
}

/** Whether the change is worth a row and a line in the timeline, or only counts something. */
export function isTransition(before: Health, after: Health): boolean {
  return (
    before.state !== after.state ||
    before.until !== after.until ||
    before.limits !== after.limits ||
    before.reason !== after.reason
  );
}

/** The wall clock was set back since (D16): every end moves with it, so that nothing lasts longer than it was meant to. */
function rebased(health: Health, now: number): Health {
  return shiftHealth(health, now - health.changedAt);
}

/** The same health by a wall clock that was set by `byMs`. */
export function shiftHealth(health: Health, byMs: number): Health {
  const { breaker } = health;
  return {
    ...health,
    ...(health.until === undefined ? {} : { until: health.until + byMs }),
    changedAt: health.changedAt + byMs,
    breaker: {
      ...breaker,
      since: breaker.since === 0 ? 0 : breaker.since + byMs,
      openedAt: breaker.openedAt === 0 ? 0 : breaker.openedAt + byMs,
      closedAt: breaker.closedAt === 0 ? 0 : breaker.closedAt + byMs,
    },
    limits: health.limits.map((limit) => ({ ...limit, until: limit.until + byMs })),
  };
}

/** A limit of one model says nothing against another model that was just served. */
function served(health: Health, now: number): Health {
  if (health.state === 'cooling-down' && !isRecovered(health.breaker)) return health;
  const breaker = countServed(health.breaker, now);
  return breaker === health.breaker ? health : { ...health, breaker };
}

function answered(health: Health, now: number): Health {
  if (health.isUnproven) return { ...health, isUnproven: undefined };
  if (!isHalfOpen(health, now)) return health;
  return isRecovered(health.breaker) ? health : { ...health, breaker: countAnswer(health.breaker) };
}

function slowed(health: Health, firstByteMs: number, now: number): Health {
  if (health.state !== 'active') return health;
  const { breaker } = open(health.breaker, now);
  const reason: Reason = { kind: 'slow', firstByteMs };
  return { ...health, state: 'cooling-down', reason, until: now + slowCooldownMs, changedAt: now, breaker };
}

function faulted(health: Health, event: FaultEvent, context: HealthContext): Health {
  const { fault } = event;
  switch (fault.kind) {
    case 'rate-limited':
      return limited(health, event, context);
    case 'overloaded':
      return failed(health, event, { ...context, reason: { kind: 'overloaded' } });
    case 'unreachable':
      return failed(health, event, { ...context, reason: { kind: 'unreachable', detail: fault.detail } });
    case 'credential-rejected':
      return stopped(health, 'needs-sign-in', { now: context.now, reason: { kind: 'credential-rejected' } });
    case 'account-blocked':
      return stopped(health, 'blocked', { now: context.now, reason: { kind: 'account-blocked' } });
    case 'model-unsupported':
    case 'clock-skewed':
    case 'not-carried':
    case 'request-rejected':
      return health;
  }
}

function limited(health: Health, event: FaultEvent, context: HealthContext): Health {
  const { account, scoped } = limitsFrom(event, context);
  if (!account) {
    const limits = withLimits(health.limits, scoped);
    return limits === health.limits ? health : { ...health, limits, changedAt: context.now };
  }
  if (rank[health.state] > rank.limited || account.until <= context.now) return health;
  // Two limits may be of different windows: the later end counts.
  if (health.state === 'limited' && (health.until ?? 0) >= account.until) return health;
  return {
    ...health,
    state: 'limited',
    reason: { kind: 'rate-limit', ...(account.window === undefined ? {} : { window: account.window }) },
    until: account.until,
    changedAt: context.now,
    isUnproven: undefined,
  };
}

function failed(health: Health, event: FaultEvent, context: HealthContext & { readonly reason: Reason }): Health {
  const { now, reason } = context;
  const namedMs = Math.min(namedWaitOf(event) ?? 0, longestOpenMs);
  if (health.state === 'cooling-down' && !isHalfOpen(health, now)) {
    // Calls that fail together are one failure; those that began before the cooldown do not make it longer.
    return now + namedMs > (health.until ?? 0) ? { ...health, until: now + namedMs, changedAt: now } : health;
  }
  const breaker = countFailure(health.breaker, now);
  if (health.state !== 'active' && health.state !== 'cooling-down') return { ...health, breaker };
  const isTry = health.state === 'cooling-down' && !isRecovered(health.breaker);
  const opens = isTry || mustOpen(breaker);
  if (!opens && namedMs === 0) return { ...health, breaker };
  const opened = opens ? open(breaker, now) : { breaker, openMs: 0 };
  const openMs = event.isLastAccount ? shortened(opened.openMs, event) : Math.max(opened.openMs, namedMs);
  const until = Math.ceil(now + openMs);
  return { ...health, state: 'cooling-down', reason, until, changedAt: now, breaker: opened.breaker };
}

/** The only account is kept out no longer than the upstream asks, or the shortest time. */
function shortened(openMs: number, event: FaultEvent): number {
  return Math.min(namedWaitOf(event) ?? Math.min(openMs, shortestOpenMs), longestOpenMs);
}

/** Ends only when somebody acts. */
function stopped(
  health: Health,
  state: 'needs-sign-in' | 'blocked',
  { now, reason }: { readonly now: number; readonly reason: Reason },
): Health {
  if (rank[health.state] >= rank[state]) return health;
  const { until: _, isUnproven: _proven, ...rest } = health;
  return { ...rest, state, reason, changedAt: now };
}

/** Like a cooldown, but no failure of the upstream. */
function renewalWaits(
  health: Health,
  { detail, until }: { readonly detail: string; readonly until: number },
  now: number,
): Health {
  if (rank[health.state] > rank['cooling-down'] || until <= now || (health.until ?? 0) >= until) return health;
  return { ...health, state: 'cooling-down', reason: { kind: 'renewal-waits', detail }, until, changedAt: now };
}

/** A worse state gives way only to its end, or to somebody who acts. */
const rank: Readonly<Record<HealthState, number>> = {
  active: 0,
  'cooling-down': 1,
  limited: 2,
  'needs-sign-in': 3,
  blocked: 4,
};

function isSpotless({ state, breaker, limits, isUnproven }: Health): boolean {
  return state === 'active' && breaker === untouched && limits.length === 0 && !isUnproven;
}
