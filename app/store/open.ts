import { type Clock, systemClock } from '../domain/clock.ts';
import { openSqlite, type SqliteOptions } from './sqlite.ts';
import type { Store } from './store.ts';

export type StoreOptions =
  | ({ readonly engine: 'sqlite' } & SqliteOptions)
  | { readonly engine: 'postgres'; readonly url: string };

/** Opens the database and brings it to the newest schema. Throws `StoreTooNew`, or `StoreBusy` after about 5 s. */
export async function openStore(options: StoreOptions, clock: Clock = systemClock): Promise<Store> {
  if (options.engine === 'sqlite') return await openSqlite(options, clock);
  // Read only where it is used: most people never do.
  const { openPostgres } = await import('./postgres.ts');
  return await openPostgres(options.url, clock);
}
