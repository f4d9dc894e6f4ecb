import type { Account } from '../accounts/account.ts';
import type { AccountCap, CapStanding } from '../accounts/caps.ts';
import type { TimelineEntry } from '../accounts/timeline.ts';
import type { AccountView } from '../accounts/view.ts';
import type { Clock } from '../domain/clock.ts';
import { RelayError } from '../domain/errors.ts';
import type { KeyLimit } from '../keys/limit.ts';
import type { LimitStanding } from '../keys/limit-refusal.ts';
import type { LimitedCall, Limiter } from '../keys/limiter.ts';
import type { Reservation } from '../keys/reservation.ts';

/** An account as something that has limits. */
export interface CappedAccount {
  readonly id: string;
  readonly limits: readonly KeyLimit[];
}

export interface AccountCapsDeps {
  readonly limiter: Pick<Limiter<CappedAccount>, 'reserve' | 'standings' | 'recount'>;
  readonly clock: Clock;
  accounts(): readonly AccountView[];
  /** Tells whoever chooses; answers a cap that is used up since the last time. */
  note(accountId: string, standings: readonly CapStanding[]): CapStanding | undefined;
  /** Keeps it in the account's history. */
  keep(accountId: string, entry: TimelineEntry): Promise<void>;
  warn(message: string): void;
}

/** Other nodes spend too, and accounts change: this is how soon we see it. Whoever holds a part sees it at once. */
const lookEveryMs = 2_000;

/** Holds calls against the caps of the accounts that serve them, however many calls and nodes there are. */
export class AccountCaps {
  readonly #deps: AccountCapsDeps;
  #cancel: () => void = () => undefined;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(deps: AccountCapsDeps) {
    this.#deps = deps;
  }

  /** Looks how every cap stands, now and from time to time. */
  async start(): Promise<void> {
    await this.look();
    this.#lookLater();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#looking;
  }

  /** `full` when a cap has no room for it. */
  async hold(account: Account, call: LimitedCall): Promise<Reservation | 'full' | undefined> {
    const { limiter } = this.#deps;
    try {
      const held = await limiter.reserve(toCapped(account), call);
      if (!held) return undefined;
      this.#note(account, held.standings);
      return this.#noted(account, held);
    } catch (error) {
      if (!(error instanceof RelayError)) throw error;
      await this.#lookAt(account);
      return 'full';
    }
  }

  /** How the caps of an account stand. */
  async standings(account: Account): Promise<readonly CapStanding[]> {
    const found = await this.#deps.limiter.standings(toCapped(account));
    this.#note(account, found);
    return toCapStandings(found);
  }

  /** Calls of the account were stored, or changed, beside the usual way. */
  async recount(account: Account): Promise<void> {
    if (account.care.caps === undefined) return;
    await this.#deps.limiter.recount(toCapped(account));
    await this.#lookAt(account);
  }

  async recountAll(): Promise<void> {
    for (const { account } of this.#deps.accounts()) await this.recount(account);
  }

  async look(): Promise<void> {
    for (const { account } of this.#deps.accounts()) if (account.care.caps?.length) await this.#lookAt(account);
  }

  #lookLater(): void {
    if (this.#isStopped) return;
    this.#cancel = this.#deps.clock.after(lookEveryMs, () => {
      this.#looking = this.look().then(() => this.#lookLater());
    });
  }

  /** A cap that cannot be looked at now is looked at again; what is known of it stays. */
  async #lookAt(account: Account): Promise<void> {
    try {
      this.#note(account, await this.#deps.limiter.standings(toCapped(account)));
    } catch (error) {
      this.#deps.warn(`The caps of an account could not be counted: ${String(error)}`);
    }
  }

  /** What the call leaves is known to whoever chooses next. */
  #noted(account: Account, held: Reservation): Reservation {
    return {
      standings: held.standings,
      spend: (amounts) => held.spend(amounts),
      [Symbol.asyncDispose]: async () => {
        await held[Symbol.asyncDispose]();
        await this.#lookAt(account);
      },
    };
  }

  #note({ id }: Account, standings: readonly LimitStanding[]): void {
    const reached = this.#deps.note(id, toCapStandings(standings));
    if (!reached) return;
    const reason = { kind: 'cap-reached', cap: reached.name } as const;
    const entry = { at: this.#deps.clock.now(), state: 'limited', reason, until: reached.resetsAt } as const;
    void this.#deps.keep(id, entry).catch((error: unknown) => {
      this.#deps.warn(`The history of an account could not be written: ${String(error)}`);
    });
  }
}

export function toCapped({ id, care: { caps = [] } }: Account): CappedAccount {
  return { id, limits: caps };
}

export function toCapStandings(standings: readonly LimitStanding[]): readonly CapStanding[] {
  return standings.flatMap(({ limit, name, spent, held, resetsAt }) => {
    const cap = asCap(limit);
    return cap && resetsAt !== undefined ? [{ cap, name, spent, held, resetsAt }] : [];
  });
}

function asCap({ measure, amount, window, mode }: KeyLimit): AccountCap | undefined {
  if (measure === 'tokens' || window.kind !== 'calendar' || mode === 'shadow') return undefined;
  return { measure, amount, window, mode };
}
