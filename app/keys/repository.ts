import type { KeyObject } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';
import { newId } from '../domain/ids.ts';
import type { Vault } from '../secrets/vault.ts';
import { countUp } from '../store/revision.ts';
import type { Row } from '../store/schema.ts';
import type { SettingsRepository } from '../store/settings.ts';
import type { Statement, Store } from '../store/store.ts';
import { maxTags } from './fields.ts';
import {
  invalid,
  type KeyPatch,
  type NewKey,
  type ParsedKey,
  type ParsedPatch,
  parseKeyPatch,
  parseNewKey,
} from './input.ts';
import type { ApiKey } from './key.ts';
import { readMembers } from './member-rows.ts';
import { openPepper } from './pepper.ts';
import { readPlans } from './plan-rows.ts';
import { type HashedKey, importedHashes, toColumns, toHashedKey, toRow } from './row.ts';
import { beginningOf, hashSecret, isOfOurs, newSecret, secretEnding, secretProblem } from './secret.ts';

import { readGrants } from './top-up-rows.ts';
import { createTurns } from './turns.ts';

/** A key of the trash is stored too, and works no more. */
export type KeyChange =
  | { readonly kind: 'stored'; readonly stored: HashedKey }
  | { readonly kind: 'removed'; readonly id: string };

/** The secret is here and nowhere else. */
export interface IssuedKey {
  readonly key: ApiKey;
  readonly secret: string;
}

export const keyRevisionSetting = 'keys.revision';

/** A vault that is locked says why, wherever it is asked. */
const noPlace = { table: 'keys', row: '', column: 'hash' };

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

  /** Oldest first, without the trash. */
  async list(): Promise<ApiKey[]> {
    return (await this.listHashed()).map(({ key }) => key).filter(({ removedAt }) => removedAt === undefined);
  }

  /** What can be restored, oldest first. */
  async listTrash(): Promise<ApiKey[]> {
    return (await this.listHashed()).map(({ key }) => key).filter(({ removedAt }) => removedAt !== undefined);
  }

  /** The trash is among them. */
  async listHashed(): Promise<HashedKey[]> {
    const rows = await this.#store.db.selectFrom('keys').selectAll().orderBy('created_at').orderBy('id').execute();
    return await this.#complete(rows);
  }

  /** Also of those in the trash. */
  async idsOf(owner: string): Promise<ReadonlySet<string>> {
    const rows = await this.#store.db.selectFrom('keys').select('id').where('owner', '=', owner).execute();
    return new Set(rows.map(({ id }) => id));
  }

  /** Also in the trash. */
  async find(id: string): Promise<ApiKey | undefined> {
    return (await this.#read([id]))[0]?.key;
  }

  /** Throws `request-invalid`. */
  async create(input: NewKey): Promise<IssuedKey> {
    const [issued] = await this.createAll([input]);
    if (!issued) throw new Error('A key was written and is not there');
    return issued;
  }

  /** All or none. Throws `request-invalid`. */
  async createAll(inputs: readonly NewKey[]): Promise<IssuedKey[]> {
    const given = inputs.map((fields) => ({ fields, secret: newSecret() }));
    const made = await this.#make(given);
    const stored = await this.#inTurn(() => this.#insert(made));
    return stored.map((key, index) => ({ key, secret: given[index]?.secret ?? '' }));
  }

  /** One, in one transaction with these statements about it. Throws `request-invalid`. */
  async createBeside(input: NewKey, statements: (keyId: string) => readonly Statement[]): Promise<IssuedKey> {
    const secret = newSecret();
    const made = await this.#make([{ fields: input, secret }]);
    const beside = made.flatMap(({ key }) => statements(key.id));
    const [key] = await this.#inTurn(() => this.#insert(made, beside));
    if (!key) throw new Error('A key was written and is not there');
    return { key, secret };
  }

  /** Keys whose secrets were made elsewhere; all or none. Throws `request-invalid`. */
  async importAll(given: readonly GivenKey[]): Promise<ApiKey[]> {
    const problems = given.flatMap(({ secret, fields }) => {
      const problem = secretProblem(secret);
      return problem === undefined ? [] : `the secret of ${fields.name} ${problem}`;
    });
    if (problems.length > 0) throw invalid(problems.slice(0, 10));
    const made = await this.#make(given);
    return await this.#inTurn(async () => {
      const taken = new Set((await this.listHashed()).flatMap((one) => [one.hash, one.old?.hash ?? one.hash]));
      for (const { key, hash } of made) {
        if (taken.has(hash)) throw invalid([`the secret of ${key.name} is there twice, or is a key already`]);
        taken.add(hash);
      }
      return await this.#insert(made);
    });
  }

  /** Undefined when there is no such key. Throws `request-invalid`. */
  async update(id: string, patch: KeyPatch): Promise<ApiKey | undefined> {
    return (await this.updateAll([id], patch))?.[0];
  }

  /** All or none; undefined when one of them is not there. Throws `request-invalid`. */
  async updateAll(ids: readonly string[], patch: KeyPatch): Promise<ApiKey[] | undefined> {
    const parsed = parseKeyPatch(patch);
    const now = this.#clock.now();
    return await this.#inTurn(async () => {
      const before = await this.#readUsable(ids);
      if (before.length !== new Set(ids).size) return undefined;
      const updates = before.map(({ key }) => {
        const tags = parsed.addTags || parsed.removeTags ? changedTags(key, parsed) : parsed.tags;
        return this.#set(key.id, { ...toColumns({ ...parsed, tags }), updated_at: now });
      });
      return await this.#change(updates, ids);
    });
  }

  /** A new secret; the one before works for `graceMs` more. Undefined when there is no such key. */
  async rotate(id: string, graceMs: number): Promise<IssuedKey | undefined> {
    const secret = newSecret();
    const hash = (await this.createHasher())(secret);
    const now = this.#clock.now();
    return await this.#inTurn(async () => {
      const [before] = await this.#readUsable([id]);
      if (!before) return undefined;
      const old = {
        old_hash: graceMs > 0 ? before.hash : null,
        old_until: graceMs > 0 ? now + graceMs : null,
        old_is_imported: Number(graceMs > 0 && before.key.isImported),
      };
      const gone = importedHashes(before).filter((one) => one !== old.old_hash);
      const mine = { hash, prefix: beginningOf(secret), ending: secretEnding(secret), is_imported: 0 };
      const update = this.#set(id, { ...mine, ...old, updated_at: now });
      const [key] = await this.#change([update, ...this.#remember(gone)], [id]);
      return key && { key, secret };
    });
  }

  /** To the trash: it is refused from now on, and can be restored. False when there was no such key. */
  remove(id: string): Promise<boolean> {
    return this.removeAll([id]);
  }

  /** All or none; false when one of them is not there. */
  async removeAll(ids: readonly string[]): Promise<boolean> {
    return await this.#inTurn(async () => {
      if ((await this.#readUsable(ids)).length !== new Set(ids).size) return false;
      const now = this.#clock.now();
      await this.#change(
        ids.map((id) => this.#set(id, { removed_at: now, updated_at: now })),
        ids,
      );
      return true;
    });
  }

  /** Undefined when it is not in the trash. */
  async restore(id: string): Promise<ApiKey | undefined> {
    return await this.#inTurn(async () => {
      const [before] = await this.#read([id]);
      if (before?.key.removedAt === undefined) return undefined;
      const [key] = await this.#change([this.#set(id, { removed_at: null, updated_at: this.#clock.now() })], [id]);
      return key;
    });
  }

  /** From the trash or not; all or none. False when one of them is not there. Usage rows keep their ids. */
  async removeForGood(ids: readonly string[]): Promise<boolean> {
    return await this.#inTurn(async () => {
      const found = await this.#read(ids);
      if (found.length !== new Set(ids).size) return false;
      const removals = [
        this.#store.db.deleteFrom('keys').where('id', 'in', ids).compile(),
        this.#store.db.deleteFrom('key_uses').where('key_id', 'in', ids).compile(),
        this.#store.db.deleteFrom('key_devices').where('key_id', 'in', ids).compile(),
        ...this.#remember(found.flatMap(importedHashes)),
      ];
      await this.#change(removals, ids);
      return true;
    });
  }

  /** Of secrets that were made elsewhere and open nothing any more. */
  async listRemovedHashes(): Promise<string[]> {
    return (await this.#store.db.selectFrom('removed_keys').select('hash').execute()).map(({ hash }) => hash);
  }

  /** Starts the lifetime of a key, unless it has begun: the first of all nodes counts. Answers the key as it is then. */
  async activate(id: string, at: number): Promise<ApiKey | undefined> {
    return await this.#inTurn(async () => {
      const update = this.#store.db
        .updateTable('keys')
        .set({ activated_at: at })
        .where('id', '=', id)
        .where('activated_at', 'is', null)
        .compile();
      return (await this.#change([update], [id]))[0];
    });
  }

  /** Statements of another repository that change a key, as one change of it. Answers the key as it is then. */
  async changeBeside(id: string, statements: readonly Statement[]): Promise<ApiKey | undefined> {
    return await this.#inTurn(async () => (await this.#change(statements, [id]))[0]);
  }

  /** Grows with every change that any process made. */
  async revision(): Promise<string> {
    return (await this.#settings.get(keyRevisionSetting)) ?? '0';
  }

  /** Called after each change made through this repository, before the change's own promise resolves. */
  onChange(listener: (change: KeyChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Hashes presented secrets, synchronously. Throws `SecretUnreadable` when the pepper cannot be opened. */
  async createHasher(): Promise<(secret: string) => string> {
    if (this.#vault.isLocked) return () => this.#vault.open(noPlace, '');
    this.#pepper ??= await openPepper(this.#settings, this.#vault);
    const pepper = this.#pepper;
    return (secret) => hashSecret(pepper, secret);
  }

  async #read(ids: readonly string[]): Promise<HashedKey[]> {
    const rows = await this.#store.db
      .selectFrom('keys')
      .selectAll()
      .where('id', 'in', [...new Set(ids)])
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return await this.#complete(rows);
  }

  /** Read after the keys: a plan or a member is there before any key has it. */
  async #complete(rows: readonly Row<'keys'>[]): Promise<HashedKey[]> {
    const { db } = this.#store;
    const isOnMember = rows.some((row) => row.member_id !== null);
    const isOnPlan = isOnMember || rows.some((row) => row.plan_id !== null);
    const plans = byId(isOnPlan ? await readPlans(db) : []);
    const members = byId(isOnMember ? await readMembers(db, plans) : []);
    const grants = await readGrants(db, rows.length === 1 ? rows[0]?.id : undefined);
    return rows.map((row) => toHashedKey(row, { plans, members, grants }));
  }

  async #readUsable(ids: readonly string[]): Promise<HashedKey[]> {
    return (await this.#read(ids)).filter(({ key }) => key.removedAt === undefined);
  }

  #set(id: string, columns: Changes): Statement {
    return this.#store.db.updateTable('keys').set(columns).where('id', '=', id).compile();
  }

  /** An imported secret does not begin like ours: forgotten, it would pass for one of an upstream. */
  #remember(hashes: readonly string[]): Statement[] {
    if (hashes.length === 0) return [];
    const rows = hashes.map((hash) => ({ hash, removed_at: this.#clock.now() }));
    const insert = this.#store.db.insertInto('removed_keys').values(rows);
    return [insert.onConflict((conflict) => conflict.column('hash').doNothing()).compile()];
  }

  async #make(given: readonly GivenKey[]): Promise<HashedKey[]> {
    const hash = await this.createHasher();
    const now = this.#clock.now();
    // Keys of one moment are listed by their ids: in the order they were given.
    const ids = given.map(() => newId('key', now)).sort();
    return given.map(({ fields, secret }, index) => ({
      key: newKey(parseNewKey(fields, now), { id: ids[index] ?? '', secret, now }),
      hash: hash(secret),
    }));
  }

  async #insert(made: readonly HashedKey[], beside: readonly Statement[] = []): Promise<ApiKey[]> {
    const inserts = made.map((one) => this.#store.db.insertInto('keys').values(toRow(one)).compile());
    return await this.#change(
      [...inserts, ...beside],
      made.map(({ key }) => key.id),
    );
  }

  /** Writes, then tells the listeners how the keys are now. Only in turn. */
  async #change(statements: readonly Statement[], ids: readonly string[]): Promise<ApiKey[]> {
    await this.#store.write([...statements, countUp(this.#store.db, keyRevisionSetting)]);
    const stored = new Map((await this.#read(ids)).map((hashed) => [hashed.key.id, hashed]));
    for (const id of new Set(ids)) {
      const found = stored.get(id);
      const change: KeyChange = found ? { kind: 'stored', stored: found } : { kind: 'removed', id };
      for (const listener of this.#listeners) listener(change);
    }
    return ids.flatMap((id) => stored.get(id)?.key ?? []);
  }
}

type Changes = { readonly [Column in keyof Row<'keys'>]?: Row<'keys'>[Column] | undefined };

interface GivenKey {
  readonly secret: string;
  readonly fields: NewKey;
}

interface Making {
  readonly id: string;
  readonly secret: string;
  readonly now: number;
}

function newKey(fields: ParsedKey, { id, secret, now }: Making): ApiKey {
  return {
    ...fields,
    id,
    prefix: beginningOf(secret),
    ending: secretEnding(secret),
    isImported: !isOfOurs(secret),
    isEnabled: true,
    createdAt: now,
    updatedAt: now,
  };
}

function byId<Item extends { readonly id: string }>(items: readonly Item[]): ReadonlyMap<string, Item> {
  return new Map(items.map((item) => [item.id, item]));
}

function changedTags({ tags }: ApiKey, { addTags = [], removeTags = [] }: ParsedPatch): string[] {
  const changed = [...new Set([...tags, ...addTags])].filter((tag) => !removeTags.includes(tag));
  if (changed.length > maxTags) throw invalid([`tags must have at most ${maxTags} entries`]);
  return changed;
}
