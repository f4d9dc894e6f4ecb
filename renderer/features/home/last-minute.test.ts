import { expect, test } from 'vitest';
import { lastMinute } from './last-minute.ts';

const now = 1_000_000;
const call = (requestId: string, ageMs: number, isFailed = false) => ({
  ...{ requestId, isFailed, tokens: 600, endedAt: now - ageMs },
});

test('calls count for a minute, and once each', () => {
  const { calls, failed, tokensPerSecond } = lastMinute(
    [call('a', 1_000), call('a', 1_000), call('b', 59_999, true), call('old', 60_000)],
    now,
  );
  expect({ calls, failed, tokensPerSecond }).toEqual({ calls: 2, failed: 1, tokensPerSecond: 20 });
});

test('they stand in the part of the minute in which they ended', () => {
  const { bars } = lastMinute([call('now', 0), call('just', 1_000), call('first', 59_999)], now);
  expect(bars).toHaveLength(30);
  expect([bars.at(0), bars.at(-1), bars.reduce((a, b) => a + b, 0)]).toEqual([1, 2, 3]);
});

test('a clock that is a little behind loses nothing', () => {
  expect(lastMinute([call('ahead', -5_000)], now)).toMatchObject({ calls: 1 });
});
