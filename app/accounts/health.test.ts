import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../domain/fault.ts';
import type { LimitWindow } from '../domain/limits.ts';
import type { Health, ScopedLimit } from './account.ts';
import { triesAtATime, untouched } from './breaker.ts';
import { effectiveHealth, isHalfOpen, newHealth, reduceHealth, shiftHealth } from './health.ts';
import type { HealthEvent } from './health-event.ts';

const start = 1_790_000_000_000;
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
/** Corrections of the clock that are too small to be told from none. */
const clockSlack = 2 * second;
const model = 'claude-sonnet-4-5';

const fresh = newHealth(start);
const opened = { ...untouched, failures: 3, calls: 3, inARow: 3, since: start, openings: 1, openedAt: start };
const limitOfModel: ScopedLimit = { scope: 'model', models: [model], until: start + hour };
const limited: Health = { ...fresh, state: 'limited', reason: { kind: 'rate-limit' }, until: start + hour };
const cooling: Health = {
  ...fresh,
  state: 'cooling-down',
  reason: { kind: 'overloaded' },
  until: start + 5 * second,
  breaker: opened,
};
const signedOut: Health = { ...fresh, state: 'needs-sign-in', reason: { kind: 'credential-rejected' } };
const blocked: Health = { ...fresh, state: 'blocked', reason: { kind: 'account-blocked' } };
const modelLimited: Health = { ...fresh, limits: [limitOfModel] };

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
      limits: [{ scope: 'model', models: [model], until: start + second + hour }],
    });
  });

  test('is not made shorter by one that ends earlier', () => {
    expect(reduce(modelLimited, fault(overModel(minute)))).toBe(modelLimited);
  });

  test('P07 proto-pollution: models may have any name', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const health = reduce(fresh, fault(overModel(hour), { model: name }));
      expect(health.limits.map(({ models }) => models)).toEqual([[name]]);
      expect(effectiveHealth(health, start + 2 * hour).limits).toEqual([]);
    }
  });

  test('does not grow without end when clients make up names', () => {
    let health = fresh;
    for (let index = 0; index < 500; index += 1) {
      health = reduce(health, fault(overModel(hour + index), { model: `made-up-${index}` }));
    }
    expect(health.limits).toHaveLength(100);
    expect(health.limits[0]?.models).toEqual(['made-up-499']);
  });
});

describe('overloads and broken connections', () => {
  test.each([overloaded(), unreachable])('cool the account down from the third in a row: $kind', (of) => {
    const states = [1, 2, 3]
      .map((times) => failTimes(times, fault(of)))
      .map(({ state, breaker }) => [state, breaker.failures]);
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
    expect({ failures: health.breaker.failures, outMs: outMs(health) }).toEqual({ failures: 3, outMs: 5 * second });
  });

  test('do not touch a state that is worse', () => {
    for (const health of [limited, signedOut, blocked]) {
      expect(reduce(health, fault(overloaded(hour)))).toMatchObject({ state: health.state, breaker: { failures: 1 } });
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
  const detail = 'It has ended. Sign in again';
  const waits = { kind: 'renewal-waits', detail, until: start + minute } as const;

  test('that has ended says so, unless something worse stands', () => {
    const ended = { kind: 'sign-in-ended', detail } as const;
    for (const health of [fresh, cooling, limited]) {
      const next = reduce(health, ended);
      expect([next.state, next.reason, next.until]).toEqual(['needs-sign-in', ended, undefined]);
    }
    expect(reduce(blocked, ended)).toBe(blocked);
  });

  test('that cannot be renewed now keeps the account out until then, and is no failure', () => {
    expect(reduce(fresh, waits)).toEqual({
      ...fresh,
      state: 'cooling-down',
      reason: { kind: 'renewal-waits', detail },
      until: start + minute,
      changedAt: start + second,
    });
    expect(reduce(cooling, waits)).toMatchObject({ until: start + minute, breaker: cooling.breaker });
    expect(effectiveHealth(reduce(fresh, waits), start + minute)).toMatchObject({
      state: 'active',
      breaker: fresh.breaker,
    });
    for (const health of [limited, signedOut, blocked]) expect(reduce(health, waits)).toBe(health);
    expect(reduce(fresh, { ...waits, until: start })).toBe(fresh);
  });

  test('that is good again ends only what stood against the sign-in', () => {
    const renewed = { kind: 'sign-in-renewed' } as const;
    const both = { ...signedOut, limits: modelLimited.limits };
    expect(reduce(both, renewed)).toEqual({ ...newHealth(start + second), limits: both.limits });
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
  test('ends the row of failures, and is weighed against those of the last half minute', () => {
    const failed = failTimes(2, fault(unreachable));
    expect(reduce(failed, { kind: 'served' }).breaker).toMatchObject({ failures: 2, calls: 3, inARow: 0 });
    const later = { now: start + minute, random: 0 };
    expect(reduceHealth(failed, { kind: 'served' }, later).breaker).toMatchObject({ failures: 0, calls: 0 });
  });

  test('changes nothing when all is well', () => {
    expect(reduce(fresh, { kind: 'served' })).toBe(fresh);
    expect(reduce(fresh, { kind: 'answered' })).toBe(fresh);
  });

  test('does not end a cooldown, a limit, nor what a person must mend: it may have begun before', () => {
    for (const health of [cooling, limited, signedOut, blocked, modelLimited]) {
      expect(reduce(health, { kind: 'served' })).toBe(health);
      expect(reduce(health, { kind: 'answered' })).toBe(health);
    }
  });
});

describe('what has run out', () => {
  test('ends by itself, to the millisecond; after a limit one call goes first', () => {
    expect(effectiveHealth(limited, start + hour - 1)).toBe(limited);
    const back = effectiveHealth(limited, start + hour);
    expect(back).toMatchObject({ state: 'active', isUnproven: true });
    const proven = reduceHealth(back, { kind: 'answered' }, { now: start + hour, random: 0 });
    expect(proven).toMatchObject({ state: 'active', isUnproven: undefined });
    expect(effectiveHealth(modelLimited, start + hour - 1)).toBe(modelLimited);
    expect(effectiveHealth(modelLimited, start + hour).limits).toEqual([]);
  });

  test('is a cooldown that only answers end: one failure makes it twice as long, five answers in a row end it', () => {
    const now = start + 5 * second;
    expect([isHalfOpen(cooling, now - 1), isHalfOpen(cooling, now)]).toEqual([false, true]);
    expect(outMs(reduceHealth(cooling, fault(unreachable), { now, random: 0 }))).toBe(10 * second);
    let health = cooling;
    const atATime = [1, 2, 3, 4, 5].map(() => {
      const tries = triesAtATime(health.breaker);
      health = reduceHealth(health, { kind: 'answered' }, { now, random: 0 });
      return tries;
    });
    expect(atATime).toEqual([1, 2, 4, 8, 16]);
    expect(triesAtATime(health.breaker)).toBe(Number.POSITIVE_INFINITY);
    expect(reduceHealth(health, fault(unreachable), { now, random: 0 }).until).toBe(health.until);
    // It is watched for a minute, so that it does not flap.
    expect(effectiveHealth(health, start + minute - 1).state).toBe('cooling-down');
    expect(effectiveHealth(health, start + minute)).toMatchObject({ state: 'active', breaker: { failures: 0 } });
  });

  test('a half-open account that nobody calls is believed after a while, with one call first', () => {
    expect(effectiveHealth(cooling, start + hour)).toMatchObject({ state: 'active', isUnproven: true });
  });

  test('never ends what a person must mend', () => {
    expect(effectiveHealth(signedOut, start + 1_000 * day)).toBe(signedOut);
    expect(effectiveHealth(blocked, start + 1_000 * day)).toBe(blocked);
  });
});

describe('A12 sticky-slow', () => {
  test('A12 sticky-slow: an account that is slow to answer cools down for five minutes', () => {
    const health = reduce(fresh, { kind: 'slow', firstByteMs: 20 * second });
    expect(health).toMatchObject({ state: 'cooling-down', reason: { kind: 'slow', firstByteMs: 20 * second } });
    expect(outMs(health)).toBe(5 * minute);
  });
});

describe('A13 breaker', () => {
  /** A call each 200 ms for half a minute and a while after; half of them fail. */
  function run(isFailure: (call: number) => boolean) {
    let health = fresh;
    let failuresToOpen = 0;
    const transitions: number[] = [];
    for (let call = 0; call < 600; call += 1) {
      const now = start + call * 200;
      health = effectiveHealth(health, now);
      const mayTry = health.state === 'active' || isHalfOpen(health, now);
      if (!mayTry) continue;
      const before = health.state;
      const fails = call < 150 && isFailure(call);
      if (fails && transitions.length === 0) failuresToOpen += 1;
      if (!fails) health = reduceHealth(health, { kind: 'answered' }, { now, random: 0 });
      health = reduceHealth(health, fails ? fault(unreachable) : { kind: 'served' }, { now, random: 0 });
      if (health.state !== before) transitions.push(now - start);
    }
    return { failuresToOpen, transitions, last: health.state };
  }

  test('A13 breaker: half of the calls failing opens it within five failures, and it does not flap', () => {
    const { failuresToOpen, transitions, last } = run((call) => call % 2 === 0);
    expect(failuresToOpen).toBeLessThanOrEqual(5);
    expect(transitions.filter((at) => at < minute).length).toBeLessThanOrEqual(2);
    expect(last).toBe('active');
  });

  test('A13 breaker: whatever the order of the failures, it changes at most twice in any minute', () => {
    const orders = fc.array(fc.boolean(), { minLength: 150, maxLength: 150 });
    fc.assert(
      fc.property(orders, (order) => {
        const { transitions } = run((call) => order[call] ?? false);
        for (const at of transitions) {
          const within = transitions.filter((other) => other >= at && other < at + minute);
          expect(within.length).toBeLessThanOrEqual(2);
        }
      }),
    );
  });

  test('A13 breaker: one failure in fifty calls is no reason', () => {
    expect(run((call) => call % 50 === 0).transitions).toEqual([]);
  });
});

describe('A09 window-headers', () => {
  const account: Fault = { kind: 'rate-limited', scope: 'account', retryAfterMs: 10 * second };
  const ofModel: Fault = { kind: 'rate-limited', scope: 'model', retryAfterMs: 10 * second };
  const now = start + second;
  const told = (windows: readonly LimitWindow[], of: Fault = account): Health =>
    reduce(fresh, { kind: 'fault', fault: of, model, limits: { readAt: now, windows } });
  const window = (name: string, more: Partial<LimitWindow> = {}): LimitWindow => ({
    name,
    isExhausted: true,
    resetsAt: now + hour,
    ...more,
  });
  const family = { models: ['*sonnet*'] };

  test.each<[string, Health, object]>([
    ['the 5-hour window limits the account until it resets', told([window('5h')]), { until: now + hour, window: '5h' }],
    [
      'of two windows the one that resets last counts',
      told([window('5h'), window('7d', { resetsAt: now + day })]),
      { until: now + day, window: '7d' },
    ],
    [
      'a family’s window keeps the other families in, also when it resets later',
      told([window('5h'), window('7d_oi', { ...family, resetsAt: now + day })]),
      { until: now + hour, window: '5h' },
    ],
    [
      'a window that is not exhausted does not count',
      told([window('5h', { isExhausted: false })]),
      { until: now + 10 * second },
    ],
    ['no windows: as long as the answer asks', told([]), { until: now + 10 * second }],
    [
      'a reset in the past: as long as the answer asks',
      told([window('5h', { resetsAt: now - 1 })]),
      { until: now + 10 * second, window: '5h' },
    ],
    [
      'no reset: as long as the answer asks',
      told([window('5h', { resetsAt: undefined })]),
      { until: now + 10 * second, window: '5h' },
    ],
    [
      'a reset in a year: eight days at most',
      told([window('5h', { resetsAt: now + 365 * day })]),
      { until: now + 8 * day, window: '5h' },
    ],
  ])('A09 window-headers: %s', (_title, health, expected) => {
    const { reason, until } = health;
    expect(health).toMatchObject({ state: 'limited', limits: [] });
    expect({ until, ...(reason?.kind === 'rate-limit' && reason.window ? { window: reason.window } : {}) }).toEqual(
      expected,
    );
  });

  test.each<[string, Health, readonly object[]]>([
    [
      'only a family’s window limits that family',
      told([window('7d_oi', family)], ofModel),
      [{ scope: 'family', models: ['*sonnet*'], window: '7d_oi', until: now + hour }],
    ],
    [
      'a window of this very model limits the model',
      told([window('requests', { models: [model] })], ofModel),
      [{ scope: 'model', models: [model], window: 'requests', until: now + hour }],
    ],
    [
      'a family the call was not for is not touched',
      told([window('7d_oi', { models: ['*opus*'] })], ofModel),
      [{ scope: 'model', models: [model], until: now + 10 * second }],
    ],
    ['no windows: the model alone', told([], ofModel), [{ scope: 'model', models: [model], until: now + 10 * second }]],
  ])('A09 window-headers: %s', (_title, health, expected) => {
    expect(health.state).toBe('active');
    expect(health.limits).toEqual(expected);
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
        const ends = [seen.until ?? 0, ...seen.limits.map(({ until }) => until)];
        const left = ends.map((until) => until - (start + jump));
        for (const wait of left) expect(wait).toBeLessThanOrEqual(lengthMs);
        expect(effectiveHealth(seen, start + jump + lengthMs)).toMatchObject({ state: 'active', limits: [] });
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
    const both = { ...limited, limits: modelLimited.limits };
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
    {
      weight: 1,
      arbitrary: fc.constantFrom<HealthEvent>({ kind: 'served' }, { kind: 'answered' }, { kind: 'resumed' }),
    },
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
        const ends = [...next.limits.map(({ until }) => until), ...(next.until === undefined ? [] : [next.until])];
        for (const end of ends) expect(end - now).toBeLessThanOrEqual(8 * day + clockSlack);
        for (const end of ends) expect(Number.isSafeInteger(end)).toBe(true);
        expect(next.until !== undefined).toBe(next.state === 'limited' || next.state === 'cooling-down');
        expect(next.reason !== undefined).toBe(next.state !== 'active');
        expect(JSON.parse(JSON.stringify(next))).toEqual(next);
        if (next !== health) expect({ ...next }).not.toEqual(health);
        health = next;
      }
    }),
  );
});
