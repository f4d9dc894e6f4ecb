import type { Clock } from '../domain/clock.ts';
import { RelayError } from '../domain/errors.ts';
import { newId } from '../domain/ids.ts';
import type { Statement, Store } from '../store/store.ts';

/** A named set of accounts. */
export interface Group {
  readonly id: string;
  readonly name: string;
  /** The group whose accounts serve when none of its own can. */
  readonly fallbackId?: string | undefined;
  /** Account id to its priority here; undefined is the account's own. */
  readonly members: ReadonlyMap<string, number | undefined>;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface GroupMember {
  readonly accountId: string;
  readonly priority?: number | undefined;
}

export interface GroupInput {
  readonly name: string;
  readonly members: readonly GroupMember[];
  readonly fallbackId?: string | undefined;
}

/** Null takes the fallback away; what is left out stays as it is. */
export interface GroupPatch {
  readonly name?: string | undefined;
  readonly members?: readonly GroupMember[] | undefined;
  readonly fallbackId?: string | null | undefined;
}

/** The groups in the database. Its changes count the accounts' revision up, so that other nodes see them. */
export class GroupRepository {
  readonly #store: Store;
  readonly #clock: Clock;
  /** The statement that tells other nodes of a change. */
  readonly #countUp: () => Statement;

  constructor(store: Store, clock: Clock, countUp: () => Statement) {
    this.#store = store;
    this.#clock = clock;
    this.#countUp = countUp;
  }

  /** Oldest first. */
  async list(): Promise<Group[]> {
    const { db } = this.#store;
    const rows = await db.selectFrom('account_groups').selectAll().orderBy('created_at').orderBy('id').execute();
    const members = await db.selectFrom('account_group_members').selectAll().orderBy('account_id').execute();
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      fallbackId: row.fallback_id ?? undefined,
      members: new Map(
        members.filter(({ group_id }) => group_id === row.id).map((one) => [one.account_id, one.priority ?? undefined]),
      ),
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    }));
  }

  /** Throws `request-invalid`. */
  async create(input: GroupInput): Promise<Group> {
    const now = this.#clock.now();
    const id = newId('grp', now);
    check({ id, ...input }, await this.list());
    const row = { id, name: input.name, fallback_id: input.fallbackId ?? null, created_at: now, updated_at: now };
    const insert = this.#store.db.insertInto('account_groups').values(row).compile();
    await this.#store.write([insert, ...this.#members(id, input.members), this.#countUp()]);
    return await this.#find(id);
  }

  /** Undefined when there is no such group. Throws `request-invalid`. */
  async update(id: string, patch: GroupPatch): Promise<Group | undefined> {
    const groups = await this.list();
    const before = groups.find((group) => group.id === id);
    if (!before) return undefined;
    const fallbackId = patch.fallbackId === undefined ? before.fallbackId : (patch.fallbackId ?? undefined);
    check({ id, name: patch.name ?? before.name, fallbackId }, groups);
    const { db } = this.#store;
    const update = db
      .updateTable('account_groups')
      .set({ name: patch.name, fallback_id: patch.fallbackId, updated_at: this.#clock.now() })
      .where('id', '=', id);
    const members = patch.members ? [this.#forgetMembers(id), ...this.#members(id, patch.members)] : [];
    await this.#store.write([update.compile(), ...members, this.#countUp()]);
    return await this.#find(id);
  }

  /** False when there was no such group. Groups that fall back to it have no fallback any more. */
  async remove(id: string): Promise<boolean> {
    if (!(await this.list()).some((group) => group.id === id)) return false;
    const { db } = this.#store;
    await this.#store.write([
      db.deleteFrom('account_groups').where('id', '=', id).compile(),
      this.#forgetMembers(id),
      db.updateTable('account_groups').set({ fallback_id: null }).where('fallback_id', '=', id).compile(),
      this.#countUp(),
    ]);
    return true;
  }

  async #find(id: string): Promise<Group> {
    const found = (await this.list()).find((group) => group.id === id);
    if (found) return found;
    throw new RelayError('request-invalid', 'The group was removed at the same moment.');
  }

  #forgetMembers(id: string): Statement {
    return this.#store.db.deleteFrom('account_group_members').where('group_id', '=', id).compile();
  }

  #members(id: string, members: readonly GroupMember[]): readonly Statement[] {
    const byAccount = new Map(members.map((member) => [member.accountId, member]));
    return [...byAccount.values()].map(({ accountId, priority }) =>
      this.#store.db
        .insertInto('account_group_members')
        .values({ group_id: id, account_id: accountId, priority: priority ?? null })
        .compile(),
    );
  }
}

/** Throws `request-invalid` when the name is taken, or the fallback does not exist or leads back. */
function check(group: Pick<Group, 'id' | 'name' | 'fallbackId'>, all: readonly Group[]): void {
  if (all.some(({ id, name }) => id !== group.id && name.toLowerCase() === group.name.toLowerCase())) {
    throw new RelayError('request-invalid', 'Another group has this name.');
  }
  const seen = new Set([group.id]);
  for (let next = group.fallbackId; next !== undefined; ) {
    const fallback = all.find(({ id }) => id === next);
    if (!fallback) throw new RelayError('request-invalid', 'The fallback is not a group that exists.');
    if (seen.has(fallback.id)) {
      throw new RelayError('request-invalid', 'The fallback leads back to the group itself. Choose another one.');
    }
    seen.add(fallback.id);
    next = fallback.fallbackId;
  }
}
