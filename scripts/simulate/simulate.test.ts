import { expect, test } from 'vitest';
import { compare } from './run.ts';
import { makeTraffic } from './traffic.ts';

test('the same seed makes the same week', () => {
  expect(makeTraffic(1, 7)).toEqual(makeTraffic(1, 7));
  expect(makeTraffic(1, 7)).not.toEqual(makeTraffic(1, 8));
});

const seeds = [42, 7, 2_026];

test.each(seeds)(
  'a week whose work fits (seed %i): fewer calls refused, more read from the cache and less cost',
  (seed) => {
    const { ours, others } = week(seed, 45);
    expect(ours.refused).toBe(0);
    for (const other of others) {
      expect(ours.refused, other.policy).toBeLessThan(other.refused);
      expect(ours.cacheReadShare, other.policy).toBeGreaterThan(other.cacheReadShare);
      expect(ours.costUsd, other.policy).toBeLessThan(other.costUsd);
      expect(ours.limitHits, other.policy).toBeLessThan(other.limitHits);
    }
  },
);

test.each(seeds)('a week with too little (seed %i): more calls served, each for less', (seed) => {
  const { ours, others } = week(seed, 40);
  for (const other of others) {
    expect(ours.refused, other.policy).toBeLessThan(other.refused);
    expect(ours.cacheReadShare, other.policy).toBeGreaterThan(other.cacheReadShare);
    expect(ours.costEachUsd, other.policy).toBeLessThan(other.costEachUsd);
    expect(ours.limitHits, other.policy).toBeLessThan(other.limitHits);
  }
});

function week(seed: number, weekUsd: number) {
  const results = compare({ days: 7, seed, weekUsd });
  const ours = results.at(-1);
  if (!ours) throw new Error('no policy ran');
  return { ours, others: results.slice(0, -1) };
}
