import type { Price, UnitPrices } from './prices.ts';

/** What a call may use, before it is known. */
export interface Estimate {
  readonly tokens: number;
  /** 0 when the model has no known price. */
  readonly costNanoUsd: number;
}

export interface CallSize {
  readonly requestBytes: number;
  readonly maxOutputTokens: number | undefined;
}

/** Usual text and JSON. */
const bytesPerToken = 4;
/** Most answers are shorter, however long they may become. */
const likelyOutputTokens = 2_000;
/** No model answers more than this. */
const mostOutputTokens = 128_000;

/** What a call of this size usually comes to. */
export function likely({ requestBytes, maxOutputTokens }: CallSize, price: Price | undefined): Estimate {
  const input = Math.ceil(requestBytes / bytesPerToken);
  const output = Math.min(maxOutputTokens ?? likelyOutputTokens, likelyOutputTokens);
  return { tokens: input + output, costNanoUsd: price ? input * price.input + output * price.output : 0 };
}

/** What it comes to at most: no token is shorter than a byte. Searches and other tools of a provider are not in it. */
export function most({ requestBytes, maxOutputTokens }: CallSize, price: Price | undefined): Estimate {
  const output = maxOutputTokens ?? mostOutputTokens;
  const tokens = requestBytes + output;
  if (!price) return { tokens, costNanoUsd: 0 };
  const units: readonly UnitPrices[] = price.longContext ? [price, price.longContext] : [price];
  const speed = Math.max(100, price.fastPercent ?? 100);
  const tier = Math.max(100, ...price.serviceTierPercent.values());
  const geography = Math.max(100, price.usOnlyPercent ?? 100);
  const perInput = Math.max(
    ...units.flatMap(({ input, cacheWrite5m = 0, cacheWrite1h = 0 }) => [input, cacheWrite5m, cacheWrite1h]),
  );
  const perOutput = Math.max(...units.map((unit) => unit.output));
  const cost = (requestBytes * perInput + output * perOutput) * (speed / 100) * (tier / 100) * (geography / 100);
  return { tokens, costNanoUsd: Math.ceil(cost) };
}
