import type { Output } from '../../../app/server/admin/contract.ts';
import type { Sums } from './read-question.ts';

type Price = Output<'listModelPrices'>[number];

/**
 * Nano-dollars that the prompt cache saved: what its tokens would have cost as plain input, at today's prices, less what
 * reading and writing them did. Models without a known price are left out.
 */
export function savedByCache(sums: readonly Sums[], prices: readonly Price[]): number {
  const byModel = new Map(prices.map((price) => [price.model, price]));
  return sums.reduce((saved, { group, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens }) => {
    const price = byModel.get(group ?? '');
    if (!price) return saved;
    const { input, cacheRead = input, cacheWrite5m = input, cacheWrite1h = cacheWrite5m } = price;
    return (
      saved +
      cacheReadTokens * (input - cacheRead) -
      cacheWrite5mTokens * (cacheWrite5m - input) -
      cacheWrite1hTokens * (cacheWrite1h - input)
    );
  }, 0);
}
