import { beforeEach, describe, expect, test } from 'vitest';
import { type ManualClock, manualClock } from '../state/__fixtures__/manual-clock.ts';
import { type Turn, WaitQueue } from './wait-queue.ts';

/** Accounts with a number of free places each, that open at a time or when a place is given back. */
class Places {
  readonly free = new Map<string, number>();
  readonly opens = new Map<string, number>();
  readonly awaitedBy = new Map<string, number>();
  readonly clock: ManualClock;

  constructor(clock: ManualClock) {
    this.clock = clock;
  }

  takeFromQueue(id: string): boolean {
    const free = this.free.get(id) ?? 0;
    if (free === 0 || (this.opens.get(id) ?? 0) > this.clock.now()) return false;
    this.free.set(id, free - 1);
    return true;
  }

  opensAt(id: string): number | undefined {
    const at = this.opens.get(id);
    return at !== undefined && at > this.clock.now() ? at : undefined;
  }

  awaited(id: string, change: 1 | -1): void {
    this.awaitedBy.set(id, (this.awaitedBy.get(id) ?? 0) + change);
  }
}

let clock: ManualClock;
let places: Places;
let queue: WaitQueue;
let served: string[];

beforeEach(() => {
  clock = manualClock();
  places = new Places(clock);
  queue = new WaitQueue(clock, places);
  served = [];
});

interface Ask {
  readonly keyId?: string;
  readonly ids?: readonly string[];
  readonly notBefore?: number;
  readonly maxMs?: number;
  readonly signal?: AbortSignal;
}

function wait(name: string, { keyId = 'key', ids = ['a'], notBefore, maxMs = 30_000, signal }: Ask = {}) {
  const turn = queue.wait({
    keyId,
    accounts: ids.map((id) => ({ id, notBefore })),
    maxMs,
    signal: signal ?? new AbortController().signal,
  });
  void turn.then((outcome) =>
    served.push(outcome.kind === 'account' ? `${name}:${outcome.accountId}` : `${name}!${outcome.kind}`),
  );
  return turn;
}

async function give(id: string): Promise<void> {
  places.free.set(id, (places.free.get(id) ?? 0) + 1);
  queue.changed();
  await settled();
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the wait for an account', () => {
  test('is first come, first served within a key', async () => {
    for (const name of ['first', 'second', 'third']) void wait(name);
    for (let time = 0; time < 3; time += 1) await give('a');
    expect(served).toEqual(['first:a', 'second:a', 'third:a']);
    expect(queue.size).toBe(0);
  });

  test('takes turns among keys: a hundred calls of one do not stand before another’s one', async () => {
    for (let call = 0; call < 50; call += 1) void wait(`busy${call}`, { keyId: 'busy' });
    void wait('calm', { keyId: 'calm' });
    for (let time = 0; time < 3; time += 1) await give('a');
    expect(served).toEqual(['busy0:a', 'calm:a', 'busy1:a']);
  });

  test('skips who wants another account, and takes the first account that is free', async () => {
    void wait('picky', { ids: ['b'] });
    void wait('easy', { ids: ['b', 'a'] });
    await give('a');
    expect(served).toEqual(['easy:a']);
    await give('b');
    expect(served).toEqual(['easy:a', 'picky:b']);
  });

  test('is bounded for each key and in all', async () => {
    for (let call = 0; call < 100; call += 1) void wait(`${call}`);
    expect(await wait('one too many')).toEqual({ kind: 'full' });
    for (let key = 0; key < 9; key += 1) {
      for (let call = 0; call < 100; call += 1) void wait('x', { keyId: `key ${key}` });
    }
    expect(await wait('other', { keyId: 'other' })).toEqual({ kind: 'full' });
  });

  test('shows everybody’s place', () => {
    for (const name of ['first', 'second']) void wait(name);
    void wait('other', { keyId: 'other' });
    expect(queue.waiting().map(({ keyId, position }) => [keyId, position])).toEqual([
      ['key', 1],
      ['key', 2],
      ['other', 1],
    ]);
    expect([queue.nextPosition('key'), queue.nextPosition('new')]).toEqual([3, 1]);
    expect(places.awaitedBy.get('a')).toBe(3);
  });

  test.each<[string, () => Promise<Turn>, Turn['kind']]>([
    ['when its time is over', () => wait('late', { maxMs: 1_000 }), 'late'],
    [
      'when the client leaves',
      () => {
        const controller = new AbortController();
        const turn = wait('gone', { signal: controller.signal });
        controller.abort();
        return turn;
      },
      'gone',
    ],
    ['when the client had left before', () => wait('gone', { signal: AbortSignal.abort() }), 'gone'],
  ])('ends %s, and leaves nothing behind', async (_title, begin, kind) => {
    const turn = begin();
    clock.advance(1_000);
    expect(await turn).toEqual({ kind });
    expect([queue.size, places.awaitedBy.get('a') ?? 0]).toEqual([0, 0]);
  });

  test('ends at the moment an account opens by itself', async () => {
    places.free.set('a', 1);
    places.opens.set('a', clock.now() + 2_000);
    void wait('patient');
    clock.advance(1_999);
    await settled();
    expect(served).toEqual([]);
    clock.advance(1);
    await settled();
    expect(served).toEqual(['patient:a']);
  });

  test('does not take an account before it is of use', async () => {
    places.free.set('a', 1);
    void wait('of the limited model', { notBefore: clock.now() + 3_000 });
    void wait('of another');
    await settled();
    expect(served).toEqual(['of another:a']);
    await give('a');
    clock.advance(3_000);
    await settled();
    expect(served).toEqual(['of another:a', 'of the limited model:a']);
  });

  test('ends at once when no account can open in time any more', async () => {
    void wait('hopeless', { maxMs: 5_000 });
    places.opens.set('a', clock.now() + 60_000);
    queue.changed();
    await settled();
    expect(served).toEqual(['hopeless!late']);
  });
});
