import { describe, expect, test } from 'vitest';
import { compact, counted, money } from './numbers.ts';
import { nearest } from './suggest.ts';
import { dateTime, duration, parseMoment } from './time.ts';
import { UsageError } from './usage-error.ts';

test('money has enough digits to mean something, and an unknown price says so', () => {
  expect([0, 1, 12_345, 4_200_000, 500_000_000, 1_234_560_000_000, null].map(money)).toEqual([
    '$0',
    '$0.000000001',
    '$0.000012',
    '$0.0042',
    '$0.5000',
    '$1,234.56',
    'price unknown',
  ]);
});

test('a cost that ends in the middle is rounded as on the pages, up', () => {
  // As a binary fraction 0.06025 is a little less than that.
  expect([60_250_000, 123_450_000, 1_005_000_000].map(money)).toEqual(['$0.0603', '$0.1235', '$1.01']);
});

test('large counts are short in tables', () => {
  expect([0, 9_999, 12_345, 99_950, 999_499, 999_500, 12_345_678].map(compact)).toEqual([
    '0',
    '9,999',
    '12.3k',
    '100k',
    '999k',
    '1.00M',
    '12.3M',
  ]);
});

test('nouns agree with their count', () => {
  expect([counted(1, 'call'), counted(1_200, 'call')]).toEqual(['1 call', '1,200 calls']);
});

test('durations keep two or three digits', () => {
  expect([12.4, 3_210, 200_000, 7_200_000, 259_200_000].map(duration)).toEqual([
    '12 ms',
    '3.2 s',
    '3 min',
    '2 h',
    '3 d',
  ]);
});

describe('a time on the command line', () => {
  const now = Date.UTC(2026, 10, 23, 12);
  const past = { from: now, direction: -1 } as const;

  test('is a span before or after now', () => {
    expect(parseMoment('since', '2h', past)).toBe(now - 7_200_000);
    expect(parseMoment('expires', '30d', { from: now, direction: 1 })).toBe(now + 30 * 86_400_000);
  });

  test('is epoch milliseconds, or an ISO time', () => {
    expect(parseMoment('since', String(now), past)).toBe(now);
    expect(parseMoment('since', '2026-11-23T12:00:00Z', past)).toBe(now);
    expect(parseMoment('since', '2026-11-23T13:00+01:00', past)).toBe(now);
  });

  test('is local when it names no zone', () => {
    expect(parseMoment('since', '2026-11-23', past)).toBe(new Date(2026, 10, 23).getTime());
    expect(dateTime(parseMoment('since', '2026-11-23 08:05', past))).toBe('2026-11-23 08:05');
  });

  test.each(['yesterday', '2h30m', '-2h', '2026-13-01', '1e12', '', '12'])('refuses %j', (text) => {
    expect(() => parseMoment('since', text, past)).toThrow(UsageError);
  });
});

describe('the word that was probably meant', () => {
  const words = ['status', 'serve', 'account', 'explain', 'doctor'];

  test.each([
    ['statsu', 'status'],
    ['sevre', 'serve'],
    ['acount', 'account'],
    ['exp', 'explain'],
  ])('for %s is %s', (given, meant) => {
    expect(nearest(given, words)).toBe(meant);
  });

  test('is nothing when nothing is near', () => {
    expect([nearest('banana', words), nearest('x', words), nearest('', words)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
