import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadPrices } from './prices.ts';

const bundled = JSON.parse(readFileSync(new URL('../../resources/prices.json', import.meta.url), 'utf8'));
const prices = loadPrices(bundled);
const priced = (name: string) => prices.find(name)?.model;
const priceOf = (name: string) => {
  const price = prices.find(name);
  if (!price) throw new Error(`${name} is not found by its own name`);
  return price;
};
/** The table with other models of its first vendor. */
const withModels = (models: readonly object[]) => ({
  ...bundled,
  vendors: [{ ...bundled.vendors[0], models }],
});

describe('Q09 unknown-model-price', () => {
  test.each([
    ['claude-opus-5-5', 'claude-opus-5-5'],
    ['claude-opus-5-5[1m]', 'claude-opus-5-5'],
    ['claude-sonnet-4-5-20250929', 'claude-sonnet-4-5'],
    ['claude-sonnet-4-5-20250929[1m]', 'claude-sonnet-4-5'],
    ['claude-opus-4-20250514', 'claude-opus-4'],
    ['claude-sonnet-4-0', 'claude-sonnet-4'],
    ['claude-3-7-sonnet-latest', 'claude-3-7-sonnet'],
    ['claude-3-5-haiku@20241022', 'claude-3-5-haiku'],
    ['claude-3-5-sonnet-v2@20241022', 'claude-3-5-sonnet'],
    ['claude-opus-4-6@default', 'claude-opus-4-6'],
    ['anthropic.claude-opus-5-5', 'claude-opus-5-5'],
    ['anthropic.claude-opus-4-6-v1', 'claude-opus-4-6'],
    ['anthropic.claude-3-5-sonnet-20241022-v2:0', 'claude-3-5-sonnet'],
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4-5'],
    ['us-gov.anthropic.claude-3-haiku-20240307-v1:0:200k', 'claude-3-haiku'],
    ['global.anthropic.claude-haiku-4-5-20251001-v1:0[1m]', 'claude-haiku-4-5'],
    ['arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-4-1-20250805-v1:0', 'claude-opus-4-1'],
    [
      'arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.anthropic.claude-sonnet-4-20250514-v1:0',
      'claude-sonnet-4',
    ],
    ['publishers/anthropic/models/claude-opus-4-5@20251101', 'claude-opus-4-5'],
    ['gpt-5.4', 'gpt-5.4'],
    ['gpt-5.4-2026-03-05', 'gpt-5.4'],
    ['gpt-5.4-mini-2026-03-17', 'gpt-5.4-mini'],
    ['gpt-5.6', 'gpt-5.6-sol'],
    ['gpt-4o-2024-08-06', 'gpt-4o'],
    ['gpt-4o-2024-05-13', 'gpt-4o-2024-05-13'],
    ['gpt-35-turbo', 'gpt-3.5-turbo'],
    ['openai.gpt-6-astra', 'gpt-6-astra'],
    ['us.openai.gpt-6-astra-1:0', 'gpt-6-astra'],
    ['arn:aws:bedrock:us-west-2::foundation-model/openai.gpt-6-astra-1:0', 'gpt-6-astra'],
    ['gpt-image-2-2026-04-21', 'gpt-image-2'],
    ['models/gemini-2.5-pro', 'gemini-2.5-pro'],
    ['gemini-2.5-pro-001', 'gemini-2.5-pro'],
    ['publishers/google/models/gemini-2.5-flash', 'gemini-2.5-flash'],
    ['projects/p-1/locations/europe-west4/publishers/google/models/gemini-2.5-flash-001', 'gemini-2.5-flash'],
    ['models/gemini-embedding-001', 'gemini-embedding-001'],
  ])('Q09 unknown-model-price: %s is priced as %s', (name, model) => {
    expect(priced(name)).toBe(model);
  });

  test.each([
    'claude-opus-6',
    'claude-opus-5-6',
    'claude-fable-5-3',
    'claude-opus-4-5-1',
    'claude-opus',
    'opus',
    'my-claude-opus-5-5',
    'claude-opus-5-5-turbo',
    'claude-opus-5-5-20269999',
    'claude-3-sonnet-20240229',
    'anthropic/claude-opus-5-5',
    'arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/a1b2c3d4e5f6',
    'gpt-5.4-turbo',
    'gpt-6.2',
    'gpt-5.4-2026-13-05',
    'ft:gpt-4o-2024-08-06:made-up::abc',
    'openai.gpt-5.4-1',
    'gemini-2.5-pro-preview-05-06',
    'tunedModels/gemini-2.5-pro',
    'models/gemini-2.5-pro/other',
    '__proto__',
    'constructor',
    'toString',
    '',
  ])('Q09 unknown-model-price: %j has no price', (name) => {
    expect(priced(name)).toBeUndefined();
  });

  test('Q09 unknown-model-price: thousands of made-up names do not confuse the known ones', () => {
    for (let index = 0; index < 3_000; index += 1) expect(prices.find(`made-up-${index}`)).toBeUndefined();
    expect(priced('claude-haiku-5-5')).toBe('claude-haiku-5-5');
  });
});

describe('the bundled table', () => {
  test('says of every price where it is from and when it was read', () => {
    expect(prices).toMatchObject({ version: expect.stringMatching(/^\d{4}-\d{2}-\d{2}/), date: expect.any(String) });
    for (const model of prices.models) {
      const { source } = priceOf(model);
      expect(source.from).toMatch(/platform\.claude\.com|openai|ai\.google\.dev/i);
      expect(source.read <= prices.date).toBe(true);
    }
  });

  test.each(prices.models)('orders the prices of %s as its vendor does', (id) => {
    const price = priceOf(id);
    const { input } = price;
    for (const rates of [price, ...(price.longContext ? [price.longContext] : [])]) {
      const { cacheRead = 0, cacheWrite5m = Infinity, cacheWrite1h = Infinity } = rates;
      expect(cacheRead).toBeLessThanOrEqual(rates.input / 2);
      expect(cacheWrite5m).toBeGreaterThan(rates.input);
      expect(cacheWrite1h).toBeGreaterThanOrEqual(2 * rates.input);
      expect(rates.output === 0 || rates.output >= rates.input).toBe(true);
      expect(rates.input).toBeGreaterThanOrEqual(input);
    }
    expect(price.longContext === undefined || price.longContext.output > price.output).toBe(true);
  });

  test('has every cache price of Anthropic’s models', () => {
    for (const { id } of bundled.vendors[0].models) {
      const { input, output, cacheRead, cacheWrite5m, cacheWrite1h } = priceOf(id);
      expect([cacheRead, cacheWrite5m].every((price) => price !== undefined)).toBe(true);
      expect(cacheWrite1h).toBe(2 * input);
      expect(output).toBeGreaterThan(2 * input);
    }
  });
});

describe('a price file', () => {
  test('with a fraction, a negative price, an unknown field or no model is refused', () => {
    const [model] = bundled.vendors[0].models;
    for (const broken of [
      withModels([{ ...model, input: 0.5 }]),
      withModels([{ ...model, output: -1 }]),
      withModels([{ ...model, discount: 10 }]),
      withModels([{ ...model, source: 'hearsay' }]),
      withModels([{ ...model, source: 'constructor' }]),
      withModels([]),
      { ...bundled, vendors: [{ ...bundled.vendors[0], toolRequests: { 'tea-making': 1 } }] },
      { ...bundled, date: 'yesterday' },
      {},
      null,
    ]) {
      expect(() => loadPrices(broken)).toThrow();
    }
  });

  test('that names a model twice is refused', () => {
    const [first, second] = bundled.vendors[0].models;
    expect(() => loadPrices(withModels([first, { ...second, aliases: [first.id] }]))).toThrow(/twice/);
  });
});
