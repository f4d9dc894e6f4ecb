import type { Clock } from '../domain/clock.ts';

/** So many wrong ones in so long are no mistake. */
export interface GuessRule {
  readonly maxWrong: number;
  readonly windowMs: number;
}

/** A tool that has a wrong key tries it a dozen times. */
const ofKeys: GuessRule = { maxWrong: 50, windowMs: 10_000 };
const firstRestMs = 5_000;
const longestRestMs = 300_000;
/** Guessers have many addresses; what is over goes first, then the oldest. */
const maxAddresses = 10_000;

interface Tries {
  since: number;
  wrong: number;
  restUntil: number;
  /** Of the last rest: the next one is twice as long. */
  restMs: number;
}

/**
 * Addresses that try keys. One that is at rest gets no answer but "later" for a wrong key; a right key works from it all the
 * same, because many people may share an address, and on this computer all do.
 */
export class KeyGuesses {
  readonly #clock: Clock;
  readonly #rule: GuessRule;
  readonly #tries = new Map<string, Tries>();

  constructor(clock: Clock, rule = ofKeys) {
    this.#clock = clock;
    this.#rule = rule;
  }

  /** How much longer the address has to wait, in milliseconds; 0 when it need not. */
  restMs(address: string | undefined): number {
    if (this.#tries.size === 0) return 0;
    const tries = this.#tries.get(nameOf(address));
    return tries ? Math.max(0, tries.restUntil - this.#clock.monotonic()) : 0;
  }

  /** A key from there was wrong. */
  wrong(address: string | undefined): void {
    const now = this.#clock.monotonic();
    const tries = this.#triesOf(nameOf(address), now);
    if (now - tries.since >= this.#rule.windowMs) {
      tries.since = now;
      tries.wrong = 0;
    }
    tries.wrong += 1;
    if (tries.wrong < this.#rule.maxWrong) return;
    tries.restMs = Math.min(longestRestMs, tries.restMs === 0 ? firstRestMs : tries.restMs * 2);
    tries.restUntil = now + tries.restMs;
    tries.since = tries.restUntil;
    tries.wrong = 0;
  }

  #triesOf(name: string, now: number): Tries {
    const known = this.#tries.get(name);
    if (known && !isForgotten(known, now)) return known;
    this.#tries.delete(name);
    if (this.#tries.size >= maxAddresses) this.#makeRoom(now);
    const tries = { since: now, wrong: 0, restUntil: 0, restMs: 0 };
    this.#tries.set(name, tries);
    return tries;
  }

  /** Maps keep the order of insertion. */
  #makeRoom(now: number): void {
    for (const [name, tries] of this.#tries) if (isForgotten(tries, now)) this.#tries.delete(name);
    for (const name of this.#tries.keys()) {
      if (this.#tries.size < maxAddresses) return;
      this.#tries.delete(name);
    }
  }
}

/** Who was quiet for as long as the longest rest begins anew. */
function isForgotten({ since, restUntil }: Tries, now: number): boolean {
  return now - Math.max(since, restUntil) >= longestRestMs;
}

/** Whoever has one address of IPv6 has the 2^64 beside it. */
function nameOf(address = ''): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  return [...groups, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...(tail ? tail.split(':') : [])]
    .slice(0, 4)
    .join(':');
}
