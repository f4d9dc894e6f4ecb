import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seriesOf } from './series.ts';

type Sums = Parameters<typeof seriesOf>[0][number];

function sum(group: string, per: string | null, costNanoUsd: number): Sums {
  return {
    ...{
      group,
      per,
      costNanoUsd,
      billedNanoUsd: costNanoUsd,
      calls: 1,
      failedCalls: 0,
      unpricedCalls: 0,
      inputTokens: 0,
      outputTokens: 0,
    },
    ...{ cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0, thinkingTokens: 0, webSearchRequests: 0 },
  };
}

const options = { nameOf: (group: string | null) => group ?? 'none', others: 'others', days: [] };

test('the dearest comes first, and days without a call are there too', () => {
  const sums = [sum('2026-11-02', 'a', 1), sum('2026-11-02', 'b', 5), sum('2026-11-04', 'a', 2)];
  const days = ['2026-11-01', '2026-11-02', '2026-11-03', '2026-11-04'];
  expect(seriesOf(sums, { ...options, days })).toEqual({
    times: days,
    series: [
      { name: 'b', values: [0, 5, 0, 0] },
      { name: 'a', values: [0, 1, 0, 2] },
    ],
  });
});

test('however many things there are, six series at most hold every cent of them', () => {
  const one = fc.record({
    day: fc.integer({ min: 1, max: 9 }),
    per: fc.option(fc.constantFrom(...'abcdefghij')),
    cost: fc.integer({ min: 0, max: 1_000 }),
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 60 }), (ones) => {
      const { times, series } = seriesOf(
        ones.map(({ day, per, cost }) => sum(`2026-11-0${day}`, per, cost)),
        options,
      );
      expect(series.length).toBeLessThanOrEqual(6);
      for (const { values } of series) expect(values).toHaveLength(times.length);
      const total = series.flatMap(({ values }) => values).reduce((a, b) => a + b, 0);
      expect(total).toBe(ones.reduce((a, { cost }) => a + cost, 0));
    }),
  );
});
