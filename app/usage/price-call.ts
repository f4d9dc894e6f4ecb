import type { Usage } from '../domain/usage.ts';
import { applyPrice, billedOf, costAt } from './cost.ts';
import type { PriceTable } from './prices.ts';

/** What a call used, and the name its model was asked for by. */
export interface PricedCall {
  readonly usage: Usage;
  readonly model: string;
  readonly multiplier?: number | undefined;
}

/** A row's columns. */
export interface CallPrice {
  /** Null when something the call used has no known price. */
  readonly cost_nano_usd: number | null;
  /** Null when it is the cost. */
  readonly billed_nano_usd: number | null;
  readonly price: string | null;
}

const unknown: CallPrice = { cost_nano_usd: null, billed_nano_usd: null, price: null };

/**
 * The cost and the price that made it. A name that no table can know, a deployment's or a profile's, has the price of the
 * model that the answer named.
 */
export function priceCall({ usage, model, multiplier }: PricedCall, prices: PriceTable): CallPrice {
  // What consumed nothing costs nothing, whatever its model's price would be.
  if (usage.basis === 'none') return { cost_nano_usd: 0, billed_nano_usd: null, price: null };
  const price = prices.find(model) ?? (usage.servedModel === undefined ? undefined : prices.find(usage.servedModel));
  const applied = price && applyPrice(usage, price);
  if (!applied) return unknown;
  const cost = costAt(usage, applied);
  const billed = multiplier === undefined ? null : billedOf(cost, multiplier);
  return { cost_nano_usd: cost, billed_nano_usd: billed, price: JSON.stringify(applied) };
}
