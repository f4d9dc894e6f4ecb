import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../domain/fault.ts';
import type { Health } from './account.ts';
import { effectiveHealth, type HealthEvent, newHealth, reduceHealth, shiftHealth } from './health.ts';

const start = 1_790_000_000_000;
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
/** Corrections of the clock that are too small to be told from none. */
const clockSlack = 2 * second;
const model = 'claude-sonnet-4-5';

const fresh = newHealth(start);
const limited: Health = { ...fresh, state: 'limited', reason: 'r', until: start + hour };
const cooling: Health = { ...fresh, state: 'cooling-down', reason: 'r', until: start + 5 * second, failures: 3 };
const signedOut: Health = { ...fresh, state: 'needs-sign-in', reason: 'r' };
const blocked: Health = { ...fresh, state: 'blocked', reason: 'r' };
const modelLimited: Health = { ...fresh, modelLimits: { [model]: start + hour } };

const fault = (of: Fault, more: { isLastAccount?: boolean; model?: string } = {}): HealthEvent => ({
  kind: 'fault',
  fault: of,
  model,
  ...more,
});
const overAccount = (retryAfterMs?: number): Fault => ({ kind: 'rate-limited', scope: 'account', retryAfterMs });
const overModel = (retryAfterMs?: number): Fault => ({ kind: 'rate-limited', scope: 'model', retryAfterMs });
const overloaded = (retryAfterMs?: number): Fault => ({ kind: 'overloaded', retryAfterMs });
const unreachable: Fault = { kind: 'unreachable', phase: 'connect', detail: 'refused' };
const rejected: Fault = { kind: 'credential-rejected' };
const accountBlocked: Fault = { kind: 'account-blocked' };

const reduce = (health: Health, event: HealthEvent, context = { now: start + second, random: 0 }) =>
  reduceHealth(health, event, context);

/** The same failure several times, each after the cooldown that the one before led to. */
function failTimes(times: number, event: HealthEvent): Health {
  let health = fresh;
  let now = start;
  for (let time = 0; time < times; time += 1) {
    health = reduceHealth(health, event, { now, random: 0 });
    if (time < times - 1) now = health.until ?? now;
  }
  return health;
}

/** How long the account is out from the moment of the last change. */
const outMs = (health: Health) => (health.until === undefined ? undefined : health.until - health.changedAt);

describe('a rate limit of the account', () => {
  test.each([
    ['as long as the upstream says', 90 * second, 90 * second],
    ['a minute when it says nothing', undefined, minute],
    ['a minute when it says nonsense', Number.NaN, minute],
    ['a minute when it says something negative', -5, minute],
    ['eight days at most', 90 * day, 8 * day],
  ])('lasts %s', (_title, retryAfterMs, expected) => {
    const health = reduce(fresh, fault(overAccount(retryAfterMs)));
    expect({ state: health.state, outMs: outMs(health) }).toEqual({ state: 'limited', outMs: expected });
  });

  test.each([
    [0, 100 * second],
    [0.5, 102.5 * second],
    [1, 105 * second],
  ])('is spread a little (random %d), but not for the only account', (random, expected) => {
    const context = { now: start, random };
    const event = overAccount(100 * second);
    expect(outMs(reduceHealth(fresh, fault(event), context))).toBe(expected);
    expect(outMs(reduceHealth(fresh, fault(event, { isLastAccount: true }), context))).toBe(100 * second);
  });

  test('is spread by a tenth at most, and never beyond eight days', () => {
    const context = { now: start, random: 1 };
    expect(outMs(reduceHealth(fresh, fault(overAccount(second)), context))).toBe(1.1 * second);
    expect(outMs(reduceHealth(fresh, fault(overAccount(8 * day)), context))).toBe(8 * day);
  });

  test('is not made shorter by one that ends earlier, and longer by one that ends later', () => {
    expect(reduce(limited, fault(overAccount(undefined)))).toBe(limited);
    expect(outMs(reduce(limited, fault(overAccount(2 * hour))))).toBe(2 * hour);
  });

  test('of no length changes nothing', () => {
    expect(reduce(fresh, fault(overAccount(0)))).toBe(fresh);
    expect(reduce(fresh, fault(overModel(0)))).toBe(fresh);
  });
});

describe('a rate limit of one model', () => {
  test('leaves the account active for the others', () => {
    expect(reduce(fresh, fault(overModel(hour)))).toEqual({
      ...fresh,
      changedAt: start + second,
      modelLimits: { [model]: start + second + hour },
    });
  });

  test('is not made shorter by one that ends earlier', () => {
    expect(reduce(modelLimited, fault(overModel(minute)))).toBe(modelLimited);
  });

  test('P07 proto-pollution: models may have any name', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const health = reduce(fresh, fault(overModel(hour), { model: name }));
      expect(Object.entries(health.modelLimits)).toEqual([[name, start + second + hour]]);
      expect(effectiveHealth(health, start + 2 * hour).modelLimits).toEqual({});
      expect(Object.getPrototypeOf(health.modelLimits)).toBe(Object.prototype);
    }
  });

  test('does not grow without end when clients make up names', () => {
    let health = fresh;
    for (let index = 0; index < 500; index += 1) {
      health = reduce(health, fault(overModel(hour + index), { model: `made-up-${index}` }));
    }
    expect(Object.keys(health.modelLimits)).toHaveLength(100);
    expect(health.modelLimits).toHaveProperty('made-up-499');
  });
});

describe('overloads and broken connections', () => {
  test.each([overloaded(), unreachable])('cool the account down from the third in a row: $kind', (of) => {
    const states = [1, 2, 3]
      .map((times) => failTimes(times, fault(of)))
      .map(({ state, failures }) => [state, failures]);
    expect(states).toEqual([
      ['active', 1],
      ['active', 2],
      ['cooling-down', 3],
    ]);
  });

  test('cool down for 5 s, doubling to 5 min', () => {
    const lengths = [3, 4, 5, 6, 7, 8, 9, 10, 60].map((times) => outMs(failTimes(times, fault(unreachable))));
    expect(lengths).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300].map((seconds) => seconds * second));
  });

  test.each([
    { title: 'at once, when the upstream says how long', times: 1, named: 30 * second, expected: 30 * second },
    { title: 'for longer, when the upstream says so', times: 3, named: 30 * second, expected: 30 * second },
    { title: 'no shorter than the own back-off', times: 5, named: second, expected: 20 * second },
    { title: 'for 5 min at most', times: 3, named: hour, expected: 5 * minute },
  ])('cool down $title', ({ times, named, expected }) => {
    expect(outMs(failTimes(times, fault(overloaded(named))))).toBe(expected);
  });

  test.each([
    { title: 'for as long as the upstream says', times: 8, named: 2 * second, expected: 2 * second },
    { title: 'for 5 s when it says nothing', times: 8, named: undefined, expected: 5 * second },
    { title: 'not at all before the third', times: 2, named: undefined, expected: undefined },
  ])('keep the only account out $title', ({ times, named, expected }) => {
    expect(outMs(failTimes(times, fault(overloaded(named), { isLastAccount: true })))).toBe(expected);
  });

  test('that end together count once: twenty calls cut at the same moment do not keep the account out for minutes', () => {
    let health = fresh;
    for (let call = 0; call < 20; call += 1) health = reduce(health, fault(unreachable));
    expect({ failures: health.failures, outMs: outMs(health) }).toEqual({ failures: 3, outMs: 5 * second });
  });

  test('do not touch a state that is worse', () => {
    for (const health of [limited, signedOut, blocked]) {
      expect(reduce(health, fault(overloaded(hour)))).toEqual({ ...health, failures: 1 });
    }
  });
});

describe('what only a person can mend', () => {
  test.each([
    [fresh, rejected, 'needs-sign-in'],
    [cooling, rejected, 'needs-sign-in'],
    [limited, rejected, 'needs-sign-in'],
    [blocked, rejected, 'blocked'],
    [fresh, accountBlocked, 'blocked'],
    [signedOut, accountBlocked, 'blocked'],
    [signedOut, overAccount(minute), 'needs-sign-in'],
    [blocked, overAccount(minute), 'blocked'],
  ] as const)('%o and then %o', (health, of, expected) => {
    const next = reduce(health, fault(of));
    expect(next.state).toBe(expected);
    if (expected === 'needs-sign-in' || expected === 'blocked') expect(next.until).toBeUndefined();
  });

  test('is noted once', () => {
    expect(reduce(signedOut, fault(rejected))).toBe(signedOut);
    expect(reduce(blocked, fault(accountBlocked))).toBe(blocked);
  });

  test.each([limited, cooling, signedOut, blocked, modelLimited])(
    'ends with a new credential or a word: %o',
    (health) => {
      for (const kind of ['credential-changed', 'resumed'] as const) {
        expect(reduce(health, { kind })).toEqual(newHealth(start + second));
        expect(reduce(fresh, { kind })).toBe(fresh);
      }
    },
  );
});

describe('a sign-in', () => {
  const reason = 'It has ended. Sign in again';
  const waits = { kind: 'renewal-waits', reason, until: start + minute } as const;

  test('that has ended says so, unless something worse stands', () => {
    const ended = { kind: 'sign-in-ended', reason } as const;
    for (const health of [fresh, cooling, limited]) {
      const next = reduce(health, ended);
      expect([next.state, next.reason, next.until]).toEqual(['needs-sign-in', reason, undefined]);
    }
    expect(reduce(blocked, ended)).toBe(blocked);
  });

  test('that cannot be renewed now keeps the account out until then, and is no failure', () => {
    expect(reduce(fresh, waits)).toEqual({
      ...fresh,
      state: 'cooling-down',
      reason,
      until: start + minute,
      changedAt: start + second,
    });
    expect(reduce(cooling, waits)).toMatchObject({ until: start + minute, failures: cooling.failures });
    expect(effectiveHealth(reduce(fresh, waits), start + minute)).toMatchObject({ state: 'active', failures: 0 });
    for (const health of [limited, signedOut, blocked]) expect(reduce(health, waits)).toBe(health);
    expect(reduce(fresh, { ...waits, until: start })).toBe(fresh);
  });

  test('that is good again ends only what stood against the sign-in', () => {
    const renewed = { kind: 'sign-in-renewed' } as const;
    const both = { ...signedOut, modelLimits: modelLimited.modelLimits };
    expect(reduce(both, renewed)).toEqual({ ...newHealth(start + second), modelLimits: both.modelLimits });
    for (const health of [fresh, cooling, limited, blocked, modelLimited]) expect(reduce(health, renewed)).toBe(health);
  });
});

describe('what says nothing about the account', () => {
  test.each([{ kind: 'model-unsupported' }, { kind: 'request-rejected' }] as const)('%o', (of) => {
    for (const health of [fresh, limited, cooling, signedOut, blocked, modelLimited]) {
      expect(reduce(health, fault(of))).toBe(health);
    }
  });
});

describe('a call that was served', () => {
  test('ends a cooldown and the count of failures', () => {
    expect(reduce(cooling, { kind: 'served' })).toEqual(newHealth(start + second));
    expect(reduce({ ...fresh, failures: 2 }, { kind: 'served' })).toEqual(fresh);
  });

  test('changes nothing when all is well', () => {
    expect(reduce(fresh, { kind: 'served' })).toBe(fresh);
  });

  test('does not end a limit, nor what a person must mend: it may have begun before', () => {
    for (const health of [limited, signedOut, blocked, modelLimited]) {
      expect(reduce(health, { kind: 'served' })).toBe(health);
    }
    expect(reduce({ ...cooling, modelLimits: modelLimited.modelLimits }, { kind: 'served' }).modelLimits).toEqual(
      modelLimited.modelLimits,
    );
  });
});

describe('what has run out', () => {
  test('ends by itself, to the millisecond', () => {
    expect(effectiveHealth(limited, start + hour - 1)).toBe(limited);
    expect(effectiveHealth(limited, start + hour).state).toBe('active');
    expect(effectiveHealth(modelLimited, start + hour - 1)).toBe(modelLimited);
    expect(effectiveHealth(modelLimited, start + hour).modelLimits).toEqual({});
  });

  test('leaves the count of failures: the next one in a row cools down for longer', () => {
    expect(effectiveHealth(cooling, start + minute)).toMatchObject({ state: 'active', failures: 3 });
  });

  test('never ends what a person must mend', () => {
    expect(effectiveHealth(signedOut, start + 1_000 * day)).toBe(signedOut);
    expect(effectiveHealth(blocked, start + 1_000 * day)).toBe(blocked);
  });
});

describe('D16 clock-jump', () => {
  test.each([hour, -hour, day, -day, 400 * day, -400 * day])(
    'D16 clock-jump: by %i ms, no limit lasts longer from then on than it was meant to last',
    (jump) => {
      for (const lengthMs of [minute, hour, 7 * day]) {
        const set = reduceHealth(fresh, fault(overAccount(lengthMs)), { now: start, random: 0 });
        const both = reduceHealth(set, fault(overModel(lengthMs)), { now: start, random: 0 });
        // The account's own limit hides the model's, so the wait is looked at on a store of both.
        const seen = effectiveHealth(both, start + jump);
        const left = [seen.until ?? 0, ...Object.values(seen.modelLimits)].map((until) => until - (start + jump));
        for (const wait of left) expect(wait).toBeLessThanOrEqual(lengthMs);
        expect(effectiveHealth(seen, start + jump + lengthMs)).toMatchObject({ state: 'active', modelLimits: {} });
      }
    },
  );

  test('D16 clock-jump: a cooldown that began after the clock was set back is not judged by the old time', () => {
    const before = reduceHealth(fresh, fault(overAccount(hour)), { now: start, random: 0 });
    const now = start - day;
    const after = reduceHealth(before, fault(overAccount(2 * hour)), { now, random: 0 });
    expect(after.until).toBe(now + 2 * hour);
  });

  test('D16 clock-jump: health moves along with the clock', () => {
    const both = { ...limited, modelLimits: modelLimited.modelLimits };
    expect(shiftHealth(shiftHealth(both, -day), day)).toEqual(both);
    expect(shiftHealth(blocked, -day)).toEqual({ ...blocked, changedAt: start - day });
  });
});

test('whatever happens, health keeps its shape, waits 8 days at most, and is the same object when nothing changed', () => {
  const waits = fc.oneof(fc.constant(undefined), fc.double(), fc.integer({ min: 0, max: 30 * day }));
  const faults: fc.Arbitrary<Fault> = fc.oneof(
    waits.map(overAccount),
    waits.map(overModel),
    waits.map(overloaded),
    fc.constantFrom<Fault>(
      unreachable,
      rejected,
      accountBlocked,
      { kind: 'model-unsupported' },
      { kind: 'request-rejected' },
    ),
  );
  const events: fc.Arbitrary<HealthEvent> = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(faults, fc.boolean()).map(([of, isLastAccount]) => fault(of, { isLastAccount })) },
    { weight: 1, arbitrary: fc.constantFrom<HealthEvent>({ kind: 'served' }, { kind: 'resumed' }) },
  );
  const steps = fc.array(
    fc.tuple(events, fc.integer({ min: -2 * day, max: 2 * day }), fc.double({ min: 0, max: 1, noNaN: true })),
  );
  fc.assert(
    fc.property(steps, (all) => {
      let health = fresh;
      let now = start;
      for (const [event, passed, random] of all) {
        now += passed;
        const next = reduceHealth(health, event, { now, random });
        const ends = [...Object.values(next.modelLimits), ...(next.until === undefined ? [] : [next.until])];
        for (const end of ends) expect(end - now).toBeLessThanOrEqual(8 * day + clockSlack);
        for (const end of ends) expect(Number.isSafeInteger(end)).toBe(true);
        expect(next.until !== undefined).toBe(next.state === 'limited' || next.state === 'cooling-down');
        expect(next.reason !== '').toBe(next.state !== 'active');
        expect(JSON.parse(JSON.stringify(next))).toEqual(next);
        const { modelLimits, ...rest } = next;
        if (next !== health) expect({ ...rest, modelLimits: { ...modelLimits } }).not.toEqual(health);
        health = next;
      }
    }),
  );
});
