import { countUp } from '../store/revision.ts';
import type { SettingsRepository } from '../store/settings.ts';
import type { Statement, Store } from '../store/store.ts';
import { ownPrice, type StoredOwnPrice } from './own-prices.ts';

/** A price table that came from elsewhere. */
export interface PriceVersion {
  readonly version: string;
  readonly date: string;
  readonly source: string;
  readonly addedAt: number;
  /** When it was last taken into use; null for one that was only looked at. */
  readonly usedAt: number | null;
}

/** Which table is in use, as it is stored. */
export interface Choice {
  readonly version: string;
  /** Somebody went back to it: a newer one that comes with an update of the program is not taken by itself. */
  readonly isPinned: boolean;
}

const revisionSetting = 'prices.revision';
const choiceSetting = 'prices.in-use';

/** Price tables and own prices in the database. Every change counts a revision up, which other nodes poll. */
export class PriceVersions {
  readonly #store: Store;
  readonly #settings: SettingsRepository;

  constructor(store: Store, settings: SettingsRepository) {
    this.#store = store;
    this.#settings = settings;
  }

  async revision(): Promise<string> {
    return (await this.#settings.get(revisionSetting)) ?? '0';
  }

  /** Newest first, without their contents. */
  async list(): Promise<PriceVersion[]> {
    const rows = await this.#store.db
      .selectFrom('price_versions')
      .select(['version', 'date', 'source', 'added_at', 'used_at'])
      .orderBy('date', 'desc')
      .orderBy('added_at', 'desc')
      .execute();
    return rows.map(({ version, date, source, added_at: addedAt, used_at: usedAt }) => {
      return { version, date, source, addedAt, usedAt };
    });
  }

  async body(version: string): Promise<string | undefined> {
    const row = await this.#store.db
      .selectFrom('price_versions')
      .select('body')
      .where('version', '=', version)
      .executeTakeFirst();
    return row?.body;
  }

  /** Looked at, not used; takes the place of the one that was looked at before. */
  async add(version: Omit<PriceVersion, 'usedAt'>, body: string): Promise<void> {
    const { db } = this.#store;
    const row = { ...{ version: version.version, date: version.date, source: version.source }, body };
    await this.#store.write([
      db.deleteFrom('price_versions').where('used_at', 'is', null).compile(),
      db
        .insertInto('price_versions')
        .values({ ...row, added_at: version.addedAt, used_at: null })
        .onConflict((conflict) => conflict.column('version').doNothing())
        .compile(),
    ]);
  }

  async choice(): Promise<Choice | undefined> {
    const stored = (await this.#settings.get(choiceSetting)) ?? '';
    const [, isPinned, version] = /^(pinned|newest) (.+)$/.exec(stored) ?? [];
    return version === undefined ? undefined : { version, isPinned: isPinned === 'pinned' };
  }

  async choose({ version, isPinned }: Choice, at: number): Promise<void> {
    const { db } = this.#store;
    const value = `${isPinned ? 'pinned' : 'newest'} ${version}`;
    await this.#change([
      db.updateTable('price_versions').set({ used_at: at }).where('version', '=', version).compile(),
      db
        .insertInto('settings')
        .values({ name: choiceSetting, value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
        .compile(),
    ]);
  }

  async listOwn(): Promise<StoredOwnPrice[]> {
    const rows = await this.#store.db.selectFrom('own_prices').selectAll().orderBy('model').execute();
    return rows.map(({ model, price, updated_at: updatedAt }) => {
      return { model, price: ownPrice.parse(JSON.parse(price)), updatedAt };
    });
  }

  async setOwn({ model, price, updatedAt }: StoredOwnPrice): Promise<void> {
    const fields = { price: JSON.stringify(price), updated_at: updatedAt };
    await this.#change([
      this.#store.db
        .insertInto('own_prices')
        .values({ model, ...fields })
        .onConflict((conflict) => conflict.column('model').doUpdateSet(fields))
        .compile(),
    ]);
  }

  async removeOwn(model: string): Promise<void> {
    await this.#change([this.#store.db.deleteFrom('own_prices').where('model', '=', model).compile()]);
  }

  async #change(statements: readonly Statement[]): Promise<void> {
    await this.#store.write([...statements, countUp(this.#store.db, revisionSetting)]);
  }
}
