import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noUsage, type Usage } from '../domain/usage.ts';
import { type AppliedPrice, applyPrice, billedOf, costAt, costOf } from './cost.ts';
import { loadPrices, type Price } from './prices.ts';

const bundled = JSON.parse(readFileSync(new URL('../../resources/prices.json', import.meta.url), 'utf8'));
const prices = loadPrices(bundled);
const models = prices.models;

function priceOf(model: string): Price {
  const price = prices.find(model);
  if (!price) throw new Error(`no price for ${model}`);
  return price;
}

function usage(tokens: Partial<Usage>): Usage {
  return { ...noUsage, basis: 'reported', ...tokens };
}

const million = 1_000_000;

/** Dollars as a person reads them from the price list. */
const golden: readonly (readonly [string, string, Partial<Usage>, number])[] = [
  ['plain input and output', 'claude-sonnet-4-6', { inputTokens: 1_000, outputTokens: 500 }, 0.0105],
  ['one token of each', 'claude-opus-5-5', { inputTokens: 1, outputTokens: 1 }, 0.000024],
  ['a cache read', 'claude-sonnet-4-6', { inputTokens: 10, cacheReadTokens: 100_000, outputTokens: 200 }, 0.03303],
  ['a 5-minute cache write', 'claude-opus-4-5', { cacheWrite5mTokens: 20_000 }, 0.125],
  ['a 1-hour cache write', 'claude-opus-4-5', { cacheWrite1hTokens: 20_000 }, 0.2],
  ['both cache writes', 'claude-haiku-4-5', { cacheWrite5mTokens: 8_000, cacheWrite1hTokens: 4_000 }, 0.018],
  [
    'every class at once',
    'claude-opus-5-5',
    {
      ...{ inputTokens: 1_200, outputTokens: 800, cacheReadTokens: 50_000 },
      ...{ cacheWrite5mTokens: 300, cacheWrite1hTokens: 100, webSearchRequests: 1 },
    },
    0.0431,
  ],
  ['thinking is part of the output', 'claude-opus-4-8', { outputTokens: 1_000, thinkingTokens: 900 }, 0.025],
  ['web searches only', 'claude-sonnet-5', { webSearchRequests: 3 }, 0.03],
  ['the cheap cache reads of Fable 5.1', 'claude-fable-5-1', { cacheReadTokens: million }, 0.25],
  ['the cheap cache reads of Opus 5.5', 'claude-opus-5-5', { cacheReadTokens: million }, 0.2],
  ['odd prices of Haiku 3', 'claude-3-haiku', { cacheWrite5mTokens: million, cacheReadTokens: million }, 0.33],
  ['fast mode', 'claude-opus-5-5', { inputTokens: 1_000, outputTokens: 1_000, speed: 'fast' }, 0.048],
  ['fast mode of Opus 4.6', 'claude-opus-4-6', { inputTokens: million, speed: 'fast' }, 30],
  ['fast mode, cached', 'claude-opus-5', { cacheReadTokens: million, cacheWrite1hTokens: million, speed: 'fast' }, 21],
  [
    'fast mode leaves searches alone',
    'claude-opus-5',
    { inputTokens: 1_000, webSearchRequests: 2, speed: 'fast' },
    0.03,
  ],
  ['a batch', 'claude-sonnet-4-6', { inputTokens: million, outputTokens: million, serviceTier: 'batch' }, 9],
  ['priority tier at list price', 'claude-sonnet-4-6', { inputTokens: million, serviceTier: 'priority' }, 3],
  ['US-only inference', 'claude-opus-5-5', { inputTokens: million, inferenceGeo: 'us' }, 4.4],
  ['other geographies', 'claude-opus-5-5', { inputTokens: million, inferenceGeo: 'not_available' }, 4],
  ['US-only on a model without a premium', 'claude-opus-4-5', { inputTokens: million, inferenceGeo: 'us' }, 5],
  ['batch in the US', 'claude-sonnet-5', { outputTokens: million, serviceTier: 'batch', inferenceGeo: 'us' }, 5.5],
  ['long context just not reached', 'claude-sonnet-4-5', { inputTokens: 200_000, outputTokens: 1_000 }, 0.615],
  ['long context by one token', 'claude-sonnet-4-5', { inputTokens: 200_001, outputTokens: 1_000 }, 1.222506],
  [
    'long context reached by cache reads and writes',
    'claude-sonnet-4-5',
    { inputTokens: 1, cacheReadTokens: 150_000, cacheWrite5mTokens: 30_000, cacheWrite1hTokens: 20_000 },
    0.09 + 0.225 + 0.24 + 0.000_006,
  ],
  ['output does not make a context long', 'claude-haiku-5-5', { inputTokens: 100_000, outputTokens: 50_000 }, 0.035],
  ['long context of Haiku 5.5', 'claude-haiku-5-5', { inputTokens: 100_001, outputTokens: 2_000 }, 0.055_000_5],
  ['one-million context at the standard price', 'claude-opus-4-8', { inputTokens: 900_000 }, 4.5],
  ['nothing', 'claude-fable-5', {}, 0],
  ['a fetch of a page, which is free', 'claude-opus-5', { outputTokens: 1, toolRequests: { 'web-fetch': 9 } }, 25e-6],

  ['OpenAI, plain', 'gpt-6.2-sol', { inputTokens: 1_000, outputTokens: 500 }, 0.007],
  ['OpenAI, read from the cache', 'gpt-6.1-terra', { inputTokens: 10, cacheReadTokens: 100_000 }, 0.005_01],
  ['OpenAI, written to the cache for 30 minutes', 'gpt-6.2-sol', { cacheWrite5mTokens: 1_000 }, 0.0025],
  ['OpenAI, written to the cache for 12 hours', 'gpt-6.2-sol', { cacheWrite1hTokens: 1_000 }, 0.005],
  ['OpenAI, long context just not reached', 'gpt-5.4', { inputTokens: 272_000, outputTokens: 1_000 }, 0.695],
  ['OpenAI, long context by one token', 'gpt-5.4', { inputTokens: 272_001, outputTokens: 1_000 }, 1.382_505],
  [
    'OpenAI, long context reached by the cache',
    'gpt-6.2-sol',
    { inputTokens: 1, cacheReadTokens: 200_000, cacheWrite5mTokens: 80_000 },
    0.000_004 + 0.04 + 0.4,
  ],
  ['OpenAI, flex', 'gpt-5.4-mini', { inputTokens: 1_000, outputTokens: 1_000, serviceTier: 'flex' }, 0.002_625],
  ['OpenAI, priority', 'gpt-5.1', { inputTokens: million, serviceTier: 'priority' }, 2.5],
  ['OpenAI, fast is the same as priority', 'gpt-5.5', { inputTokens: 1_000, serviceTier: 'fast' }, 0.0125],
  ['OpenAI, ultrafast', 'gpt-6.2-sol', { outputTokens: 1_000, serviceTier: 'ultrafast' }, 0.03],
  ['OpenAI, a batch', 'gpt-4.1', { inputTokens: million, outputTokens: million, serviceTier: 'batch' }, 5],
  ['OpenAI, the tier by default', 'o3', { outputTokens: 1_000, serviceTier: 'default' }, 0.008],
  ['OpenAI, web searches', 'gpt-6.1-sol', { webSearchRequests: 2 }, 0.02],
  ['OpenAI, web searches with a fixed prompt', 'gpt-4.1-mini', { webSearchRequests: 1 }, 0.0132],
  ['OpenAI, file searches', 'gpt-5.4', { inputTokens: 100, toolRequests: { 'file-search': 4 } }, 0.010_25],
  ['OpenAI, code in a container', 'gpt-5.4', { inputTokens: 100, toolRequests: { 'code-execution': 3 } }, 0.000_25],
  ['embeddings', 'text-embedding-3-small', { inputTokens: 12_345 }, 0.000_246_9],
  ['large embeddings', 'text-embedding-3-large', { inputTokens: million }, 0.13],
  [
    'spoken words',
    'gpt-audio',
    { inputTokens: 120, audioInputTokens: 100, outputTokens: 60, audioOutputTokens: 50 },
    6.55e-3,
  ],
  [
    'a picture made of a picture',
    'gpt-image-1.5',
    { inputTokens: 400, imageInputTokens: 323, outputTokens: 1_056, imageOutputTokens: 1_056, images: 1 },
    0.000_385 + 0.002_584 + 0.033_792,
  ],
  ['pictures by the piece', 'imagen-4.0-fast-generate-001', { images: 3 }, 0.06],

  ['Gemini, plain', 'gemini-3.1-pro-preview', { inputTokens: 1_000, outputTokens: 500 }, 0.008],
  ['Gemini, read from the cache', 'gemini-4-hydrogen', { inputTokens: 200, cacheReadTokens: 1_000 }, 0.000_375],
  ['Gemini, long context just not reached', 'gemini-2.5-pro', { inputTokens: 200_000, outputTokens: 10 }, 0.2501],
  ['Gemini, long context by one token', 'gemini-2.5-pro', { inputTokens: 200_001, outputTokens: 10 }, 0.500_152_5],
  [
    'Gemini, long context reached by the cache',
    'gemini-3.1-pro-preview',
    { inputTokens: 1_000, cacheReadTokens: 200_000, outputTokens: 10 },
    0.004 + 0.08 + 0.000_18,
  ],
  ['Gemini, flex', 'gemini-4-neon', { inputTokens: 1_000, outputTokens: 1_000, serviceTier: 'flex' }, 0.009],
  ['Gemini, priority', 'gemini-4-neon', { inputTokens: 1_000, outputTokens: 1_000, serviceTier: 'priority' }, 0.0324],
  ['Gemini, by the search', 'gemini-3.8-flash', { webSearchRequests: 3 }, 0.042],
  ['Gemini 2.5, by the call that searched', 'gemini-2.5-pro', { webSearchRequests: 3 }, 0.035],
  ['Gemini, spoken words', 'gemini-3.1-flash-lite', { inputTokens: 1_000, audioInputTokens: 600 }, 0.0004],
  [
    'Gemini, audio that costs what text does',
    'gemini-2.5-pro',
    { inputTokens: 1_000, audioInputTokens: 600 },
    0.001_25,
  ],
  [
    'Gemini, a picture',
    'gemini-3-pro-image',
    { inputTokens: 20, outputTokens: 1_220, imageOutputTokens: 1_120, thinkingTokens: 80 },
    0.000_04 + 0.0012 + 0.1344,
  ],
  ['Gemini, embeddings', 'gemini-embedding-001', { inputTokens: million }, 0.15],
];

describe('Q10 cache-5m-1h-split', () => {
  test.each(golden)('Q10 cache-5m-1h-split: %s', (...row) => {
    const [, model, tokens, dollars] = row;
    expect(costOf(usage(tokens), priceOf(model))).toBe(Math.round(dollars * 1e9));
  });

  test('rounds half a nano-dollar up, once', () => {
    const oneRead = usage({ cacheReadTokens: 1, inferenceGeo: 'us' });
    expect(priceOf('claude-haiku-5-5').cacheWrite5m).toBe(125);
    expect(costOf({ ...oneRead, cacheReadTokens: 0, cacheWrite5mTokens: 1 }, priceOf('claude-haiku-5-5'))).toBe(138);
    expect(costOf({ ...oneRead, cacheReadTokens: 0, cacheWrite5mTokens: 2 }, priceOf('claude-haiku-5-5'))).toBe(275);
  });

  test('of a sum of parts that is larger than its whole no more is paid than the whole', () => {
    const parts = { audioInputTokens: 90, imageInputTokens: 90 };
    expect(costOf(usage({ inputTokens: 100, ...parts }), priceOf('gpt-audio'))).toBe(90 * 32_000 + 10 * 2_500);
    expect(costOf(usage({ inputTokens: 0, ...parts }), priceOf('gpt-audio'))).toBe(0);
  });
});

describe('Q09 unknown-model-price', () => {
  test.each<[string, string, Partial<Usage>]>([
    ['a speed', 'claude-sonnet-5', { speed: 'fast' }],
    ['a speed that is new', 'claude-opus-5-5', { speed: 'warp' }],
    ['a tier of Anthropic', 'claude-opus-5-5', { serviceTier: 'flex' }],
    ['a tier of OpenAI', 'gpt-6.2-sol', { serviceTier: 'flex' }],
    ['a tier of Google', 'gemini-3.1-pro-preview', { serviceTier: 'priority' }],
    ['cache reads', 'gpt-5.5-pro', { cacheReadTokens: 1 }],
    ['cache writes', 'gpt-5.4', { cacheWrite5mTokens: 1 }],
    ['cache writes for longer', 'gpt-6.2-astra', { cacheWrite1hTokens: 1 }],
    ['spoken input', 'gemini-3.8-flash', { inputTokens: 9, audioInputTokens: 1 }],
    ['spoken output', 'gpt-5.4', { outputTokens: 9, audioOutputTokens: 1 }],
    ['pictures in an embedding', 'gemini-embedding-2', { inputTokens: 9, imageInputTokens: 1 }],
    ['pictures without tokens', 'gpt-image-2', { images: 1 }],
    ['a picture that a tool made', 'gpt-6.2-sol', { outputTokens: 9, toolRequests: { 'image-generation': 1 } }],
    ['a search on maps', 'gemini-3.8-flash', { outputTokens: 9, toolRequests: { 'maps-search': 1 } }],
  ])('Q09 unknown-model-price: %s without a published price has no cost', (_, model, used) => {
    expect(costOf(usage({ inputTokens: 10, outputTokens: 10 }), priceOf(model))).toBeGreaterThan(0);
    expect(costOf(usage(used), priceOf(model))).toBeUndefined();
  });
});

test('prices that rows were stored with before there were more classes still make their cost', () => {
  const stored: AppliedPrice = JSON.parse(
    '{"model":"claude-opus-5-5","version":"2026-11-23","isLongContext":false,"input":4000,"output":20000,"cacheRead":200,' +
      '"cacheWrite5m":5000,"cacheWrite1h":8000,"webSearch":10000000,"speedPercent":200,"tierPercent":100,"geographyPercent":110}',
  );
  const used = usage({ inputTokens: 3, cacheReadTokens: 45_000, cacheWrite1hTokens: 1_000, webSearchRequests: 1 });
  expect(costAt(used, stored)).toBe(2.2 * (12_000 + 9_000_000 + 8_000_000) + 10_000_000);
});

describe('cost, for any usage and any model', () => {
  const sane = fc.nat({ max: 2_000_000 });
  const anyNumber = fc.oneof(sane, fc.double(), fc.integer(), fc.constantFrom(-1, Number.NaN, Infinity, 2 ** 53));
  const labels = {
    speed: fc.option(fc.constantFrom('standard', 'fast', 'warp'), { nil: undefined }),
    serviceTier: fc.option(fc.constantFrom('standard', 'default', 'batch', 'priority', 'flex'), { nil: undefined }),
    inferenceGeo: fc.option(fc.constantFrom('us', 'global', 'not_available'), { nil: undefined }),
  };
  const usageOf = (count: fc.Arbitrary<number>): fc.Arbitrary<Usage> => {
    const some = fc.option(count, { nil: undefined });
    return fc.record({
      basis: fc.constant('reported' as const),
      ...{ inputTokens: count, outputTokens: count, cacheReadTokens: count, thinkingTokens: count },
      ...{ cacheWrite5mTokens: count, cacheWrite1hTokens: count, webSearchRequests: count },
      ...{ audioInputTokens: some, imageInputTokens: some, audioCacheReadTokens: some },
      ...{ audioOutputTokens: some, imageOutputTokens: some, images: some },
      toolRequests: fc.option(fc.record({ 'file-search': count, 'web-fetch': count }, { requiredKeys: [] }), {
        nil: undefined,
      }),
      ...labels,
    });
  };
  /** A price that knows every class: dear parts, so that nothing becomes cheaper by being one. */
  const complete = (name: string): Price => {
    const { longContext, ...price } = priceOf(name);
    return {
      ...price,
      ...{ cacheRead: 7, cacheWrite5m: 11, cacheWrite1h: 13, webSearch: 17, image: 19 },
      ...{ audioInput: price.input + 23, imageInput: price.input + 29, audioCacheRead: 31 },
      ...{ audioOutput: price.output + 37, imageOutput: price.output + 41 },
      toolRequests: { 'file-search': 43, 'web-fetch': 0 },
    };
  };
  const plain = { speed: undefined, serviceTier: undefined, inferenceGeo: undefined };
  const model = fc.constantFrom(...models);
  /** Each class, with the total it is a part of. */
  const classes = [
    ['inputTokens'],
    ['outputTokens'],
    ['cacheReadTokens'],
    ['cacheWrite5mTokens'],
    ['cacheWrite1hTokens'],
    ['webSearchRequests'],
    ['images'],
    ['audioInputTokens', 'inputTokens'],
    ['imageInputTokens', 'inputTokens'],
    ['audioCacheReadTokens', 'cacheReadTokens'],
    ['audioOutputTokens', 'outputTokens'],
    ['imageOutputTokens', 'outputTokens'],
  ] as const;
  const costWith = (given: Usage, price: Price): number => costOf(given, price) ?? Number.NaN;

  test('is a whole number, never negative and never beyond what a number holds, or it is unknown', () => {
    fc.assert(
      fc.property(usageOf(anyNumber), model, (given, name) => {
        const cost = costOf(given, priceOf(name));
        expect(cost === undefined || (Number.isSafeInteger(cost) && cost >= 0)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('never falls when a count rises', () => {
    fc.assert(
      fc.property(usageOf(sane), model, fc.tuple(fc.constantFrom(...classes), sane), (given, name, [fields, more]) => {
        const raised = { ...given, ...Object.fromEntries(fields.map((field) => [field, (given[field] ?? 0) + more])) };
        const price = complete(name);
        if (costOf(given, price) === undefined) return;
        expect(costWith(raised, price)).toBeGreaterThanOrEqual(costWith(given, price));
      }),
      { numRuns: 500 },
    );
  });

  test('of two calls together is the sum of both, where neither size nor tier changes the price', () => {
    const split = fc.record({
      ...{ text: sane, audio: sane, image: sane, cached: sane, audioCached: sane, written: sane },
      ...{ said: sane, spoken: sane, drawn: sane, searches: fc.nat(100), images: fc.nat(100) },
    });
    const toUsage = (parts: typeof split extends fc.Arbitrary<infer Parts> ? Parts : never): Usage =>
      usage({
        inputTokens: parts.text + parts.audio + parts.image,
        ...{ audioInputTokens: parts.audio, imageInputTokens: parts.image },
        ...{ cacheReadTokens: parts.cached + parts.audioCached, audioCacheReadTokens: parts.audioCached },
        ...{ cacheWrite5mTokens: parts.written, cacheWrite1hTokens: parts.written },
        outputTokens: parts.said + parts.spoken + parts.drawn,
        ...{ audioOutputTokens: parts.spoken, imageOutputTokens: parts.drawn },
        ...{ webSearchRequests: parts.searches, images: parts.images, toolRequests: { 'file-search': parts.searches } },
      });
    fc.assert(
      fc.property(split, split, model, (one, other, name) => {
        const price = { ...complete(name), isWebSearchPerCall: false };
        const both = Object.fromEntries(
          Object.entries(one).map(([part, count]) => [part, count + (Reflect.get(other, part) as number)]),
        ) as typeof one;
        expect(costWith(toUsage(both), price)).toBe(costWith(toUsage(one), price) + costWith(toUsage(other), price));
      }),
    );
  });

  test('can be made again from the stored price', () => {
    fc.assert(
      fc.property(usageOf(sane), model, fc.boolean(), (given, name, isComplete) => {
        const price = isComplete ? complete(name) : priceOf(name);
        const applied = applyPrice(given, price);
        if (applied === undefined) return;
        const stored = JSON.parse(JSON.stringify(applied));
        expect(costAt({ ...given, ...plain }, stored)).toBe(costOf(given, price));
      }),
    );
  });

  test('equals exact arithmetic', () => {
    fc.assert(
      fc.property(usageOf(sane), model, (given, name) => {
        const price = complete(name);
        const {
          audioInputTokens,
          imageInputTokens,
          audioCacheReadTokens,
          audioOutputTokens,
          imageOutputTokens,
          ...text
        } = given;
        const used = { ...text, images: undefined, toolRequests: undefined };
        const applied = applyPrice(used, price);
        if (applied === undefined) return;
        const tokens =
          BigInt(given.inputTokens) * BigInt(applied.input) +
          BigInt(given.outputTokens) * BigInt(applied.output) +
          BigInt(given.cacheReadTokens) * BigInt(applied.cacheRead ?? 0) +
          BigInt(given.cacheWrite5mTokens) * BigInt(applied.cacheWrite5m ?? 0) +
          BigInt(given.cacheWrite1hTokens) * BigInt(applied.cacheWrite1h ?? 0);
        const percent = BigInt(applied.speedPercent * applied.tierPercent * applied.geographyPercent);
        const scaled = tokens * percent;
        const whole = scaled / 1_000_000n + (scaled % 1_000_000n >= 500_000n ? 1n : 0n);
        const charged = Math.min(given.webSearchRequests, applied.isWebSearchPerCall ? 1 : 100_000);
        expect(costOf(used, price)).toBe(Number(whole + BigInt(charged) * BigInt(applied.webSearch ?? 0)));
      }),
    );
  });
});

describe('what is billed', () => {
  test.each([
    ['twice the cost', 14_000_000, 2, 28_000_000],
    ['half of it', 14_000_001, 0.5, 7_000_001],
    ['the cost itself', 14_000_001, 1, 14_000_001],
    ['exactly half a nano-dollar, rounded up', 1, 0.5, 1],
    ['less than half of one', 49, 0.01, 0],
    ['a third digit', 1_000, 1.337, 1_337],
    ['1.1 times 1.1, which is no 1.21 in binary', 1_000_000, 1.21, 1_210_000],
    ['0.29, of which a hundredfold is no 29 in binary', 100, 0.29, 29],
    ['1.005, which is a little less in binary', 100, 1.005, 101],
    ['the least', 1_000_000_000, 0.0001, 100_000],
    ['the most', 9_007_199_254_740_991, 1.000_001, 9_007_199_254_740_991],
    ['beyond 2^53 on the way', 9_007_199_254_740, 999.999_999, 9_007_199_245_732_801],
    ['nothing', 0, 100, 0],
  ])('%s', (_, costNanoUsd, multiplier, billed) => {
    expect(billedOf(costNanoUsd, multiplier)).toBe(billed);
  });

  test('is the exact product, rounded half up once', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 10_000_000_000 }), (cost, millionths) => {
        const exact = BigInt(cost) * BigInt(millionths);
        const rounded = (exact + 500_000n) / 1_000_000n;
        const most = BigInt(Number.MAX_SAFE_INTEGER);
        expect(BigInt(billedOf(cost, millionths / 1_000_000))).toBe(rounded > most ? most : rounded);
      }),
    );
  });

  test('never more for a smaller cost: what was held for a call covers what it comes to', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(), fc.double({ min: 0.0001, max: 10_000, noNaN: true }), (cost, less, by) => {
        expect(billedOf(Math.max(0, cost - less), by)).toBeLessThanOrEqual(billedOf(cost, by));
      }),
    );
  });
});
