import type { Clock } from '../domain/clock.ts';
import { RelayError } from '../domain/errors.ts';
import { type Lease, type Leases, StateUnavailable } from '../state/state.ts';
import { ClientLost } from './call.ts';

export interface KeyPlacesDeps {
  readonly leases: Leases;
  readonly clock: Clock;
  /** How long a call waits for a place at most; 0 refuses at once. */
  readonly maxWaitMs: number;
  /** Other nodes give places back without telling us: then the first in the queue looks again and again. */
  readonly isShared: boolean;
}

/** One of the calls that a key may have running; disposing gives it back to who waits longest. */
export interface Place extends AsyncDisposable {
  /** Undefined when there was room at once. */
  readonly wait: { readonly position: number; readonly ms: number } | undefined;
}

export interface KeyPlaceWish {
  /** Of the key, or of the member. */
  readonly id: string;
  /** Whether it is a member's, which all their keys share. */
  readonly isShared?: true;
  readonly limit: number;
  readonly signal: AbortSignal;
}

type Ended = Lease | 'unknown' | 'late' | 'gone' | Failed;

/** What went wrong while its place was asked for. */
class Failed {
  readonly cause: unknown;

  constructor(cause: unknown) {
    this.cause = cause;
  }
}

interface Waiter {
  readonly wish: KeyPlaceWish;
  /** In the queue when it came, from 1. */
  readonly position: number;
  readonly since: number;
  end(how: Ended): void;
}

/** A lease outlives its call by at most this, should the process die. */
const leaseMs = 60_000;
const renewEveryMs = 20_000;
/** As many as one key may let wait; each holds its request in memory. */
const maxWaiting = 100;
const lookEveryMs = 250;

/**
 * How many calls of a key, or of all keys of a member, run at once. Who finds no room waits in the order of coming; nobody who comes later gets past.
 * Between nodes that share a Redis there is no common queue: each keeps its own order, and who looks first when a place
 * comes free has it. The limit itself holds across all of them.
 */
export class KeyPlaces {
  readonly #deps: KeyPlacesDeps;
  readonly #waiting = new Map<string, Waiter[]>();
  /** Keys whose queue is being served, and whether something changed meanwhile. */
  readonly #serving = new Map<string, boolean>();

  /** Keys whose queue is looked at again soon. */
  readonly #looking = new Set<string>();

  constructor(deps: KeyPlacesDeps) {
    this.#deps = deps;
  }

  /** Throws `concurrency-limited` when there is no room in time, and `ClientLost` when the client did not wait. */
  async take(wish: KeyPlaceWish): Promise<Place> {
    if (!this.#waiting.has(wish.id)) {
      const lease = await this.#acquire(wish);
      if (lease !== undefined) return this.#place(wish, lease, undefined);
    }
    const mates = this.#waiting.get(wish.id) ?? [];
    const position = mates.length + 1;
    if (this.#deps.maxWaitMs === 0 || mates.length >= maxWaiting) throw noRoom(wish, mates.length);
    const since = this.#deps.clock.monotonic();
    const how = await this.#queue(wish, { mates, position, since });
    if (how instanceof Failed) throw how.cause;
    if (how === 'gone') throw new ClientLost();
    const wait = { position, ms: Math.round(this.#deps.clock.monotonic() - since) };
    if (how === 'late') throw noRoom(wish, position - 1, wait.ms);
    return this.#place(wish, how, wait);
  }

  /** How many calls of a key wait in this process. */
  waitingOf(keyId: string): number {
    return this.#waiting.get(keyId)?.length ?? 0;
  }

  #queue(
    wish: KeyPlaceWish,
    { mates, position, since }: { mates: Waiter[]; position: number; since: number },
  ): Promise<Ended> {
    if (wish.signal.aborted) return Promise.resolve('gone');
    return new Promise((resolve) => {
      const leave = () => waiter.end('gone');
      const cancel = this.#deps.clock.after(this.#deps.maxWaitMs, () => waiter.end('late'));
      const waiter: Waiter = {
        ...{ wish, position, since },
        end: (how) => {
          if (!this.#remove(waiter)) return;
          cancel();
          wish.signal.removeEventListener('abort', leave);
          resolve(how);
        },
      };
      wish.signal.addEventListener('abort', leave, { once: true });
      mates.push(waiter);
      this.#waiting.set(wish.id, mates);
      // One may have come free while this call was on its way into the queue.
      void this.#serve(wish.id);
      if (this.#deps.isShared) this.#lookLater(wish.id);
    });
  }

  #remove(waiter: Waiter): boolean {
    const mates = this.#waiting.get(waiter.wish.id);
    const index = mates?.indexOf(waiter) ?? -1;
    if (!mates || index < 0) return false;
    mates.splice(index, 1);
    if (mates.length === 0) this.#waiting.delete(waiter.wish.id);
    return true;
  }

  /** Gives places to those who wait, the first one first, while there are any. */
  async #serve(keyId: string): Promise<void> {
    if (this.#serving.has(keyId)) {
      this.#serving.set(keyId, true);
      return;
    }
    this.#serving.set(keyId, false);
    for (let first = this.#firstOf(keyId); first; first = this.#firstOf(keyId)) {
      const lease = await this.#acquire(first.wish).catch((error: unknown) => new Failed(error));
      if (lease === undefined) {
        // Somebody gave one back while we asked.
        if (!this.#serving.get(keyId)) break;
        this.#serving.set(keyId, false);
        continue;
      }
      // Its client may have left, or its time may be over, while we asked: then the next one has it.
      if (this.#firstOf(keyId) === first) first.end(lease);
      else if (lease !== 'unknown' && !(lease instanceof Failed)) await lease.release().catch(() => undefined);
    }
    this.#serving.delete(keyId);
  }

  #firstOf(keyId: string): Waiter | undefined {
    return this.#waiting.get(keyId)?.[0];
  }

  #lookLater(keyId: string): void {
    if (this.#looking.has(keyId)) return;
    this.#looking.add(keyId);
    this.#deps.clock.after(lookEveryMs, () => {
      this.#looking.delete(keyId);
      if (!this.#waiting.has(keyId)) return;
      void this.#serve(keyId);
      this.#lookLater(keyId);
    });
  }

  /** Live state may be lost: a key is rather let through than refused for a limit that nobody can count now. */
  async #acquire({ id, isShared, limit }: KeyPlaceWish): Promise<Lease | 'unknown' | undefined> {
    try {
      return await this.#deps.leases.acquire(`${isShared ? 'member' : 'key'}:${id}`, limit, leaseMs);
    } catch (error) {
      if (error instanceof StateUnavailable) return 'unknown';
      throw error;
    }
  }

  #place({ id }: KeyPlaceWish, lease: Lease | 'unknown', wait: Place['wait']): Place {
    if (lease === 'unknown') return { wait, [Symbol.asyncDispose]: nothing };
    const stopRenewing = this.#renewing(lease);
    return {
      wait,
      [Symbol.asyncDispose]: async () => {
        stopRenewing();
        // What cannot be given back now expires by itself.
        await lease.release().catch(() => undefined);
        if (this.#waiting.has(id)) void this.#serve(id);
      },
    };
  }

  /** Until it is told to stop. */
  #renewing(lease: Lease): () => void {
    let cancel: () => void;
    const renewLater = () => {
      cancel = this.#deps.clock.after(renewEveryMs, () => {
        void lease.renew().catch(() => false);
        renewLater();
      });
    };
    renewLater();
    return () => cancel();
  }
}

function noRoom({ limit, isShared }: KeyPlaceWish, before: number, waitedMs?: number): RelayError {
  const waited = waitedMs === undefined ? '' : `, and none ended within ${Math.ceil(waitedMs / 1_000)} s`;
  const queue = before === 0 ? '' : ` ${before} more ${before === 1 ? 'waits' : 'wait'} before this one.`;
  const who = isShared ? 'The keys of this member already have' : 'This key already has';
  const message = `${who} ${limit} calls running${waited}.${queue} Try again when one ends.`;
  return new RelayError('concurrency-limited', message, { retryAfterMs: 1_000 });
}

async function nothing(): Promise<void> {
  // Nobody could count it, so nothing is held.
}
