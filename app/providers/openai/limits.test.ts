import { expect, test } from 'vitest';
import { readDuration, readLimits, readLimitWait } from './limits.ts';

test.each([
  ['1s', 1_000],
  ['6m0s', 360_000],
  ['20ms', 20],
  ['1h2m3.5s', 3_723_500],
  ['1d12h', 129_600_000],
  [' 7 ', 7_000],
  ['0s', undefined],
  ['9d', undefined],
  ['', undefined],
  ['soon', undefined],
  ['-1s', undefined],
  ['1s later', undefined],
])('%j is %s ms', (text, waitMs) => {
  expect(readDuration(text)).toBe(waitMs);
});

test('A09 window-headers: the named wait, then the longest that is exhausted, then the message', () => {
  const headers = {
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '2s',
    'x-ratelimit-remaining-tokens': '0',
    'x-ratelimit-reset-tokens': '1m0s',
  };
  const message = 'Please try again in 1h.';
  expect(readLimitWait({ ...headers, 'retry-after': '5' }, message, 0)).toBe(5_000);
  expect(readLimitWait(headers, message, 0)).toBe(60_000);
  expect(readLimitWait({ 'x-ratelimit-remaining-tokens': '9', 'x-ratelimit-reset-tokens': '1s' }, message, 0)).toBe(
    3_600_000,
  );
  expect(readLimitWait({}, '', 0)).toBeUndefined();
});

const now = 1_790_000_000_000;
const told = (headers: Record<string, string>) => readLimits({ status: 200, headers, model: 'gpt-x', nowMs: now });

test('A09 window-headers: every answer tells of the model’s requests and tokens', () => {
  const headers = {
    'x-ratelimit-limit-requests': '500',
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '120ms',
    'x-ratelimit-limit-tokens': '30000',
    'x-ratelimit-remaining-tokens': '22500',
    'x-ratelimit-reset-tokens': '15s',
  };
  const requests = { name: 'requests', unit: 'requests', limit: 500, remaining: 0, used: 1, isExhausted: true };
  const tokens = { name: 'tokens', unit: 'tokens', limit: 30_000, remaining: 22_500, used: 0.25, isExhausted: false };
  expect(told(headers)).toEqual({
    readAt: now,
    windows: [
      { ...requests, models: ['gpt-x'], resetsAt: now + 120 },
      { ...tokens, models: ['gpt-x'], resetsAt: now + 15_000 },
    ],
  });
});

test.each<[string, Record<string, string>]>([
  ['nothing', {}],
  [
    'what Azure tells where it knows nothing',
    { 'x-ratelimit-remaining-tokens': '-1', 'x-ratelimit-limit-tokens': '-1' },
  ],
  ['garbage', { 'x-ratelimit-remaining-requests': 'many' }],
])('A09 window-headers: %s is no limit', (_title, headers) => {
  expect(told(headers)).toBeUndefined();
});
