import type { Clock } from '../domain/clock.ts';

/** What the queue asks of the accounts. */
export interface Openings {
  /** Begins a call on the account, past those who wait; false when it may not now. */
  takeFromQueue(accountId: string): boolean;
  /** When the account may open by itself; undefined when that comes with another call's progress, infinity for never. */
  opensAt(accountId: string): number | undefined;
  /** One more or one less waits for it. */
  awaited(accountId: string, change: 1 | -1): void;
}

export interface WishedAccount {
  readonly id: string;
  /** It is of no use before: a limit of the wanted model ends then. */
  readonly notBefore?: number | undefined;
}

export interface Wish {
  readonly keyId: string;
  /** Any of them will do; the earlier the better. */
  readonly accounts: readonly WishedAccount[];
  readonly maxMs: number;
  readonly signal: AbortSignal;
}

/** How a wait ended. */
export type Turn =
  | { readonly kind: 'account'; readonly accountId: string }
  /** The queue is full, the time is over or cannot suffice any more, or the client left. */
  | { readonly kind: 'full' | 'late' | 'gone' };

interface Waiter {
  readonly wish: Wish;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly deadline: number;
  end(turn: Turn): void;
}

export interface QueuedCall {
  readonly keyId: string;
  readonly accountIds: readonly string[];
  readonly since: number;
  /** Among those of its key, from 1. */
  readonly position: number;
}

const maxPerKey = 100;
const maxInAll = 1_000;

/**
 * Calls that wait for an account. First come, first served within a key, and keys take turns: one key's hundred calls
 * do not stand before another key's one.
 */
export class WaitQueue {
  readonly #clock: Clock;
  readonly #accounts: Openings;
  /** The key whose turn is next comes first. */
  readonly #byKey = new Map<string, Waiter[]>();
  #size = 0;
  #wake: { readonly at: number; readonly cancel: () => void } | undefined;

  constructor(clock: Clock, accounts: Openings) {
    this.#clock = clock;
    this.#accounts = accounts;
  }

  get size(): number {
    return this.#size;
  }

  /** Where a call of this key would stand. */
  nextPosition(keyId: string): number {
    return (this.#byKey.get(keyId)?.length ?? 0) + 1;
  }

  waiting(): readonly QueuedCall[] {
    return [...this.#byKey.values()].flatMap((waiters) =>
      waiters.map(({ wish, since }, index) => ({
        keyId: wish.keyId,
        accountIds: wish.accounts.map(({ id }) => id),
        since,
        position: index + 1,
      })),
    );
  }

  wait(wish: Wish): Promise<Turn> {
    if (wish.signal.aborted) return Promise.resolve({ kind: 'gone' });
    if (this.#size >= maxInAll || this.nextPosition(wish.keyId) > maxPerKey) return Promise.resolve({ kind: 'full' });
    return new Promise((resolve) => this.#join(wish, resolve));
  }

  /** Something changed for an account: a call ended, it came back, or it went out. */
  changed(): void {
    if (this.#size === 0) return;
    this.#serve();
    this.#review();
  }

  #join(wish: Wish, resolve: (turn: Turn) => void): void {
    const since = this.#clock.now();
    const onAbort = () => waiter.end({ kind: 'gone' });
    const cancel = this.#clock.after(wish.maxMs, () => waiter.end({ kind: 'late' }));
    const waiter: Waiter = {
      wish,
      since,
      deadline: since + wish.maxMs,
      end: (turn) => {
        if (!this.#leave(waiter)) return;
        cancel();
        wish.signal.removeEventListener('abort', onAbort);
        resolve(turn);
      },
    };
    wish.signal.addEventListener('abort', onAbort, { once: true });
    const others = this.#byKey.get(wish.keyId);
    if (others) others.push(waiter);
    else this.#byKey.set(wish.keyId, [waiter]);
    this.#size += 1;
    for (const { id } of wish.accounts) this.#accounts.awaited(id, 1);
    this.changed();
  }

  #leave(waiter: Waiter): boolean {
    const { keyId, accounts } = waiter.wish;
    const mates = this.#byKey.get(keyId);
    const index = mates?.indexOf(waiter) ?? -1;
    if (!mates || index < 0) return false;
    mates.splice(index, 1);
    if (mates.length === 0) this.#byKey.delete(keyId);
    this.#size -= 1;
    for (const { id } of accounts) this.#accounts.awaited(id, -1);
    return true;
  }

  /** Goes round the keys until a whole round served nobody. */
  #serve(): void {
    const closed = new Set<string>();
    for (let served = true; served; ) {
      served = false;
      for (const [keyId, waiters] of [...this.#byKey]) if (this.#serveOne(keyId, waiters, closed)) served = true;
    }
  }

  /** An account that was closed to one is closed to all, until something changes again. */
  #serveOne(keyId: string, waiters: readonly Waiter[], closed: Set<string>): boolean {
    const now = this.#clock.now();
    const take = ({ id, notBefore = 0 }: WishedAccount) => {
      if (closed.has(id) || notBefore > now) return false;
      if (this.#accounts.takeFromQueue(id)) return true;
      closed.add(id);
      return false;
    };
    for (const waiter of waiters) {
      const account = waiter.wish.accounts.find(take);
      if (!account) continue;
      waiter.end({ kind: 'account', accountId: account.id });
      this.#toTheBack(keyId);
      return true;
    }
    return false;
  }

  #toTheBack(keyId: string): void {
    const rest = this.#byKey.get(keyId);
    if (!rest) return;
    this.#byKey.delete(keyId);
    this.#byKey.set(keyId, rest);
  }

  /** Who cannot be served in time need not wait to hear it. Then sets the alarm for the next that opens by itself. */
  #review(): void {
    const now = this.#clock.now();
    const openings = new Map<string, number>();
    const opensAt = ({ id, notBefore = 0 }: WishedAccount) => {
      const known = openings.get(id) ?? this.#accounts.opensAt(id) ?? 0;
      openings.set(id, known);
      return Math.max(known, notBefore);
    };
    let next = Number.POSITIVE_INFINITY;
    for (const waiter of [...this.#byKey.values()].flat()) {
      const times = waiter.wish.accounts.map(opensAt);
      if (Math.min(...times) > waiter.deadline) waiter.end({ kind: 'late' });
      else next = Math.min(next, ...times.filter((time) => time > now));
    }
    this.#setAlarm(next, now);
  }

  #setAlarm(at: number, now: number): void {
    if (this.#wake?.at === at) return;
    this.#wake?.cancel();
    this.#wake = undefined;
    if (!Number.isFinite(at)) return;
    const cancel = this.#clock.after(at - now, () => {
      this.#wake = undefined;
      this.changed();
    });
    this.#wake = { at, cancel };
  }
}
