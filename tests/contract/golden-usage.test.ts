import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { protocols } from '../../app/protocols/index.ts';
import { providers } from '../../app/providers/index.ts';
import { bundledPrices } from '../../app/usage/__fixtures__/calls.ts';
import { priceCall } from '../../app/usage/price-call.ts';

const prices = bundledPrices();
const folder = join(import.meta.dirname, '..', '..', 'app', 'providers');

/** One answer in the shape that the provider's upstream sends, and what it must come to. */
const goldenCase = z.strictObject({
  name: z.string(),
  file: z.string(),
  protocol: z.enum(['anthropic', 'openai-chat', 'openai-responses', 'gemini']),
  /** As the account asks its upstream for it. */
  model: z.string(),
  /** A stream is told by its file, but an array that grows is not. */
  isStream: z.boolean().optional(),
  /** Of the answer, where they say what is charged. */
  headers: z.record(z.string(), z.string()).optional(),
  /** What the upstream was asked for, where that decides its framing; the provider's first route when left out. */
  route: z.string().optional(),
  usage: z.record(z.string(), z.unknown()),
  /** The table's name of the model, where only the answer tells it. */
  pricedAs: z.string().optional(),
  /** Null when the price must be unknown. */
  costNanoUsd: z.int().nullable(),
});
type GoldenCase = z.infer<typeof goldenCase>;

const files = globSync('*/__fixtures__/golden/golden.json', { cwd: folder }).sort();

test('every provider with a protocol or a framing of its own has a golden file', () => {
  const names = files.map((file) => file.split(/[\\/]/)[0]);
  expect(names).toEqual(
    expect.arrayContaining([
      'anthropic',
      'azure-openai',
      'bedrock',
      'codex-subscription',
      'gemini',
      'gemini-code-assist',
      'openai',
    ]),
  );
});

describe.each(files)('%s', (file) => {
  const cases = z.array(goldenCase).parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
  const place = dirname(join(folder, file));
  const provider = [...providers.values()].find(({ id }) => id === file.split(/[\\/]/)[0]);

  test.each(cases.map((one) => [titleOf(one), one] as const))('%s', (_, one) => {
    const bytes = readFileSync(join(place, one.file));
    const usage = metered(one, [bytes]);
    expect(usage).toEqual(one.usage);
    const { cost_nano_usd, price } = priceCall({ usage, model: one.model }, prices);
    expect(cost_nano_usd).toBe(one.costNanoUsd);
    if (one.pricedAs !== undefined) expect(JSON.parse(price ?? '{}')).toMatchObject({ model: one.pricedAs });
  });

  test.each(cases.map((one) => [one.name, one] as const))('%s, however the bytes are cut', (_, one) => {
    const bytes = readFileSync(join(place, one.file));
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
    const { protocol, headers, isStream = !one.file.endsWith('.json'), route = provider?.routes[0] } = one;
    const meter = protocols[protocol].createMeter({ isStream, requestBytes: 4_000, headers });
    if (!provider) throw new Error(`${file} is of no provider`);
    const asked = provider.routes.find((own) => own === route);
    const reframer = asked && provider.createReframer?.(isStream, asked);
    for (const chunk of chunks) meter.push(reframer ? reframer.push(chunk) : chunk);
    expect(meter.phase).toBe('ended');
    return meter.usage();
  }
});

function titleOf({ name, costNanoUsd, pricedAs }: GoldenCase): string {
  const isUnknown = costNanoUsd === null || pricedAs !== undefined;
  return `${isUnknown ? 'Q09 unknown-model-price' : 'Q10 cache-5m-1h-split'}: ${name}`;
}
