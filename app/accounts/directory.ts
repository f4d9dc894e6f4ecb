import type { Clock } from '../domain/clock.ts';
import type { RouteId } from '../protocols/protocol.ts';
import { upstreamRoute } from '../protocols/routes.ts';
import type { Renewal } from '../providers/oauth.ts';
import type { Provider } from '../providers/provider.ts';
import type { ProviderId } from '../providers/provider-id.ts';
import type { Statement } from '../store/store.ts';
import type { Account, Health } from './account.ts';
import { Entry } from './entry.ts';
import { type HealthEvent, newHealth, reduceHealth, shiftHealth } from './health.ts';
import { upstreamModelOf } from './models.ts';
import type { AccountRepository, OpenedCredential } from './repository.ts';
import type { AccountView } from './view.ts';

/** What an account authenticates and connects with. */
export type AccountCredential = OpenedCredential;

/** A wall clock that differs by more than this from where it should be was set. */
const clockSlackMs = 1_000;

/** All accounts in memory, with what only this process knows of them. The hot path asks nothing else. */
export class AccountDirectory {
  readonly #repository: AccountRepository;
  readonly #providers: ReadonlyMap<ProviderId, Provider>;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  /** Made anew when accounts come and go. */
  readonly #byRoute = new Map<RouteId, readonly Entry[]>();
  #revision = '';
  /** Reads of the database happen one after the other: a slow one must not undo a later one. */
  #turn: Promise<unknown> = Promise.resolve();
  /** The wall clock minus the monotonic one. */
  #drift: number;

  private constructor(repository: AccountRepository, providers: ReadonlyMap<ProviderId, Provider>, clock: Clock) {
    this.#repository = repository;
    this.#providers = providers;
    this.#clock = clock;
    this.#drift = clock.now() - clock.monotonic();
  }

  static async open(
    repository: AccountRepository,
    providers: ReadonlyMap<ProviderId, Provider>,
    clock: Clock,
  ): Promise<AccountDirectory> {
    const directory = new AccountDirectory(repository, providers, clock);
    await directory.reload();
    return directory;
  }

  /** Reads the accounts anew; what this process knows of those that stay is kept. */
  reload(): Promise<void> {
    const mine = this.#turn.then(() => this.#load());
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  /** Reloads when any process changed an account since the last load: two small queries when none did. */
  async poll(): Promise<void> {
    if ((await this.#repository.revision()) !== this.#revision) await this.reload();
  }

  /** The accounts that can be asked for this, themselves or by translation, in the order of their making. Valid for one look. */
  views(route: RouteId): readonly AccountView[] {
    const entries = this.#byRoute.get(route) ?? this.#listFor(route);
    const now = this.#now();
    for (const entry of entries) if (entry.refresh(now)) this.#level(entry);
    return entries;
  }

  /** Every account. Valid for one look. */
  all(): readonly AccountView[] {
    return [...this.#entries.values()];
  }

  get(id: string): AccountView | undefined {
    const entry = this.#entries.get(id);
    if (entry?.refresh(this.#now())) this.#level(entry);
    return entry;
  }

  /** An upstream request begins. */
  started(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.inFlight += 1;
    entry.served += 1 / entry.account.weight;
  }

  ended(id: string): void {
    const entry = this.#entries.get(id);
    if (entry && entry.inFlight > 0) entry.inFlight -= 1;
  }

  /** Takes note of what happened; answers the statement that stores it, if anything changed. Models as clients name them. */
  apply(id: string, event: HealthEvent): Statement | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    const now = this.#now();
    const before = entry.health;
    entry.health = reduceHealth(before, toUpstream(event, entry.account), { now, random: Math.random() });
    if (entry.refresh(now)) this.#level(entry);
    return entry.health === before ? undefined : this.#repository.healthStatement(id, entry.health);
  }

  /** Opened once and kept until the account changes. Throws `SecretUnreadable`. */
  credential(id: string): Promise<AccountCredential> {
    const entry = this.#entries.get(id);
    if (!entry) return this.#repository.openCredential(id);
    if (entry.credential) return entry.credential;
    const opening = this.#repository.openCredential(id);
    entry.credential = opening;
    // A failure is not kept: what is wrong may be mended.
    opening.catch(() => {
      if (entry.credential === opening) entry.credential = undefined;
    });
    return opening;
  }

  /** Only this process needs to know: another one finds out as quickly. */
  correctClock(id: string, upstreamAheadMs: number): void {
    const entry = this.#entries.get(id);
    if (entry) entry.upstreamAheadMs = upstreamAheadMs;
  }

  /** How its credential is renewed; undefined when it does not end. */
  renewal(id: string): Renewal | undefined {
    return this.#entries.get(id)?.renewal;
  }

  /** Used from now on although it is not stored yet: it is all there is. */
  holdCredential(id: string, credential: AccountCredential): void {
    const entry = this.#entries.get(id);
    if (entry) entry.credential = Promise.resolve(credential);
  }

  forgetCredential(id: string): void {
    const entry = this.#entries.get(id);
    if (entry) entry.credential = undefined;
  }

  async #load(): Promise<void> {
    const revision = await this.#repository.revision();
    const accounts = await this.#repository.list();
    const healths = await this.#repository.loadHealth();
    const listings = await this.#repository.loadListings();
    const ids = new Set(accounts.map(({ id }) => id));
    for (const id of this.#entries.keys()) if (!ids.has(id)) this.#entries.delete(id);
    for (const account of accounts) this.#put(account, healths.get(account.id));
    for (const [id, entry] of this.#entries) entry.adoptListing(listings.get(id));
    this.#byRoute.clear();
    this.#revision = revision;
  }

  /** Whether any enabled account is known to have this model. */
  readonly #isClaimed = (model: string): boolean => {
    for (const entry of this.#entries.values()) if (entry.account.isEnabled && entry.claims(model)) return true;
    return false;
  };

  #listFor(route: RouteId): readonly Entry[] {
    const entries = [...this.#entries.values()].filter(({ routes }) => upstreamRoute(routes, route) !== undefined);
    this.#byRoute.set(route, entries);
    return entries;
  }

  #put(account: Account, stored: Health | undefined): void {
    const entry = this.#entries.get(account.id);
    const provider = this.#providers.get(account.provider);
    const health = stored ?? newHealth(this.#clock.now());
    if (entry) entry.adopt(account, stored);
    else if (provider)
      this.#entries.set(account.id, new Entry(account, { provider, health, isClaimed: this.#isClaimed }));
  }

  /** A new or returning account starts where the least used one of its pool stands. */
  #level(entry: Entry): void {
    let least = Number.POSITIVE_INFINITY;
    for (const other of this.#entries.values()) {
      const isPeer = other.account.priority === entry.account.priority;
      if (other !== entry && isPeer && !other.isAway) least = Math.min(least, other.served);
    }
    if (Number.isFinite(least)) entry.served = Math.max(entry.served, least);
  }

  /**
   * The wall clock, by which limits end. When it is set back they move with it (D16). When it is set forward they end
   * early, at the price of one refused try: a computer that slept looks just the same.
   */
  #now(): number {
    const now = this.#clock.now();
    const drift = now - this.#clock.monotonic();
    const moved = drift - this.#drift;
    if (Math.abs(moved) < clockSlackMs) return now;
    this.#drift = drift;
    if (moved < 0) for (const entry of this.#entries.values()) entry.health = shiftHealth(entry.health, moved);
    return now;
  }
}

function toUpstream(event: HealthEvent, account: Account): HealthEvent {
  return event.kind === 'fault' ? { ...event, model: upstreamModelOf(account, event.model) } : event;
}
