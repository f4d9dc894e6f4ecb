import type { Clock } from '../domain/clock.ts';
import type { LimitSnapshot } from '../domain/limits.ts';
import type { RouteId } from '../protocols/protocol.ts';
import { upstreamRoute } from '../protocols/routes.ts';
import type { Renewal } from '../providers/oauth.ts';
import type { Provider } from '../providers/provider.ts';
import type { ProviderId } from '../providers/provider-id.ts';
import type { Statement } from '../store/store.ts';
import type { Account, Health } from './account.ts';
import { type CapStanding, reachedCap } from './caps.ts';
import { Entry } from './entry.ts';
import type { Group } from './groups.ts';
import { isTransition, newHealth, reduceHealth } from './health.ts';
import type { HealthEvent } from './health-event.ts';
import { mergeLimits } from './limit-windows.ts';
import { upstreamModelOf } from './models.ts';
import type { AccountRepository, OpenedCredential } from './repository.ts';
import type { SharedPlaces } from './shared-places.ts';
import type { AccountView } from './view.ts';
import { type Openings, WaitQueue } from './wait-queue.ts';

/** What an account authenticates and connects with. */
export type AccountCredential = OpenedCredential;

/** A wall clock that differs by more than this from where it should be was set. */
const clockSlackMs = 1_000;
/** An answer that begins later than this is slow, and three in a row are a reason to look elsewhere (A12). */
const slowMs = 15_000;
const slowInARow = 3;

/** All accounts in memory, with what only this process knows of them. The hot path asks nothing else. */
export class AccountDirectory implements Openings {
  /** Calls that wait for one of the accounts. */
  readonly queue: WaitQueue;
  readonly #repository: AccountRepository;
  readonly #providers: ReadonlyMap<ProviderId, Provider>;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  /** Made anew when accounts come and go. */
  readonly #byRoute = new Map<RouteId, readonly Entry[]>();
  #groups: ReadonlyMap<string, Group> = new Map();
  /** Set when other nodes use the same accounts. */
  #places: SharedPlaces | undefined;
  /** Accounts whose limits changed since they were last written. */
  readonly #unwrittenLimits = new Set<string>();
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
    this.queue = new WaitQueue(clock, this);
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

  get groups(): ReadonlyMap<string, Group> {
    return this.#groups;
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

  /** From now on the places of an account are counted on all nodes together. */
  sharePlaces(places: SharedPlaces): void {
    this.#places = places;
  }

  /**
   * An upstream call begins, unless something is in its way. Whoever took a place gives it back. Answers at once, except
   * where nodes share the account's places.
   */
  take(id: string, upstreamModel = ''): boolean | Promise<boolean> {
    const entry = this.#start(id, false);
    if (!entry) return false;
    const { maxConcurrent } = entry.account.care;
    if (this.#places && maxConcurrent !== undefined) return this.#takeShared(entry, upstreamModel, this.#places);
    this.#count(entry, upstreamModel);
    return true;
  }

  takeFromQueue(id: string): boolean {
    const shared = this.#entries.get(id)?.account.care.maxConcurrent === undefined ? undefined : this.#places;
    if (shared && !shared.hasSpare(id)) {
      this.#fetchPlace(id, shared);
      return false;
    }
    const entry = this.#start(id, true);
    if (!entry) return false;
    shared?.takeSpare(id);
    this.#count(entry, '');
    return true;
  }

  give(id: string): void {
    const entry = this.#entries.get(id);
    entry?.gate.end();
    this.#places?.give(id, entry?.inFlight ?? 0);
    this.queue.changed();
  }

  awaited(id: string, change: 1 | -1): void {
    const entry = this.#entries.get(id);
    if (entry) entry.gate.waiting += change;
  }

  opensAt(id: string): number | undefined {
    const entry = this.#entries.get(id);
    const now = this.#now();
    if (!entry) return Number.POSITIVE_INFINITY;
    entry.refresh(now);
    if (entry.isUsable(now)) return entry.gate.opensAt(entry.health, entry.account.care.maxConcurrent, now);
    return entry.account.isEnabled ? (entry.health.until ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  }

  /** The upstream began to answer after `firstByteMs`; answers what there is to store. */
  answered(id: string, firstByteMs: number | undefined): readonly Statement[] {
    const entry = this.#entries.get(id);
    if (!entry) return [];
    if (firstByteMs !== undefined) entry.slowAnswers = firstByteMs < slowMs ? 0 : entry.slowAnswers + 1;
    if (firstByteMs !== undefined && entry.slowAnswers >= slowInARow && this.#hasPeer(entry)) {
      entry.slowAnswers = 0;
      return this.apply(id, { kind: 'slow', firstByteMs });
    }
    // Nearly always there is nothing to prove.
    if (entry.health.state === 'active' && !entry.health.isUnproven) return [];
    return this.apply(id, { kind: 'answered' });
  }

  /** Takes note of what happened; answers what stores it, if anything changed. Models as clients name them. */
  apply(id: string, event: HealthEvent): readonly Statement[] {
    const entry = this.#entries.get(id);
    if (!entry) return [];
    const now = this.#now();
    const before = entry.health;
    entry.health = reduceHealth(before, toUpstream(event, entry.account), { now, random: Math.random() });
    if (entry.health === before) return [];
    if (before.isUnproven && event.kind === 'answered') entry.gate.ramp(now);
    if (entry.refresh(now)) this.#level(entry);
    this.queue.changed();
    return isTransition(before, entry.health) ? this.#repository.transition(id, entry.health) : [];
  }

  /** What an answer told of the account's limits. Written later, together with others: see `takeUnwrittenLimits`. */
  noteLimits(id: string, told: LimitSnapshot): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.note(mergeLimits(entry.limits, told));
    this.#unwrittenLimits.add(id);
  }

  /** How its owner's caps stand. Answers the one that is used up since the last time, if any. */
  noteCaps(id: string, caps: readonly CapStanding[]): CapStanding | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    const now = this.#now();
    const before = reachedCap(entry.caps, now);
    entry.caps = caps;
    if (entry.refresh(now)) this.#level(entry);
    const reached = reachedCap(caps, now);
    if (!reached) this.queue.changed();
    return reached?.name === before?.name ? undefined : reached;
  }

  /** The statements that store what changed since the last time. */
  takeUnwrittenLimits(): readonly Statement[] {
    const statements = [...this.#unwrittenLimits].flatMap((id) => {
      const limits = this.#entries.get(id)?.limits;
      return limits ? [this.#repository.limitsStatement(id, limits)] : [];
    });
    this.#unwrittenLimits.clear();
    return statements;
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

  async #takeShared(entry: Entry, upstreamModel: string, places: SharedPlaces): Promise<boolean> {
    const { id, care } = entry.account;
    if (await places.take(id, care.maxConcurrent ?? 0)) {
      this.#count(entry, upstreamModel);
      return true;
    }
    entry.gate.takenElsewhere(this.#now());
    return false;
  }

  /** For whoever is first in the queue, unless something else is in its way. */
  #fetchPlace(id: string, places: SharedPlaces): void {
    const entry = this.#entries.get(id);
    const limit = entry?.account.care.maxConcurrent;
    const now = this.#now();
    if (!entry || limit === undefined || !entry.isUsable(now)) return;
    if (entry.gate.isOpen(entry.health, limit, now)) places.fetch(id, limit, () => this.queue.changed());
  }

  #start(id: string, queue: boolean): Entry | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    const now = this.#now();
    if (entry.refresh(now)) this.#level(entry);
    const { account, health } = entry;
    if (!entry.isUsable(now) || !entry.gate.start(health, account.care.maxConcurrent, { now, queue })) return undefined;
    return entry;
  }

  #count(entry: Entry, upstreamModel: string): void {
    const now = this.#now();
    // Who has more left than its pace needs is next again sooner.
    entry.served += 1 / (entry.account.weight * entry.headroom(upstreamModel, now).spare);
    entry.starts += 1;
    entry.lastStartAt = now;
  }

  async #load(): Promise<void> {
    const revision = await this.#repository.revision();
    const accounts = await this.#repository.list();
    const healths = await this.#repository.loadHealth();
    const listings = await this.#repository.loadListings();
    const limits = await this.#repository.loadLimits();
    const groups = await this.#repository.groups.list();
    const ids = new Set(accounts.map(({ id }) => id));
    for (const id of this.#entries.keys()) if (!ids.has(id)) this.#entries.delete(id);
    for (const account of accounts) {
      const entry = this.#put(account, healths.get(account.id));
      const stored = limits.get(account.id);
      if (entry && stored && stored.readAt > (entry.limits?.readAt ?? 0)) entry.note(stored);
    }
    this.#groups = new Map(groups.map((group) => [group.id, group]));
    for (const [id, entry] of this.#entries) entry.adoptListing(listings.get(id));
    this.#byRoute.clear();
    this.#revision = revision;
    this.queue.changed();
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

  #put(account: Account, stored: Health | undefined): Entry | undefined {
    const known = this.#entries.get(account.id);
    const provider = this.#providers.get(account.provider);
    if (known) known.adopt(account, stored);
    if (known || !provider) return known;
    const health = stored ?? newHealth(this.#clock.now());
    const entry = new Entry(account, { provider, health, isClaimed: this.#isClaimed });
    this.#entries.set(account.id, entry);
    return entry;
  }

  /** Whether somebody else could serve instead of it. */
  #hasPeer(entry: Entry): boolean {
    const now = this.#now();
    for (const other of this.#entries.values()) {
      const canHelp = other !== entry && other.routes.some((route) => entry.routes.includes(route));
      if (canHelp && other.isUsable(now)) return true;
    }
    return false;
  }

  /** A new or returning account starts where the least used one of its pool stands. */
  #level(entry: Entry): void {
    let served = Number.POSITIVE_INFINITY;
    let starts = Number.POSITIVE_INFINITY;
    for (const other of this.#entries.values()) {
      const isPeer = other.account.priority === entry.account.priority;
      if (other === entry || !isPeer || other.isAway) continue;
      served = Math.min(served, other.served);
      starts = Math.min(starts, other.starts);
    }
    if (!Number.isFinite(served)) return;
    entry.served = Math.max(entry.served, served);
    entry.starts = Math.max(entry.starts, starts);
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
    if (moved < 0) for (const entry of this.#entries.values()) entry.shift(moved);
    return now;
  }
}

function toUpstream(event: HealthEvent, account: Account): HealthEvent {
  return event.kind === 'fault' ? { ...event, model: upstreamModelOf(account, event.model) } : event;
}
