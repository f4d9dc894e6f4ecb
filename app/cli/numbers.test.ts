import { expect, test } from 'vitest';
import { money, perMillion } from './numbers.ts';

test('a price for a million tokens is whole, however small', () => {
  expect([3_000, 25, 37, 1_875, 18_750].map(perMillion)).toEqual(['$3.00', '$0.025', '$0.037', '$1.875', '$18.75']);
});

test('money keeps two digits that are not zero', () => {
  expect([null, 0, 1, 60_250_000, 1_234_500_000].map(money)).toEqual([
    'price unknown',
    '$0',
    '$0.000000001',
    '$0.0603',
    '$1.23',
  ]);
});
