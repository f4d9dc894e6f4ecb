import type { Clock } from '../domain/clock.ts';
import type { BudgetHold } from '../state/state.ts';
import type { Amounts } from './limit.ts';
import type { LimitStanding } from './limit-refusal.ts';

/** What a call holds of its key's limits. Disposing ends it: with what was spent, or with nothing. */
export interface Reservation extends AsyncDisposable {
  /** What the call came to, once it is stored; the first word counts. */
  spend(amounts: Amounts): void;
  /** How the limits stand with it. */
  readonly standings: readonly LimitStanding[];
}

interface ReservationParts {
  /** Undefined when nothing could be held. */
  readonly hold: Pick<BudgetHold, 'renew'> | undefined;
  readonly clock: Clock;
  readonly standings: readonly LimitStanding[];
  /** Never rejects. */
  settled(spent: Amounts): Promise<void>;
}

/** A hold ends by itself within half a minute of the death of its process, and must not while its call runs. */
export const holdMs = 26_000;
const renewEveryMs = 8_000;
const nothing: Amounts = { requests: 0, tokens: 0, cost: 0 };

export class LimitReservation implements Reservation {
  readonly #parts: ReservationParts;
  #spent: Amounts | undefined;
  #cancelRenewal: () => void = () => undefined;

  constructor(parts: ReservationParts) {
    this.#parts = parts;
    if (parts.hold) this.#renewLater(parts.hold);
  }

  spend(amounts: Amounts): void {
    this.#spent ??= amounts;
  }

  get standings(): readonly LimitStanding[] {
    return this.#parts.standings;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancelRenewal();
    await this.#parts.settled(this.#spent ?? nothing);
  }

  #renewLater(hold: Pick<BudgetHold, 'renew'>): void {
    this.#cancelRenewal = this.#parts.clock.after(renewEveryMs, () => {
      void hold.renew().catch(() => undefined);
      this.#renewLater(hold);
    });
  }
}
