import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Clock } from '../domain/clock.ts';
import { RelayError } from '../domain/errors.ts';
import { manualClock as stateClock } from '../state/__fixtures__/manual-clock.ts';
import { openState } from '../state/open.ts';
import { type Lease, type Leases, StateUnavailable } from '../state/state.ts';
import { manualClock } from '../usage/__fixtures__/manual-clock.ts';
import { ClientLost } from './call.ts';
import { KeyPlaces, type Place } from './key-places.ts';

const never = new AbortController().signal;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function places(
  options: { readonly maxWaitMs?: number; readonly leases?: Leases; readonly isShared?: boolean } = {},
) {
  const clock = manualClock();
  const leases = options.leases ?? (await openState({ engine: 'embedded' })).leases;
  const deps = { leases, clock, maxWaitMs: options.maxWaitMs ?? 30_000, isShared: options.isShared ?? false };
  return { clock, leases, places: new KeyPlaces(deps) };
}

test('calls get their place in the order of coming, whoever comes when one is free', async () => {
  const { places: key } = await places();
  const order: number[] = [];
  const first = await key.take({ id: 'key_a', limit: 1, signal: never });
  const take = async (name: number) => {
    const place = await key.take({ id: 'key_a', limit: 1, signal: never });
    order.push(name);
    await place[Symbol.asyncDispose]();
    return place.wait?.position;
  };
  const waiting = [take(1), take(2), take(3)];
  await turn();
  const release = first[Symbol.asyncDispose]();
  const late = take(4);
  await release;
  expect(await Promise.all([...waiting, late])).toEqual([1, 2, 3, 4]);
  expect(order).toEqual([1, 2, 3, 4]);
});

test('a call says where it stood when it is refused after its time, and how long it waited when it is not', async () => {
  const { places: key, clock } = await places({ maxWaitMs: 5_000 });
  const first = await key.take({ id: 'key_a', limit: 1, signal: never });
  const patient = key.take({ id: 'key_a', limit: 1, signal: never });
  const refused = expect(patient).rejects.toMatchObject({
    kind: 'concurrency-limited',
    retryAfterMs: 1_000,
    message: 'This key already has 1 calls running, and none ended within 5 s. Try again when one ends.',
  });
  await turn();
  clock.advance(5_000);
  await refused;
  const next = key.take({ id: 'key_a', limit: 1, signal: never });
  await turn();
  clock.advance(700);
  await first[Symbol.asyncDispose]();
  expect((await next).wait).toEqual({ position: 1, ms: 700 });
});

test('the queue is bounded: who comes after it is full is refused at once, with how many wait before', async () => {
  const { places: key } = await places();
  await key.take({ id: 'key_a', limit: 1, signal: never });
  const leave = new AbortController();
  const waiting = Array.from({ length: 100 }, () => key.take({ id: 'key_a', limit: 1, signal: leave.signal }));
  await turn();
  expect(key.waitingOf('key_a')).toBe(100);
  const refusal = expect(key.take({ id: 'key_a', limit: 1, signal: never })).rejects.toThrow(
    '100 more wait before this',
  );
  await refusal;
  leave.abort();
  for (const one of await Promise.allSettled(waiting)) expect(one).toMatchObject({ reason: expect.any(ClientLost) });
  expect(key.waitingOf('key_a')).toBe(0);
});

test('one key’s queue is nobody else’s', async () => {
  const { places: key } = await places();
  await key.take({ id: 'key_a', limit: 1, signal: never });
  const waiting = key.take({ id: 'key_a', limit: 1, signal: AbortSignal.abort() });
  await expect(waiting).rejects.toThrow(ClientLost);
  expect((await key.take({ id: 'key_b', limit: 1, signal: never })).wait).toBeUndefined();
});

test('a limit that nobody can count now lets calls through, also those that wait', async () => {
  let isLost = false;
  let held = 0;
  const lease: Lease = { renew: async () => true, release: async () => undefined };
  const leases: Leases = {
    count: async () => held,
    async acquire() {
      if (isLost) throw new StateUnavailable('gone');
      held += 1;
      return held > 1 ? undefined : lease;
    },
  };
  const { places: key } = await places({ leases });
  const first = await key.take({ id: 'key_a', limit: 1, signal: never });
  const waiting = key.take({ id: 'key_a', limit: 1, signal: never });
  await turn();
  isLost = true;
  await first[Symbol.asyncDispose]();
  expect((await waiting).wait?.position).toBe(1);
  expect((await key.take({ id: 'key_a', limit: 1, signal: never })).wait).toBeUndefined();
});

test('Q04 hold-leak: what goes wrong for one that waits is told to it, and the next one is served', async () => {
  const { leases } = await openState({ engine: 'embedded' });
  let isBroken = false;
  const acquire: Leases['acquire'] = async (...wish) => {
    if (!isBroken) return await leases.acquire(...wish);
    isBroken = false;
    throw new Error('made to fail');
  };
  const { places: key } = await places({ leases: { count: leases.count, acquire } });
  const first = await key.take({ id: 'key_a', limit: 1, signal: never });
  const unlucky = expect(key.take({ id: 'key_a', limit: 1, signal: never })).rejects.toThrow('made to fail');
  const next = key.take({ id: 'key_a', limit: 1, signal: never });
  await turn();
  isBroken = true;
  await first[Symbol.asyncDispose]();
  await unlucky;
  await (await next)[Symbol.asyncDispose]();
  expect([await leases.count('key:key_a'), key.waitingOf('key_a')]).toEqual([0, 0]);
});

test('where other nodes give places back, one look at a time is enough, however often the queue was empty', async () => {
  const { leases } = await openState({ engine: 'embedded' });
  let looks = 0;
  const acquire: Leases['acquire'] = (...wish) => {
    looks += 1;
    return leases.acquire(...wish);
  };
  const { places: key, clock } = await places({ leases: { count: leases.count, acquire }, isShared: true });
  await key.take({ id: 'key_a', limit: 1, signal: never });
  for (let visit = 0; visit < 10; visit += 1) {
    const leaving = new AbortController();
    const left = expect(key.take({ id: 'key_a', limit: 1, signal: leaving.signal })).rejects.toThrow(ClientLost);
    await turn();
    leaving.abort();
    await left;
  }
  void key.take({ id: 'key_a', limit: 1, signal: never }).catch(() => undefined);
  await turn();
  looks = 0;
  clock.advance(250);
  await turn();
  expect(looks).toBe(1);
});

test('Q03 concurrency-exact: however calls come, end, leave and run out of time, no more than the limit run and none is left', async () => {
  const step = fc.constantFrom('come', 'end', 'leave', 'time');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), async (steps, limit) => {
      const { places: key, clock, leases } = await places({ maxWaitMs: 1_000 });
      const running: Place[] = [];
      const clients: AbortController[] = [];
      for (const what of steps) {
        if (what === 'come') {
          const client = new AbortController();
          clients.push(client);
          void key.take({ id: 'key_a', limit, signal: client.signal }).then(
            (place) => running.push(place),
            () => undefined,
          );
        }
        if (what === 'end') await running.shift()?.[Symbol.asyncDispose]();
        if (what === 'leave') clients.shift()?.abort();
        if (what === 'time') clock.advance(400);
        await turn();
        expect(running.length).toBeLessThanOrEqual(limit);
        // Nobody waits while there is room.
        if (running.length < limit) expect(key.waitingOf('key_a')).toBe(0);
      }
      clock.advance(10_000);
      for (let place = running.shift(); place; place = running.shift()) await place[Symbol.asyncDispose]();
      await turn();
      for (const place of running) await place[Symbol.asyncDispose]();
      expect([await leases.count('key:key_a'), key.waitingOf('key_a')]).toEqual([0, 0]);
    }),
    { numRuns: 100 },
  );
});

test('Q03 concurrency-exact: in ten minutes with 200 clients that come again and again and leave at random never more than five run, and none is left', async () => {
  const roll = createDice(11);
  const clock = stateClock();
  const { leases } = await openState({ engine: 'embedded' }, clock);
  const key = new KeyPlaces({ leases, clock, maxWaitMs: 30_000, isShared: false });
  const end = clock.now() + 600_000;
  const counts = { running: 0, most: 0, served: 0, left: 0, refused: 0 };
  const client = async () => {
    while (clock.now() < end) {
      await after(clock, roll(20_000));
      const leaving = new AbortController();
      const cancel = roll(3) === 0 ? clock.after(roll(40_000), () => leaving.abort()) : () => undefined;
      const left = new Promise<void>((resolve) => leaving.signal.addEventListener('abort', () => resolve()));
      try {
        await using _place = await key.take({ id: 'key_a', limit: 5, signal: leaving.signal });
        counts.running += 1;
        counts.most = Math.max(counts.most, counts.running);
        // Some take longer than a lease lives that nobody renews.
        await Promise.race([after(clock, roll(20) === 0 ? 90_000 : roll(9_000)), left]);
        counts.running -= 1;
        counts.served += 1;
      } catch (error) {
        if (error instanceof ClientLost) counts.left += 1;
        else if (error instanceof RelayError && error.kind === 'concurrency-limited') counts.refused += 1;
        else throw error;
      } finally {
        cancel();
      }
    }
  };
  let areDone = false;
  const clients = Promise.all(Array.from({ length: 200 }, client)).finally(() => {
    areDone = true;
  });
  while (!areDone) {
    clock.advance(500);
    for (let rest = 0; rest < 4; rest += 1) await turn();
    expect(counts.running).toBeLessThanOrEqual(5);
    expect(await leases.count('key:key_a')).toBeLessThanOrEqual(5);
  }
  await clients;
  expect(counts).toMatchObject({ running: 0, most: 5 });
  expect(Math.min(counts.served, counts.left, counts.refused)).toBeGreaterThan(100);
  expect([await leases.count('key:key_a'), key.waitingOf('key_a')]).toEqual([0, 0]);
}, 60_000);

function after(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}

/** Random, and the same in every run. */
function createDice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * sides);
  };
}
