import { spawnSync } from 'node:child_process';

/** Milliseconds that the start of an empty Node takes on the computers whose users are promised a time. */
const usualMs = 50;
const rounds = 8;

/**
 * How many times slower than those this machine starts a program, and 1 where it is not: what is promised in seconds of a
 * new process (a page's, the relay's) cannot be quicker here than the process itself.
 */
export function machinePace(): number {
  let bestMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round += 1) {
    const before = performance.now();
    spawnSync(process.execPath, ['-e', '0']);
    bestMs = Math.min(bestMs, performance.now() - before);
  }
  return Math.max(1, bestMs / usualMs);
}
