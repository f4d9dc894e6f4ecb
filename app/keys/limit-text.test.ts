import { describe, expect, test } from 'vitest';
import { limitText, parseLimit } from './limit-text.ts';

const rolling = (lengthMs: number) => ({ kind: 'rolling', lengthMs });
const calendar = (unit: string, more = {}) => ({ kind: 'calendar', unit, timeZone: 'Asia/Tokyo', ...more });

describe('a limit as people write it', () => {
  test.each<[string, object]>([
    ['requests=10/minute', { measure: 'requests', amount: 10, window: rolling(60_000), mode: 'smooth' }],
    ['tokens=2m/5h', { measure: 'tokens', amount: 2_000_000, window: rolling(18_000_000) }],
    ['tokens=1.5k/30m', { amount: 1_500, window: rolling(1_800_000) }],
    ['cost=5usd/day', { measure: 'cost', amount: 5_000_000_000, window: calendar('day') }],
    ['cost=0.25$/day@06:30', { amount: 250_000_000, window: calendar('day', { startMinute: 390 }) }],
    ['cost=20USD/week@mon', { amount: 20_000_000_000, window: calendar('week', { startWeekday: 1 }) }],
    ['cost=20usd/week@sat-9:00', { window: calendar('week', { startWeekday: 6, startMinute: 540 }) }],
    ['cost=100usd/total', { window: { kind: 'total' } }],
    [
      'cost:claude-opus-*|claude-fable-*=9usd/month,strict',
      { models: ['claude-opus-*', 'claude-fable-*'], mode: 'strict' },
    ],
    ['requests=1_000/24h,shadow', { amount: 1_000, window: rolling(86_400_000), mode: 'shadow' }],
  ])('%s', (text, expected) => {
    const limit = parseLimit(text, 'Asia/Tokyo');
    expect(limit).toMatchObject(expected);
    expect(parseLimit(limitText(limit), 'Asia/Tokyo')).toEqual(limit);
  });

  test.each([
    '',
    'requests',
    'requests=10',
    'requests=ten/minute',
    'requests=0/minute',
    'requests=10usd/day',
    'cost=5/day',
    'cost=5eur/day',
    'tokens=5q/day',
    'requests=10/fortnight',
    'requests=10/minute@mon',
    'cost=5usd/day@mon',
    'cost=5usd/week@noday',
    'cost=5usd/day@25:00',
    'requests=10/minute,angry',
    'requests=0.4/minute',
    'tokens=99999999b/day',
    'requests=1/9999d',
  ])('what cannot be meant is refused with examples: %j', (text) => {
    expect(() => parseLimit(text, 'UTC')).toThrow(/cannot be read. Write it like requests=10\/minute/);
  });
});
