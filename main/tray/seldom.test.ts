import { expect, test } from 'vitest';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { Seldom } from './seldom.ts';

test('looks once, again when it is told to or after a while, and again at once after a failure', async () => {
  const clock = manualClock();
  let reads = 0;
  const seldom = new Seldom({
    clock,
    async read() {
      reads += 1;
      if (reads === 3) throw new Error('gone');
      return reads;
    },
  });
  expect([await seldom.get(), await seldom.get()]).toEqual([1, 1]);
  seldom.forget();
  expect(await seldom.get()).toBe(2);
  clock.advance(15_000);
  await expect(seldom.get()).rejects.toThrow('gone');
  expect(await seldom.get()).toBe(4);
});
