import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ManualClock, manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { openState, type StateOptions } from '../../app/state/open.ts';
import type { BudgetHold, BudgetWindow, Held, SpentAt, State } from '../../app/state/state.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { missingRedis, redisUrl, removeKeys, testPrefix } from './state-redis.ts';

const prefix = testPrefix();

describe('budgets on the embedded engine', () => {
  defineContract({ engine: 'embedded' });
});

suiteThatNeeds(await missingRedis(), 'budgets on a real Redis', () => {
  afterAll(() => removeKeys(prefix));
  defineContract({ engine: 'redis', url: redisUrl, prefix });
});

const ttlMs = 60_000;
const hour = 3_600_000;

function defineContract(options: StateOptions): void {
  let clock: ManualClock;
  let state: State;
  /** Another node on the same server; the same one where there can be no other. */
  let other: State;
  let nextName = 0;

  beforeAll(async () => {
    clock = manualClock();
    state = await openState(options, clock);
    other = options.engine === 'redis' ? await openState(options, clock) : state;
  });
  afterAll(async () => {
    await state.close();
    if (other !== state) await other.close();
  });

  /** A window that is whole and empty. */
  const fresh = async (
    span: BudgetWindow['span'] = { kind: 'period', startsAt: clock.now() },
  ): Promise<BudgetWindow> => {
    const window = { name: `budget-${nextName++}`, span };
    await state.budgets.complete(window, async () => []);
    return window;
  };
  const hold = (window: BudgetWindow, amount: number, limit: number) =>
    state.budgets.hold([{ window, limit, amount }], ttlMs);
  const held = (answer: Held): BudgetHold => {
    if (answer.kind !== 'held') throw new Error(`It is ${answer.kind}`);
    return answer.hold;
  };
  const standing = async (window: BudgetWindow) => {
    const { spent, held: onTheWay } = (await state.budgets.read(window)) ?? {};
    return [spent, onTheWay];
  };

  test('what is held counts until it is settled, and then what was spent does', async () => {
    const window = await fresh();
    const first = held(await hold(window, 60, 100));
    expect(await standing(window)).toEqual([0, 60]);
    expect(await hold(window, 50, 100)).toMatchObject({ kind: 'refused', index: 0, standing: { spent: 0, held: 60 } });
    await first.settle([10], clock.now());
    await first.settle([10], clock.now());
    expect(await standing(window)).toEqual([10, 0]);
    await held(await hold(window, 90, 100)).settle([0], clock.now());
    expect(await standing(window)).toEqual([10, 0]);
  });

  test('Q02 overshoot-rate: of 200 at once exactly as many pass as there is room for', async () => {
    const window = await fresh();
    const answers = await Promise.all(Array.from({ length: 200 }, () => hold(window, 1, 10)));
    const passed = answers.filter(({ kind }) => kind === 'held');
    expect(passed.length).toBeLessThanOrEqual(10);
    expect(await standing(window)).toEqual([0, passed.length]);
    // Those that were refused together took nothing: the rest of the room is still there.
    for (let more = passed.length; more < 10; more += 1) expect((await hold(window, 1, 10)).kind).toBe('held');
    expect((await hold(window, 1, 10)).kind).toBe('refused');
  });

  test('Q04 hold-leak: what a node that died had stored counts when its hold is over, though it told nobody', async () => {
    const window = await fresh();
    const stored: SpentAt[] = [];
    held(await hold(window, 8, 10));
    stored.push({ amount: 8, at: clock.now() });
    expect(await hold(window, 3, 10)).toMatchObject({ kind: 'refused', standing: { spent: 0, held: 8 } });
    clock.advance(2 * ttlMs);
    expect(await hold(window, 3, 10)).toEqual({ kind: 'incomplete', windows: [window] });
    await other.budgets.complete(window, async () => stored);
    expect(await hold(window, 3, 10)).toMatchObject({ kind: 'refused', standing: { spent: 8, held: 0 } });
    held(await hold(window, 2, 10));
  });

  const runs = options.engine === 'embedded' ? 1_000 : 100;
  test(`Q01 overshoot-cost-200: in ${runs} runs of 200 at once no budget of ten is overspent, and each is spent in full`, async () => {
    for (let run = 0; run < runs; run += 1) {
      const window = await fresh();
      const nodes = [state, other];
      const asks = Array.from({ length: 200 }, (_, index) =>
        (nodes[index % 2] ?? state).budgets.hold([{ window, limit: 10, amount: 1 }], ttlMs),
      );
      let passed = 0;
      for (const answer of await Promise.all(asks)) {
        if (answer.kind !== 'held') continue;
        passed += 1;
        await answer.hold.settle([1], clock.now());
      }
      expect(passed).toBeLessThanOrEqual(10);
      for (let more = passed; more < 10; more += 1) await held(await hold(window, 1, 10)).settle([1], clock.now());
      expect([await standing(window), (await hold(window, 1, 10)).kind]).toEqual([[10, 0], 'refused']);
    }
  });

  test('all windows of an ask are held, or none', async () => {
    const [wide, narrow] = [await fresh(), await fresh()];
    const asks = [
      { window: wide, limit: 100, amount: 5 },
      { window: narrow, limit: 4, amount: 5 },
    ];
    expect(await state.budgets.hold(asks, ttlMs)).toMatchObject({ kind: 'refused', index: 1 });
    expect([await standing(wide), await standing(narrow)]).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test('Q04 hold-leak: a hold that nobody renews ends by itself, one that is renewed does not', async () => {
    const [left, kept] = [await fresh(), await fresh()];
    await hold(left, 5, 10);
    const alive = held(await hold(kept, 5, 10));
    for (let passed = 0; passed < 2 * ttlMs; passed += ttlMs / 3) {
      clock.advance(ttlMs / 3);
      await alive.renew();
    }
    // Nobody knows what it spent, so that is asked again.
    expect(await state.budgets.read(left)).toBeUndefined();
    await state.budgets.complete(left, async () => []);
    expect([await standing(left), await standing(kept)]).toEqual([
      [0, 0],
      [0, 5],
    ]);
    await alive.settle([5], clock.now());
    expect(await standing(kept)).toEqual([5, 0]);
  });

  test('what is spent leaves a rolling window after its length, and never two windows meet at an edge', async () => {
    const window = await fresh({ kind: 'rolling', lengthMs: hour });
    await held(await hold(window, 8, 10)).settle([8], clock.now());
    clock.advance(hour - 1);
    expect((await hold(window, 3, 10)).kind).toBe('refused');
    const [oldest] = (await state.budgets.read(window))?.parts ?? [];
    clock.advance((oldest?.endsAt ?? 0) - clock.now());
    expect(await standing(window)).toEqual([0, 0]);
    expect((oldest?.endsAt ?? 0) - clock.now()).toBeLessThanOrEqual(hour / 20);
  });

  test('a call is counted when it began, also when it ends later', async () => {
    const window = await fresh({ kind: 'rolling', lengthMs: hour });
    const began = clock.now();
    const long = held(await hold(window, 8, 10));
    for (let passed = 0; passed < hour / 2; passed += ttlMs / 2) await passTime([{ hold: long, amount: 8 }], ttlMs / 2);
    await long.settle([8], began);
    clock.advance(hour / 2 + hour / 20);
    expect(await standing(window)).toEqual([0, 0]);
  });

  test('D12 redis-wrong-type / eviction / FLUSHALL: a window that lost its sums says so, takes them once, and loses no call', async () => {
    const window = { name: `lost-${nextName++}`, span: { kind: 'period', startsAt: 0 } } as const;
    const spent = [{ amount: 40, at: clock.now() }];
    expect(await hold(window, 1, 100)).toEqual({ kind: 'incomplete', windows: [window] });
    expect(await state.budgets.read(window)).toBeUndefined();
    await Promise.all(Array.from({ length: 10 }, () => state.budgets.complete(window, async () => spent)));
    expect(await standing(window)).toEqual([40, 0]);
    await held(await hold(window, 60, 100)).settle([30], clock.now());
    expect(await standing(window)).toEqual([70, 0]);
  });

  test('Q05 false-exceeded: who asks for too much keeps nobody else out, not even for a moment', async () => {
    const window = await fresh();
    for (let round = 0; round < 50; round += 1) {
      const [tooMuch, little] = await Promise.all([hold(window, 101, 100), hold(window, 1, 100)]);
      expect(tooMuch.kind).toBe('refused');
      await held(little).settle([0], clock.now());
    }
    expect(await standing(window)).toEqual([0, 0]);
  });

  test('D12 redis-wrong-type / eviction / FLUSHALL: sums that are made anew have each call once, whenever it ended', async () => {
    const window = await fresh();
    const stored: SpentAt[] = [];
    const read = async () => [...stored];
    const end = (hold: BudgetHold, amount: number) => {
      stored.push({ amount, at: clock.now() });
      return hold.settle([amount], clock.now());
    };
    const calls = await Promise.all(Array.from({ length: 4 }, async () => held(await hold(window, 10, 100))));
    const [before, meanwhile, after, never] = calls;
    if (!before || !meanwhile || !after || !never) throw new Error('four calls were made');
    await state.budgets.forget(window);
    await end(before, 3);
    expect(await state.budgets.read(window)).toBeUndefined();
    let isFirst = true;
    await state.budgets.complete(window, async () => {
      const found = await read();
      if (isFirst) await end(meanwhile, 4);
      isFirst = false;
      return found;
    });
    expect(await standing(window)).toEqual([7, 20]);
    await end(after, 5);
    // Made anew since it began: whether it was read is not known, so it is read once more.
    await state.budgets.complete(window, read);
    expect(await standing(window)).toEqual([12, 10]);
    await never.settle([0], clock.now());
    expect(await standing(window)).toEqual([12, 0]);
  });

  type Step = readonly ['ask' | 'end' | 'crash' | 'wait', number];
  const steps = fc.array(
    fc.tuple(
      fc.constantFrom('ask' as const, 'end' as const, 'crash' as const, 'wait' as const),
      fc.integer({ min: 1, max: 9 }),
    ),
    { maxLength: 40 },
  );

  test('Q04 hold-leak: whatever happens, spent and held never go above the limit, and nothing is held when nobody calls', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (course: readonly Step[]) => {
        const limit = 20;
        const place: Place = { node: state, window: await fresh(), stored: [], limit };
        const open: { readonly hold: BudgetHold; readonly amount: number }[] = [];
        for (const [step, number] of course) {
          if (step === 'ask') {
            const taken = await admitted(place, number, limit);
            if (taken) open.push({ hold: taken, amount: number });
          } else if (step === 'end') await endOne(open, place, number);
          else if (step === 'crash') open.shift();
          else await passTime(open, number * 1_000);
          const [spent = 0, onTheWay = 0] = await known(place);
          expect(spent + onTheWay).toBeLessThanOrEqual(limit);
        }
        for (const { hold: rest } of open) await rest.settle([0], clock.now());
        clock.advance(2 * ttlMs);
        expect((await known(place))[1]).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  /** What each of two nodes does at the same time; a number is how much, or how long nobody does anything. */
  type Move = readonly ['call' | 'abort' | 'crash' | 'lose' | 'wait', number];
  const moves = fc.array(
    fc.array(
      fc.tuple(
        fc.constantFrom('call' as const, 'call' as const, 'call' as const, 'abort', 'crash', 'lose', 'wait'),
        fc.integer({ min: 1, max: 9 }),
      ),
      { minLength: 1, maxLength: 8 },
    ),
    { maxLength: 6 },
  );

  test('Q01 overshoot-cost-200: for any interleaving of calls, aborts, crashes and lost state on two nodes, no limit is overspent and no call is lost', async () => {
    const nodes = [state, other];
    await fc.assert(
      fc.asyncProperty(moves, async (course: readonly (readonly Move[])[]) => {
        const limit = 30;
        const window: BudgetWindow = { name: `nodes-${nextName++}`, span: { kind: 'period', startsAt: clock.now() } };
        const stored: SpentAt[] = [];
        const total = () => stored.reduce((sum, { amount }) => sum + amount, 0);
        for (const together of course) {
          await Promise.all(
            together.map((move, index) => make(move, { node: nodes[index % 2] ?? state, window, stored, limit })),
          );
          expect(total()).toBeLessThanOrEqual(limit);
        }
        clock.advance(2 * ttlMs);
        for (const node of nodes) {
          if (!(await node.budgets.read(window))) await node.budgets.complete(window, async () => [...stored]);
        }
        expect(await standing(window)).toEqual([total(), 0]);
      }),
      { numRuns: 100 },
    );
  });

  interface Place {
    readonly node: State;
    readonly window: BudgetWindow;
    /** What is durable. */
    readonly stored: SpentAt[];
    readonly limit: number;
  }

  async function make([what, amount]: Move, place: Place): Promise<void> {
    const { node, window, stored, limit } = place;
    if (what === 'lose') return await node.budgets.forget(window);
    if (what === 'wait') return clock.advance((amount * ttlMs) / 8);
    const hold = await admitted(place, amount, limit);
    if (!hold) return;
    const spent = what === 'abort' ? 0 : amount - (amount % 2);
    if (spent > 0) stored.push({ amount: spent, at: clock.now() });
    // A node that died stored the call, but told nobody, and may never start again.
    if (what === 'crash') return;
    await hold.settle([spent], clock.now());
  }

  async function admitted(
    { node, window, stored }: Place,
    amount: number,
    limit: number,
  ): Promise<BudgetHold | undefined> {
    for (;;) {
      const answer = await node.budgets.hold([{ window, limit, amount }], ttlMs);
      if (answer.kind === 'held') return answer.hold;
      if (answer.kind === 'refused') return undefined;
      await node.budgets.complete(window, async () => [...stored]);
    }
  }

  type Open = { readonly hold: BudgetHold; readonly amount: number }[];

  async function endOne(open: Open, { stored }: Place, number: number): Promise<void> {
    const one = open.shift();
    if (!one) return;
    const spent = Math.min(number, one.amount);
    stored.push({ amount: spent, at: clock.now() });
    await one.hold.settle([spent], clock.now());
  }

  /** Whoever lives renews. */
  async function passTime(open: Open, durationMs: number): Promise<void> {
    clock.advance(durationMs);
    for (const { hold: running } of open) await running.renew();
  }

  async function known({ node, window, stored }: Place): Promise<(number | undefined)[]> {
    if (!(await node.budgets.read(window))) await node.budgets.complete(window, async () => [...stored]);
    return await standing(window);
  }
}
