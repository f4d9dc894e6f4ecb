import { expect, test } from 'vitest';
import { manualClock } from '../state/__fixtures__/manual-clock.ts';
import { LoopLag } from './loop-lag.ts';

test('new work is refused when the loop was late for two seconds, and taken again as soon as it is not', () => {
  const clock = manualClock();
  let p99Ms = 0;
  const lag = LoopLag.on(clock, { percentile: () => p99Ms * 1e6, reset: () => undefined });
  const after = (ms: number, late: number) => {
    p99Ms = late;
    for (let passed = 0; passed < ms; passed += 500) clock.advance(500);
    return lag.isLagging;
  };
  expect(after(5_000, 200)).toBe(false);
  expect(after(2_000, 201)).toBe(false);
  expect(after(500, 900)).toBe(true);
  expect(after(500, 10)).toBe(false);
  expect(after(1_500, 900)).toBe(false);
  lag.stop();
});

test('a loop that keeps up is not lagging', () => {
  const lag = LoopLag.start(manualClock());
  expect(lag.isLagging).toBe(false);
  lag.stop();
});
