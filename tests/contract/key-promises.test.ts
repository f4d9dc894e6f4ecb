import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiKey } from '../../app/keys/key.ts';
import { type ManualClock, manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { fillWithCalls } from '../support/many-calls.ts';
import { createTestDatabase, missingPostgres } from '../support/postgres.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { createFolder } from '../support/temporary-folder.ts';
import { type Node, openNode } from './limit-node.ts';
import { admit, keyWith, rowsOf, standingsOf } from './limited-calls.ts';
import { missingRedis, redisUrl, removeKeys, testPrefix } from './state-redis.ts';

// What is promised of a key's limits, wherever the calls and the live state are kept.

interface Opened {
  /** One, or two that share everything. */
  readonly nodes: readonly Node[];
  /** All live state is gone; answers those who serve then. */
  loseState(): Promise<readonly Node[]>;
}

type Open = (clock: ManualClock, closing: AsyncDisposableStack) => Promise<Opened>;

const builtIn: Open = async (clock, closing) => {
  const { folder, remove } = createFolder();
  closing.defer(remove);
  const start = async () => [await openNode({ clock, folder }, closing)];
  return { nodes: await start(), loseState: start };
};

const onServers: Open = async (clock, closing) => {
  const database = await createTestDatabase();
  closing.defer(() => database.drop());
  const prefix = testPrefix();
  closing.defer(() => removeKeys(prefix));
  const shared = { clock, databaseUrl: database.url, redisUrl, prefix };
  const nodes = [await openNode(shared, closing), await openNode(shared, closing)];
  return {
    nodes,
    loseState: async () => {
      await removeKeys(prefix);
      return nodes;
    },
  };
};

const missing = (await missingPostgres()) ?? (await missingRedis());

describe('a key’s limits on SQLite and the embedded engine', () => contract(builtIn));
suiteThatNeeds(missing, 'a key’s limits on PostgreSQL and Redis', () => contract(onServers));

const minuteMs = 60_000;

function contract(open: Open): void {
  let closing: AsyncDisposableStack;
  let clock: ManualClock;
  let opened: Opened;

  beforeAll(async () => {
    closing = new AsyncDisposableStack();
    clock = manualClock();
    opened = await open(clock, closing);
  });
  afterAll(() => closing.disposeAsync());

  const nodeAt = (index: number): Node => {
    const node = opened.nodes[index % opened.nodes.length];
    if (!node) throw new Error('there is no node');
    return node;
  };
  const make = (...limits: readonly string[]) => keyWith(nodeAt(0), ...limits);
  const everywhere = (key: ApiKey) => Promise.all(opened.nodes.map((node) => standingsOf(node, key)));
  const onAll = <T>(value: T) => opened.nodes.map(() => value);

  test('Q01 overshoot-cost-200: 200 at once on a strict budget of ten calls spend no more than it', async () => {
    const size = { requestBytes: 1_000, maxOutputTokens: 100 };
    const used = { inputTokens: 1_000, outputTokens: 100 };
    const key = await make('cost=0.075usd/day,strict', 'tokens=1m/day');
    const all = Array.from({ length: 200 }, async (_, index) => {
      await (await admit(nodeAt(index), key, size))?.end(used);
    });
    await Promise.all(all);
    for (;;) {
      const more = await admit(nodeAt(1), key, size);
      if (!more) break;
      await more.end(used);
    }
    const [calls = 0, tokens = 0, cost = 0] = await rowsOf(nodeAt(0), key);
    expect(calls).toBeGreaterThan(0);
    expect(cost).toBeLessThanOrEqual(75_000_000);
    expect(await everywhere(key)).toEqual(
      onAll([
        [cost, 0],
        [tokens, 0],
      ]),
    );
  });

  test('Q01 overshoot-cost-200: 200 at once on a smooth budget of ten usual calls spend at most 5 % more than it', async () => {
    // Usual text has four bytes to a token, a little more or less, and answers come out no longer than they may.
    const size = { requestBytes: 4_000, maxOutputTokens: 1_000 };
    for (const inputTokens of [900, 1_000, 1_100]) {
      const key = await make('cost=0.25usd/day');
      const all = Array.from({ length: 200 }, async (_, index) => {
        await (await admit(nodeAt(index), key, size))?.end({ inputTokens, outputTokens: 1_000 - (index % 4) * 250 });
      });
      await Promise.all(all);
      for (;;) {
        const more = await admit(nodeAt(1), key, size);
        if (!more) break;
        await more.end({ inputTokens, outputTokens: 900 });
      }
      const [, , cost = 0] = await rowsOf(nodeAt(0), key);
      expect(cost).toBeGreaterThan(0.8 * 250_000_000);
      expect(cost).toBeLessThanOrEqual(1.05 * 250_000_000);
      expect(await everywhere(key)).toEqual(onAll([[cost, 0]]));
    }
  });

  test.each([
    ['rolling', 'requests=7/minute', minuteMs],
    ['fixed', 'requests=7/day', 86_400_000],
  ])(
    'Q02 overshoot-rate: 200 at once around the edges of a %s window never make more than it allows',
    async (kind, limit, lengthMs) => {
      const key = await make(limit);
      const served: number[] = [];
      // From the middle of a window on: just before its edge, at it and after it, and so again.
      clock.advance(lengthMs - (clock.now() % lengthMs) + lengthMs / 2);
      for (const stepMs of [
        0,
        lengthMs / 2 - 1,
        1,
        1,
        lengthMs / 4,
        lengthMs / 2,
        lengthMs / 4 - 1,
        1,
        lengthMs / 20,
      ]) {
        clock.advance(stepMs);
        const size = { requestBytes: 100, maxOutputTokens: 10 };
        const burst = Array.from({ length: 200 }, (_, index) => admit(nodeAt(index), key, size));
        for (const admitted of await Promise.all(burst)) {
          if (!admitted) continue;
          served.push(clock.now());
          await admitted.end({ inputTokens: 10, outputTokens: 1 });
        }
      }
      const isTogether = (one: number, other: number) =>
        kind === 'rolling'
          ? other > one - lengthMs && other <= one
          : Math.floor(other / lengthMs) === Math.floor(one / lengthMs);
      const counts = served.map((one) => served.filter((other) => isTogether(one, other)).length);
      expect(Math.max(...counts)).toBeLessThanOrEqual(7);
      // Nor is anybody kept out for good.
      expect(served.length).toBeGreaterThan(7);
    },
  );

  test('Q05 false-exceeded: an hour of random load at half of every budget is never refused', async () => {
    const size = fc.integer({ min: 1, max: 8 });
    const hour = fc.array(fc.array(size, { maxLength: 4 }), { minLength: 60, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(hour, async (minutes) => {
        const sizes = minutes.flat();
        // One minute's calls at least, which are on their way together.
        const total = Math.max(
          32,
          sizes.reduce((sum, one) => sum + one, 0),
        );
        const key = await make(
          `requests=${2 * Math.max(4, sizes.length)}/hour`,
          `tokens=${2 * total * 1_100}/5h`,
          `cost=${(2 * total * (1_000 * 5_000 + 100 * 25_000)) / 1e9}usd/day`,
        );
        for (const minute of minutes) {
          // Usual text; an answer is as long as it may be.
          const admitted = await Promise.all(
            minute.map((one, index) =>
              admit(nodeAt(index), key, { requestBytes: 4_000 * one, maxOutputTokens: 100 * one }),
            ),
          );
          expect(admitted).not.toContain(undefined);
          for (const [index, one] of minute.entries()) {
            await admitted[index]?.end({ inputTokens: 1_000 * one, outputTokens: 100 * one });
          }
          clock.advance(minuteMs);
        }
      }),
      { numRuns: open === builtIn ? 5 : 2 },
    );
  });

  test('Q06 settle-once: what ends a second time, or with more usage later, is one settlement', async () => {
    const key = await make('requests=100/day', 'tokens=1m/day', 'cost=1usd/day');
    const admitted = await admit(nodeAt(0), key, { requestBytes: 1_000, maxOutputTokens: 100 });
    await admitted?.end({ inputTokens: 200, outputTokens: 50 });
    const once = await rowsOf(nodeAt(0), key);
    await admitted?.end({ inputTokens: 200, outputTokens: 50 });
    await admitted?.end({ inputTokens: 900, outputTokens: 90 });
    expect(await rowsOf(nodeAt(0), key)).toEqual(once);
    expect(await everywhere(key)).toEqual(onAll(once.map((sum) => [sum, 0])));
    opened = { ...opened, nodes: await opened.loseState() };
    expect(await everywhere(key)).toEqual(onAll(once.map((sum) => [sum, 0])));
  });

  test('D12 redis-wrong-type / eviction / FLUSHALL: of 100,000 stored calls all sums are there again within 10 s', async () => {
    const key = await make('requests=1m/total', 'tokens=1000m/total', 'cost=100000usd/total', 'requests=9000/24h');
    const { store, rollups } = nodeAt(0).parts;
    await fillWithCalls(store, { from: clock.now() - 100_000 * minuteMs, count: 100_000 });
    const others = Array.from({ length: 20 }, (_, index) => `key_${index}`);
    await store.db.updateTable('usage').set({ key_id: key.id }).where('key_id', 'in', others).execute();
    await rollups.rebuild();
    const [calls = 0, ...rest] = await rowsOf(nodeAt(0), key);
    expect(calls).toBe(100_000);
    opened = { ...opened, nodes: await opened.loseState() };
    const startedAt = performance.now();
    const admitted = await admit(nodeAt(0), key, { requestBytes: 100, maxOutputTokens: 10 });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await admitted?.end({});
    const [day] = (await everywhere(key)).map((standings) => standings.at(-1)?.[0] ?? 0);
    expect(day).toBeGreaterThan(1_400);
    const expected = [calls + 1, ...rest, day].map((sum) => [sum, 0]);
    expect(await everywhere(key)).toEqual(onAll(expected));
  });
}
