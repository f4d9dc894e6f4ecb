import type { Engine } from './engine.ts';
import { asCounts } from './replies.ts';
import { StateDamaged } from './state.ts';

/** Takes those of these hashes away that are something else; answers which. Live state may be lost, but must not block. */
export async function repair(engine: Engine, names: readonly string[]): Promise<ReadonlySet<string>> {
  const damaged = new Set<string>();
  for (const name of names) if (await isDamaged(engine, name)) damaged.add(name);
  for (const name of damaged) await engine.redis.del(name);
  return damaged;
}

/** Does it once more when somebody else's contents were in the way. */
export async function orRepaired<T>(engine: Engine, names: readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StateDamaged)) throw error;
    await repair(engine, names);
    return await work();
  }
}

async function isDamaged(engine: Engine, name: string): Promise<boolean> {
  try {
    asCounts(await engine.redis.hgetall(name));
    return false;
  } catch (error) {
    if (error instanceof StateDamaged) return true;
    throw error;
  }
}
