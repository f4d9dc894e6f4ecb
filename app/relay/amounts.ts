import type { CallCost } from '../accounts/caps.ts';
import type { Amounts } from '../keys/limit.ts';
import type { LimitedCall } from '../keys/limiter.ts';
import { billedOf } from '../usage/cost.ts';
import { type Estimate, likely, most } from '../usage/estimate.ts';
import { priceCall } from '../usage/price-call.ts';
import type { PriceTable } from '../usage/prices.ts';
import type { CallRecord } from '../usage/record.ts';
import type { SizedCall } from './admit.ts';

/** What a call came to, for its account and for its key. */
export interface CallAmounts {
  readonly real: Amounts;
  readonly billed: Amounts;
}

/** A call as limits see it before it is made: those of its key with its multiplier, those of an account without. */
export function limitedCall({ model, at, multiplier, ...size }: LimitedSize, prices: PriceTable): LimitedCall {
  const price = prices.find(model);
  return {
    ...{ model, at },
    likely: () => billed(toAmounts(likely(size, price)), multiplier),
    most: () => billed(toAmounts(most(size, price)), multiplier),
  };
}

interface LimitedSize extends SizedCall {
  readonly multiplier?: number | undefined;
}

/** What a call may cost, for whoever chooses an account for it. */
export function costBefore({ model, ...size }: SizedCall, prices: PriceTable): CallCost {
  const price = prices.find(model);
  return { likely: likely(size, price).costNanoUsd, most: most(size, price).costNanoUsd };
}

/** What a call came to: the same numbers as in its row. */
export function amountsOf(call: CallRecord, prices: PriceTable): CallAmounts {
  const { usage, model, upstreamModel = model, multiplier } = call;
  const { inputTokens, outputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = usage;
  const tokens = inputTokens + outputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
  const cost = priceCall({ usage, model: upstreamModel }, prices).cost_nano_usd ?? 0;
  const real = { requests: 1, tokens, cost };
  return { real, billed: billed(real, multiplier) };
}

function billed(amounts: Amounts, multiplier: number | undefined): Amounts {
  return multiplier === undefined ? amounts : { ...amounts, cost: billedOf(amounts.cost, multiplier) };
}

function toAmounts({ tokens, costNanoUsd }: Estimate): Amounts {
  return { requests: 1, tokens, cost: costNanoUsd };
}
