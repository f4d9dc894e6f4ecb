import type { Account } from '../accounts/account.ts';
import type { AccountView } from '../accounts/view.ts';
import type { Amounts } from '../keys/limit.ts';
import type { Reservation } from '../keys/reservation.ts';
import type { CallRecord } from '../usage/record.ts';

/** Holds what the call may come to against the caps of an account; `full` when it has no room. */
export type HoldCaps = (account: Account) => Promise<Reservation | 'full' | undefined>;

/** What a call holds of the caps of the accounts it goes to. Disposing gives back what was not spent. */
export class AccountHolds implements AsyncDisposable {
  readonly #hold: HoldCaps;
  readonly #held = new Map<string, Reservation | undefined>();

  constructor(hold: HoldCaps) {
    this.#hold = hold;
  }

  /** Whether the account has room for the call: at once where it has no caps or holds it already. */
  take({ account }: AccountView): boolean | Promise<boolean> {
    return !account.care.caps?.length || this.#held.has(account.id) || this.#take(account);
  }

  /**
   * What the call came to, once it is stored: it counts for the account that its row names. A try that another one beat
   * to it counts with what it used all the same.
   */
  spend({ accountId, attempts }: Pick<CallRecord, 'accountId' | 'attempts'>, spent: Amounts): void {
    for (const { accountId: tried, isCancelled, costNanoUsd = 0 } of attempts) {
      if (isCancelled && tried !== accountId)
        this.#held.get(tried)?.spend({ requests: 1, tokens: 0, cost: costNanoUsd });
    }
    if (accountId !== undefined) this.#held.get(accountId)?.spend(spent);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const held of this.#held.values()) await held?.[Symbol.asyncDispose]();
    this.#held.clear();
  }

  async #take(account: Account): Promise<boolean> {
    const held = await this.#hold(account);
    if (held === 'full') return false;
    this.#held.set(account.id, held);
    return true;
  }
}
