import { describe, expect, test } from 'vitest';
import { balanceSourceAt } from './balances.ts';
import { openaiCompatible } from './openai-compatible/index.ts';

const read = (origin: string, answer: unknown) => balanceSourceAt(origin)?.read(answer);

describe('what an upstream tells of an account’s money', () => {
  test('DeepSeek: text amounts in several currencies, and whether they are enough', () => {
    const infos = [
      { currency: 'CNY', total_balance: '110.00', granted_balance: '10.00', topped_up_balance: '100.00' },
      { currency: 'USD', total_balance: '-0.50' },
    ];
    expect(balanceSourceAt('https://api.deepseek.com')?.path).toBe('/user/balance');
    expect(read('https://api.deepseek.com', { is_available: false, balance_infos: infos })).toEqual({
      amounts: [
        { currency: 'CNY', amount: 110 },
        { currency: 'USD', amount: -0.5 },
      ],
      isEnough: false,
    });
  });

  test('OpenRouter: what is left of the key’s limit, and nothing for a key without one', () => {
    const key = { data: { label: 'sk-or-v1-abc', limit: 100, limit_remaining: 74.5, usage: 25.5 } };
    expect(read('https://openrouter.ai', key)).toEqual({
      amounts: [{ currency: 'USD', amount: 74.5 }],
      isEnough: true,
    });
    expect(read('https://openrouter.ai', { data: { limit: null, limit_remaining: null } })).toBeUndefined();
  });

  test.each([
    ['https://api.moonshot.ai', 'USD'],
    ['https://api.moonshot.cn', 'CNY'],
  ])('Moonshot at %s: in the currency of its site, and at nothing it is not enough', (origin, currency) => {
    const data = (available: number) => ({ code: 0, status: true, data: { available_balance: available } });
    expect(read(origin, data(49.58))).toEqual({ amounts: [{ currency, amount: 49.58 }], isEnough: true });
    expect(read(origin, data(0))).toEqual({ amounts: [{ currency, amount: 0 }], isEnough: false });
  });

  test.each([
    undefined,
    null,
    'text',
    [],
    {},
    { data: [] },
    { balance_infos: {} },
    { data: { limit_remaining: 'much' } },
  ])('an answer that tells none is none: %j', (answer) => {
    for (const origin of ['https://openrouter.ai', 'https://api.moonshot.ai', 'https://api.deepseek.com']) {
      expect(read(origin, answer)).toBeUndefined();
    }
  });

  test('made-up currencies and numbers are left out', () => {
    const infos = [
      { currency: '<script>', total_balance: '1' },
      { currency: 'USD', total_balance: '' },
      { currency: 'EUR', total_balance: 'NaN' },
    ];
    expect(read('https://api.deepseek.com', { balance_infos: infos })).toEqual({ amounts: [] });
  });

  test('only the vendor’s own origin is asked', () => {
    const at = (baseUrl: string) => openaiCompatible.balanceSource?.({ baseUrl })?.path;
    expect(at('https://api.deepseek.com/v1')).toBe('/user/balance');
    for (const other of [
      'http://api.deepseek.com',
      'https://api.deepseek.com.example',
      'https://api.deepseek.com:8443',
    ]) {
      expect(at(other)).toBeUndefined();
    }
  });
});
