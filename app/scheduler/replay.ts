import type { HealthState } from '../accounts/account.ts';
import type { CapStanding } from '../accounts/caps.ts';
import { newHealth } from '../accounts/health.ts';
import type { AccountView } from '../accounts/view.ts';
import { modelFamily } from '../domain/model-family.ts';
import type { RouteId } from '../protocols/protocol.ts';
import { choose } from './choose.ts';
import type { Ask, Explanation, Snapshot, Verdict } from './plan.ts';
import { type AccountChange, whatIf } from './what-if.ts';

/** A call as it was recorded. */
export interface PastCall {
  readonly requestId: string;
  readonly startedAt: number;
  readonly keyId: string;
  readonly session: string;
  readonly model: string;
  readonly route: RouteId;
  /** Who served it, or was tried last. */
  readonly accountId?: string | undefined;
  readonly wasServed: boolean;
  readonly explanation: Pick<Explanation, 'ask' | 'verdicts'>;
}

export interface ReplayedCall {
  readonly requestId: string;
  readonly before?: string | undefined;
  /** Undefined: it would have been refused. */
  readonly after?: string | undefined;
}

export interface Replay {
  readonly calls: number;
  readonly changed: number;
  readonly refusedBefore: number;
  readonly refusedAfter: number;
  /** Turns that stayed on the account of the turn before, of all turns that had one. */
  readonly stayedBefore: number;
  readonly stayedAfter: number;
  readonly turns: number;
  readonly byAccount: ReadonlyMap<string, { readonly before: number; readonly after: number }>;
  /** The first that went elsewhere. */
  readonly examples: readonly ReplayedCall[];
}

const maxExamples = 20;
/** A session is over after this long, as in the real scheduler. */
const sessionMs = 3_600_000;

/**
 * The calls of the past under other rules: each chooses among the accounts as they stood then, but what they have served
 * and where sessions live follows from the new choices.
 */
export function replay(
  snapshot: Omit<Snapshot, 'now'>,
  calls: readonly PastCall[],
  changes: readonly AccountChange[] = [],
): Replay {
  const course = new Course(snapshot, changes);
  for (const call of calls) course.take(call);
  return course.result();
}

interface Counts {
  served: number;
  starts: number;
  lastStartAt: number;
}

interface Stay {
  readonly accountId: string;
  readonly at: number;
}

class Course {
  readonly #snapshot: Omit<Snapshot, 'now'>;
  readonly #changes: readonly AccountChange[];
  readonly #counts = new Map<string, Counts>();
  readonly #before = new Map<string, Stay>();
  readonly #after = new Map<string, Stay>();
  readonly #byAccount = new Map<string, { before: number; after: number }>();
  readonly #examples: ReplayedCall[] = [];
  #calls = 0;
  #changed = 0;
  #refusedBefore = 0;
  #refusedAfter = 0;
  #turns = 0;
  #stayedBefore = 0;
  #stayedAfter = 0;

  constructor(snapshot: Omit<Snapshot, 'now'>, changes: readonly AccountChange[]) {
    this.#snapshot = snapshot;
    this.#changes = changes;
  }

  take(call: PastCall): void {
    const name = `${call.keyId} ${modelFamily(call.model)} ${call.session}`;
    const [cameFrom, comesFrom] = [stayAt(this.#before, name, call), stayAt(this.#after, name, call)];
    const before = call.wasServed ? call.accountId : undefined;
    const after = this.#choose(call, comesFrom);
    this.#calls += 1;
    if (before === undefined) this.#refusedBefore += 1;
    else this.#before.set(name, { accountId: before, at: call.startedAt });
    if (after === undefined) this.#refusedAfter += 1;
    else this.#after.set(name, { accountId: after, at: call.startedAt });
    if (cameFrom !== undefined && comesFrom !== undefined) {
      this.#turns += 1;
      if (cameFrom === before) this.#stayedBefore += 1;
      if (comesFrom === after) this.#stayedAfter += 1;
    }
    this.#note(call, before, after);
  }

  result(): Replay {
    return {
      ...{ calls: this.#calls, changed: this.#changed, turns: this.#turns },
      ...{ refusedBefore: this.#refusedBefore, refusedAfter: this.#refusedAfter },
      ...{ stayedBefore: this.#stayedBefore, stayedAfter: this.#stayedAfter },
      byAccount: this.#byAccount,
      examples: this.#examples,
    };
  }

  #choose(call: PastCall, stickyAccountId: string | undefined): string | undefined {
    const { ask: asked, verdicts } = call.explanation;
    const ask: Ask = { ...asked, model: call.model, route: call.route, stickyAccountId };
    const byId = new Map(verdicts.map((verdict) => [verdict.accountId, verdict]));
    const views = this.#snapshot.views.flatMap((view) => {
      const verdict = byId.get(view.account.id);
      return verdict ? [whatIf(viewThen(view, verdict, this.#countsOf(view.account.id)), this.#changes)] : [];
    });
    const plan = choose({ ...this.#snapshot, views, now: call.startedAt }, ask);
    const id = plan.candidates[0]?.account.id ?? plan.wait?.accounts[0]?.id;
    if (id !== undefined) this.#started(id, call.startedAt);
    return id;
  }

  #countsOf(id: string): Counts {
    const known = this.#counts.get(id) ?? { served: 0, starts: 0, lastStartAt: 0 };
    this.#counts.set(id, known);
    return known;
  }

  #started(id: string, now: number): void {
    const counts = this.#countsOf(id);
    const weight = this.#snapshot.views.find(({ account }) => account.id === id)?.account.weight ?? 1;
    counts.served += 1 / weight;
    counts.starts += 1;
    counts.lastStartAt = now;
  }

  #note({ requestId }: PastCall, before: string | undefined, after: string | undefined): void {
    for (const [id, side] of [
      [before, 'before'],
      [after, 'after'],
    ] as const) {
      if (id === undefined) continue;
      const counted = this.#byAccount.get(id) ?? { before: 0, after: 0 };
      counted[side] += 1;
      this.#byAccount.set(id, counted);
    }
    if (before === after) return;
    this.#changed += 1;
    if (this.#examples.length < maxExamples) this.#examples.push({ requestId, before, after });
  }
}

function stayAt(stays: ReadonlyMap<string, Stay>, name: string, { startedAt }: PastCall): string | undefined {
  const stay = stays.get(name);
  return stay && startedAt - stay.at <= sessionMs ? stay.accountId : undefined;
}

/** States of health that a verdict tells of. */
const states: ReadonlySet<string> = new Set<HealthState>(['cooling-down', 'limited', 'needs-sign-in', 'blocked']);

/** A cap without room for the call, as its verdict tells of it. */
function fullThen({ skipped, until, window = '' }: Verdict): CapStanding {
  const cap = { measure: 'requests', amount: 1, window: capWindow, mode: 'strict' } as const;
  const [spent, held] = skipped === 'capped' ? [1, 0] : [0, 1];
  return { cap, name: window, spent, held, resetsAt: until ?? Number.POSITIVE_INFINITY };
}

const capWindow = { kind: 'calendar', unit: 'day', timeZone: 'UTC' } as const;

/** The account as its verdict of then describes it. */
function viewThen(view: AccountView, verdict: Verdict, counts: Counts): AccountView {
  const { skipped, until, window, left = 1, spare = 1, resetsAt, inFlight } = verdict;
  const now = newHealth(0);
  const isScoped = skipped === 'family-limited' || skipped === 'model-limited';
  return {
    routes: view.routes,
    usualModels: view.usualModels,
    account: { ...view.account, isEnabled: skipped !== 'paused' },
    listed: view.listed,
    forwardsClientCredential: view.forwardsClientCredential,
    cloud: view.cloud,
    isSubscription: view.isSubscription,
    onlyClient: view.onlyClient,
    claims: (model) => view.claims(model),
    told: (model) => view.told(model),
    upstreamModel: (model, route) => view.upstreamModel(model, route),
    headroom: () => ({
      left,
      spare,
      resetsAt,
      windows: window === undefined ? [] : [{ name: window, used: 1 - left }],
    }),
    health: isHealthState(skipped)
      ? { ...now, state: skipped, until }
      : {
          ...now,
          limits: isScoped ? [{ scope: 'family', models: ['*'], until: until ?? Number.POSITIVE_INFINITY }] : [],
        },
    inFlight,
    waiting: 0,
    obstacle:
      skipped === 'busy' || skipped === 'probing' || skipped === 'ramping' ? { reason: skipped, until } : undefined,
    caps: skipped === 'capped' || skipped === 'cap-held' ? [fullThen(verdict)] : [],
    ...counts,
  };
}

function isHealthState(skipped: string | undefined): skipped is HealthState {
  return skipped !== undefined && states.has(skipped);
}
