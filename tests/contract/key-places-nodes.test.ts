import { afterAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../app/domain/clock.ts';
import { RelayError } from '../../app/domain/errors.ts';
import { ClientLost } from '../../app/relay/call.ts';
import { KeyPlaces } from '../../app/relay/key-places.ts';
import { openState, type StateOptions } from '../../app/state/open.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { missingRedis, redisUrl, removeKeys, testPrefix } from './state-redis.ts';

const prefix = testPrefix();

describe('calls of a key at once, on the embedded engine', () => contract({ engine: 'embedded' }, 1));

suiteThatNeeds(await missingRedis(), 'calls of a key at once, on two nodes with a real Redis', () => {
  afterAll(() => removeKeys(prefix));
  contract({ engine: 'redis', url: redisUrl, prefix }, 2);
});

/** Clients are random and the same in every run. */
function createDice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * sides);
  };
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

function contract(options: StateOptions, count: number): void {
  const limit = 5;

  async function openNodes(closing: AsyncDisposableStack) {
    const states = await Promise.all(Array.from({ length: count }, () => openState(options)));
    for (const state of states) closing.defer(() => state.close());
    const nodes = states.map(
      ({ leases }) => new KeyPlaces({ leases, clock: systemClock, maxWaitMs: 30_000, isShared: count > 1 }),
    );
    const nodeAt = (index: number) => {
      const node = nodes[index % count];
      if (!node) throw new Error('there is no node');
      return node;
    };
    return { nodeAt, running: () => states[0]?.leases.count('key:key_a') };
  }

  test('Q03 concurrency-exact, Q04 hold-leak: of 200 clients that leave at random never more than five run, all that stay in the queue are served, and none is left', async () => {
    await using closing = new AsyncDisposableStack();
    const { nodeAt, running } = await openNodes(closing);
    const roll = createDice(7);
    let now = 0;
    let most = 0;
    const client = async (index: number): Promise<'served' | 'left' | 'refused'> => {
      const leaving = new AbortController();
      const leavesAfter = roll(3) === 0 ? roll(60) : undefined;
      await turns(roll(40));
      if (leavesAfter !== undefined) void turns(leavesAfter).then(() => leaving.abort());
      try {
        await using _place = await nodeAt(index).take({ id: 'key_a', limit, signal: leaving.signal });
        now += 1;
        most = Math.max(most, now);
        await turns(roll(8));
        now -= 1;
        return 'served';
      } catch (error) {
        if (error instanceof ClientLost) return 'left';
        if (error instanceof RelayError && error.message.includes('100 more wait')) return 'refused';
        throw error;
      }
    };
    const ends = await Promise.all(Array.from({ length: 200 }, (_, index) => client(index)));
    expect(most).toBe(limit);
    expect(new Set(ends)).toContain('left');
    expect(ends.filter((end) => end === 'served').length).toBeGreaterThan(90);
    expect([now, await running(), nodeAt(0).waitingOf('key_a'), nodeAt(1).waitingOf('key_a')]).toEqual([0, 0, 0, 0]);
  });

  test('who waits on one node is served in the order of coming', async () => {
    await using closing = new AsyncDisposableStack();
    const { nodeAt } = await openNodes(closing);
    const { signal } = new AbortController();
    const take = () => nodeAt(0).take({ id: 'key_a', limit: 1, signal });
    const first = await nodeAt(1).take({ id: 'key_a', limit: 1, signal });
    const order: number[] = [];
    const waiting = [1, 2, 3, 4].map(async (name) => {
      await using place = await take();
      order.push(name);
      return place.wait?.position;
    });
    while (nodeAt(0).waitingOf('key_a') < 4) await turns(1);
    // Given back on the other node, which cannot tell this one.
    await first[Symbol.asyncDispose]();
    expect(await Promise.all(waiting)).toEqual([1, 2, 3, 4]);
    expect(order).toEqual([1, 2, 3, 4]);
  });
}
