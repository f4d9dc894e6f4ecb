import type { Fault } from '../domain/fault.ts';
import type { Health, HealthState } from './account.ts';

/** What happened to an account. */
export type HealthEvent =
  | { readonly kind: 'served' }
  | {
      readonly kind: 'fault';
      readonly fault: Fault;
      /** The upstream model that was asked for. `AccountDirectory.apply` takes the client's name and maps it. */
      readonly model: string;
      /** Nobody else could have served: then it is not kept out longer than the upstream itself says. */
      readonly isLastAccount?: boolean | undefined;
    }
  | { readonly kind: 'credential-changed' }
  /** The sign-in has ended; `reason` says how, and what to do. */
  | { readonly kind: 'sign-in-ended'; readonly reason: string }
  /** It has ended, and cannot be renewed before `until`. */
  | { readonly kind: 'renewal-waits'; readonly reason: string; readonly until: number }
  /** It is good again by itself. */
  | { readonly kind: 'sign-in-renewed' }
  | { readonly kind: 'resumed' };

export interface HealthContext {
  /** Epoch milliseconds. */
  readonly now: number;
  /** 0 to 1; spreads the return of accounts that were limited together. */
  readonly random: number;
}

const unnamedLimitMs = 60_000;
/** Clocks are corrected by this much all the time. */
const clockSlackMs = 2_000;
const maxLimitMs = 8 * 24 * 3_600_000;
const maxSpreadMs = 5_000;
/** Clients name models; an upstream has fewer than this. */
const maxModelLimits = 100;
/** One or two broken connections are the network's business; the third in a row is the account's. */
const failuresBeforeCooldown = 3;
const firstCooldownMs = 5_000;
const maxCooldownMs = 300_000;

export function newHealth(now: number): Health {
  return { state: 'active', reason: '', changedAt: now, failures: 0, modelLimits: {} };
}

/** The next health. Pure; answers the same object when nothing changed. */
export function reduceHealth(health: Health, event: HealthEvent, context: HealthContext): Health {
  const current = effectiveHealth(health, context.now);
  switch (event.kind) {
    case 'served':
      return served(current, context.now);
    case 'fault':
      return faulted(current, event, context);
    case 'sign-in-ended':
      return stopped(current, 'needs-sign-in', { now: context.now, reason: event.reason });
    case 'renewal-waits':
      return renewalWaits(current, event, context.now);
    case 'sign-in-renewed':
      return current.state === 'needs-sign-in'
        ? { ...newHealth(context.now), modelLimits: current.modelLimits }
        : current;
    case 'credential-changed':
    case 'resumed':
      return isSpotless(current) ? current : newHealth(context.now);
  }
}

/** Health as it stands at `now`: what has run out is taken off. */
export function effectiveHealth(health: Health, now: number): Health {
  const current = health.changedAt - now > clockSlackMs ? rebased(health, now) : health;
  const limits = Object.entries(current.modelLimits);
  const lasting = limits.filter(([, until]) => until > now);
  const isOver = current.until !== undefined && current.until <= now;
  if (!isOver && lasting.length === limits.length) return current;
  const modelLimits = Object.fromEntries(lasting);
  if (!isOver) return { ...current, modelLimits };
  // Failures stay: a cooldown that ends is a probe, and its failure must lead to a longer one.
  return { ...newHealth(now), failures: current.failures, modelLimits };
}

/** The wall clock was set back since (D16): every end moves with it, so that nothing lasts longer than it was meant to. */
function rebased(health: Health, now: number): Health {
  return shiftHealth(health, now - health.changedAt);
}

/** The same health by a wall clock that was set by `byMs`. */
export function shiftHealth(health: Health, byMs: number): Health {
  const limits = Object.entries(health.modelLimits).map(([model, until]) => [model, until + byMs] as const);
  const until = health.until === undefined ? {} : { until: health.until + byMs };
  return { ...health, ...until, modelLimits: Object.fromEntries(limits), changedAt: health.changedAt + byMs };
}

/** A limit of one model says nothing against another model that was just served. */
function served(health: Health, now: number): Health {
  if (health.state !== 'cooling-down' && health.failures === 0) return health;
  const rested = health.state === 'cooling-down' ? newHealth(now) : health;
  return { ...rested, failures: 0, modelLimits: health.modelLimits };
}

type FaultEvent = Extract<HealthEvent, { readonly kind: 'fault' }>;

function faulted(health: Health, event: FaultEvent, context: HealthContext): Health {
  const { fault } = event;
  switch (fault.kind) {
    case 'rate-limited':
      return fault.scope === 'model' ? limitedModel(health, event, context) : limited(health, event, context);
    case 'overloaded':
      return failed(health, event, { ...context, reason: 'The upstream is overloaded' });
    case 'unreachable':
      return failed(health, event, { ...context, reason: `The upstream cannot be reached (${fault.detail})` });
    case 'credential-rejected':
      return stopped(health, 'needs-sign-in', { now: context.now, reason: stopReasons['needs-sign-in'] });
    case 'account-blocked':
      return stopped(health, 'blocked', { now: context.now, reason: stopReasons.blocked });
    case 'model-unsupported':
    case 'clock-skewed':
    case 'not-carried':
    case 'request-rejected':
      return health;
  }
}

function limited(health: Health, event: FaultEvent, context: HealthContext): Health {
  if (rank[health.state] > rank.limited) return health;
  const until = limitEnd(event, context);
  if (until <= context.now) return health;
  // Two limits may be of different windows: the later end counts.
  if (health.state === 'limited' && (health.until ?? 0) >= until) return health;
  return { ...health, state: 'limited', reason: 'The upstream’s rate limit is reached', until, changedAt: context.now };
}

function limitedModel(health: Health, event: FaultEvent, context: HealthContext): Health {
  const { modelLimits } = health;
  const until = limitEnd(event, context);
  if (until <= context.now) return health;
  if (Object.hasOwn(modelLimits, event.model) && (modelLimits[event.model] ?? 0) >= until) return health;
  const limits = Object.entries({ ...modelLimits, [event.model]: until }).sort(([, one], [, other]) => other - one);
  return { ...health, modelLimits: Object.fromEntries(limits.slice(0, maxModelLimits)), changedAt: context.now };
}

/** A little later than named, so that accounts do not return together; the only account returns when it may. */
function limitEnd(event: FaultEvent, { now, random }: HealthContext): number {
  const namedMs = namedWaitOf(event) ?? unnamedLimitMs;
  const spreadMs = event.isLastAccount ? 0 : random * Math.min(namedMs / 10, maxSpreadMs);
  return Math.ceil(now + Math.min(namedMs + spreadMs, maxLimitMs));
}

function failed(health: Health, event: FaultEvent, context: HealthContext & { readonly reason: string }): Health {
  const { now, reason } = context;
  const namedMs = Math.min(namedWaitOf(event) ?? 0, maxCooldownMs);
  // Calls that fail together are one failure; those that began before the cooldown do not make it longer.
  if (health.state === 'cooling-down') {
    return now + namedMs > (health.until ?? 0) ? { ...health, until: now + namedMs, changedAt: now } : health;
  }
  const failures = health.failures + 1;
  const coolMs = cooldownMs(failures, event);
  if (health.state !== 'active' || coolMs === 0) return { ...health, failures };
  return { ...health, state: 'cooling-down', reason, until: now + coolMs, changedAt: now, failures };
}

/** Doubles with each failure. The only account is kept out no longer than the upstream asks, or the shortest time. */
function cooldownMs(failures: number, event: FaultEvent): number {
  const over = failures - failuresBeforeCooldown;
  const doubledMs = Math.min(firstCooldownMs * 2 ** over, maxCooldownMs);
  const namedMs = namedWaitOf(event);
  if (event.isLastAccount) return Math.min(namedMs ?? (over < 0 ? 0 : firstCooldownMs), maxCooldownMs);
  return Math.max(over < 0 ? 0 : doubledMs, Math.min(namedMs ?? 0, maxCooldownMs));
}

/** How long the upstream says to wait, when it says so in a way that makes sense. */
function namedWaitOf({ fault }: FaultEvent): number | undefined {
  const named = 'retryAfterMs' in fault ? fault.retryAfterMs : undefined;
  return named !== undefined && Number.isFinite(named) && named >= 0 ? Math.ceil(named) : undefined;
}

const stopReasons = {
  'needs-sign-in': 'The upstream rejected the credential',
  blocked: 'The upstream has blocked the account or its credit is used up',
} as const;

/** Ends only when somebody acts. */
function stopped(
  health: Health,
  state: keyof typeof stopReasons,
  { now, reason }: { readonly now: number; readonly reason: string },
): Health {
  if (rank[health.state] >= rank[state]) return health;
  const { until: _, ...rest } = health;
  return { ...rest, state, reason, changedAt: now };
}

/** Like a cooldown, but no failure of the upstream. */
function renewalWaits(health: Health, { reason, until }: { reason: string; until: number }, now: number): Health {
  if (rank[health.state] > rank['cooling-down'] || until <= now || (health.until ?? 0) >= until) return health;
  return { ...health, state: 'cooling-down', reason, until, changedAt: now };
}

/** A worse state gives way only to its end, or to somebody who acts. */
const rank: Readonly<Record<HealthState, number>> = {
  active: 0,
  'cooling-down': 1,
  limited: 2,
  'needs-sign-in': 3,
  blocked: 4,
};

function isSpotless({ state, failures, modelLimits }: Health): boolean {
  return state === 'active' && failures === 0 && Object.keys(modelLimits).length === 0;
}
