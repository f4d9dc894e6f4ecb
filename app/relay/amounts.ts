import type { CallCost } from '../accounts/caps.ts';
import type { Amounts } from '../keys/limit.ts';
import type { LimitedCall } from '../keys/limiter.ts';
import { type Estimate, likely, most } from '../usage/estimate.ts';
import { priceCall } from '../usage/price-call.ts';
import type { PriceTable } from '../usage/prices.ts';
import type { CallRecord } from '../usage/record.ts';
import type { SizedCall } from './admit.ts';

/** A call as the limits of its key see it before it is made. */
export function limitedCall({ model, at, ...size }: SizedCall, prices: PriceTable): LimitedCall {
  const price = prices.find(model);
  return { model, at, likely: () => toAmounts(likely(size, price)), most: () => toAmounts(most(size, price)) };
}

/** What a call may cost, for whoever chooses an account for it. */
export function costBefore({ model, ...size }: SizedCall, prices: PriceTable): CallCost {
  const price = prices.find(model);
  return { likely: likely(size, price).costNanoUsd, most: most(size, price).costNanoUsd };
}

/** What a call came to: the same numbers as in its row. */
export function amountsOf({ usage, model, upstreamModel = model }: CallRecord, prices: PriceTable): Amounts {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = usage;
  const tokens = inputTokens + outputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
  const cost = priceCall({ usage, model: upstreamModel }, prices).cost_nano_usd ?? 0;
  return { requests: 1, tokens, cost };
}

function toAmounts({ tokens, costNanoUsd }: Estimate): Amounts {
  return { requests: 1, tokens, cost: costNanoUsd };
}
