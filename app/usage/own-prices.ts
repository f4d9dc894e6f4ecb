import * as z from 'zod';
import { modelNames } from '../domain/model-names.ts';
import { type Price, type PriceTable, priceFields } from './prices.ts';

/** A price that the owner set. It is whole: what it does not name has no price, whatever a table says. */
export const ownPrice = z.strictObject(priceFields);
export type OwnPrice = Readonly<z.infer<typeof ownPrice>>;

export interface StoredOwnPrice {
  /** The table's own name where a table knows the model. */
  readonly model: string;
  readonly price: OwnPrice;
  readonly updatedAt: number;
}

/** What vendors call the tier that everybody gets; of a model that no table knows, others have no price. */
const usualTiers: Price['serviceTierPercent'] = new Map([
  ['standard', 100],
  ['default', 100],
  ['auto', 100],
]);

/** Model names come from clients: the memory of answers is bounded. */
const maxRemembered = 1_000;

/** A table with the owner's prices before its own. Speeds, tiers and tools cost what the table says where they say nothing. */
export function withOwnPrices(table: PriceTable, own: readonly StoredOwnPrice[]): PriceTable {
  if (own.length === 0) return table;
  const byName = new Map(own.map((one) => [one.model, one]));
  const remembered = new Map<string, Price | undefined>();
  const find = (model: string): Price | undefined => {
    const base = table.find(model);
    const named = modelNames(model).find((name) => byName.has(name)) ?? base?.model;
    const stored = named === undefined ? undefined : byName.get(named);
    return stored ? toPrice(stored, base) : base;
  };
  return {
    version: table.version,
    date: table.date,
    models: [...new Set([...table.models, ...byName.keys()])],
    find(model) {
      if (remembered.has(model)) return remembered.get(model);
      if (remembered.size >= maxRemembered) remembered.clear();
      const price = find(model);
      remembered.set(model, price);
      return price;
    },
  };
}

function toPrice({ model, price, updatedAt }: StoredOwnPrice, base: Price | undefined): Price {
  const at = new Date(updatedAt).toISOString();
  return {
    model,
    ...price,
    webSearch: price.webSearch ?? base?.webSearch,
    fastPercent: price.fastPercent ?? base?.fastPercent,
    usOnlyPercent: price.usOnlyPercent ?? base?.usOnlyPercent,
    isWebSearchPerCall: base?.isWebSearchPerCall ?? false,
    toolRequests: base?.toolRequests ?? {},
    serviceTierPercent: base?.serviceTierPercent ?? usualTiers,
    version: `own ${at}`,
    source: { from: 'set by the owner', read: at.slice(0, 10) },
  };
}
