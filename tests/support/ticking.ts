import type { ManualClock } from '../../app/state/__fixtures__/manual-clock.ts';

/** Runs what waits by a manual clock, such as the end of a relay, while that clock goes on. */
export async function ticking<T>(clock: ManualClock, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => clock.advance(1_000), 10);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
