import type { Usage } from '../domain/usage.ts';
import { applyPrice, costAt } from './cost.ts';
import type { PriceTable } from './prices.ts';

/** What a call used, and the name its model was asked for by. */
export interface PricedCall {
  readonly usage: Usage;
  readonly model: string;
}

/** A row's columns. */
export interface CallPrice {
  /** Null when something the call used has no known price. */
  readonly cost_nano_usd: number | null;
  readonly price: string | null;
}

const unknown: CallPrice = { cost_nano_usd: null, price: null };

/**
 * The cost and the price that made it. A name that no table can know, a deployment's or a profile's, has the price of the
 * model that the answer named.
 */
export function priceCall({ usage, model }: PricedCall, prices: PriceTable): CallPrice {
  // What consumed nothing costs nothing, whatever its model's price would be.
  if (usage.basis === 'none') return { cost_nano_usd: 0, price: null };
  const price = prices.find(model) ?? (usage.servedModel === undefined ? undefined : prices.find(usage.servedModel));
  const applied = price && applyPrice(usage, price);
  return applied ? { cost_nano_usd: costAt(usage, applied), price: JSON.stringify(applied) } : unknown;
}
