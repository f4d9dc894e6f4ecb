import type { Clock } from '../domain/clock.ts';
import { createTurns } from '../keys/turns.ts';
import { countUp } from '../store/revision.ts';
import type { Statement, Store } from '../store/store.ts';
import { type Alias, keyOf } from './alias.ts';
import { type AliasInput, checkAlias, checkRemoval } from './input.ts';

const revisionSetting = 'aliases.revision';

/** The global aliases in the database. Every change also counts a revision up, which other nodes poll. */
export class AliasRepository {
  readonly #store: Store;
  readonly #clock: Clock;
  /** Changes happen one after the other: each looks first whether it would close a circle. */
  readonly #inTurn = createTurns();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** In the order of their names. */
  async list(): Promise<Alias[]> {
    const rows = await this.#store.db.selectFrom('model_aliases').selectAll().orderBy('name').execute();
    return rows.map(({ name, target, updated_at }) => ({ name, target, updatedAt: updated_at }));
  }

  /** Makes it or changes what it stands for. Throws `request-invalid`. */
  set(input: AliasInput): Promise<Alias> {
    return this.#inTurn(async () => {
      const { name, target } = checkAlias(input, await this.list());
      const updatedAt = this.#clock.now();
      await this.#change(
        this.#store.db
          .insertInto('model_aliases')
          .values({ name, target, updated_at: updatedAt })
          .onConflict((conflict) => conflict.column('name').doUpdateSet({ target, updated_at: updatedAt }))
          .compile(),
      );
      return { name, target, updatedAt };
    });
  }

  /** False when there was no such alias. Throws `request-invalid` when what is left would go round in a circle. */
  remove(given: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const name = keyOf(given.trim());
      const aliases = await this.list();
      const left = aliases.filter((alias) => alias.name !== name);
      if (left.length === aliases.length) return false;
      checkRemoval(name, left);
      await this.#change(this.#store.db.deleteFrom('model_aliases').where('name', '=', name).compile());
      return true;
    });
  }

  /** Another text after every change that any process made. */
  async revision(): Promise<string> {
    const { db } = this.#store;
    const row = await db.selectFrom('settings').select('value').where('name', '=', revisionSetting).executeTakeFirst();
    return row?.value ?? '0';
  }

  async #change(statement: Statement): Promise<void> {
    await this.#store.write([statement, countUp(this.#store.db, revisionSetting)]);
  }
}
