import type { ExpressionBuilder } from 'kysely';
import type { Clock } from '../domain/clock.ts';
import { newId } from '../domain/ids.ts';
import type { LimitSnapshot } from '../domain/limits.ts';
import type { ListedModel } from '../domain/listed-model.ts';
import type { Provider } from '../providers/provider.ts';
import type { ProviderId } from '../providers/provider-id.ts';
import { type SecretPlace, SecretUnreadable, type Vault } from '../secrets/vault.ts';
import { countUp } from '../store/revision.ts';
import type { NewRow, Row, Schema } from '../store/schema.ts';
import type { Statement, Store } from '../store/store.ts';
import type { Account, Health, Listing, SignIn } from './account.ts';
import { noCare, withCare } from './care.ts';
import { AccountChecks } from './checks.ts';
import { GroupRepository } from './groups.ts';
import { reduceHealth } from './health.ts';
import { type AccountPatch, checkChange, checkNewAccount, findProvider, type NewAccount } from './input.ts';
import { toAccount, toHealth, toLimits, toListing } from './row.ts';
import { openSealed, sealedText } from './sealed.ts';
import { AccountTimeline, entryOf } from './timeline.ts';

/** Kysely leaves out what is undefined. */
type Columns = { readonly [Column in keyof NewRow<'accounts'>]?: NewRow<'accounts'>[Column] | undefined };

/** Where the count of changes is kept, which other nodes poll. */
const revisionSetting = 'accounts.revision';

/** What an account authenticates and connects with, all of one moment. */
export interface OpenedCredential {
  /** As the provider's schema makes it; undefined when it keeps none. */
  readonly secret: unknown;
  /** The proxy's whole address. */
  readonly proxy: string | undefined;
  /** The only origin that the secret may be sent to. */
  readonly origin: string;
  /** Which of the account's secrets this is. */
  readonly revision: number;
}

/** What somebody who signed in brought. */
export interface SignedIn {
  /** Parsed with the provider's `secret` schema. */
  readonly secret: unknown;
  readonly signIn: SignIn;
}

/** The accounts in the database; credentials and proxies are sealed, and open one at a time. */
export class AccountRepository {
  readonly groups: GroupRepository;
  readonly timeline: AccountTimeline;
  readonly checks: AccountChecks;
  readonly #store: Store;
  readonly #vault: Vault;
  readonly #providers: ReadonlyMap<ProviderId, Provider>;
  readonly #clock: Clock;
  /** Changes happen one after the other: each looks first whether its name is free. */
  #turn: Promise<unknown> = Promise.resolve();

  // biome-ignore lint/complexity/useMaxParams: the four parts of app.ts, in layer order
  constructor(store: Store, vault: Vault, providers: ReadonlyMap<ProviderId, Provider>, clock: Clock) {
    this.groups = new GroupRepository(store, clock, () => countUp(store.db, revisionSetting));
    this.timeline = new AccountTimeline(store);
    this.checks = new AccountChecks(store);
    this.#store = store;
    this.#vault = vault;
    this.#providers = providers;
    this.#clock = clock;
  }

  /** Oldest first. An account of a provider that this version does not know is left alone. */
  async list(): Promise<Account[]> {
    const rows = await this.#store.db.selectFrom('accounts').selectAll().orderBy('created_at').orderBy('id').execute();
    return rows.flatMap((row) => this.#known(row) ?? []);
  }

  async find(id: string): Promise<Account | undefined> {
    const row = await this.#findRow(id);
    return row && this.#known(row);
  }

  async findByName(name: string): Promise<Account | undefined> {
    const row = await this.#store.db.selectFrom('accounts').selectAll().where('name', '=', name).executeTakeFirst();
    return row && this.#known(row);
  }

  /** What `create` would say to it, before anybody signs in. Throws `request-invalid`. */
  async check(input: NewAccount): Promise<void> {
    await this.#checked(input, { secret: undefined });
  }

  /** Throws `request-invalid` with a sentence that names everything that is wrong. */
  create(input: NewAccount, signedIn?: SignedIn): Promise<Account> {
    return this.#inTurn(async () => {
      const checked = await this.#checked(input, signedIn);
      const { provider, settings, secret } = checked;
      const { name, proxy, allowLocalUpstream, priority, weight, models, modelMap, care } = checked.fields;
      const { acceptTerms, isShared } = checked.fields;
      const now = this.#clock.now();
      const id = newId('acc', now);
      const row: Row<'accounts'> = {
        id,
        name,
        provider: provider.id,
        settings: JSON.stringify(settings),
        secret: this.#seal(id, provider.origin(settings), secret) ?? null,
        secret_revision: 0,
        sign_in: signedIn ? JSON.stringify(signedIn.signIn) : null,
        terms_accepted_at: acceptTerms ? now : null,
        is_shared: Number(isShared),
        proxy: proxy === undefined ? null : this.#vault.seal(proxyPlace(id), proxy),
        allow_local: Number(allowLocalUpstream),
        priority,
        weight,
        is_enabled: 1,
        models: JSON.stringify(models),
        model_map: JSON.stringify(modelMap),
        care: JSON.stringify(withCare(noCare, care)),
        created_at: now,
        updated_at: now,
      };
      await this.#change(this.#store.db.insertInto('accounts').values(row).compile());
      return toAccount(row, provider.id);
    });
  }

  /** Undefined when there is no such account. Throws `request-invalid` with a sentence that names everything that is wrong. */
  update(id: string, patch: AccountPatch): Promise<Account | undefined> {
    return this.#inTurn(async () => {
      const before = await this.find(id);
      const provider = before && findProvider(this.#providers, before.provider);
      if (!provider) return undefined;
      const columns = await this.#toColumns(before, provider, patch);
      const update = this.#store.db
        .updateTable('accounts')
        // Others tell by it whether anything changed, also within a millisecond.
        .set({ ...columns, updated_at: Math.max(this.#clock.now(), before.updatedAt + 1) })
        .$if(columns.secret !== undefined, (changed) => changed.set(nextRevision))
        .where('id', '=', id);
      const forgiven = patch.secretText === undefined ? [] : await this.#forgiven(id);
      await this.#change(update.compile(), ...forgiven, ...this.#paused(before, patch));
      return await this.find(id);
    });
  }

  /** All or none; false when one of them is not there. */
  setPriorities(priorities: ReadonlyMap<string, number>): Promise<boolean> {
    return this.#inTurn(async () => {
      const known = new Map((await this.list()).map((account) => [account.id, account.updatedAt]));
      if ([...priorities.keys()].some((id) => !known.has(id))) return false;
      const { db } = this.#store;
      const updates = [...priorities].map(([id, priority]) => {
        const updated_at = Math.max(this.#clock.now(), (known.get(id) ?? 0) + 1);
        return db.updateTable('accounts').set({ priority, updated_at }).where('id', '=', id).compile();
      });
      await this.#change(...updates);
      return true;
    });
  }

  /** Somebody signed in again. Undefined when there is no such account. */
  signIn(id: string, { secret, signIn }: SignedIn): Promise<Account | undefined> {
    return this.#inTurn(async () => {
      const before = await this.find(id);
      const provider = before && findProvider(this.#providers, before.provider);
      if (!provider) return undefined;
      const columns = {
        secret: this.#seal(id, provider.origin(before.settings), secret),
        sign_in: JSON.stringify(signIn),
        updated_at: Math.max(this.#clock.now(), before.updatedAt + 1),
      };
      const update = this.#store.db.updateTable('accounts').set(columns).set(nextRevision).where('id', '=', id);
      await this.#change(update.compile(), ...(await this.#forgiven(id)));
      return await this.find(id);
    });
  }

  /** The renewed secret in place of the one it was made from. False when that one is not there any more: it stays as it is. */
  async renewSecret(id: string, renewed: { readonly secret: unknown; readonly from: number }): Promise<boolean> {
    const before = await this.find(id);
    const provider = before && findProvider(this.#providers, before.provider);
    if (!provider) return false;
    const { numUpdatedRows } = await this.#store.db
      .updateTable('accounts')
      .set({ secret: this.#seal(id, provider.origin(before.settings), renewed.secret) })
      .set(nextRevision)
      .where('id', '=', id)
      .where('secret_revision', '=', renewed.from)
      .executeTakeFirstOrThrow();
    if (Number(numUpdatedRows) === 0) return false;
    await this.#change();
    return true;
  }

  /** False when there was no such account. Usage rows keep its id. */
  remove(id: string): Promise<boolean> {
    return this.#inTurn(async () => {
      if (!(await this.#findRow(id))) return false;
      const { db } = this.#store;
      await this.#change(
        db.deleteFrom('accounts').where('id', '=', id).compile(),
        db.deleteFrom('account_health').where('account_id', '=', id).compile(),
        db.deleteFrom('account_models').where('account_id', '=', id).compile(),
        this.checks.forgetStatement(id),
        ...this.timeline.forgetStatements(id),
      );
      return true;
    });
  }

  /** Parsed with the provider's schema; undefined when it keeps none. Throws `SecretUnreadable`. */
  async openSecret(id: string): Promise<unknown> {
    return (await this.openCredential(id)).secret;
  }

  /** The proxy's whole address. Throws `SecretUnreadable`. */
  async openProxy(id: string): Promise<string | undefined> {
    return (await this.openCredential(id)).proxy;
  }

  /** Throws `SecretUnreadable`, also for an account that is gone. */
  async openCredential(id: string): Promise<OpenedCredential> {
    const row = await this.#findRow(id);
    const provider = row && findProvider(this.#providers, row.provider);
    if (!provider) throw new SecretUnreadable(secretPlace(id));
    const origin = provider.origin(JSON.parse(row.settings));
    const proxy = row.proxy === null ? undefined : this.#vault.open(proxyPlace(id), row.proxy);
    return { secret: this.#open(row, provider, origin), proxy, origin, revision: row.secret_revision };
  }

  async loadHealth(): Promise<Map<string, Health>> {
    const rows = await this.#store.db.selectFrom('account_health').selectAll().execute();
    return new Map(rows.flatMap((row) => pairOf(row.account_id, toHealth(row))));
  }

  async loadListings(): Promise<Map<string, Listing>> {
    const rows = await this.#store.db.selectFrom('account_models').selectAll().execute();
    return new Map(rows.flatMap((row) => pairOf(row.account_id, toListing(row))));
  }

  /** What an account's upstream told of its models replaces what it told before. */
  async storeListing(id: string, listed: readonly ListedModel[]): Promise<Listing> {
    const fetchedAt = this.#clock.now();
    const columns = { models: JSON.stringify(listed), fetched_at: fetchedAt };
    await this.#change(
      this.#store.db
        .insertInto('account_models')
        .values({ account_id: id, ...columns })
        .onConflict((conflict) => conflict.column('account_id').doUpdateSet(columns))
        .compile(),
    );
    return { models: listed, fetchedAt };
  }

  /** A change of health with its line in the timeline, for whoever writes them together with what caused them. */
  transition(id: string, health: Health): readonly Statement[] {
    return [this.healthStatement(id, health), ...this.timeline.statements(id, entryOf(health))];
  }

  async loadLimits(): Promise<Map<string, LimitSnapshot>> {
    const rows = await this.#store.db.selectFrom('account_limits').selectAll().execute();
    return new Map(rows.flatMap((row) => pairOf(row.account_id, toLimits(row))));
  }

  limitsStatement(id: string, limits: LimitSnapshot): Statement {
    const columns = { snapshot: JSON.stringify(limits), read_at: limits.readAt };
    return this.#store.db
      .insertInto('account_limits')
      .values({ account_id: id, ...columns })
      .onConflict((conflict) => conflict.column('account_id').doUpdateSet(columns))
      .compile();
  }

  healthStatement(id: string, health: Health): Statement {
    const columns = { health: JSON.stringify(health), changed_at: health.changedAt };
    return this.#store.db
      .insertInto('account_health')
      .values({ account_id: id, ...columns })
      .onConflict((conflict) => conflict.column('account_id').doUpdateSet(columns))
      .compile();
  }

  /** Another text after every change that any process made to an account or to its health. */
  async revision(): Promise<string> {
    const { db } = this.#store;
    const changes = await db
      .selectFrom('settings')
      .select('value')
      .where('name', '=', revisionSetting)
      .executeTakeFirst();
    const health = await db.selectFrom('account_health').select(db.fn.sum('changed_at').as('total')).executeTakeFirst();
    return `${changes?.value ?? 0} ${health?.total ?? 0}`;
  }

  async #checked(input: NewAccount, signedIn: { readonly secret: unknown } | undefined) {
    const isNameTaken = (await this.#namesake(input.name)) !== undefined;
    return checkNewAccount(input, { providers: this.#providers, isNameTaken, signedIn });
  }

  async #toColumns(before: Account, provider: Provider, patch: AccountPatch): Promise<Columns> {
    const namesake = await this.#namesake(patch.name);
    const isNameTaken = namesake !== undefined && namesake.id !== before.id;
    const { fields, settings, secret } = checkChange(patch, { provider, before, isNameTaken });
    return {
      name: fields.name,
      settings: settings === undefined ? undefined : JSON.stringify(settings),
      secret: this.#seal(before.id, provider.origin(settings ?? before.settings), secret),
      sign_in: secret === undefined ? undefined : null,
      terms_accepted_at: fields.acceptTerms === undefined ? undefined : fields.acceptTerms ? this.#clock.now() : null,
      is_shared: fields.isShared === undefined ? undefined : Number(fields.isShared),
      proxy: fields.proxy ? this.#vault.seal(proxyPlace(before.id), fields.proxy) : fields.proxy,
      allow_local: fields.allowLocalUpstream === undefined ? undefined : Number(fields.allowLocalUpstream),
      priority: fields.priority,
      weight: fields.weight,
      is_enabled: fields.isEnabled === undefined ? undefined : Number(fields.isEnabled),
      models: fields.models && JSON.stringify(fields.models),
      model_map: fields.modelMap && JSON.stringify(fields.modelMap),
      care: fields.care && JSON.stringify(withCare(before.care, fields.care)),
    };
  }

  /** A new credential ends what was held against the old one, together with it. */
  async #forgiven(id: string): Promise<readonly Statement[]> {
    const before = (await this.loadHealth()).get(id);
    if (!before) return [];
    const after = reduceHealth(before, { kind: 'credential-changed' }, { now: this.#clock.now(), random: 0 });
    return after === before ? [] : this.transition(id, after);
  }

  #paused(before: Account, { isEnabled }: AccountPatch): readonly Statement[] {
    if (isEnabled === undefined || isEnabled === before.isEnabled) return [];
    const at = this.#clock.now();
    const entry = isEnabled ? { at, state: 'active' as const } : { at, state: 'paused' as const, reason: pausedReason };
    return this.timeline.statements(before.id, entry);
  }

  #seal(id: string, origin: string, secret: unknown): string | undefined {
    return secret === undefined ? undefined : this.#vault.seal(secretPlace(id), sealedText({ origin, secret }));
  }

  #open(row: Row<'accounts'>, provider: Provider, origin: string): unknown {
    if (!provider.secret) return undefined;
    const place = secretPlace(row.id);
    const sealed = row.secret === null ? undefined : openSealed(this.#vault.open(place, row.secret));
    const parsed = provider.secret.safeParse(sealed?.secret);
    // An address that was changed behind our back gets no credential (A16).
    if (!parsed.success || sealed?.origin !== origin) throw new SecretUnreadable(place);
    return parsed.data;
  }

  #namesake(name: unknown): Promise<Account | undefined> {
    return typeof name === 'string' ? this.findByName(name.trim()) : Promise.resolve(undefined);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #findRow(id: string): Promise<Row<'accounts'> | undefined> {
    return this.#store.db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst();
  }

  #known(row: Row<'accounts'>): Account | undefined {
    for (const id of this.#providers.keys()) if (id === row.provider) return toAccount(row, id);
    return undefined;
  }

  async #change(...statements: readonly Statement[]): Promise<void> {
    await this.#store.write([...statements, countUp(this.#store.db, revisionSetting)]);
  }
}

function nextRevision(columns: ExpressionBuilder<Schema, 'accounts'>) {
  return { secret_revision: columns('secret_revision', '+', 1) };
}

const pausedReason = { kind: 'paused' } as const;

function pairOf<Value>(id: string, value: Value | undefined): readonly (readonly [string, Value])[] {
  return value === undefined ? [] : [[id, value]];
}

function secretPlace(id: string): SecretPlace {
  return { table: 'accounts', row: id, column: 'secret' };
}

function proxyPlace(id: string): SecretPlace {
  return { table: 'accounts', row: id, column: 'proxy' };
}
