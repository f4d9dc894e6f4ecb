import { expect, test } from 'vitest';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { FigureWatch, isLong, type RelayFigures } from './watch.ts';

const figures: RelayFigures = { relay: 'running', accounts: [], needsAttention: false };
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('looks once a second at most while things happen, and now and then otherwise', async () => {
  const clock = manualClock();
  let reads = 0;
  const watch = new FigureWatch({ clock, read: async () => ({ ...figures, reads: reads++ }), show: () => undefined });
  await turn();
  expect(reads).toBe(1);
  for (let event = 0; event < 50; event += 1) {
    watch.changed();
    clock.advance(100);
    await turn();
  }
  expect(reads).toBe(6);
  clock.advance(14_000);
  await turn();
  expect(reads).toBe(6);
  clock.advance(1_000);
  await turn();
  expect(reads).toBe(7);
  await watch.stop();
  clock.advance(60_000);
  expect(reads).toBe(7);
});

test('a relay that does not answer is shown as that, until it does', async () => {
  const clock = manualClock();
  const shown: unknown[] = [];
  let isThere = false;
  const read = async () => {
    if (!isThere) throw new Error('gone');
    return figures;
  };
  const watch = new FigureWatch({ clock, read, show: (found) => shown.push(found) });
  await turn();
  isThere = true;
  clock.advance(15_000);
  await turn();
  expect(shown).toEqual(['unreachable', figures]);
  await watch.stop();
});

test('a rate per minute takes no line, however full: only what a person may wait for', () => {
  const now = 1_000_000;
  const [minute, hours] = [60_000, 5 * 3_600_000];
  const shown = (window: { lengthMs?: number; resetsAt?: number }) => isLong(window, now);
  expect([shown({ resetsAt: now + minute }), shown({ lengthMs: minute, resetsAt: now + 1_000 })]).toEqual([
    false,
    false,
  ]);
  expect([shown({ lengthMs: hours, resetsAt: now + 1_000 }), shown({ resetsAt: now + hours })]).toEqual([true, true]);
  expect(shown({})).toBe(true);
});
