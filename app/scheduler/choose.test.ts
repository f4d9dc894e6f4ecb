import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HealthState } from '../accounts/account.ts';
import { matchesPattern } from '../domain/patterns.ts';
import { Pool, snapshotOf, start, type ViewFields, viewOf } from './__fixtures__/views.ts';
import { choose, soonestReturn } from './choose.ts';
import type { Ask, Plan } from './plan.ts';

const ask: Ask = { route: 'messages', model: 'claude-sonnet-4-5', bringsCredential: false };
const withCredential: Ask = { ...ask, bringsCredential: true };
const minute = 60_000;
const limitOf = (model: string) => ({ scope: 'model' as const, models: [model], until: start + minute });

const facts = (accountId: string) => ({
  ...{ accountId, priority: 50, load: 0, inFlight: 0, served: 0, starts: 0, lastStartAt: 0 },
});
const idsOf = ({ candidates }: Plan) => candidates.map(({ account }) => account.id);
const verdictOf = ({ explanation }: Plan, id: string) => explanation.verdicts.find(({ accountId }) => accountId === id);

describe('who may serve', () => {
  test.each<[string, ViewFields, object | undefined]>([
    ['an account that is well', {}, undefined],
    ['a paused one', { account: { isEnabled: false } }, { skipped: 'paused' }],
    [
      'one that cools down',
      { health: { state: 'cooling-down', until: start + minute } },
      { skipped: 'cooling-down', until: start + minute },
    ],
    [
      'a limited one',
      { health: { state: 'limited', until: start + minute } },
      { skipped: 'limited', until: start + minute },
    ],
    ['one whose limit has just run out', { health: { state: 'limited', until: start } }, undefined],
    ['one without a working credential', { health: { state: 'needs-sign-in' } }, { skipped: 'needs-sign-in' }],
    ['a blocked one', { health: { state: 'blocked' } }, { skipped: 'blocked' }],
    [
      'one whose limit is of this model',
      { health: { limits: [limitOf(ask.model)] } },
      { skipped: 'model-limited', until: start + minute },
    ],
    ['one whose limit is of another model', { health: { limits: [limitOf('other')] } }, undefined],
    [
      'one whose limit is of the model that it maps to',
      { account: { modelMap: { 'claude-*': 'big' } }, health: { limits: [limitOf('big')] } },
      { skipped: 'model-limited', until: start + minute },
    ],
    [
      'one that maps this model to another than the limited one',
      { account: { modelMap: { 'claude-*': 'big' } }, health: { limits: [limitOf(ask.model)] } },
      undefined,
    ],
    ['one that lists other models', { account: { models: ['claude-opus-*'] } }, { skipped: 'model-not-supported' }],
    ['one that lists this model', { account: { models: ['claude-opus-*', 'CLAUDE-sonnet-*'] } }, undefined],
    ['one that maps this model', { account: { models: ['x'], modelMap: { 'claude-sonnet-*': 'y' } } }, undefined],
    [
      'one that neither serves the model nor is well: waiting would not help',
      { account: { models: ['x'] }, health: { state: 'limited', until: start + minute } },
      { skipped: 'model-not-supported' },
    ],
  ])('%s', (_title, fields, skipped) => {
    const plan = choose(snapshotOf([viewOf('one', fields)]), ask);
    expect(idsOf(plan)).toEqual(skipped ? [] : ['one']);
    const rest = skipped ?? { rank: 0 };
    expect(verdictOf(plan, 'one')).toEqual({ ...facts('one'), ...rest });
  });

  test('P07 proto-pollution: models may have the names that every object has', () => {
    for (const model of ['__proto__', 'constructor', 'toString']) {
      expect(idsOf(choose(snapshotOf([viewOf('one')]), { ...ask, model }))).toEqual(['one']);
    }
  });
});

describe('the client’s own credential', () => {
  const pooled = viewOf('pooled');
  const through = viewOf('through', { forwardsClientCredential: true });
  const closed = viewOf('through', { forwardsClientCredential: true, account: { isEnabled: false } });
  const ill = viewOf('through', {
    forwardsClientCredential: true,
    health: { state: 'cooling-down', until: start + 1 },
  });

  test('goes to the accounts that forward it, and to no other', () => {
    const plan = choose(snapshotOf([pooled, through]), withCredential);
    expect(idsOf(plan)).toEqual(['through']);
    expect(verdictOf(plan, 'pooled')).toMatchObject({ skipped: 'client-credential-only' });
  });

  test('goes nowhere with a key that may use a cloud alone, which serves it', () => {
    const views = [viewOf('cloud', { cloud: 'bedrock' }), viewOf('vendor'), through];
    for (const asked of [ask, withCredential]) {
      const plan = choose(snapshotOf(views), { ...asked, reach: ['bedrock'] });
      expect(idsOf(plan)).toEqual(['cloud']);
      expect(verdictOf(plan, 'vendor')).toMatchObject({ skipped: 'service-not-allowed' });
    }
  });

  test('waits for them rather than be replaced by ours', () => {
    const plan = choose(snapshotOf([pooled, ill]), withCredential);
    expect(idsOf(plan)).toEqual([]);
    expect(verdictOf(plan, 'through')).toMatchObject({ skipped: 'cooling-down', until: start + 1 });
  });

  test.each([[[pooled]], [[pooled, closed]]])('does not matter where nobody forwards it', (views) => {
    expect(idsOf(choose(snapshotOf(views), withCredential))).toEqual(['pooled']);
  });

  test('is what an account that forwards it needs', () => {
    const plan = choose(snapshotOf([pooled, through]), ask);
    expect(idsOf(plan)).toEqual(['pooled']);
    expect(verdictOf(plan, 'through')).toMatchObject({ skipped: 'needs-client-credential' });
  });
});

describe('a key that is bound to one account', () => {
  const bound: Ask = { ...ask, boundAccountId: 'own' };
  const other = viewOf('other', { account: { priority: 1 } });

  test('reaches that account and no other, wherever its session was before', () => {
    const plan = choose(snapshotOf([other, viewOf('own', { inFlight: 9 })]), { ...bound, stickyAccountId: 'other' });
    expect(idsOf(plan)).toEqual(['own']);
    expect(verdictOf(plan, 'other')).toEqual({ ...facts('other'), skipped: 'not-bound', priority: 1 });
    expect(plan.explanation.sticky).toBe('moved');
  });

  test.each<[string, ViewFields, object]>([
    ['paused', { account: { isEnabled: false } }, { skipped: 'paused' }],
    ['limited', { health: { state: 'limited', until: start + minute } }, { skipped: 'limited', until: start + minute }],
    ['without a working credential', { health: { state: 'needs-sign-in' } }, { skipped: 'needs-sign-in' }],
  ])('A15 dedicated-missing: waits for it while it is %s', (_title, fields, verdict) => {
    const plan = choose(snapshotOf([other, viewOf('own', fields)]), bound);
    expect(idsOf(plan)).toEqual([]);
    expect(verdictOf(plan, 'own')).toMatchObject(verdict);
  });

  test('A15 dedicated-missing: nobody takes the place of one that was removed, and only its own return counts', () => {
    const soon = viewOf('soon', { health: { state: 'limited', until: start + 1 } });
    const plan = choose(snapshotOf([other, soon]), bound);
    expect(idsOf(plan)).toEqual([]);
    expect(soonestReturn(plan)).toBeUndefined();
  });

  test('is served by it also where another account would forward the client’s own credential', () => {
    const through = viewOf('through', { forwardsClientCredential: true });
    expect(idsOf(choose(snapshotOf([through, viewOf('own')]), { ...bound, bringsCredential: true }))).toEqual(['own']);
    const forwarding = viewOf('own', { forwardsClientCredential: true });
    expect(idsOf(choose(snapshotOf([through, forwarding]), { ...bound, bringsCredential: true }))).toEqual(['own']);
    expect(verdictOf(choose(snapshotOf([forwarding]), bound), 'own')).toMatchObject({
      skipped: 'needs-client-credential',
    });
  });
});

describe('the order', () => {
  test('lower priority numbers first, whatever they carry', () => {
    const views = [
      viewOf('third', { account: { priority: 99 } }),
      viewOf('first', { account: { priority: 1 }, inFlight: 50, served: 1_000 }),
      viewOf('second', { account: { priority: 2 } }),
    ];
    expect(idsOf(choose(snapshotOf(views), ask))).toEqual(['first', 'second', 'third']);
  });

  test('then who carries no more than its share, then who served least, then the least load, then as they came', () => {
    const views = [
      viewOf('carries too much', { inFlight: 5 }),
      viewOf('served most', { served: 9 }),
      viewOf('served less, busy', { served: 1, inFlight: 1 }),
      viewOf('served less, idle', { served: 1 }),
      viewOf('served less, idle too', { served: 1 }),
    ];
    expect(idsOf(choose(snapshotOf(views), ask))).toEqual([
      'served less, idle',
      'served less, idle too',
      'served less, busy',
      'served most',
      'carries too much',
    ]);
  });

  test('the session’s own account goes first, also from another priority', () => {
    const views = [viewOf('best', { account: { priority: 1 } }), viewOf('own', { inFlight: 9, served: 99 })];
    const plan = choose(snapshotOf(views), { ...ask, stickyAccountId: 'own' });
    expect(idsOf(plan)).toEqual(['own', 'best']);
    expect(plan.explanation.sticky).toBe('kept');
  });

  test.each([viewOf('own', { account: { isEnabled: false } }), viewOf('somebody else')])(
    'a session moves when its own account cannot serve it',
    (own) => {
      const plan = choose(snapshotOf([own, viewOf('other')]), { ...ask, stickyAccountId: 'own' });
      expect(plan.explanation.sticky).toBe('moved');
      expect(idsOf(plan)).not.toContain('own');
    },
  );

  test('a session without an account is just new', () => {
    expect(choose(snapshotOf([viewOf('one')]), ask).explanation.sticky).toBe('none');
  });

  test('the explanation names each account’s verdict, the best first', () => {
    const views = [
      viewOf('paused', { account: { isEnabled: false } }),
      viewOf('second', { served: 1, inFlight: 1, account: { weight: 4 } }),
      viewOf('first'),
    ];
    expect(choose(snapshotOf(views), ask).explanation).toEqual({
      ask: { bringsCredential: false },
      sticky: 'none',
      strategy: 'weighted',
      verdicts: [
        { ...facts('first'), rank: 0 },
        { ...facts('second'), rank: 1, load: 0.25, inFlight: 1, served: 1 },
        { ...facts('paused'), skipped: 'paused' },
      ],
    });
  });

  test('the soonest return is the earliest of those that come back by themselves', () => {
    const out = (id: string, until: number | undefined) =>
      viewOf(id, { health: { state: until ? 'limited' : 'blocked', until } });
    expect(
      soonestReturn(choose(snapshotOf([out('a', start + 9), out('b', undefined), out('c', start + 5)]), ask)),
    ).toBe(start + 5);
    expect(soonestReturn(choose(snapshotOf([out('b', undefined), viewOf('d')]), ask))).toBeUndefined();
  });
});

describe('A14 weight-fairness', () => {
  const weights = { a: 5, b: 3, c: 2 } as const;
  const starts = 10_000;
  const pool = () => new Pool(Object.entries(weights).map(([id, weight]) => viewOf(id, { account: { weight } })));

  function next(accounts: Pool): string {
    const [best] = choose(snapshotOf(accounts.views), ask).candidates;
    if (!best) throw new Error('nobody can serve');
    accounts.started(best.account.id);
    return best.account.id;
  }

  function expectFair(counts: ReadonlyMap<string, number>): void {
    for (const [id, weight] of Object.entries(weights)) {
      const share = (counts.get(id) ?? 0) / starts;
      expect(Math.abs(share - weight / 10), `${id} got ${share}`).toBeLessThan(0.03 * (weight / 10));
    }
  }

  const count = (counts: Map<string, number>, id: string) => counts.set(id, (counts.get(id) ?? 0) + 1);

  test('A14 weight-fairness: 10,000 calls one after the other come 5:3:2', () => {
    const accounts = pool();
    const counts = new Map<string, number>();
    for (let call = 0; call < starts; call += 1) {
      const id = next(accounts);
      count(counts, id);
      accounts.ended(id);
    }
    expectFair(counts);
  });

  test.each([2, 3, 4, 7, 10, 16, 100])('A14 weight-fairness: 10,000 calls, %i at a time, come 5:3:2', (atOnce) => {
    const accounts = pool();
    const counts = new Map<string, number>();
    const running: string[] = [];
    const random = sequence(atOnce);
    for (let call = 0; call < starts; call += 1) {
      if (running.length === atOnce) {
        const [ended] = running.splice(Math.floor(random() * running.length), 1);
        if (ended) accounts.ended(ended);
      }
      const id = next(accounts);
      count(counts, id);
      running.push(id);
    }
    expectFair(counts);
  });

  test('an account whose calls never end does not swallow more than its share of what runs', () => {
    const accounts = new Pool([viewOf('stuck'), viewOf('well'), viewOf('well too')]);
    let stuck = 0;
    for (let call = 0; call < 1_000; call += 1) {
      const id = next(accounts);
      if (id === 'stuck') stuck += 1;
      else accounts.ended(id);
    }
    expect(stuck).toBe(1);
  });
});

describe('whatever the accounts are like', () => {
  const states: fc.Arbitrary<HealthState> = fc.constantFrom(
    'active',
    'cooling-down',
    'limited',
    'needs-sign-in',
    'blocked',
  );
  const until = fc.option(fc.integer({ min: start - 10, max: start + 10 }), { nil: undefined });
  const fields: fc.Arbitrary<ViewFields> = fc.record({
    account: fc.record({
      priority: fc.integer({ min: 1, max: 3 }),
      weight: fc.integer({ min: 1, max: 100 }),
      isEnabled: fc.boolean(),
      models: fc.subarray(['claude-*', 'gpt-*', '*sonnet*']),
    }),
    health: fc.record({
      state: states,
      until,
      limits: fc.array(
        fc.record({
          scope: fc.constant('model' as const),
          models: fc.constantFrom([ask.model], ['gpt-5'], ['__proto__']),
          until: fc.integer({ min: start - 10, max: start + 10 }),
        }),
      ),
    }),
    inFlight: fc.nat(20),
    served: fc.double({ min: 0, max: 100, noNaN: true }),
    forwardsClientCredential: fc.boolean(),
  });
  const pools = fc
    .array(fields, { maxLength: 12 })
    .map((all) => all.map((one, index) => viewOf(`account-${index}`, one)));
  const asks = fc.record({
    model: fc.constantFrom(ask.model, 'gpt-5', 'other'),
    route: fc.constant('messages' as const),
    bringsCredential: fc.boolean(),
    stickyAccountId: fc.option(
      fc.nat(12).map((index) => `account-${index}`),
      { nil: undefined },
    ),
  });
  const boundIds = fc.nat(12).map((index) => `account-${index}`);

  test('a bound ask is answered as if its account were the only one', () => {
    fc.assert(
      fc.property(pools, asks, boundIds, (views, one, boundAccountId) => {
        const own = views.filter(({ account }) => account.id === boundAccountId);
        const { candidates, explanation } = choose(snapshotOf(views), { ...one, boundAccountId });
        expect(candidates).toEqual(choose(snapshotOf(own), one).candidates);
        const others = explanation.verdicts.filter(({ accountId }) => accountId !== boundAccountId);
        expect(new Set(others.map(({ skipped }) => skipped))).toEqual(
          new Set(views.length > own.length ? ['not-bound'] : []),
        );
      }),
    );
  });

  test('nobody is chosen who may not serve, and everybody who may is', () => {
    fc.assert(
      fc.property(pools, asks, (views, one) => {
        const through =
          one.bringsCredential && views.some((view) => view.forwardsClientCredential && view.account.isEnabled);
        const may = views.filter(({ account, health, forwardsClientCredential }) => {
          const isWell = health.state === 'active' || (health.until ?? Number.POSITIVE_INFINITY) <= start;
          const serves =
            account.models.length === 0 || account.models.some((pattern) => matchesPattern(pattern, one.model));
          const isLimited = health.limits.some(({ models, until }) => models[0] === one.model && until > start);
          return forwardsClientCredential === through && account.isEnabled && isWell && serves && !isLimited;
        });
        const { candidates } = choose(snapshotOf(views), one);
        expect(new Set(candidates)).toEqual(new Set(may));
      }),
    );
  });

  test('every account has one verdict, and candidates are ranked in their order', () => {
    fc.assert(
      fc.property(pools, asks, (views, one) => {
        const plan = choose(snapshotOf(views), one);
        const { verdicts } = plan.explanation;
        expect(verdicts.map(({ accountId }) => accountId).sort()).toEqual(
          views.map(({ account }) => account.id).sort(),
        );
        const ranked = verdicts.filter(({ rank }) => rank !== undefined);
        expect(ranked.map(({ accountId }) => accountId)).toEqual(idsOf(plan));
        expect(ranked.map(({ rank }) => rank)).toEqual(ranked.map((_, index) => index));
        for (const { rank, skipped } of verdicts) expect((rank === undefined) !== (skipped === undefined)).toBe(true);
      }),
    );
  });

  test('priorities never go down behind the session’s own account', () => {
    fc.assert(
      fc.property(pools, asks, (views, one) => {
        const { candidates, explanation } = choose(snapshotOf(views), one);
        const rest = explanation.sticky === 'kept' ? candidates.slice(1) : candidates;
        const priorities = rest.map(({ account }) => account.priority);
        expect(priorities).toEqual(priorities.toSorted((a, b) => a - b));
      }),
    );
  });

  test('the same views give the same plan, in whatever order they come unless all is equal, and stay as they were', () => {
    fc.assert(
      fc.property(pools, asks, (views, one) => {
        const before = JSON.stringify(views);
        const distinct = views.map((view, index) => ({ ...view, served: index }));
        expect(choose(snapshotOf(views), one)).toEqual(choose(snapshotOf(views), one));
        expect(idsOf(choose(snapshotOf(distinct.toReversed()), one))).toEqual(idsOf(choose(snapshotOf(distinct), one)));
        expect(JSON.stringify(views)).toBe(before);
      }),
    );
  });
});

/** Numbers from 0 to 1 that look random and are the same in every run. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
}
