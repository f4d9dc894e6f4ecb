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
  readonly hold: BudgetHold;
  readonly clock: Clock;
  readonly standings: readonly LimitStanding[];
  settled(spent: Amounts): Promise<void>;
}

const renewEveryMs = 20_000;
const nothing: Amounts = { requests: 0, tokens: 0, cost: 0 };

export class LimitReservation implements Reservation {
  readonly #parts: ReservationParts;
  #spent: Amounts | undefined;
  #cancelRenewal: () => void = () => undefined;

  constructor(parts: ReservationParts) {
    this.#parts = parts;
    this.#renewLater();
  }

  spend(amounts: Amounts): void {
    this.#spent ??= amounts;
  }

  get standings(): readonly LimitStanding[] {
    return this.#parts.standings;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancelRenewal();
    // What cannot be settled now is read from the stored calls when the state is back.
    await this.#parts.settled(this.#spent ?? nothing).catch(() => undefined);
  }

  #renewLater(): void {
    this.#cancelRenewal = this.#parts.clock.after(renewEveryMs, () => {
      void this.#parts.hold.renew().catch(() => undefined);
      this.#renewLater();
    });
  }
}
