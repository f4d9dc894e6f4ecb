import type { Engine } from './engine.ts';
import type { Keys } from './keys.ts';
import { asText } from './replies.ts';
import { type Marks, StateDamaged } from './state.ts';

export function createMarks(engine: Engine, keys: Keys): Marks {
  const { redis } = engine;
  return {
    async get(name) {
      const key = keys.mark(name);
      try {
        return asText(await redis.get(key));
      } catch (error) {
        if (!(error instanceof StateDamaged)) throw error;
        await redis.del(key);
        return undefined;
      }
    },
    async set(name, value, ttlMs) {
      const key = keys.mark(name);
      engine.expiring(key, ttlMs);
      await redis.set(key, value, 'PX', ttlMs);
    },
    async compareAndSet(name, { expected, value, ttlMs }) {
      const key = keys.mark(name);
      engine.expiring(key, ttlMs);
      if (expected === undefined) return (await redis.set(key, value, 'PX', ttlMs, 'NX')) === 'OK';
      return await engine.batchIf(key, expected, (commands) => commands.psetex(key, ttlMs, value));
    },
    async delete(name) {
      await redis.del(keys.mark(name));
    },
  };
}
