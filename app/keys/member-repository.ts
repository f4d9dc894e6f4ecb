import { sql } from 'kysely';
import type { Clock } from '../domain/clock.ts';
import { RelayError } from '../domain/errors.ts';
import { newId } from '../domain/ids.ts';
import { countUp } from '../store/revision.ts';
import type { NewRow } from '../store/schema.ts';
import type { Statement, Store } from '../store/store.ts';
import { parseFields } from './field-problems.ts';
import type { Member } from './key.ts';
import { type MemberPatch, memberPatch, type NewMember, newMember } from './member-input.ts';
import { readMembers, toColumns, toRow } from './member-rows.ts';
import { nameKey, readPlans } from './plan-rows.ts';
import { keyRevisionSetting } from './repository.ts';

/** The members in the database. A change is one of all their keys: it counts the keys' revision up, which nodes poll. */
export class MemberRepository {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => Promise<void>>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** By name. */
  async list(): Promise<Member[]> {
    const plans = new Map((await readPlans(this.#store.db)).map((plan) => [plan.id, plan]));
    return await readMembers(this.#store.db, plans);
  }

  async find(id: string): Promise<Member | undefined> {
    return (await this.list()).find((member) => member.id === id);
  }

  /** Throws `request-invalid`. */
  async create(input: NewMember): Promise<Member> {
    const { role = 'member', limits = [], ...fields } = parseFields('member', newMember, input);
    const now = this.#clock.now();
    const id = newId('mem', now);
    const member: Member = { ...fields, id, role, limits, state: 'active', createdAt: now, updatedAt: now };
    await this.#checkName(member);
    await this.#change([this.#store.db.insertInto('members').values(toRow(member)).compile()]);
    return (await this.find(id)) ?? member;
  }

  /** Undefined when there is no such member. Throws `request-invalid`. */
  async update(id: string, patch: MemberPatch): Promise<Member | undefined> {
    const fields = parseFields('member', memberPatch, patch);
    if (fields.name !== undefined) await this.#checkName({ id, name: fields.name });
    return await this.#set(id, toColumns(fields));
  }

  /** Their keys are refused from now on, or again taken. Undefined when there is no such member. */
  async setState(id: string, state: Member['state']): Promise<Member | undefined> {
    return await this.#set(id, { state });
  }

  /** With their keys, which go to the trash, or only when they have none in use. False when there was none, or keys are left. */
  async remove(id: string, { withKeys }: { readonly withKeys: boolean }): Promise<boolean> {
    if (!(await this.find(id))) return false;
    const { db } = this.#store;
    const now = this.#clock.now();
    const trash = db
      .updateTable('keys')
      .set({ removed_at: now, updated_at: now })
      .where('member_id', '=', id)
      .where('removed_at', 'is', null)
      .compile();
    const unused = sql<boolean>`not exists (select 1 from keys where member_id = ${id} and removed_at is null)`;
    const removal = db.deleteFrom('members').where('id', '=', id).where(unused).compile();
    const gone = sql<boolean>`not exists (select 1 from members where id = ${id})`;
    const signIns = db.deleteFrom('member_sign_ins').where('member_id', '=', id).where(gone).compile();
    const factors = db.deleteFrom('member_second_factors').where('member_id', '=', id).where(gone).compile();
    const ways = [removal, signIns, factors];
    await this.#change(withKeys ? [trash, ...ways] : ways);
    return (await this.find(id)) === undefined;
  }

  /** Awaited after each change made here, before the change's own promise resolves. */
  onChange(listener: () => Promise<void>): void {
    this.#listeners.add(listener);
  }

  /** Only these columns: who suspends a member must not be undone by who writes a note at the same time. */
  async #set(id: string, columns: Partial<NewRow<'members'>>): Promise<Member | undefined> {
    const changed = { ...columns, updated_at: this.#clock.now() };
    await this.#change([this.#store.db.updateTable('members').set(changed).where('id', '=', id).compile()]);
    return await this.find(id);
  }

  /** The database refuses a second one too, when two nodes make it at once. */
  async #checkName({ id, name }: Pick<Member, 'id' | 'name'>): Promise<void> {
    const same = (await this.list()).some((other) => other.id !== id && nameKey(other.name) === nameKey(name));
    if (same) throw new RelayError('request-invalid', `The member was not saved: there is one called ${name} already.`);
  }

  async #change(statements: readonly Statement[]): Promise<void> {
    await this.#store.write([...statements, countUp(this.#store.db, keyRevisionSetting)]);
    for (const listener of this.#listeners) await listener();
  }
}
