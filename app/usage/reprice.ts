import type { Row } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { type CallPrice, priceCall } from './price-call.ts';
import type { PriceTable } from './prices.ts';
import { usageOfRow } from './row-usage.ts';

export interface RepriceOptions {
  /** The last call of the step before; absent for the first step. */
  readonly after?: string | undefined;
  /** Only says what would be done. */
  readonly isDryRun: boolean;
}

/** What one model's calls without a price come to now. */
export interface RepricedModel {
  readonly model: string;
  readonly calls: number;
  readonly priced: number;
  readonly costNanoUsd: number;
  readonly billedNanoUsd: number;
}

export interface RepriceStep {
  readonly models: readonly RepricedModel[];
  /** Where the next step begins; null when this was the last one. */
  readonly next: string | null;
}

/** Small enough that streams go on beside it: SQLite writes a step in one tick. */
const rowsPerStep = 500;

/** Prices calls whose cost is unknown with today's table, a step at a time. Calls that have a price are never touched. */
export class Repricer {
  readonly #store: Store;
  readonly #prices: PriceTable;

  constructor(store: Store, prices: PriceTable) {
    this.#store = store;
    this.#prices = prices;
  }

  async step({ after, isDryRun }: RepriceOptions): Promise<RepriceStep> {
    const rows = await this.#findUnpriced(after ?? '');
    const priced = rows.map((row) => ({ row, found: priceCall(toCall(row), this.#prices) }));
    const known = priced.filter(({ found }) => found.cost_nano_usd !== null);
    if (!isDryRun && known.length > 0) {
      await this.#store.write(known.map(({ row, found }) => this.#setPrice(row.request_id, found)));
    }
    return { models: byModel(priced), next: rows.length < rowsPerStep ? null : (rows.at(-1)?.request_id ?? null) };
  }

  #findUnpriced(after: string): Promise<Row<'usage'>[]> {
    return this.#store.db
      .selectFrom('usage')
      .selectAll()
      .where('cost_nano_usd', 'is', null)
      .where('request_id', '>', after)
      .orderBy('request_id')
      .limit(rowsPerStep)
      .execute();
  }

  /** Somebody else may have priced it meanwhile. */
  #setPrice(requestId: string, price: CallPrice) {
    return this.#store.db
      .updateTable('usage')
      .set(price)
      .where('request_id', '=', requestId)
      .where('cost_nano_usd', 'is', null)
      .compile();
  }
}

function toCall(row: Row<'usage'>) {
  return { usage: usageOfRow(row), model: row.upstream_model ?? row.model, multiplier: row.multiplier ?? undefined };
}

interface Repriced {
  readonly row: Row<'usage'>;
  readonly found: CallPrice;
}

function byModel(repriced: readonly Repriced[]): RepricedModel[] {
  const models = new Map<string, RepricedModel>();
  for (const { row, found } of repriced) {
    const model = row.upstream_model ?? row.model;
    const before = models.get(model) ?? { model, calls: 0, priced: 0, costNanoUsd: 0, billedNanoUsd: 0 };
    models.set(model, {
      model,
      calls: before.calls + 1,
      priced: before.priced + (found.cost_nano_usd === null ? 0 : 1),
      costNanoUsd: before.costNanoUsd + (found.cost_nano_usd ?? 0),
      billedNanoUsd: before.billedNanoUsd + (found.billed_nano_usd ?? found.cost_nano_usd ?? 0),
    });
  }
  return [...models.values()];
}
