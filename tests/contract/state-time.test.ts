import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../app/domain/clock.ts';
import { openRedis } from '../../app/state/redis.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { missingRedis, redisUrl } from './state-redis.ts';

/** Of a process that is kept busy while the first answer is on its way. */
function busyAtFirst(busyMs: number): Clock {
  let looks = 0;
  return {
    ...systemClock,
    monotonic: () => {
      looks += 1;
      return systemClock.monotonic() + (looks > 1 ? busyMs : 0);
    },
  };
}

suiteThatNeeds(await missingRedis(), 'the time of a Redis', () => {
  test('is the same for a node that was busy when it asked, so that its holds end when others expect it', async () => {
    const open = (clock: Clock) => openRedis({ url: redisUrl, clock, warn: () => undefined });
    const [calm, busy] = [await open(systemClock), await open(busyAtFirst(4_000))];
    const apart = Math.abs(calm.time() - busy.time());
    await Promise.all([calm.close(), busy.close()]);
    expect(apart).toBeLessThan(500);
  });
});
