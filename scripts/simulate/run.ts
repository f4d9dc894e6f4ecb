import { type Policy, predecessor, roundRobin } from './policy.ts';
import { makeTraffic, type Turn } from './traffic.ts';
import { Upstream } from './upstream.ts';
import { waystation } from './waystation.ts';

export interface Result {
  readonly policy: string;
  readonly calls: number;
  /** Calls whose client was told no. */
  readonly refused: number;
  /** Of all prompt tokens that were served. */
  readonly cacheReadShare: number;
  /** Of the calls that were served. */
  readonly costUsd: number;
  readonly costEachUsd: number;
  /** Times that an upstream said 429. */
  readonly limitHits: number;
  /** Mean distance of an account's share of the calls from its share by weight. */
  readonly fairnessError: number;
  readonly waitedSeconds: number;
}

export interface Options {
  readonly days: number;
  readonly seed: number;
  /** A week's use of one part of a subscription, in dollars of list price. */
  readonly weekUsd: number;
}

/** What the five subscriptions are sized like, one against another. */
const weights = [8, 4, 4, 2, 2] as const;
const maxTries = 3;
const maxWaitMs = 30_000;

/** The same traffic under every policy, each with upstreams of its own. */
export function compare({ days, seed, weekUsd }: Options): readonly Result[] {
  const turns = makeTraffic(days, seed);
  const make = [
    (upstreams: readonly Upstream[]) => roundRobin(upstreams.map(({ id }) => id)),
    (upstreams: readonly Upstream[]) => predecessor(upstreams.map(({ id }) => id)),
    (upstreams: readonly Upstream[]) => waystation(upstreams, seed),
  ];
  return make.map((policyOf) => {
    const upstreams = weights.map((weight, index) => new Upstream(`account-${index}`, weight, weekUsd));
    return new Run(policyOf(upstreams), upstreams).all(turns);
  });
}

interface Ending {
  readonly at: number;
  readonly accountId: string;
}

/** One week under one policy. */
class Run {
  readonly #policy: Policy;
  readonly #upstreams: ReadonlyMap<string, Upstream>;
  readonly #calls = new Map<string, number>();
  /** The one that ends first comes first. */
  #endings: Ending[] = [];
  #refused = 0;
  #limitHits = 0;
  #read = 0;
  #written = 0;
  #costNanoUsd = 0;
  #waitedMs = 0;

  constructor(policy: Policy, upstreams: readonly Upstream[]) {
    this.#policy = policy;
    this.#upstreams = new Map(upstreams.map((upstream) => [upstream.id, upstream]));
  }

  all(turns: readonly Turn[]): Result {
    for (const turn of turns) this.#take(turn);
    const prompt = this.#read + this.#written;
    return {
      policy: this.#policy.name,
      calls: turns.length,
      refused: this.#refused,
      cacheReadShare: prompt === 0 ? 0 : this.#read / prompt,
      costUsd: this.#costNanoUsd / 1e9,
      costEachUsd: this.#costNanoUsd / 1e9 / (turns.length - this.#refused),
      limitHits: this.#limitHits,
      fairnessError: this.#fairnessError(),
      waitedSeconds: this.#waitedMs / 1_000,
    };
  }

  #take(turn: Turn): void {
    const tried = new Set<string>();
    let now = turn.at;
    while (tried.size < maxTries) {
      this.#endUntil(now);
      const wish = this.#policy.choose(turn, now, tried);
      if (wish.kind === 'wait' && wish.until - turn.at <= maxWaitMs) {
        this.#waitedMs += wish.until - now;
        now = wish.until;
        continue;
      }
      if (wish.kind !== 'ask') break;
      if (this.#ask(turn, wish.accountId, now)) return;
      tried.add(wish.accountId);
    }
    this.#refused += 1;
  }

  #ask(turn: Turn, accountId: string, now: number): boolean {
    const answer = this.#upstreams.get(accountId)?.call(turn, now);
    if (!answer) throw new Error(`there is no account ${accountId}`);
    if (answer.kind === 'refused') {
      this.#limitHits += 1;
      this.#policy.refused(turn, accountId, { ...answer, at: now });
      return false;
    }
    const endsAt = now + turn.lastsMs;
    this.#policy.served(turn, accountId, { ...answer, endsAt });
    const index = this.#endings.findIndex(({ at }) => at > endsAt);
    this.#endings.splice(index < 0 ? this.#endings.length : index, 0, { at: endsAt, accountId });
    this.#calls.set(accountId, (this.#calls.get(accountId) ?? 0) + 1);
    this.#read += answer.readTokens;
    this.#written += answer.writtenTokens;
    this.#costNanoUsd += answer.costNanoUsd;
    return true;
  }

  #endUntil(now: number): void {
    while (this.#endings[0] && this.#endings[0].at <= now) {
      const ending = this.#endings.shift();
      if (ending) this.#policy.ended(ending.accountId);
    }
  }

  #fairnessError(): number {
    const calls = [...this.#calls.values()].reduce((sum, count) => sum + count, 0);
    const weight = weights.reduce((sum, one) => sum + one, 0);
    const errors = [...this.#upstreams.values()].map((upstream) =>
      Math.abs((this.#calls.get(upstream.id) ?? 0) / calls - upstream.weight / weight),
    );
    return errors.reduce((sum, error) => sum + error, 0) / errors.length;
  }
}
