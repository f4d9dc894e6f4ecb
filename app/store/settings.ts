import type { Store } from './store.ts';

/** Settings and markers that live with the database: one row each. */
export class SettingsRepository {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async get(name: string): Promise<string | undefined> {
    const row = await this.#store.db.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst();
    return row?.value;
  }

  async set(name: string, value: string): Promise<void> {
    await this.#store.db
      .insertInto('settings')
      .values({ name, value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute();
  }

  async remove(name: string): Promise<void> {
    await this.#store.db.deleteFrom('settings').where('name', '=', name).execute();
  }

  /** Answers the value that is stored now: `value`, or what somebody stored before. */
  async setIfAbsent(name: string, value: string): Promise<string> {
    await this.#store.db
      .insertInto('settings')
      .values({ name, value })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
    const stored = await this.get(name);
    if (stored === undefined) throw new Error(`The setting ${name} was removed while it was being stored`);
    return stored;
  }
}
