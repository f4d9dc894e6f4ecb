import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { manualClock } from './__fixtures__/manual-clock.ts';
import { openEmbedded } from './embedded.ts';
import { createKeys } from './keys.ts';
import { createMarks } from './marks.ts';
import { openState } from './open.ts';

describe('the embedded engine', () => {
  test('shares nothing with another one', async () => {
    const [one, other] = await Promise.all([openState({ engine: 'embedded' }), openState({ engine: 'embedded' })]);
    await one.marks.set('name', 'value', 60_000);
    expect(await other.marks.get('name')).toBeUndefined();
    await other.marks.compareAndSet('name', { expected: undefined, value: 'other', ttlMs: 60_000 });
    await other.close();
    expect(await one.marks.get('name')).toBe('value');
    await one.close();
  });

  test('takes a key that holds something of another type for lost', async () => {
    const engine = await openEmbedded(manualClock());
    await engine.redis.hincrby('ws:mark:name', 'field', 1);
    const marks = createMarks(engine, createKeys('ws:'));
    expect(await marks.get('name')).toBeUndefined();
    expect(await marks.compareAndSet('name', { expected: undefined, value: 'new', ttlMs: 60_000 })).toBe(true);
    expect(await marks.get('name')).toBe('new');
    await engine.close();
  });
});

describe('expired keys', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_790_000_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('are freed although nobody asks for them, and only they', async () => {
    const clock = manualClock();
    const pass = async (milliseconds: number) => {
      vi.setSystemTime(Date.now() + milliseconds);
      clock.advance(milliseconds);
      await Promise.resolve();
    };
    const engine = await openEmbedded(clock);
    const names = Array.from({ length: 1_000 }, (_, index) => `short-${index}`);
    for (const [name, ttlMs] of [...names.map((name) => [name, 30_000] as const), ['long', 300_000] as const]) {
      engine.expiring(name, ttlMs);
      await engine.redis.set(name, 'value', 'PX', ttlMs);
    }
    await engine.redis.set('prolonged', 'value', 'PX', 30_000);
    engine.expiring('prolonged', 30_000);
    await engine.redis.set('prolonged', 'value', 'PX', 300_000);
    engine.expiring('prolonged', 300_000);
    const remembered = () => [...names, 'long', 'prolonged'].filter((name) => isRemembered(engine.redis, name));
    await pass(59_000);
    expect(remembered()).toHaveLength(1_002);
    await pass(1_000);
    for (let turn = 0; turn < 4; turn += 1) await pass(1);
    expect(remembered()).toEqual(['long', 'prolonged']);
    for (let minute = 0; minute < 6; minute += 1) await pass(60_000);
    expect(remembered()).toEqual([]);
    await engine.close();
  });

  test('are freed also when the wall clock was set back', async () => {
    const clock = manualClock();
    const engine = await openEmbedded(clock);
    await engine.redis.set('name', 'value', 'PX', 30_000);
    engine.expiring('name', 30_000);
    vi.setSystemTime(Date.now() - 600_000);
    for (let minute = 0; minute < 12; minute += 1) {
      vi.setSystemTime(Date.now() + 60_000);
      clock.advance(60_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(isRemembered(engine.redis, 'name')).toBe(false);
    await engine.close();
  });
});

/** Looks into the engine itself: every command of it would free the key. */
function isRemembered(redis: object, key: string): boolean {
  const expires: unknown = Reflect.get(redis, 'expires');
  if (typeof expires !== 'object' || !expires) throw new Error('the engine is built differently now');
  return Reflect.get(expires, 'has')(key);
}
