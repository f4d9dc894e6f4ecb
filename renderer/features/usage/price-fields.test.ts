import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pieceFields, priceOf, textsOf, unitFields } from './price-fields.ts';

const nano = fc.integer({ min: 0, max: 1_000_000 });
const price = fc
  .record({ input: nano, output: nano })
  .chain((needed) =>
    fc
      .record(Object.fromEntries([...unitFields, ...pieceFields].map((field) => [field, nano])), { requiredKeys: [] })
      .map((more) => ({ ...more, ...needed })),
  );

test('a price that is shown and saved again is the same to the nano-dollar', () => {
  fc.assert(
    fc.property(price, (one) => {
      expect(priceOf(textsOf(one), {})).toEqual(one);
    }),
  );
});

test('what has no field here is kept', () => {
  const longContext = { abovePromptTokens: 200_000, input: 6_000, output: 22_500 };
  const before = { input: 3_000, output: 15_000, longContext, fastPercent: 600 };
  expect(priceOf({ ...textsOf(before), input: '2.5' }, before)).toEqual({ ...before, input: 2_500 });
});
