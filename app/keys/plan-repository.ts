import { sql } from 'kysely';
import type { Clock } from '../domain/clock.ts';
import { RelayError } from '../domain/errors.ts';
import { newId } from '../domain/ids.ts';
import { countUp } from '../store/revision.ts';
import type { Store } from '../store/store.ts';
import { parseFields } from './field-problems.ts';
import type { Plan } from './key.ts';
import { type NewPlan, newPlan, type PlanPatch, planPatch } from './plan-input.ts';
import { nameKey, readPlans, toRow } from './plan-rows.ts';
import { keyRevisionSetting } from './repository.ts';

/** The plans in the database. A change is one of all their keys: it counts the keys' revision up, which nodes poll. */
export class PlanRepository {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => Promise<void>>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** By name. */
  async list(): Promise<Plan[]> {
    return await readPlans(this.#store.db);
  }

  async find(id: string): Promise<Plan | undefined> {
    return (await this.list()).find((plan) => plan.id === id);
  }

  /** Throws `request-invalid`. */
  async create(input: NewPlan): Promise<Plan> {
    const fields = parseFields('plan', newPlan, input);
    const now = this.#clock.now();
    const empty = { models: [], deniedModels: [], services: [], clients: [], limits: [] };
    const plan: Plan = { ...empty, ...defined(fields), name: fields.name, ...moments(newId('pln', now), now, now) };
    await this.#checkName(plan);
    await this.#change([this.#store.db.insertInto('plans').values(toRow(plan)).compile()]);
    return plan;
  }

  /** What a change would make of it; nothing is stored. Throws `request-invalid`. */
  changed(plan: Plan, patch: PlanPatch): Plan {
    const { note, maxConcurrent, ...rest } = parseFields('plan', planPatch, patch);
    return {
      ...plan,
      ...defined(rest),
      note: note === undefined ? plan.note : (note ?? undefined),
      maxConcurrent: maxConcurrent === undefined ? plan.maxConcurrent : (maxConcurrent ?? undefined),
      updatedAt: this.#clock.now(),
    };
  }

  /** Undefined when there is no such plan. Throws `request-invalid`. */
  async update(id: string, patch: PlanPatch): Promise<Plan | undefined> {
    const before = await this.find(id);
    if (!before) return undefined;
    const plan = this.changed(before, patch);
    await this.#checkName(plan);
    await this.#change([this.#store.db.updateTable('plans').set(toRow(plan)).where('id', '=', id).compile()]);
    return plan;
  }

  /** Only one that no key is on, also none in the trash, and no member. False when it is still there, or was not. */
  async remove(id: string): Promise<boolean> {
    if (!(await this.find(id))) return false;
    const unused = sql<boolean>`not exists (select 1 from keys where keys.plan_id = ${id})
      and not exists (select 1 from members where members.plan_id = ${id})`;
    await this.#change([this.#store.db.deleteFrom('plans').where('id', '=', id).where(unused).compile()]);
    return (await this.find(id)) === undefined;
  }

  /** Awaited after each change made here, before the change's own promise resolves. */
  onChange(listener: () => Promise<void>): void {
    this.#listeners.add(listener);
  }

  /** The database refuses a second one too, when two nodes make it at once. */
  async #checkName({ id, name }: Plan): Promise<void> {
    const same = (await this.list()).some((other) => other.id !== id && nameKey(other.name) === nameKey(name));
    if (same) throw new RelayError('request-invalid', `The plan was not saved: there is one called ${name} already.`);
  }

  async #change(statements: Parameters<Store['write']>[0]): Promise<void> {
    await this.#store.write([...statements, countUp(this.#store.db, keyRevisionSetting)]);
    for (const listener of this.#listeners) await listener();
  }
}

function moments(id: string, createdAt: number, updatedAt: number) {
  return { id, createdAt, updatedAt };
}

type Defined<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

function defined<Fields extends object>(fields: Fields): Defined<Fields> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Defined<Fields>;
}
