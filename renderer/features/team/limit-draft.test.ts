import { expect, test } from 'vitest';
import { emptyLimit, type KeyLimit, toDraft, toLimits, words } from './limit-draft.ts';

const zone = 'Europe/Berlin';

test.each<[string, KeyLimit]>([
  [
    'money a day',
    { measure: 'cost', amount: 5e9, window: { kind: 'calendar', unit: 'day', timeZone: zone }, mode: 'smooth' },
  ],
  [
    'calls a minute',
    { measure: 'requests', amount: 10, window: { kind: 'rolling', lengthMs: 60_000 }, mode: 'strict' },
  ],
  [
    'tokens in five hours',
    { measure: 'tokens', amount: 2e6, window: { kind: 'rolling', lengthMs: 18e6 }, mode: 'shadow' },
  ],
  [
    'money in total',
    { measure: 'cost', amount: 1_500_000, window: { kind: 'total' }, mode: 'smooth', models: ['claude-*'] },
  ],
  [
    'an odd stretch',
    { measure: 'cost', amount: 1e9, window: { kind: 'rolling', lengthMs: 1_800_000 }, mode: 'smooth' },
  ],
  [
    'a week of its own',
    {
      measure: 'cost',
      amount: 1e9,
      window: { kind: 'calendar', unit: 'week', timeZone: zone, startWeekday: 6 },
      mode: 'smooth',
    },
  ],
])('%s comes out of a form as it went in', (_, limit) => {
  expect(toLimits([toDraft(limit)], zone)).toEqual([limit]);
});

test('a limit without an amount is none', () => {
  expect(toLimits([emptyLimit], zone)).toEqual([]);
});

test('words are what stands between commas and lines', () => {
  expect(words(' a, b\nc ,, ')).toEqual(['a', 'b', 'c']);
});
