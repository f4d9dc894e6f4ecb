import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LimitSnapshot, LimitWindow } from '../domain/limits.ts';
import { headroomOf } from './headroom.ts';
import { mergeLimits } from './limit-windows.ts';
import { paceOf } from './pace.ts';

const now = 1_790_000_000_000;
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const model = 'claude-sonnet-4-5';

const window = (name: string, more: Partial<LimitWindow> = {}): LimitWindow => ({
  ...{ name, used: 0.5, lengthMs: 5 * hour, resetsAt: now + 2.5 * hour, isExhausted: false },
  ...more,
});
const snapshot = (...windows: readonly LimitWindow[]): LimitSnapshot => ({ readAt: now - minute, windows });

describe('headroom', () => {
  test.each<[string, LimitSnapshot | undefined, object]>([
    ['nothing known: everything left', undefined, { left: 1, spare: 1 }],
    ['half used at half time: on pace', snapshot(window('5h')), { left: 0.5, spare: 1, window: '5h' }],
    [
      'the window with the least left counts, and the tightest pace',
      snapshot(window('5h', { used: 0.25 }), window('7d', { used: 0.8, lengthMs: 7 * day, resetsAt: now + 3.5 * day })),
      { left: 0.2, window: '7d', spare: 0.4 },
    ],
    ['a reset that is past: empty again', snapshot(window('5h', { resetsAt: now })), { left: 1, spare: 1 }],
    ['what is used up', snapshot(window('5h', { isExhausted: true, used: undefined })), { left: 0, spare: 0.1 }],
    [
      'numbers instead of a share',
      snapshot({ name: 'tokens', limit: 200, remaining: 50, resetsAt: now + 1, isExhausted: false }),
      { left: 0.25, spare: 1 },
    ],
    ['a window of other models does not bind', snapshot(window('7d_oi', { used: 1, models: ['*opus*'] })), { left: 1 }],
    ['a window of this family does', snapshot(window('7d_oi', { used: 0.9, models: ['*sonnet*'] })), { left: 0.1 }],
    [
      'a window without a reset is believed for a minute',
      snapshot({ name: 'requests', used: 1, isExhausted: false }),
      { left: 0 },
    ],
    [
      'and no longer',
      { ...snapshot({ name: 'requests', used: 1, isExhausted: false }), readAt: now - 2 * minute },
      { left: 1 },
    ],
  ])('%s', (_title, limits, expected) => {
    const { left, spare, window: name } = headroomOf(limits, model, now);
    const rounded = { left: Number(left.toFixed(6)), spare: Number(spare.toFixed(6)), window: name };
    expect(rounded).toMatchObject(expected);
  });

  test('stays within its bounds whatever upstreams tell', () => {
    const windows = fc.array(
      fc.record(
        {
          name: fc.constantFrom('a', 'b'),
          used: fc.double({ noNaN: true }),
          limit: fc.integer(),
          remaining: fc.integer(),
          lengthMs: fc.integer({ min: 0 }),
          resetsAt: fc.integer({ min: now - day, max: now + 8 * day }),
          isExhausted: fc.boolean(),
        },
        { requiredKeys: ['name', 'isExhausted'] },
      ),
    );
    fc.assert(
      fc.property(windows, (all) => {
        const { left, spare } = headroomOf(snapshot(...all), model, now);
        expect(left).toBeGreaterThanOrEqual(0);
        expect(left).toBeLessThanOrEqual(1);
        expect(spare).toBeGreaterThanOrEqual(0.1);
        expect(spare).toBeLessThanOrEqual(4);
      }),
    );
  });
});

describe('what several answers tell', () => {
  test('is put together: the newest of each window, and of others what has not reset', () => {
    const before = snapshot(
      window('5h'),
      window('7d_oi', { models: ['*opus*'] }),
      window('old', { resetsAt: now - 1 }),
    );
    const told: LimitSnapshot = { readAt: now, windows: [window('5h', { used: 0.6 })] };
    const merged = mergeLimits(before, told);
    expect(merged.windows.map(({ name, used }) => [name, used])).toEqual([
      ['5h', 0.6],
      ['7d_oi', 0.5],
    ]);
  });

  test('of two models is two windows, also under one name', () => {
    const one = snapshot(window('requests', { models: ['gpt-a'] }));
    const merged = mergeLimits(one, snapshot(window('requests', { models: ['gpt-b'] })));
    expect(merged.windows.map(({ models }) => models)).toEqual([['gpt-b'], ['gpt-a']]);
  });
});

describe('pace', () => {
  test.each<[string, Partial<LimitWindow>, object | undefined]>([
    ['on pace', { used: 0.5 }, { verdict: 'on-pace', runsOutAt: undefined }],
    ['within two points is on pace', { used: 0.52 }, { verdict: 'on-pace' }],
    [
      'faster: it runs out before its reset',
      { used: 0.75 },
      { verdict: 'ahead', runsOutAt: now + (0.25 / 1.5) * 5 * hour },
    ],
    ['slower: it lasts', { used: 0.2 }, { verdict: 'behind', runsOutAt: undefined }],
    ['used up', { used: 1 }, { verdict: 'ahead', runsOutAt: now }],
    ['too early to say', { resetsAt: now + 4.9 * hour }, undefined],
    ['no share known', { used: undefined }, undefined],
    ['reset already', { resetsAt: now - 1 }, undefined],
  ])('%s', (_title, more, expected) => {
    const pace = paceOf(window('5h', more), now - minute, now);
    if (expected) expect(pace).toMatchObject(expected);
    else expect(pace).toBeUndefined();
  });

  test('is not told from what is older than ten minutes', () => {
    expect(paceOf(window('5h'), now - 10 * minute, now)).toBeUndefined();
  });
});
