import { type Clock, systemClock } from '../domain/clock.ts';
import { createBudgets } from './budgets.ts';
import { openEmbedded } from './embedded.ts';
import type { Engine } from './engine.ts';
import { createKeys, defaultPrefix } from './keys.ts';
import { createLeases } from './leases.ts';
import { createLocks } from './locks.ts';
import { createMarks } from './marks.ts';
import { openRedis } from './redis.ts';
import type { State } from './state.ts';
import { createWindows } from './windows.ts';

export type StateOptions =
  | { readonly engine: 'embedded' }
  | {
      readonly engine: 'redis';
      readonly url: string;
      /** Before every key name; for installations that share a Redis. */
      readonly prefix?: string;
      /** Told when the connection is lost and when it is back. */
      readonly warn?: (message: string) => void;
    };

/** Opens the live state. Throws `StateUnavailable` when the named Redis cannot be used. */
export async function openState(options: StateOptions, clock: Clock = systemClock): Promise<State> {
  if (options.engine === 'embedded') return createState(await openEmbedded(clock), defaultPrefix, clock);
  const { url, prefix = defaultPrefix, warn = () => undefined } = options;
  return createState(await openRedis({ url, clock, warn }), prefix, clock);
}

function createState(engine: Engine, prefix: string, clock: Clock): State {
  const keys = createKeys(prefix);
  return {
    windows: createWindows(engine, keys, clock),
    leases: createLeases(engine, keys),
    locks: createLocks(engine, keys),
    marks: createMarks(engine, keys),
    budgets: createBudgets(engine, keys, clock),
    close: () => engine.close(),
  };
}
