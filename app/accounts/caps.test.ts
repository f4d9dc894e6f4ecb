import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AccountCap, accountCaps, type CapStanding, fullCap, reachedCap } from './caps.ts';

const window = { kind: 'calendar', unit: 'day', timeZone: 'Europe/Berlin' } as const;
const requests: AccountCap = { measure: 'requests', amount: 10, window, mode: 'smooth' };
const cost: AccountCap = { measure: 'cost', amount: 1_000, window, mode: 'smooth' };
const standing = (cap: AccountCap, spent: number, more: Partial<CapStanding> = {}): CapStanding => ({
  ...{ cap, name: `${cap.measure} per day`, spent, held: 0, resetsAt: 100 },
  ...more,
});

describe('whether a cap has room for a call', () => {
  test('the last request fits and the next does not', () => {
    expect(fullCap([standing(requests, 9)], 0)).toBeUndefined();
    expect(fullCap([standing(requests, 10)], 0)).toEqual({ standing: standing(requests, 10), isSpent: true });
  });

  test('a call that would cost more than is left does not fit, a cheaper one does', () => {
    expect(fullCap([standing(cost, 900)], 0, { likely: 101, most: 500 })?.isSpent).toBe(true);
    expect(fullCap([standing(cost, 900)], 0, { likely: 100, most: 500 })).toBeUndefined();
  });

  test('a strict cap goes by the most that it may cost', () => {
    const strict = standing({ ...cost, mode: 'strict' }, 900);
    expect(fullCap([strict], 0, { likely: 100, most: 101 })?.isSpent).toBe(true);
  });

  test('what running calls hold is in the way, and may come back', () => {
    const held = standing(requests, 9, { held: 1 });
    expect(fullCap([held], 0)).toEqual({ standing: held, isSpent: false });
    expect(reachedCap([held], 0)).toBeUndefined();
  });

  test('nothing is known any more once the window has ended', () => {
    expect(fullCap([standing(requests, 10)], 100)).toBeUndefined();
    expect(reachedCap([standing(requests, 10)], 100)).toBeUndefined();
  });

  test('of several the one that lasts longest tells when it is over', () => {
    const week = standing(cost, 1_000, { resetsAt: 700 });
    expect(reachedCap([standing(requests, 10), week, standing(requests, 11)], 0)).toEqual(week);
    expect(fullCap([standing(requests, 9, { held: 1, resetsAt: 900 }), week], 0)?.standing).toEqual(week);
  });

  test('it is full exactly when one of its caps has less left than the call needs', () => {
    const one = fc.record({ spent: fc.nat(20), held: fc.nat(5), resetsAt: fc.integer({ min: -5, max: 50 }) });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 5 }), (all) => {
        const standings = all.map((more) => ({ ...standing(requests, more.spent), ...more }));
        const isFull = all.some(({ spent, held, resetsAt }) => resetsAt > 0 && spent + held + 1 > 10);
        const found = fullCap(standings, 0);
        expect(found !== undefined).toBe(isFull);
        if (found) expect(found.isSpent).toBe(all.some(({ spent, resetsAt }) => resetsAt > 0 && spent >= 10));
      }),
    );
  });
});

describe('caps that are given', () => {
  test('may be several, each about something else', () => {
    const all = [requests, cost, { ...cost, window: { ...window, unit: 'week' } as const }];
    expect(accountCaps.parse(all)).toEqual(all);
  });

  test.each([
    [[requests, { ...requests, amount: 11 }], 'is about the same as one before it'],
    [[{ ...cost, amount: 0 }], 'must be 1 or more'],
    [[{ ...cost, mode: 'shadow' }], 'must be smooth or strict'],
    [[{ ...cost, measure: 'tokens' }], 'must be requests or cost'],
    [[{ ...cost, window: { kind: 'rolling', lengthMs: 60_000 } }], 'must be a day, a week or a month'],
    [[{ ...cost, window: { ...window, timeZone: 'Mars/Base' } }], 'must be a time zone such as Europe/Berlin'],
  ])('are refused when they make no sense: %j', (caps, message) => {
    const { success, error } = accountCaps.safeParse(caps);
    expect(success).toBe(false);
    expect(error?.message).toContain(message);
  });
});
