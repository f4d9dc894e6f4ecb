import { describe, expect, test } from 'vitest';
import type { Health } from './account.ts';
import { untouched } from './breaker.ts';
import { Gate } from './gate.ts';
import { newHealth } from './health.ts';

const now = 1_790_000_000_000;
const well = newHealth(now);
const unproven: Health = { ...well, isUnproven: true };
const start = (gate: Gate, health = well, more: { max?: number; at?: number; queue?: boolean } = {}) =>
  gate.start(health, more.max, { now: more.at ?? now, queue: more.queue ?? false });

describe('an account’s places', () => {
  test('are without number unless there is a limit', () => {
    const gate = new Gate();
    for (let call = 0; call < 100; call += 1) expect(start(gate)).toBe(true);
    expect(start(gate, well, { max: 100 })).toBe(false);
    expect(gate.obstacle(well, 100, now)).toEqual({ reason: 'busy' });
    gate.end();
    expect(start(gate, well, { max: 100 })).toBe(true);
  });

  test('go to those who wait before those who come', () => {
    const gate = new Gate();
    gate.waiting = 1;
    expect(start(gate)).toBe(false);
    expect(start(gate, well, { queue: true })).toBe(true);
  });

  test('A07 429-storm: one call shows whether a limit has really ended, the others wait for it', () => {
    const gate = new Gate();
    expect([start(gate, unproven), start(gate, unproven)]).toEqual([true, false]);
    expect(gate.obstacle(unproven, undefined, now)).toEqual({ reason: 'probing' });
  });

  test('A08 herd-after-reset: calls begin ten a second at most for five seconds', () => {
    const gate = new Gate();
    gate.ramp(now);
    let begun = 0;
    const bySecond: number[] = [];
    for (let ms = 0; ms < 6_000; ms += 5) {
      if (ms < 5_000 && start(gate, well, { at: now + ms })) begun += 1;
      if (ms % 1_000 === 995) {
        bySecond.push(begun);
        begun = 0;
      }
    }
    expect(bySecond.slice(0, 5)).toEqual([9, 10, 10, 10, 10]);
    expect(gate.obstacle(well, undefined, now + 5_000)).toBeUndefined();
  });

  test('A13 breaker: a half-open account takes one call, then two, then four at a time', () => {
    const gate = new Gate();
    const halfOpen = (answers: number): Health => ({
      ...well,
      state: 'cooling-down',
      reason: { kind: 'overloaded' },
      until: now - 1,
      breaker: { ...untouched, openings: 1, openedAt: now - 5_000, answers },
    });
    const taken = [0, 1, 2].map((answers) => {
      let count = 0;
      while (start(gate, halfOpen(answers))) count += 1;
      return count;
    });
    expect(taken).toEqual([1, 1, 2]);
  });
});
