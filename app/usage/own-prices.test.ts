import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { noUsage } from '../domain/usage.ts';
import { costOf } from './cost.ts';
import { withOwnPrices } from './own-prices.ts';
import { loadPrices } from './prices.ts';

const table = loadPrices(JSON.parse(readFileSync(new URL('../../resources/prices.json', import.meta.url), 'utf8')));
const own = withOwnPrices(table, [{ model: 'made-up', price: { input: 3_000, output: 15_000 }, updatedAt: 0 }]);
const used = { ...noUsage, basis: 'reported', inputTokens: 10, outputTokens: 2 } as const;

test.each([undefined, 'standard', 'default', 'auto'])(
  'a model that only the owner has a price of costs that in the tier that everybody gets (%s)',
  (serviceTier) => {
    const price = own.find('made-up');
    expect(price && costOf({ ...used, serviceTier }, price)).toBe(60_000);
  },
);

test('in another tier what such a model costs is not known', () => {
  const price = own.find('made-up');
  expect(price && costOf({ ...used, serviceTier: 'priority' }, price)).toBeUndefined();
});
