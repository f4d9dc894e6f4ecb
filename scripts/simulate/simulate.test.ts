import { expect, test } from 'vitest';
import { compare } from './run.ts';
import { makeTraffic } from './traffic.ts';

test('the same seed makes the same week', () => {
  expect(makeTraffic(1, 7)).toEqual(makeTraffic(1, 7));
  expect(makeTraffic(1, 7)).not.toEqual(makeTraffic(1, 8));
});

test.each([42, 7, 2_026])(
  'a week of traffic (seed %i): fewer calls refused, more read from the cache and less cost a call than the others',
  (seed) => {
    const [roundRobin, predecessor, ours] = compare({ days: 7, seed });
    if (!roundRobin || !predecessor || !ours) throw new Error('a policy did not run');
    for (const other of [roundRobin, predecessor]) {
      expect(ours.refused, other.policy).toBeLessThan(other.refused);
      expect(ours.cacheReadShare, other.policy).toBeGreaterThan(other.cacheReadShare);
      const each = ({ costUsd, calls, refused }: typeof ours) => costUsd / (calls - refused);
      expect(each(ours), other.policy).toBeLessThan(each(other));
      expect(ours.limitHits, other.policy).toBeLessThan(other.limitHits);
    }
  },
);
