import fc from 'fast-check';
import { expect, test } from 'vitest';
import { noUsage, type Usage } from '../domain/usage.ts';
import { bundledPrices } from './__fixtures__/calls.ts';
import { applyPrice, billedOf, costAt } from './cost.ts';
import { type CountedCall, costParts, type StoredPrice } from './cost-parts.ts';

const prices = bundledPrices();
const amounts = [
  ...(['inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheWrite5mTokens', 'cacheWrite1hTokens'] as const),
  ...(['audioInputTokens', 'audioCacheReadTokens', 'audioOutputTokens', 'imageInputTokens'] as const),
  ...(['imageOutputTokens', 'images', 'webSearchRequests'] as const),
];
const counted: fc.Arbitrary<CountedCall> = fc.record({
  ...(Object.fromEntries(amounts.map((name) => [name, fc.nat(500_000)])) as Record<
    (typeof amounts)[number],
    fc.Arbitrary<number>
  >),
  images: fc.nat(40),
  webSearchRequests: fc.nat(40),
  toolRequests: fc.record({ 'file-search': fc.nat(9), 'web-fetch': fc.nat(9) }, { requiredKeys: [] }),
});
const labels = fc.record({
  speed: fc.constantFrom(undefined, 'fast'),
  serviceTier: fc.constantFrom(undefined, 'batch', 'priority', 'flex'),
  inferenceGeo: fc.constantFrom(undefined, 'us'),
});

/** As it is stored and read again. */
function stored(call: Usage, model: string): { readonly price: StoredPrice; readonly cost: number } | undefined {
  const price = prices.find(model);
  if (!price) throw new Error(`no price for ${model}`);
  // Every class has a price, so that most calls have a cost.
  const complete = {
    ...price,
    ...{ cacheRead: 7, cacheWrite5m: 11, cacheWrite1h: 13, webSearch: 17, image: 19 },
    ...{ audioInput: 23, imageInput: 29, audioCacheRead: 31, audioOutput: 37, imageOutput: 41 },
    toolRequests: { 'file-search': 43, 'web-fetch': 0 },
  };
  const applied = applyPrice(call, complete);
  return applied && { price: JSON.parse(JSON.stringify(applied)), cost: costAt(call, applied) };
}

test('whatever a call used, the lines of its cost add up to its cost', () => {
  fc.assert(
    fc.property(counted, labels, fc.constantFrom(...prices.models), (call, label, model) => {
      const known = stored({ ...noUsage, basis: 'reported', ...call, ...label }, model);
      fc.pre(known !== undefined);
      const { tokens, percent, pieces } = costParts(call, known.price);
      const sum = (parts: readonly { readonly nanoUsd: number }[]) => parts.reduce((all, one) => all + one.nanoUsd, 0);
      const factor = (percent.speed * percent.tier * percent.geography) / 1_000_000;
      expect(billedOf(sum(tokens), factor) + sum(pieces)).toBe(known.cost);
      for (const { amount, unitNanoUsd, nanoUsd } of [...tokens, ...pieces]) expect(amount * unitNanoUsd).toBe(nanoUsd);
    }),
  );
});

test('what was not used has no line, and an old call knows no factors', () => {
  const nothing = Object.fromEntries(amounts.map((name) => [name, 0])) as Record<(typeof amounts)[number], number>;
  const call = { ...nothing, inputTokens: 10, webSearchRequests: 3, toolRequests: {} };
  const price = { model: 'm', version: 'own 2026-01-02T03:04:05Z', input: 5, webSearch: 100, isWebSearchPerCall: true };
  expect(costParts(call, price)).toEqual({
    tokens: [{ class: 'input', amount: 10, unitNanoUsd: 5, nanoUsd: 50 }],
    percent: { speed: 100, tier: 100, geography: 100 },
    pieces: [{ class: 'web-searches-once', amount: 1, unitNanoUsd: 100, nanoUsd: 100 }],
    model: 'm',
    version: 'own 2026-01-02T03:04:05Z',
    setOn: '2026-01-02',
    isLongContext: false,
  });
});
