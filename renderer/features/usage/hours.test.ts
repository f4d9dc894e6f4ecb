import { expect, test } from 'vitest';
import { byWeekday } from './hours.ts';

type Sums = Parameters<typeof byWeekday>[0][number];

function at(group: string, calls: number): Sums {
  return {
    ...{
      group,
      per: null,
      calls,
      failedCalls: 0,
      unpricedCalls: 0,
      costNanoUsd: 0,
      billedNanoUsd: 0,
      inputTokens: 0,
      outputTokens: 0,
    },
    ...{ cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0, thinkingTokens: 0, webSearchRequests: 0 },
  };
}

test('the same hour of the same weekday comes together, also where the clock shows an hour twice', () => {
  const week = byWeekday([
    at('2026-11-23 14:00+01:00', 3),
    at('2026-11-30 14:00+01:00', 4),
    at('2026-10-25 02:00+02:00', 1),
    at('2026-10-25 02:00+01:00', 2),
  ]);
  expect(week[0]?.[14]).toBe(7);
  expect(week[6]?.[2]).toBe(3);
  expect(week.flat().reduce((sum, calls) => sum + calls, 0)).toBe(10);
});
