import { describe, expect, test, vi } from 'vitest';
import { patienceMs, retryWhileBusy } from './retry.ts';
import { StoreBusy } from './store.ts';

/** Fails with `error` the first `times` times; remembers how long it was let wait. */
function busyFor(times: number, error: Error = new StoreBusy('locked')) {
  const waits: number[] = [];
  let attempts = 0;
  return {
    waits,
    attempt: () => {
      attempts += 1;
      if (attempts <= times) throw error;
      return attempts;
    },
    wait: async (delayMs: number) => waits.push(delayMs),
  };
}

describe('retrying while the database is busy', () => {
  test('waits a little longer each time, and answers what the attempt answers', async () => {
    const { waits, attempt, wait } = busyFor(8);
    expect(await retryWhileBusy(patienceMs, attempt, wait)).toBe(9);
    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 100, 100]);
  });

  test('the first attempt runs in the same tick', () => {
    let ran = false;
    void retryWhileBusy(patienceMs, () => {
      ran = true;
    });
    expect(ran).toBe(true);
  });

  test('gives up after the time it was given', async () => {
    const { waits, attempt, wait } = busyFor(Number.POSITIVE_INFINITY);
    await expect(retryWhileBusy(patienceMs, attempt, wait)).rejects.toThrow(StoreBusy);
    const waitedMs = waits.reduce((sum, wait) => sum + wait, 0);
    expect(waitedMs).toBeGreaterThan(patienceMs - 100);
    expect(waitedMs).toBeLessThanOrEqual(patienceMs);
  });

  test('counts what an attempt takes itself, such as five seconds for a connection', async () => {
    const { waits, attempt, wait } = busyFor(Number.POSITIVE_INFINITY);
    const now = vi.spyOn(performance, 'now');
    for (const ms of [0, 1_000, patienceMs]) now.mockReturnValueOnce(ms);
    await expect(retryWhileBusy(patienceMs, attempt, wait)).rejects.toThrow(StoreBusy);
    now.mockRestore();
    expect(waits).toEqual([2]);
  });

  test.each([
    ['there is no time', 0, new StoreBusy('locked')],
    ['the change may have been made already', patienceMs, new StoreBusy('cut', { mayHaveHappened: true })],
    ['the error is another one', patienceMs, new Error('no such table')],
  ])('tries once when %s', async (_, waitMs, error) => {
    const { waits, attempt, wait } = busyFor(1, error);
    await expect(retryWhileBusy(waitMs, attempt, wait)).rejects.toBe(error);
    expect(waits).toEqual([]);
  });
});
