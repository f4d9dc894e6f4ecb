import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ManualClock, manualClock } from '../state/__fixtures__/manual-clock.ts';
import { openState } from '../state/open.ts';
import type { MarkChange, Marks, State } from '../state/state.ts';
import { Pool, snapshotOf, viewOf } from './__fixtures__/views.ts';
import { choose } from './choose.ts';
import { type SessionName, type Stay, StickySessions } from './sticky.ts';

const minute = 60_000;
const hour = 60 * minute;
const model = 'claude-sonnet-4-5';

let clock: ManualClock;
let state: State;

beforeEach(async () => {
  clock = manualClock();
  state = await openState({ engine: 'embedded' }, clock);
});
afterEach(() => state.close());

/** Counts what reaches the storage, and fails while it is told to. */
class CountedMarks implements Marks {
  gets = 0;
  sets = 0;
  isBroken = false;

  get(name: string): Promise<string | undefined> {
    this.gets += 1;
    return this.#orFail(state.marks.get(name));
  }

  set(name: string, value: string, ttlMs: number): Promise<void> {
    this.sets += 1;
    return this.#orFail(state.marks.set(name, value, ttlMs));
  }

  compareAndSet(name: string, change: MarkChange): Promise<boolean> {
    this.sets += 1;
    return this.#orFail(state.marks.compareAndSet(name, change));
  }

  delete(): Promise<void> {
    throw new Error('not used');
  }

  async #orFail<T>(answer: Promise<T>): Promise<T> {
    const value = await answer;
    if (this.isBroken) throw new Error('the connection is closed');
    return value;
  }
}

const named = (keyId: string, session: string, family = 'claude-sonnet'): SessionName => ({ keyId, session, family });
const stay = (accountId: string, seen?: string): Stay => ({ accountId, seen, cachedTokens: 1_000, warmMs: 5 * minute });

/** Pins as a call does: it looks, and after its answer it keeps. */
class Calls {
  readonly sticky: StickySessions;

  constructor(marks: Marks = state.marks, warn?: (message: string) => void) {
    this.sticky = new StickySessions(marks, clock, warn);
  }

  find(keyId: string, session: string): string | undefined | Promise<string | undefined> {
    const found = this.sticky.find(named(keyId, session));
    return found instanceof Promise ? found.then((pin) => pin?.accountId) : found?.accountId;
  }

  keep(keyId: string, session: string, accountId: string): void | Promise<void> {
    const seen = this.sticky.find(named(keyId, session));
    if (seen instanceof Promise) {
      return seen.then((pin) => this.sticky.keep(named(keyId, session), stay(accountId, pin?.accountId)));
    }
    return this.sticky.keep(named(keyId, session), stay(accountId, seen?.accountId));
  }
}

describe('pins', () => {
  test('are answered from memory, without a promise and without the storage', async () => {
    const marks = new CountedMarks();
    const sticky = new Calls(marks);
    expect(await sticky.find('key_1', 'session')).toBeUndefined();
    await sticky.keep('key_1', 'session', 'acc_1');
    const before = { ...marks };
    for (let turn = 0; turn < 20; turn += 1) {
      expect(sticky.find('key_1', 'session')).toBe('acc_1');
      expect(sticky.keep('key_1', 'session', 'acc_1')).toBeUndefined();
    }
    expect({ ...marks }).toEqual(before);
  });

  test('slide on for an hour after the last answer, and are written once a minute at most', async () => {
    const marks = new CountedMarks();
    const sticky = new Calls(marks);
    await sticky.keep('key_1', 'session', 'acc_1');
    for (let step = 0; step < 12 * 30; step += 1) {
      clock.advance(10_000);
      await sticky.keep('key_1', 'session', 'acc_1');
    }
    expect(marks.sets).toBe(61);
    clock.advance(hour - 1);
    expect(sticky.find('key_1', 'session')).toBe('acc_1');
    clock.advance(1);
    expect(sticky.find('key_1', 'session')).toBeInstanceOf(Promise);
  });

  test('move with the session, at once and for other nodes too', async () => {
    const [here, there] = [new Calls(), new Calls()];
    await here.keep('key_1', 'session', 'acc_1');
    expect(await there.find('key_1', 'session')).toBe('acc_1');
    await here.keep('key_1', 'session', 'acc_2');
    expect(here.find('key_1', 'session')).toBe('acc_2');
    clock.advance(minute);
    expect(await there.find('key_1', 'session')).toBe('acc_2');
  });

  test('that another node made are prolonged by this one too', async () => {
    const marks = new CountedMarks();
    const [there, here] = [new Calls(), new Calls(marks)];
    await there.keep('key_1', 'session', 'acc_1');
    await here.find('key_1', 'session');
    await here.keep('key_1', 'session', 'acc_1');
    expect(marks.sets).toBe(1);
  });

  test('do not change when the wall clock is set', async () => {
    const sticky = new Calls();
    await sticky.keep('key_1', 'session', 'acc_1');
    for (const jump of [48 * hour, -96 * hour]) {
      clock.jump(jump);
      expect(sticky.find('key_1', 'session')).toBe('acc_1');
    }
  });

  test('are limited in number: the oldest is asked of the storage again', async () => {
    const marks = new CountedMarks();
    const sticky = new Calls(marks);
    for (let index = 0; index <= 50_000; index += 1) {
      void sticky.sticky.keep(named('key_1', `session ${index}`), stay('acc_1'));
    }
    await Promise.resolve();
    expect(sticky.find('key_1', 'session 0')).toBeInstanceOf(Promise);
    expect(await sticky.find('key_1', 'session 0')).toBe('acc_1');
    expect(sticky.find('key_1', 'session 50000')).toBe('acc_1');
  });
});

describe('a pin is compared before it is set', () => {
  test('a slow call does not take a session back from where a faster one moved it', async () => {
    const { sticky } = new Calls();
    await sticky.keep(named('key_1', 'session'), stay('acc_1'));
    await sticky.keep(named('key_1', 'session'), stay('acc_2', 'acc_1'));
    await sticky.keep(named('key_1', 'session'), stay('acc_3', 'acc_1'));
    expect(sticky.find(named('key_1', 'session'))).toMatchObject({ accountId: 'acc_2' });
  });

  test('of two nodes that pin a new session at once one wins, and the other follows', async () => {
    const [here, there] = [new Calls().sticky, new Calls().sticky];
    await here.keep(named('key_1', 'session'), stay('acc_1'));
    await there.keep(named('key_1', 'session'), stay('acc_2'));
    for (const node of [here, there]) {
      expect(await node.find(named('key_1', 'session'))).toMatchObject({ accountId: 'acc_1' });
    }
  });

  test('families of models have pins of their own: their caches are', async () => {
    const { sticky } = new Calls();
    await sticky.keep(named('key_1', 'session', 'claude-opus'), stay('acc_1'));
    expect(await sticky.find(named('key_1', 'session', 'claude-haiku'))).toBeUndefined();
  });

  test('they can be looked at and forgotten, without anybody’s session id', async () => {
    const { sticky } = new Calls();
    await sticky.keep(named('key_1', 'secret name'), stay('acc_1'));
    clock.advance(minute);
    await sticky.keep(named('key_1', 'secret name'), stay('acc_1', 'acc_1'));
    const [listed] = sticky.list();
    expect(listed).toEqual({
      ...{ id: listed?.id, keyId: 'key_1', family: 'claude-sonnet', accountId: 'acc_1' },
      ...{ since: clock.now() - minute, turns: 2, cachedTokens: 1_000, warmForMs: 5 * minute, expiresInMs: hour },
    });
    expect(JSON.stringify(listed)).not.toContain('secret');
    expect(await sticky.forget(listed?.id ?? '')).toBe(true);
    expect(await sticky.forget(listed?.id ?? '')).toBe(false);
    expect([sticky.list(), await sticky.find(named('key_1', 'secret name'))]).toEqual([[], undefined]);
  });
});

describe('A11 sticky-hijack', () => {
  test('A11 sticky-hijack: the session of one key says nothing about another key', async () => {
    const sticky = new Calls();
    const elsewhere = new Calls();
    await sticky.keep('key_a', 'session', 'acc_1');
    for (const [node, otherKey] of [
      [sticky, 'key_b'],
      [elsewhere, 'key_c'],
    ] as const) {
      expect(await node.find(otherKey, 'session')).toBeUndefined();
      await node.keep(otherKey, 'session', 'acc_2');
      expect(await node.find('key_a', 'session')).toBe('acc_1');
      expect(await node.find(otherKey, 'session')).toBe('acc_2');
    }
  });

  test.each([
    'key_a:session',
    ':session',
    'sticky:key_a:session',
    'session\0key_a',
    '../key_a/session',
    '__proto__',
    'x'.repeat(16_000),
  ])('A11 sticky-hijack: no session id reaches into another key: %s', async (session) => {
    const sticky = new Calls();
    await sticky.keep('key_a', 'session', 'acc_1');
    await sticky.keep('key_a', session, 'acc_1');
    for (const keyId of ['key_b', 'key_', '', 'this-computer']) {
      expect(await sticky.find(keyId, session)).toBeUndefined();
      expect(await sticky.find(keyId, 'session')).toBeUndefined();
    }
  });
});

describe('when the shared state fails', () => {
  test('no call fails or waits for it again soon, sessions stay where they are, and it is said once', async () => {
    const marks = new CountedMarks();
    const warnings: string[] = [];
    const sticky = new Calls(marks, (message) => warnings.push(message));
    marks.isBroken = true;
    expect(await sticky.find('key_1', 'session')).toBeUndefined();
    expect(sticky.find('key_1', 'other')).toBeUndefined();
    expect(sticky.keep('key_1', 'session', 'acc_1')).toBeUndefined();
    expect(sticky.find('key_1', 'session')).toBe('acc_1');
    expect({ gets: marks.gets, sets: marks.sets }).toEqual({ gets: 1, sets: 0 });
    clock.advance(5_000);
    await sticky.keep('key_1', 'other', 'acc_2');
    clock.advance(5_000);
    expect(await sticky.find('key_1', 'third')).toBeUndefined();
    expect(warnings).toEqual(['The shared state cannot be used: sessions keep their account on this node only.']);
    marks.isBroken = false;
    clock.advance(5_000);
    await sticky.keep('key_1', 'third', 'acc_3');
    expect(await new Calls().find('key_1', 'third')).toBe('acc_3');
  });
});

describe('A10 sticky-correct', () => {
  const accounts = ['acc_a', 'acc_b', 'acc_c', 'acc_d'];
  const turns = 20;

  /** A thousand sessions, their turns mixed, some of them of two keys under one name. */
  async function run(sticky: Pick<Calls, 'find' | 'keep'>, pool: Pool, outage: (turn: number) => string | undefined) {
    const sessions = Array.from({ length: 1_000 }, (_, index) => ({
      keyId: `key_${index % 10}`,
      session: `session ${Math.floor(index / 2)}`,
      served: [] as string[],
    }));
    for (let turn = 0; turn < turns; turn += 1) {
      for (const { keyId, session, served } of sessions) {
        const stickyAccountId = await sticky.find(keyId, session);
        const views = pool.views.filter(({ account }) => account.id !== outage(turn));
        const ask = { route: 'messages', model, bringsCredential: false, stickyAccountId } as const;
        const [best] = choose(snapshotOf(views), ask).candidates;
        if (!best) throw new Error('nobody can serve');
        const { id } = best.account;
        pool.started(id);
        served.push(id);
        await sticky.keep(keyId, session, id);
        pool.ended(id);
      }
      clock.advance(30_000);
    }
    return sessions;
  }

  const staying = (sessions: readonly { readonly served: readonly string[] }[]) =>
    sessions.flatMap(({ served }) => served.map((id) => Number(id === served[0]))).reduce((all, one) => all + one, 0) /
    (sessions.length * turns);

  test('A10 sticky-correct: every turn of 1,000 sessions stays on the session’s account, and the accounts share them', async () => {
    const pool = new Pool(accounts.map((id) => viewOf(id)));
    const sessions = await run(new Calls(), pool, () => undefined);
    expect(staying(sessions)).toBe(1);
    for (const id of accounts) {
      const share = sessions.filter(({ served }) => served[0] === id).length / sessions.length;
      expect(Math.abs(share - 0.25)).toBeLessThan(0.01);
    }
  });

  test('A10 sticky-correct: sessions of the same name under two keys have pins of their own', async () => {
    const sticky = new Calls();
    const sessions = await run(sticky, new Pool(accounts.map((id) => viewOf(id))), () => undefined);
    for (const { keyId, session, served } of sessions) expect(sticky.find(keyId, session)).toBe(served.at(-1));
    const pairs = Array.from({ length: 500 }, (_, index) =>
      sessions.filter(({ session }) => session === `session ${index}`),
    );
    expect(pairs.filter(([one, other]) => one?.served[0] !== other?.served[0]).length).toBeGreaterThan(0);
  });

  test('A10 sticky-correct: an account that is out moves its sessions once, and they stay where they went', async () => {
    const pool = new Pool(accounts.map((id) => viewOf(id)));
    const sessions = await run(new Calls(), pool, (turn) => (turn >= 10 ? 'acc_a' : undefined));
    for (const { served } of sessions) {
      expect(new Set(served).size).toBe(served[0] === 'acc_a' ? 2 : 1);
      expect(new Set(served.slice(0, 10)).size).toBe(1);
      expect(new Set(served.slice(10)).size).toBe(1);
    }
  });

  test('A10 sticky-correct: also when two nodes take turns', async () => {
    const nodes = [new Calls(), new Calls()] as const;
    let call = 0;
    const either = () => nodes[call++ % 3 === 0 ? 0 : 1];
    const both = {
      find: (keyId: string, session: string) => either().find(keyId, session),
      keep: (keyId: string, session: string, id: string) => either().keep(keyId, session, id),
    };
    const sessions = await run(both, new Pool(accounts.map((id) => viewOf(id))), () => undefined);
    expect(staying(sessions)).toBeGreaterThanOrEqual(0.99);
  });
});
