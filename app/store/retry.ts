import { setTimeout as pause } from 'node:timers/promises';
import { StoreBusy } from './store.ts';

/** How long a person's change waits for the write lock before it fails. */
export const patienceMs = 5_000;

const firstPauseMs = 2;
const longestPauseMs = 100;

/**
 * Runs `attempt` again while it throws `StoreBusy`, until `waitMs` are over. The waits are asynchronous (the
 * thread also pumps streams) and keep the process alive, so that a command line does not end in the middle.
 */
export async function retryWhileBusy<T>(
  waitMs: number,
  attempt: () => T | Promise<T>,
  wait: (delayMs: number) => Promise<unknown> = pause,
): Promise<T> {
  const began = performance.now();
  let pausedMs = 0;
  let pauseMs = firstPauseMs;
  while (true) {
    try {
      return await attempt();
    } catch (error) {
      // An attempt may take seconds itself, where all connections are taken.
      const spentMs = Math.max(pausedMs, performance.now() - began);
      if (!mayTryAgain(error) || spentMs + pauseMs > waitMs) throw error;
    }
    await wait(pauseMs);
    pausedMs += pauseMs;
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

function mayTryAgain(error: unknown): boolean {
  return error instanceof StoreBusy && !error.mayHaveHappened;
}
