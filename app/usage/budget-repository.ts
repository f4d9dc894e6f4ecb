import type { Clock } from '../domain/clock.ts';
import { newId } from '../domain/ids.ts';
import { countUp } from '../store/revision.ts';
import type { Row } from '../store/schema.ts';
import type { SettingsRepository } from '../store/settings.ts';
import type { Statement, Store } from '../store/store.ts';
import { type Budget, type BudgetFields, budgetFields, budgetPeriod } from './budget.ts';

/** What is undefined stays. */
type BudgetPatch = { readonly [Field in 'name' | 'amountNanoUsd' | 'period']?: BudgetFields[Field] | undefined };

const revisionSetting = 'budgets.revision';

/** The budgets in the database. Every change counts a revision up, which the watch of every node polls. */
export class BudgetRepository {
  readonly #store: Store;
  readonly #settings: SettingsRepository;
  readonly #clock: Clock;

  constructor(store: Store, settings: SettingsRepository, clock: Clock) {
    this.#store = store;
    this.#settings = settings;
    this.#clock = clock;
  }

  async revision(): Promise<string> {
    return (await this.#settings.get(revisionSetting)) ?? '0';
  }

  /** Oldest first. */
  async list(): Promise<Budget[]> {
    const rows = await this.#store.db.selectFrom('budgets').selectAll().orderBy('created_at').orderBy('id').execute();
    return rows.map(toBudget);
  }

  async find(id: string): Promise<Budget | undefined> {
    return (await this.list()).find((budget) => budget.id === id);
  }

  async create(fields: BudgetFields): Promise<Budget> {
    const now = this.#clock.now();
    const budget = { ...fields, id: newId('bud', now), createdAt: now, updatedAt: now };
    await this.#change([this.#store.db.insertInto('budgets').values(toRow(budget)).compile()]);
    return budget;
  }

  /** Undefined when there is no such budget. What it said before is told anew where it still holds. */
  async update(id: string, patch: BudgetPatch): Promise<Budget | undefined> {
    const before = await this.find(id);
    if (!before) return undefined;
    const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
    const budget: Budget = { ...before, ...given, updatedAt: this.#clock.now() };
    const { id: _, ...columns } = toRow(budget);
    const isSame = JSON.stringify(given) === JSON.stringify({ name: given['name'] });
    const update = this.#store.db.updateTable('budgets').set(columns).where('id', '=', id).compile();
    await this.#change(isSame ? [update] : [update, this.#forgetTold(id)]);
    return budget;
  }

  async remove(id: string): Promise<boolean> {
    if (!(await this.find(id))) return false;
    await this.#change([this.#store.db.deleteFrom('budgets').where('id', '=', id).compile(), this.#forgetTold(id)]);
    return true;
  }

  #forgetTold(id: string): Statement {
    const recovered = this.#store.db.updateTable('alerts').set({ recovered_at: this.#clock.now() });
    return recovered.where('state_key', 'like', `budget ${id} %`).where('recovered_at', 'is', null).compile();
  }

  async #change(statements: readonly Statement[]): Promise<void> {
    await this.#store.write([...statements, countUp(this.#store.db, revisionSetting)]);
  }
}

function toBudget(row: Row<'budgets'>): Budget {
  return {
    ...{ id: row.id, name: row.name, scope: budgetFields.shape.scope.parse(row.scope) },
    ...{ scopeId: row.scope_id ?? undefined, amountNanoUsd: row.amount_nano_usd },
    period: budgetPeriod.parse(JSON.parse(row.period)),
    ...{ createdAt: row.created_at, updatedAt: row.updated_at },
  };
}

function toRow(budget: Budget): Row<'budgets'> {
  return {
    ...{ id: budget.id, name: budget.name, scope: budget.scope, scope_id: budget.scopeId ?? null },
    ...{ amount_nano_usd: budget.amountNanoUsd, period: JSON.stringify(budget.period) },
    ...{ created_at: budget.createdAt, updated_at: budget.updatedAt },
  };
}
