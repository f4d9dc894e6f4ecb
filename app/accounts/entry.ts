import type { ClientKind } from '../domain/client-kind.ts';
import type { CloudId } from '../domain/cloud.ts';
import type { LimitSnapshot } from '../domain/limits.ts';
import type { ListedModel } from '../domain/listed-model.ts';
import { spellings } from '../domain/model-names.ts';
import type { RouteId } from '../protocols/protocol.ts';
import type { Renewal } from '../providers/oauth.ts';
import type { Provider } from '../providers/provider.ts';
import type { Account, Health, Listing } from './account.ts';
import { type CapStanding, reachedCap } from './caps.ts';
import { Gate, type Obstacle } from './gate.ts';
import { type Headroom, headroomOf } from './headroom.ts';
import { effectiveHealth, isHalfOpen, shiftHealth } from './health.ts';
import { supportsModel, upstreamModelOf } from './models.ts';
import type { OpenedCredential } from './repository.ts';
import type { AccountView } from './view.ts';

/** Asked in its own protocol an account without a list is asked for anything: its upstream knows best. */
const anyModel = ['*'] as const;

export interface EntryContext {
  readonly provider: Provider;
  readonly health: Health;
  /** Whether any account is known to have a model. */
  isClaimed(model: string): boolean;
}

/** Clients name models as they like. */
const maxKnownModels = 200;

/** Headroom changes with the time that passes, but slowly. */
const headroomKeptMs = 1_000;

/** An account as the scheduler sees it; only the directory changes it. */
export class Entry implements AccountView {
  readonly routes: readonly RouteId[];
  readonly usualModels: readonly string[];
  readonly forwardsClientCredential: boolean;
  readonly cloud: CloudId | undefined;
  readonly isSubscription: boolean;
  readonly onlyClient: ClientKind | undefined;
  readonly renewal: Renewal | undefined;
  readonly gate = new Gate();
  account: Account;
  listed: Listing | undefined;
  health: Health;
  served = 0;
  upstreamAheadMs: number | undefined;
  starts = 0;
  lastStartAt = 0;
  obstacle: Obstacle | undefined;
  limits: LimitSnapshot | undefined;
  caps: readonly CapStanding[] = [];
  /** Takes no calls now: when it returns it must not get everything until it has caught up. */
  isAway = true;
  credential: Promise<OpenedCredential> | undefined;
  /** Answers in a row that took long to begin. */
  slowAnswers = 0;
  /** Matching patterns for 50 accounts with each call would cost more than everything else in choosing. */
  readonly #upstreamModels = new Map<string, string | undefined>();
  readonly #isClaimed: (model: string) => boolean;
  readonly #isOpenEnded: boolean;
  /** Every spelling of what its upstream lists. */
  #listedNames: ReadonlyMap<string, ListedModel> = new Map();
  readonly #headrooms = new Map<string, { readonly at: number; readonly value: Headroom }>();
  /** `changedAt` of the health that was last seen in the database. */
  #seenAt: number | undefined;

  constructor(account: Account, { provider, health, isClaimed }: EntryContext) {
    this.account = account;
    this.#isClaimed = isClaimed;
    this.#isOpenEnded = provider.isOpenEnded ?? false;
    this.routes = provider.routes;
    this.usualModels = provider.models;
    this.forwardsClientCredential = provider.forwardsClientCredential;
    this.cloud = provider.cloud;
    this.isSubscription = provider.login !== undefined;
    this.onlyClient = provider.onlyClient;
    this.renewal = provider.renewal;
    this.health = health;
    this.#seenAt = health.changedAt;
  }

  get inFlight(): number {
    return this.gate.inFlight;
  }

  get waiting(): number {
    return this.gate.waiting;
  }

  upstreamModel(model: string, route: RouteId): string | undefined {
    if (model === '') return '';
    const isNative = this.routes.includes(route);
    const name = isNative ? model : `translated ${model}`;
    const known = this.#upstreamModels.get(name);
    if (known !== undefined || this.#upstreamModels.has(name)) return known;
    const found = this.#find(model, isNative);
    if (this.#upstreamModels.size >= maxKnownModels) this.#upstreamModels.clear();
    this.#upstreamModels.set(name, found);
    return found;
  }

  claims(model: string): boolean {
    const { account, listed } = this;
    const known = account.models.length > 0 || listed ? [] : this.usualModels.filter((pattern) => pattern !== '*');
    return supportsModel(account, model, known) || (account.models.length === 0 && this.told(model) !== undefined);
  }

  told(model: string): ListedModel | undefined {
    if (!this.listed) return undefined;
    const name = spellings(model).find((spelling) => this.#listedNames.has(spelling));
    return name === undefined ? undefined : this.#listedNames.get(name);
  }

  headroom(upstreamModel: string, now: number): Headroom {
    const known = this.#headrooms.get(upstreamModel);
    if (known && now >= known.at && now - known.at < headroomKeptMs) return known.value;
    const value = headroomOf(this.limits, upstreamModel, now);
    if (this.#headrooms.size >= maxKnownModels) this.#headrooms.clear();
    this.#headrooms.set(upstreamModel, { at: now, value });
    return value;
  }

  note(limits: LimitSnapshot): void {
    this.limits = limits;
    this.#headrooms.clear();
  }

  /** Takes over what is stored now; what only this process knows stays. */
  adopt(account: Account, stored: Health | undefined): void {
    if (account.updatedAt !== this.account.updatedAt) this.#forget();
    if (account.secretRevision !== this.account.secretRevision) this.credential = undefined;
    if (account.priority !== this.account.priority) this.#changePool();
    this.account = account;
    // Seen once is enough: by a clock that is behind the other node's it looks new every time.
    if (stored && stored.changedAt !== this.#seenAt && stored.changedAt > this.health.changedAt) this.health = stored;
    this.#seenAt = stored?.changedAt;
  }

  /** With the pool it changes what is known of other accounts' models, so everybody looks again. */
  adoptListing(listing: Listing | undefined): void {
    this.#upstreamModels.clear();
    if (listing?.fetchedAt === this.listed?.fetchedAt) return;
    this.listed = listing;
    this.#listedNames = indexed(listing?.models ?? []);
  }

  /** Ends what has run out, and looks what is in the way; answers whether the account has just returned. */
  refresh(now: number): boolean {
    this.health = effectiveHealth(this.health, now);
    this.obstacle = this.gate.obstacle(this.health, this.account.care.maxConcurrent, now);
    const wasAway = this.isAway;
    this.isAway = !this.isUsable(now);
    return wasAway && !this.isAway;
  }

  /**
   * For an account that names no models, what its upstream lists or its provider is known for counts. Both may be old and
   * leave names out that work all the same: so they keep a model from it only when another account is known to have it.
   */
  #find(model: string, isNative: boolean): string | undefined {
    const { account, listed } = this;
    // Google's way to write a name means nothing elsewhere.
    const name = isNative ? model : model.replace(/^models\//i, '');
    const isNamed = supportsModel(account, name, []);
    const isKnown = listed !== undefined || !this.#isOpenEnded;
    if (!isNamed && isKnown && account.models.length === 0) {
      if (this.claims(name)) return name;
      if (this.#isClaimed(name)) return undefined;
    }
    const usual = isNative ? anyModel : this.usualModels;
    return isNamed || supportsModel(account, name, usual) ? upstreamModelOf(account, name) : undefined;
  }

  /** Whether nothing that lasts keeps it from taking calls. */
  isUsable(now: number): boolean {
    const { isEnabled, care } = this.account;
    if (!isEnabled || (care.expiresAt ?? Number.POSITIVE_INFINITY) <= now) return false;
    if (this.caps.length > 0 && reachedCap(this.caps, now)) return false;
    return this.health.state === 'active' || isHalfOpen(this.health, now);
  }

  /** The wall clock was set by this much. */
  shift(byMs: number): void {
    this.health = shiftHealth(this.health, byMs);
    this.gate.shift(byMs);
    this.#headrooms.clear();
  }

  #forget(): void {
    this.credential = undefined;
    this.caps = [];
    this.#upstreamModels.clear();
  }

  /** What it has served says nothing among accounts of another priority. */
  #changePool(): void {
    this.served = 0;
    this.starts = 0;
    this.isAway = true;
  }
}

/** Every spelling of every model; a name that is in the list itself goes before one that is only another's spelling. */
function indexed(models: readonly ListedModel[]): ReadonlyMap<string, ListedModel> {
  const byName = new Map(models.map((model) => [model.id.toLowerCase(), model]));
  for (const model of models) {
    for (const name of spellings(model.id)) if (!byName.has(name)) byName.set(name, model);
  }
  return byName;
}
