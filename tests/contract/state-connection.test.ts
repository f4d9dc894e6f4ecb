import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../app/domain/clock.ts';
import { openState } from '../../app/state/open.ts';
import { type BudgetWindow, type State, StateUnavailable } from '../../app/state/state.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { missingRedis, overwriteKeys, redisUrl, removeKeys, testPrefix } from './state-redis.ts';

const prefix = testPrefix();
const hourMs = 3_600_000;

/** A door in front of the real server, which can be shut. */
class Door {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #isOpen = true;
  /** When each connection was asked for. */
  readonly knocks: number[] = [];

  private constructor() {
    const target = new URL(redisUrl);
    this.#server = createServer((inside) => {
      this.knocks.push(performance.now());
      if (!this.#isOpen) return inside.destroy();
      const outside = connect(Number(target.port || 6379), target.hostname);
      inside.pipe(outside).pipe(inside);
      for (const socket of [inside, outside]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          inside.destroy();
          outside.destroy();
        });
      }
    });
  }

  static async open(): Promise<Door> {
    const door = new Door();
    await new Promise<void>((resolve) => door.#server.listen(0, '127.0.0.1', resolve));
    return door;
  }

  get url(): string {
    const address = this.#server.address();
    if (typeof address !== 'object' || !address) throw new Error('the door has no address');
    return `redis://127.0.0.1:${address.port}`;
  }

  shut(): void {
    this.#isOpen = false;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  reopen(): void {
    this.#isOpen = true;
  }

  /** Connections stay, but nothing passes any more. */
  freeze(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.pause();
    }
  }

  async close(): Promise<void> {
    this.shut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe('opening the live state', () => {
  test('says what to do when the Redis is not there, without its password', async () => {
    const door = await Door.open();
    const url = door.url;
    await door.close();
    const opening = openState({ engine: 'redis', url: url.replace('redis://', 'redis://user:hunter2@') });
    await expect(opening).rejects.toThrow(StateUnavailable);
    await expect(opening).rejects.toThrow(
      `Redis at ${url} cannot be used (ECONNREFUSED). Start it or correct its address; without an address the built-in engine is used.`,
    );
  });
});

suiteThatNeeds(await missingRedis(), 'the live state when the connection to Redis breaks', () => {
  let door: Door;
  let state: State;
  let warnings: string[];

  beforeEach(async () => {
    door = await Door.open();
    warnings = [];
    state = await openState({ engine: 'redis', url: door.url, prefix, warn: (message) => warnings.push(message) });
  });
  afterEach(async () => {
    await state.close();
    await door.close();
  });
  afterAll(() => removeKeys(prefix));

  test('every verb rejects at once, in flight or later, and says so once', async () => {
    await state.marks.compareAndSet('cas', { expected: 'none', value: 'x', ttlMs: hourMs });
    const lease = await state.leases.acquire('name', 5, hourMs);
    const verbs = () => [
      state.marks.get('name'),
      state.marks.set('name', 'value', hourMs),
      state.marks.compareAndSet('name', { expected: 'a', value: 'b', ttlMs: hourMs }),
      state.windows.add('name', { kind: 'rolling', lengthMs: hourMs }, 1),
      state.leases.acquire('name', 5, hourMs),
      state.locks.tryRun('name', hourMs, async () => 1),
      state.budgets.hold(
        [{ window: { name: 'name', span: { kind: 'rolling', lengthMs: hourMs } }, limit: 1, amount: 1 }],
        hourMs,
      ),
    ];
    door.freeze();
    const inFlight = verbs();
    door.shut();
    const startedAt = performance.now();
    const first = await Promise.allSettled(inFlight);
    const later = await Promise.allSettled(verbs());
    expect(performance.now() - startedAt).toBeLessThan(500);
    for (const outcome of [...first, ...later])
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(StateUnavailable) });
    await expect(lease?.release()).rejects.toThrow();
    expect(warnings.filter((warning) => warning.startsWith('Redis cannot be used'))).toHaveLength(1);
  });

  test('D12 redis-wrong-type / eviction / FLUSHALL: what somebody else wrote over our keys is taken for lost', async () => {
    const window: BudgetWindow = { name: 'hostile', span: { kind: 'period', startsAt: 0 } };
    const hold = () => state.budgets.hold([{ window, limit: 10, amount: 4 }], hourMs);
    await state.budgets.complete(window, async () => []);
    await hold();
    await state.leases.acquire('hostile', 1, hourMs);
    await state.marks.set('hostile', 'value', hourMs);
    await overwriteKeys(`${prefix}*hostile`);
    expect(await state.marks.get('hostile')).toBeUndefined();
    expect(await state.leases.acquire('hostile', 1, hourMs)).toBeDefined();
    expect(await hold()).toMatchObject({ kind: 'incomplete' });
    await state.budgets.complete(window, async () => [{ amount: 5, at: 0 }]);
    expect(await state.budgets.read(window)).toMatchObject({ spent: 5, held: 0 });
    expect((await hold()).kind).toBe('held');
    expect((await hold()).kind).toBe('refused');
  });

  test('a server that stops answering is given up within seconds', async () => {
    door.freeze();
    const startedAt = performance.now();
    await expect(state.marks.get('name')).rejects.toThrow();
    expect(performance.now() - startedAt).toBeLessThan(2_500);
  });

  test('comes back by itself, with one attempt a second at most, and works as before', async () => {
    await state.marks.set('kept', 'value', hourMs);
    await state.marks.compareAndSet('kept', { expected: 'other', value: 'x', ttlMs: hourMs });
    door.shut();
    const before = door.knocks.length;
    await passing(3_200);
    door.reopen();
    await eventually(async () => (await state.marks.get('kept')) === 'value');
    const knocks = door.knocks.slice(before);
    expect(knocks.length).toBeGreaterThanOrEqual(2);
    for (const [index, knock] of knocks.entries()) {
      expect(knock - (knocks[index - 1] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThan(950);
    }
    expect(await state.marks.compareAndSet('kept', { expected: 'value', value: 'new', ttlMs: hourMs })).toBe(true);
    expect(await state.locks.tryRun('lock', hourMs, async () => 1)).toEqual({ value: 1 });
    expect(warnings).toEqual([expect.stringMatching(/^Redis cannot be used/), 'Redis can be used again.']);
  });

  test('an addition whose answer was lost is not sent again', async () => {
    const window = { kind: 'fixed', lengthMs: 1_000 * hourMs } as const;
    await state.windows.add('once', window, 1);
    const adding = state.windows.add('once', window, 1);
    door.shut();
    await expect(adding).rejects.toThrow();
    door.reopen();
    const count = await eventually(() => state.windows.read('once', window));
    await passing(300);
    expect(await state.windows.read('once', window)).toBe(count);
    expect(count).toBeLessThanOrEqual(2);
  });

  test('can be closed while the connection is lost', async () => {
    door.shut();
    await expect(state.marks.get('name')).rejects.toThrow();
    await state.close();
    const before = door.knocks.length;
    await passing(1_500);
    expect(door.knocks).toHaveLength(before);
  });
});

/** Reconnecting runs on the real clock. */
function passing(milliseconds: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(milliseconds, resolve));
}

/** Asks again until there is an answer that is true; the test's own time limit ends it. */
async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer) return answer;
    await passing(20);
  }
}
