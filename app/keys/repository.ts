import type { KeyObject } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';
import { newId } from '../domain/ids.ts';
import type { Vault } from '../secrets/vault.ts';
import { countUp } from '../store/revision.ts';
import type { Row } from '../store/schema.ts';
import type { SettingsRepository } from '../store/settings.ts';
import type { Statement, Store } from '../store/store.ts';
import { type KeyPatch, type NewKey, parseKeyPatch, parseNewKey } from './input.ts';
import type { ApiKey } from './key.ts';
import { openPepper } from './pepper.ts';
import { toApiKey, toRow } from './row.ts';
import { hashSecret, newSecret, prefixOf } from './secret.ts';
import { createTurns } from './turns.ts';

export interface HashedKey {
  readonly key: ApiKey;
  readonly hash: string;
}

export type KeyChange =
  | { readonly kind: 'stored'; readonly stored: HashedKey }
  | { readonly kind: 'removed'; readonly id: string };

const revisionSetting = 'keys.revision';

/** The keys in the database. Every change also counts a revision up, which other nodes poll. */
export class KeyRepository {
  readonly #store: Store;
  readonly #vault: Vault;
  readonly #settings: SettingsRepository;
  readonly #clock: Clock;
  readonly #listeners = new Set<(change: KeyChange) => void>();
  /** Changes of one process happen in order, so that listeners never see an older key after a newer one. */
  readonly #inTurn = createTurns();
  #pepper: KeyObject | undefined;

  // biome-ignore lint/complexity/useMaxParams: the four parts of app.ts, in layer order
  constructor(store: Store, vault: Vault, settings: SettingsRepository, clock: Clock) {
    this.#store = store;
    this.#vault = vault;
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Oldest first. */
  async list(): Promise<ApiKey[]> {
    return (await this.listHashed()).map(({ key }) => key);
  }

  async listHashed(): Promise<HashedKey[]> {
    const rows = await this.#store.db.selectFrom('keys').selectAll().orderBy('created_at').orderBy('id').execute();
    return rows.map(toHashedKey);
  }

  async find(id: string): Promise<ApiKey | undefined> {
    return (await this.#findHashed(id))?.key;
  }

  /** The secret is in the answer and nowhere else. Throws `request-invalid`. */
  async create(input: NewKey): Promise<{ readonly key: ApiKey; readonly secret: string }> {
    const now = this.#clock.now();
    const fields = parseNewKey(input, now);
    const { name, models, services, expiresAt, maxConcurrent, limits, accountId, groupId, isOwn } = fields;
    const secret = newSecret();
    const hash = (await this.createHasher())(secret);
    const key: ApiKey = {
      id: newId('key', now),
      name,
      prefix: prefixOf(secret),
      isEnabled: true,
      expiresAt,
      models,
      services,
      maxConcurrent,
      limits,
      accountId,
      groupId,
      isOwn,
      createdAt: now,
      updatedAt: now,
    };
    const insert = this.#store.db.insertInto('keys').values(toRow(key, hash)).compile();
    await this.#change(insert, async () => ({ kind: 'stored', stored: { key, hash } }));
    return { key, secret };
  }

  /** Undefined when there is no such key. Throws `request-invalid`. */
  async update(id: string, patch: KeyPatch): Promise<ApiKey | undefined> {
    const columns = toColumns(parseKeyPatch(patch));
    const update = this.#store.db
      .updateTable('keys')
      .set({ ...columns, updated_at: this.#clock.now() })
      .where('id', '=', id)
      .compile();
    const change = await this.#change(update, async () => {
      const stored = await this.#findHashed(id);
      return stored && { kind: 'stored', stored };
    });
    return change?.kind === 'stored' ? change.stored.key : undefined;
  }

  /** False when there was no such key. Usage rows keep its id. */
  async remove(id: string): Promise<boolean> {
    if (!(await this.find(id))) return false;
    const remove = this.#store.db.deleteFrom('keys').where('id', '=', id).compile();
    await this.#change(remove, async () => ({ kind: 'removed', id }));
    return true;
  }

  /** Grows with every change that any process made. */
  async revision(): Promise<string> {
    return (await this.#settings.get(revisionSetting)) ?? '0';
  }

  /** Called after each change made through this repository, before the change's own promise resolves. */
  onChange(listener: (change: KeyChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Hashes presented secrets, synchronously. Throws `SecretUnreadable` when the pepper cannot be opened. */
  async createHasher(): Promise<(secret: string) => string> {
    this.#pepper ??= await openPepper(this.#settings, this.#vault);
    const pepper = this.#pepper;
    return (secret) => hashSecret(pepper, secret);
  }

  async #findHashed(id: string): Promise<HashedKey | undefined> {
    const row = await this.#store.db.selectFrom('keys').selectAll().where('id', '=', id).executeTakeFirst();
    return row && toHashedKey(row);
  }

  #change<Change extends KeyChange | undefined>(statement: Statement, read: () => Promise<Change>): Promise<Change> {
    return this.#inTurn(async () => {
      await this.#store.write([statement, countUp(this.#store.db, revisionSetting)]);
      const change = await read();
      if (change) for (const listener of this.#listeners) listener(change);
      return change;
    });
  }
}

/** Only the columns that the patch names. */
function toColumns(patch: KeyPatch) {
  return {
    name: patch.name,
    is_enabled: patch.isEnabled === undefined ? undefined : Number(patch.isEnabled),
    models: patch.models && JSON.stringify(patch.models),
    services: patch.services && JSON.stringify(patch.services),
    expires_at: patch.expiresAt,
    max_concurrent: patch.maxConcurrent,
    limits: patch.limits && JSON.stringify(patch.limits),
    account_id: patch.accountId,
    group_id: patch.groupId,
    is_own: patch.isOwn === undefined || patch.isOwn === null ? patch.isOwn : Number(patch.isOwn),
  };
}

function toHashedKey(row: Row<'keys'>): HashedKey {
  return { key: toApiKey(row), hash: row.hash };
}
