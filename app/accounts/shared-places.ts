import type { Clock } from '../domain/clock.ts';
import type { Lease, Leases } from '../state/state.ts';

export interface PlaceOptions {
  readonly leases: Leases;
  readonly clock: Clock;
  warn(message: string): void;
}

/** A place outlives its node by at most this. */
const leaseMs = 60_000;
const renewEveryMs = 20_000;
/** After the shared state failed it is left alone for this long: no call waits for its time-out again and again. */
const restMs = 5_000;
/** Nobody tells a node that another one has given a place back, so it asks again. */
const askAgainMs = 100;
const unusable =
  'The shared state cannot be used: how many calls an account carries at once is counted on each node by itself.';

/** What one node holds of an account's places. */
interface Places {
  /** One for each call; undefined for one that could not be counted. */
  readonly held: (Lease | undefined)[];
  /** Calls that have begun here and wait to hear whether there is a place. */
  asking: number;
  /** A place for the first in the queue. */
  spare: { readonly lease: Lease | undefined } | undefined;
  isFetching: boolean;
}

/**
 * The places of accounts that carry only so many calls at a time, when several nodes share them. Each call that runs holds
 * a lease. NOTE: who waits is in order on its own node only; between nodes the place goes to whoever asks first.
 */
export class SharedPlaces {
  readonly #options: PlaceOptions;
  readonly #byAccount = new Map<string, Places>();
  #restUntil = Number.NEGATIVE_INFINITY;
  #hasWarned = false;
  #cancelRenewal: (() => void) | undefined;

  constructor(options: PlaceOptions) {
    this.#options = options;
  }

  /** One for a call that has begun; false when the nodes have taken all. */
  async take(accountId: string, limit: number): Promise<boolean> {
    const places = this.#of(accountId);
    places.asking += 1;
    const got = await this.#acquire(accountId, limit);
    places.asking -= 1;
    if (!got) return false;
    places.held.push(got.lease);
    this.#keepAlive();
    return true;
  }

  /** Whether one was fetched for the queue. */
  hasSpare(accountId: string): boolean {
    return this.#byAccount.get(accountId)?.spare !== undefined;
  }

  takeSpare(accountId: string): void {
    const places = this.#of(accountId);
    if (places.spare) places.held.push(places.spare.lease);
    places.spare = undefined;
  }

  /** Gets one for the first in the queue, or asks again in a moment. `onChange` looks who wants it, and fetches on. */
  fetch(accountId: string, limit: number, onChange: () => void): void {
    const places = this.#of(accountId);
    if (places.isFetching) return;
    places.isFetching = true;
    void this.#acquire(accountId, limit).then((got) => {
      if (!got) {
        this.#options.clock.after(askAgainMs, () => {
          places.isFetching = false;
          onChange();
        });
        return;
      }
      places.isFetching = false;
      places.spare = got;
      onChange();
      // Whoever wanted it has left.
      this.#release(places.spare?.lease);
      places.spare = undefined;
      this.#keepAlive();
    });
  }

  /** A call has ended, and this many still run here. */
  give(accountId: string, running: number): void {
    const places = this.#byAccount.get(accountId);
    if (!places) return;
    while (places.held.length > Math.max(0, running - places.asking)) {
      // What was not counted goes first: the others are still needed to be counted by.
      const index = Math.max(0, places.held.indexOf(undefined));
      this.#release(places.held.splice(index, 1)[0]);
    }
  }

  stop(): void {
    this.#cancelRenewal?.();
  }

  #of(accountId: string): Places {
    const known = this.#byAccount.get(accountId);
    if (known) return known;
    const places: Places = { held: [], asking: 0, spare: undefined, isFetching: false };
    this.#byAccount.set(accountId, places);
    return places;
  }

  /** Live state may be lost: then the node's own count is all there is, and no call fails for it. */
  async #acquire(accountId: string, limit: number): Promise<{ readonly lease: Lease | undefined } | undefined> {
    const { leases, clock, warn } = this.#options;
    if (clock.monotonic() < this.#restUntil) return { lease: undefined };
    try {
      const lease = await leases.acquire(`account:${accountId}`, limit, leaseMs);
      this.#hasWarned = false;
      return lease && { lease };
    } catch {
      this.#restUntil = clock.monotonic() + restMs;
      if (!this.#hasWarned) warn(unusable);
      this.#hasWarned = true;
      return { lease: undefined };
    }
  }

  #release(lease: Lease | undefined): void {
    // What cannot be given back now expires by itself.
    void lease?.release().catch(() => undefined);
  }

  #keepAlive(): void {
    this.#cancelRenewal ??= this.#options.clock.after(renewEveryMs, () => {
      this.#cancelRenewal = undefined;
      const held = [...this.#byAccount.values()].flatMap((places) => places.held);
      for (const lease of held) void lease?.renew().catch(() => false);
      if (held.length > 0) this.#keepAlive();
    });
  }
}
