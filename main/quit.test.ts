import { expect, test } from 'vitest';
import { manualClock } from '../app/state/__fixtures__/manual-clock.ts';
import { quitBudgetMs, quitInOrder } from './quit.ts';

function steps(changed: Partial<Parameters<typeof quitInOrder>[0]> = {}) {
  const done: string[] = [];
  const clock = manualClock();
  const journal = { ended: () => done.push('ended') };
  const given = {
    clock,
    journal,
    stopRelay: async () => void done.push('stop'),
    warn: (text: string) => done.push(text),
  };
  return { done, clock, given: { ...given, ...changed } };
}

test('tools get their settings back before calls are refused, and the journal says how far it came', async () => {
  const { done, given } = steps();
  expect(await quitInOrder({ ...given, restoreTools: async () => void done.push('restore') })).toBe(true);
  expect(done).toEqual(['restore', 'stop', 'ended']);
});

test('whoever did not choose that keeps connected tools as they are', async () => {
  const { done, given } = steps();
  await quitInOrder(given);
  expect(done).toEqual(['stop', 'ended']);
});

test('after five seconds the process may go, and the journal does not say that it ended', async () => {
  const { done, clock, given } = steps({ stopRelay: () => new Promise(() => undefined) });
  const quit = quitInOrder(given);
  clock.advance(quitBudgetMs);
  expect(await quit).toBe(false);
  expect(done).toEqual([]);
});

test('a tool that cannot be given its settings back is told, and the relay stops all the same', async () => {
  const { done, given } = steps({ restoreTools: () => Promise.reject(new Error('read-only')) });
  expect(await quitInOrder(given)).toBe(true);
  expect(done).toEqual(['Quitting did not finish: Error: read-only', 'stop', 'ended']);
});

test('tools that take too long use up no more than the five seconds', async () => {
  const { done, clock, given } = steps({ restoreTools: () => new Promise(() => undefined) });
  const quit = quitInOrder(given);
  clock.advance(quitBudgetMs);
  expect([await quit, done]).toEqual([false, []]);
});

test('a step that fails is told, and keeps nobody from quitting', async () => {
  const { done, given } = steps({ stopRelay: () => Promise.reject(new Error('disk full')) });
  expect(await quitInOrder(given)).toBe(false);
  expect(done).toEqual(['Quitting did not finish: Error: disk full']);
});
