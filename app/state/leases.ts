import type { Engine } from './engine.ts';
import type { Keys } from './keys.ts';
import { orRepaired } from './repair.ts';
import { asCounts } from './replies.ts';
import type { Lease, Leases } from './state.ts';

/**
 * The leases of a name are one hash: end time, rounded up to an eighth of the lifetime, to how many end then. So the cost
 * does not grow with the number of leases, and what nobody renews stops counting without being cleaned up.
 */
const roundings = 8;

/** An unused hash goes away after a day: a shorter life could end before one of its leases. */
const dayMs = 86_400_000;

export function createLeases(engine: Engine, keys: Keys): Leases {
  return {
    async acquire(name, limit, ttlMs) {
      const key = keys.leases(name);
      // Asking first keeps the refused from taking a place for a moment each, which would starve everybody.
      if ((await orRepaired(engine, [key], () => countLive(engine, key))) >= limit) return undefined;
      const end = endOf(engine.time(), ttlMs);
      const [, , fields] = await change(engine, key, [[end, 1]]);
      if (sumLive(fields, engine.time()) <= limit) return new HeldLease(engine, { key, ttlMs, end });
      await engine.redis.hincrby(key, String(end), -1);
      return undefined;
    },
    count: (name) => countLive(engine, keys.leases(name)),
  };
}

class HeldLease implements Lease {
  readonly #engine: Engine;
  readonly #key: string;
  readonly #ttlMs: number;
  #end: number;
  #isReleased = false;

  constructor(engine: Engine, { key, ttlMs, end }: { key: string; ttlMs: number; end: number }) {
    this.#engine = engine;
    this.#key = key;
    this.#ttlMs = ttlMs;
    this.#end = end;
  }

  async renew(): Promise<boolean> {
    const now = this.#engine.time();
    if (this.#isReleased || now >= this.#end) return false;
    const before = this.#end;
    // Set at once: a release that comes while this is on its way must give back the new end.
    this.#end = endOf(now, this.#ttlMs);
    if (this.#end === before) return true;
    await change(this.#engine, this.#key, [
      [before, -1],
      [this.#end, 1],
    ]);
    return true;
  }

  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    if (this.#engine.time() >= this.#end) return;
    await this.#engine.redis.hincrby(this.#key, String(this.#end), -1);
  }
}

function endOf(now: number, ttlMs: number): number {
  const step = Math.max(1, Math.floor(ttlMs / roundings));
  return Math.ceil((now + ttlMs) / step) * step;
}

type Change = readonly [end: number, amount: number];

function change(engine: Engine, key: string, changes: readonly Change[]): Promise<readonly unknown[]> {
  const ttlMs = 2 * dayMs;
  engine.expiring(key, ttlMs);
  return engine.batch((commands) => {
    for (const [end, amount] of changes) commands.hincrby(key, String(end), amount);
    commands.pexpire(key, ttlMs);
    commands.hgetall(key);
  });
}

async function countLive(engine: Engine, key: string): Promise<number> {
  const fields = await engine.redis.hgetall(key);
  const now = engine.time();
  const over = asCounts(fields).filter(([end]) => end <= now);
  if (over.length > 0) await engine.redis.hdel(key, ...over.map(([end]) => String(end)));
  return sumLive(fields, now);
}

/** A count below zero is a release that came after the state was lost. */
function sumLive(fields: unknown, now: number): number {
  return asCounts(fields).reduce((total, [end, count]) => (end > now ? total + Math.max(0, count) : total), 0);
}
