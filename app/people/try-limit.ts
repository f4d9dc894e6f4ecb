import type { Clock } from '../domain/clock.ts';

export interface TryRules {
  /** So many wrong tries within `windowMs` begin a rest. */
  readonly maxWrong: number;
  readonly windowMs: number;
  /** The first rest; each further one is twice as long, up to the longest. */
  readonly firstRestMs: number;
  readonly longestRestMs: number;
}

interface Tries {
  since: number;
  count: number;
  restUntil: number;
  /** Of the last rest. */
  restMs: number;
}

/** Guessers have many names; what is over goes first, then the oldest. */
const maxNames = 10_000;

/** Whoever tries too often has to rest. A try counts from its beginning, so that many at once are many. */
export class TryLimit {
  readonly #clock: Clock;
  readonly #rules: TryRules;
  readonly #tries = new Map<string, Tries>();

  constructor(clock: Clock, rules: TryRules) {
    this.#clock = clock;
    this.#rules = rules;
  }

  /** How much longer `name` has to wait; 0 when it need not. */
  restMs(name: string): number {
    const tries = this.#tries.get(name);
    return tries ? Math.max(0, tries.restUntil - this.#clock.monotonic()) : 0;
  }

  /** Call it when `restMs` is 0. Call the answer when the try was right. */
  begin(name: string): () => void {
    const now = this.#clock.monotonic();
    const tries = this.#of(name, now);
    if (now - tries.since >= this.#rules.windowMs) {
      tries.since = now;
      tries.count = 0;
    }
    tries.count += 1;
    if (tries.count >= this.#rules.maxWrong) this.#rest(tries, now);
    return () => void this.#tries.delete(name);
  }

  #rest(tries: Tries, now: number): void {
    const { firstRestMs, longestRestMs } = this.#rules;
    tries.restMs = Math.min(longestRestMs, tries.restMs === 0 ? firstRestMs : tries.restMs * 2);
    tries.restUntil = now + tries.restMs;
    tries.since = tries.restUntil;
    tries.count = 0;
  }

  #of(name: string, now: number): Tries {
    const known = this.#tries.get(name);
    if (known && !this.#isForgotten(known, now)) return known;
    this.#tries.delete(name);
    if (this.#tries.size >= maxNames) this.#makeRoom(now);
    const tries = { since: now, count: 0, restUntil: 0, restMs: 0 };
    this.#tries.set(name, tries);
    return tries;
  }

  /** Maps keep the order of insertion. */
  #makeRoom(now: number): void {
    for (const [name, tries] of this.#tries) if (this.#isForgotten(tries, now)) this.#tries.delete(name);
    for (const name of this.#tries.keys()) {
      if (this.#tries.size < maxNames) return;
      this.#tries.delete(name);
    }
  }

  /** Who was quiet for as long as the longest rest begins anew. */
  #isForgotten({ since, restUntil }: Tries, now: number): boolean {
    return now - Math.max(since, restUntil) >= Math.max(this.#rules.longestRestMs, this.#rules.windowMs);
  }
}
