import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newHealth } from '../accounts/health.ts';
import { snapshotOf, start, type ViewFields, viewOf } from './__fixtures__/views.ts';
import { choose } from './choose.ts';
import type { Ask, GroupView, Snapshot } from './plan.ts';
import { type PastCall, replay } from './replay.ts';
import { defaultRules, strategies } from './rules.ts';
import { atMoment, freeze, simulate, thaw } from './simulate.ts';

const hour = 3_600_000;
const ids = Array.from({ length: 8 }, (_, index) => `acc_${index}`);
const someId = fc.constantFrom(...ids);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const soon = fc.integer({ min: start - 60_000, max: start + 60_000 });

const fields: fc.Arbitrary<ViewFields> = fc.record({
  account: fc.record({
    priority: fc.integer({ min: 1, max: 3 }),
    weight: fc.integer({ min: 1, max: 10 }),
    isEnabled: fc.boolean(),
    models: fc.subarray(['claude-*', 'gpt-*']),
    care: fc.record({
      sharing: fc.constantFrom('shared' as const, 'dedicated' as const, 'only-me' as const),
      stopAt: fc.constantFrom({}, { '5h': 50 }, { '*': 80 }),
      reservePercent: optional(fc.integer({ min: 1, max: 50 })),
      expiresAt: optional(soon),
    }),
  }),
  health: fc.record({
    state: fc.constantFrom('active' as const, 'limited' as const, 'cooling-down' as const, 'blocked' as const),
    until: optional(soon),
  }),
  inFlight: fc.nat(9),
  served: fc.double({ min: 0, max: 50, noNaN: true }),
  starts: fc.nat(50),
  lastStartAt: soon,
  limits: fc.record({
    readAt: fc.constant(start - 1_000),
    windows: fc.array(
      fc.record({
        name: fc.constantFrom('5h', '7d'),
        used: fc.double({ min: 0, max: 1, noNaN: true }),
        lengthMs: fc.constant(5 * hour),
        resetsAt: fc.integer({ min: start, max: start + 5 * hour }),
        isExhausted: fc.boolean(),
      }),
      { maxLength: 2 },
    ),
  }),
});

const groupsOf: fc.Arbitrary<ReadonlyMap<string, GroupView>> = fc
  .tuple(fc.subarray(ids), fc.subarray(ids))
  .map(([some, others]) => {
    const members = (list: readonly string[]) => new Map(list.map((id, index) => [id, index % 2 ? index : undefined]));
    const [team, rest] = [members(some), members(others)];
    return new Map([
      ['team', { id: 'team', members: team, fallbackId: 'rest' }],
      ['rest', { id: 'rest', members: rest }],
    ]);
  });

const asks: fc.Arbitrary<Ask> = fc.record({
  model: fc.constantFrom('claude-sonnet-4-5', 'gpt-5'),
  route: fc.constant('messages' as const),
  bringsCredential: fc.constant(false),
  isOwn: fc.boolean(),
  stickyAccountId: optional(someId),
  moveNanoUsd: fc.nat(1_000_000_000),
  boundAccountId: fc.option(someId, { nil: undefined, freq: 4 }),
  groupId: optional(fc.constant('team')),
});

const snapshots: fc.Arbitrary<Snapshot> = fc
  .tuple(fc.array(fields, { minLength: 1, maxLength: 8 }), groupsOf, fc.constantFrom(...strategies))
  .map(([all, groups, strategy]) =>
    snapshotOf(
      all.map((one, index) => viewOf(`acc_${index}`, one)),
      { groups, rules: { ...defaultRules, strategy } },
    ),
  );

describe('the simulator', () => {
  test('answers what the scheduler answers, also from a snapshot that was stored: 200 random states', () => {
    fc.assert(
      fc.property(snapshots, asks, (snapshot, ask) => {
        const real = choose(snapshot, ask);
        const simulated = simulate(snapshot, ask);
        expect(simulated.explanation).toEqual(real.explanation);
        expect(simulated.wait).toEqual(real.wait);
        const stored = JSON.parse(JSON.stringify(snapshot.views.map(freeze)));
        const views = snapshot.views.map((view, index) => thaw(stored[index], view, snapshot.now));
        expect(JSON.parse(JSON.stringify(choose({ ...snapshot, views }, ask).explanation))).toEqual(
          JSON.parse(JSON.stringify(real.explanation)),
        );
      }),
      { numRuns: 200 },
    );
  });

  test('looks at another moment: what has run out by then is over', () => {
    const limited = viewOf('a', { health: { ...newHealth(start), state: 'limited', until: start + hour } });
    const ask: Ask = { model: 'claude-sonnet-4-5', route: 'messages', bringsCredential: false };
    const at = (now: number) => simulate(atMoment(snapshotOf([limited]), now), ask).candidates.length;
    expect([at(start), at(start + hour - 1), at(start + hour)]).toEqual([0, 0, 1]);
  });
});

describe('a replay', () => {
  const views = [viewOf('a', { account: { priority: 1 } }), viewOf('b', { account: { priority: 1 } })];
  const ask = { bringsCredential: false, isOwn: true };
  const verdict = (accountId: string, more = {}) => ({
    ...{ accountId, priority: 1, load: 0, inFlight: 0, served: 0, starts: 0, lastStartAt: 0 },
    ...more,
  });
  const call = (index: number, more: Partial<PastCall> = {}): PastCall => ({
    ...{ requestId: `req_${index}`, startedAt: start + index * 1_000, keyId: 'key', session: `s${index}` },
    ...{ model: 'claude-sonnet-4-5', route: 'messages', accountId: 'a', wasServed: true },
    explanation: { ask, verdicts: [verdict('a'), verdict('b')] },
    ...more,
  });

  test('tells what other rules would have made of the same calls', () => {
    const calls = Array.from({ length: 10 }, (_, index) => call(index));
    const result = replay({ views, groups: new Map(), rules: { ...defaultRules, strategy: 'round-robin' } }, calls);
    expect(Object.fromEntries(result.byAccount)).toEqual({ a: { before: 10, after: 5 }, b: { before: 0, after: 5 } });
    expect(result).toMatchObject({ calls: 10, changed: 5, refusedBefore: 0, refusedAfter: 0 });
    expect(result.examples[0]).toEqual({ requestId: 'req_1', before: 'a', after: 'b' });
  });

  test('keeps sessions where the replay put them, and accounts out that were out', () => {
    const out = { ask, verdicts: [verdict('a', { skipped: 'limited', until: start + hour }), verdict('b')] };
    const calls = [0, 1, 2, 3].map((index) =>
      call(index, { session: 's', ...(index < 2 ? { explanation: out } : {}) }),
    );
    const result = replay({ views, groups: new Map(), rules: defaultRules }, calls);
    expect(Object.fromEntries(result.byAccount)).toEqual({ a: { before: 4, after: 0 }, b: { before: 0, after: 4 } });
    expect(result).toMatchObject({ turns: 3, stayedBefore: 3, stayedAfter: 3 });
  });

  test('tells what another order of accounts would have made of them', () => {
    const changes = [{ accountId: 'b', priority: 2 }];
    const one = replay({ views, groups: new Map(), rules: defaultRules }, [call(0), call(1)], changes);
    expect(Object.fromEntries(one.byAccount)).toEqual({ a: { before: 2, after: 2 } });
    const paused = replay(
      { views, groups: new Map(), rules: defaultRules },
      [call(0)],
      [{ accountId: 'a', isEnabled: false }],
    );
    expect(Object.fromEntries(paused.byAccount)).toEqual({ a: { before: 1, after: 0 }, b: { before: 0, after: 1 } });
  });

  test('counts what nobody could have served', () => {
    const blocked = { ask, verdicts: [verdict('a', { skipped: 'blocked' }), verdict('b', { skipped: 'paused' })] };
    const result = replay({ views, groups: new Map(), rules: defaultRules }, [call(0, { explanation: blocked })]);
    expect(result).toMatchObject({ refusedBefore: 0, refusedAfter: 1 });
  });
});
