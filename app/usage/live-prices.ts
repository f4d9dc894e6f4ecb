import type { Clock } from '../domain/clock.ts';
import { type OwnPrice, type StoredOwnPrice, withOwnPrices } from './own-prices.ts';
import { type PriceDiff, priceDiff } from './price-diff.ts';
import { type PriceFile, PricesRefused, parseTable } from './price-file.ts';
import type { Choice, PriceVersion, PriceVersions } from './price-versions.ts';
import type { Price, PriceTable } from './prices.ts';

export interface LivePricesDeps {
  readonly bundled: PriceTable;
  readonly versions: PriceVersions;
  readonly clock: Clock;
  warn(message: string): void;
}

export interface CheckedPrices extends PriceDiff {
  readonly version: string;
  readonly date: string;
  /** What it was compared with. */
  readonly current: string;
}

/** Where the bundled table comes from, in the list of versions. */
export const shippedSource = 'with the program';

/** The prices that calls are counted with now: a table, with the owner's own prices before it. Changes hold at once. */
export class LivePrices implements PriceTable {
  readonly #deps: LivePricesDeps;
  #base: PriceTable;
  #current: PriceTable;
  #own: readonly StoredOwnPrice[] = [];
  #choice: Choice | undefined;
  #revision = '';
  #loading: Promise<void> = Promise.resolve();

  private constructor(deps: LivePricesDeps) {
    this.#deps = deps;
    this.#base = deps.bundled;
    this.#current = deps.bundled;
  }

  static async open(deps: LivePricesDeps): Promise<LivePrices> {
    const prices = new LivePrices(deps);
    await prices.reload();
    return prices;
  }

  get version(): string {
    return this.#current.version;
  }

  get date(): string {
    return this.#current.date;
  }

  get models(): readonly string[] {
    return this.#current.models;
  }

  /** Somebody went back to the table that is in use. */
  get isPinned(): boolean {
    return this.#choice?.isPinned === true && this.#choice.version === this.version;
  }

  get own(): readonly StoredOwnPrice[] {
    return this.#own;
  }

  find(model: string): Price | undefined {
    return this.#current.find(model);
  }

  /** Reloads when any process changed the prices since: one small query when none did. */
  async poll(): Promise<void> {
    if ((await this.#deps.versions.revision()) !== this.#revision) await this.reload();
  }

  /** One after the other: what was read before a change must not take the place of what was read after it. */
  reload(): Promise<void> {
    const loaded = this.#loading.then(() => this.#load());
    this.#loading = loaded.catch(() => undefined);
    return loaded;
  }

  async #load(): Promise<void> {
    const { versions } = this.#deps;
    const revision = await versions.revision();
    const choice = await versions.choice();
    const base = await this.#chosen(choice);
    const own = await versions.listOwn();
    this.#base = base;
    this.#own = own;
    this.#choice = choice;
    this.#current = withOwnPrices(base, own);
    this.#revision = revision;
  }

  /** Every table that was in use or may be, newest first. */
  async list(): Promise<PriceVersion[]> {
    const { bundled, versions } = this.#deps;
    const stored = (await versions.list()).filter(({ version }) => version !== bundled.version);
    const shipped = { version: bundled.version, date: bundled.date, source: shippedSource, addedAt: 0, usedAt: null };
    return [...stored, shipped].sort((a, b) => b.date.localeCompare(a.date) || b.addedAt - a.addedAt);
  }

  /** Keeps a file for `apply` and says what it would change. Throws `PricesRefused` for one that is not newer. */
  async check({ table, body }: PriceFile, source: string): Promise<CheckedPrices> {
    const { versions, clock } = this.#deps;
    await this.#checkNewer(table, body);
    await versions.add({ version: table.version, date: table.date, source, addedAt: clock.now() }, body);
    return this.#compared(table);
  }

  /** Undefined when there is no such version. */
  async compare(version: string): Promise<CheckedPrices | undefined> {
    const table = await this.#table(version);
    return table && this.#compared(table);
  }

  /** Takes a table into use; `isPinned` when it is an older one that was in use before. */
  async use(choice: Choice): Promise<void> {
    await this.#deps.versions.choose(choice, this.#deps.clock.now());
    await this.reload();
  }

  /** Under the table's own name where it knows the model. */
  async setOwn(model: string, price: OwnPrice): Promise<StoredOwnPrice> {
    const stored = { model: this.#nameOf(model), price, updatedAt: this.#deps.clock.now() };
    await this.#deps.versions.setOwn(stored);
    await this.reload();
    return stored;
  }

  /** False when the owner has set none. */
  async removeOwn(model: string): Promise<boolean> {
    const name = this.#nameOf(model);
    if (!this.#own.some((one) => one.model === name)) return false;
    await this.#deps.versions.removeOwn(name);
    await this.reload();
    return true;
  }

  #nameOf(model: string): string {
    return this.#base.find(model)?.model ?? model;
  }

  #compared(table: PriceTable): CheckedPrices {
    const { version, date } = table;
    return { version, date, current: this.#base.version, ...priceDiff(this.#base, table) };
  }

  async #checkNewer(table: PriceTable, body: string): Promise<void> {
    const { version, date } = table;
    if (version === this.#base.version) throw new PricesRefused(`The prices of ${version} are in use already.`);
    if (date < this.#base.date) {
      const message = `The price file is older (${date}) than the prices in use (${this.#base.date}).`;
      throw new PricesRefused(`${message} To go back to a version that was in use: waystation usage prices roll-back`);
    }
    const known = version === this.#deps.bundled.version ? undefined : await this.#deps.versions.body(version);
    const isUsed = (await this.#deps.versions.list()).some((one) => one.version === version && one.usedAt !== null);
    if (isUsed && known !== body)
      throw new PricesRefused(`The price file calls itself ${version}, which was in use and had other contents.`);
  }

  /** What came with the program is taken when it is newer; a table that cannot be read is never one. */
  async #chosen(choice: Choice | undefined): Promise<PriceTable> {
    const { bundled, warn } = this.#deps;
    if (!choice) return bundled;
    try {
      const table = await this.#table(choice.version);
      if (!table) return bundled;
      return !choice.isPinned && table.date < bundled.date ? bundled : table;
    } catch (error) {
      if (!(error instanceof PricesRefused)) throw error;
      warn(`The stored prices of ${choice.version} cannot be read: those that came with the program are used.`);
      return bundled;
    }
  }

  async #table(version: string): Promise<PriceTable | undefined> {
    const { bundled, versions } = this.#deps;
    if (version === bundled.version) return bundled;
    const body = await versions.body(version);
    return body === undefined ? undefined : parseTable(body);
  }
}
