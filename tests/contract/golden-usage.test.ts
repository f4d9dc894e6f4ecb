import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { providerIds } from '../../app/providers/provider-id.ts';
import { bundledPrices } from '../../app/usage/__fixtures__/calls.ts';
import { priceCall } from '../../app/usage/price-call.ts';
import {
  type GoldenCase,
  goldenBytes,
  goldenCases,
  meterFor,
  providersWithGolden,
  reframed,
} from '../support/golden.ts';

const prices = bundledPrices();

test('every provider has a golden file', () => {
  expect(providersWithGolden()).toEqual(providerIds);
});

describe.each(providersWithGolden())('%s', (provider) => {
  const cases = goldenCases(provider);

  test.each(cases.map((one) => [titleOf(one), one] as const))('%s', (_, one) => {
    const usage = metered(one, [goldenBytes(provider, one)]);
    expect(usage).toEqual(one.usage);
    const { cost_nano_usd, price } = priceCall({ usage, model: one.model }, prices);
    expect(cost_nano_usd).toBe(one.costNanoUsd);
    if (one.pricedAs !== undefined) expect(JSON.parse(price ?? '{}')).toMatchObject({ model: one.pricedAs });
  });

  test.each(cases.map((one) => [one.name, one] as const))('%s, however the bytes are cut', (_, one) => {
    const bytes = goldenBytes(provider, one);
    const cut = fc.integer({ min: 0, max: bytes.length });
    fc.assert(
      fc.property(fc.array(cut, { maxLength: 12 }), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const chunks = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
        expect(metered(one, chunks)).toEqual(one.usage);
      }),
      { numRuns: 50 },
    );
    expect(
      metered(
        one,
        Array.from(bytes, (byte) => Uint8Array.of(byte)),
      ),
    ).toEqual(one.usage);
  });

  /** As the relay does it: the framing first, then the meter of the protocol. */
  function metered(one: GoldenCase, chunks: Uint8Array[]) {
    const meter = meterFor(one);
    for (const chunk of reframed(provider, one, chunks)) meter.push(chunk);
    expect(meter.phase).toBe('ended');
    return meter.usage();
  }
});

function titleOf({ name, costNanoUsd, pricedAs }: GoldenCase): string {
  const isUnknown = costNanoUsd === null || pricedAs !== undefined;
  return `${isUnknown ? 'Q09 unknown-model-price' : 'Q10 cache-5m-1h-split'}: ${name}`;
}
