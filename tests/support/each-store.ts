import { describe } from 'vitest';
import { openStore } from '../../app/store/open.ts';
import type { Store } from '../../app/store/store.ts';
import { createTestDatabase, missingPostgres } from './postgres.ts';
import { suiteThatNeeds } from './required.ts';

export interface OpenedStore {
  readonly store: Store;
  remove(): Promise<void>;
}

/** One contract for both engines, each with a new and empty store. */
export async function onEachStore(
  subject: string,
  contract: (open: () => Promise<OpenedStore>) => void,
): Promise<void> {
  const missing = await missingPostgres();
  describe(`${subject} on SQLite`, () => {
    contract(async () => ({
      store: await openStore({ engine: 'sqlite', file: ':memory:' }),
      remove: async () => undefined,
    }));
  });
  suiteThatNeeds(missing, `${subject} on PostgreSQL`, () => {
    contract(async () => {
      const { url, drop } = await createTestDatabase();
      return { store: await openStore({ engine: 'postgres', url }), remove: drop };
    });
  });
}
