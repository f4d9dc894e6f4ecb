import { sql } from 'kysely';
import type { Statement, Store } from './store.ts';

/** Counts a revision up together with a change. A count, not a time: clocks of nodes differ, and milliseconds are shared. */
export function countUp(db: Store['db'], setting: string): Statement {
  return db
    .insertInto('settings')
    .values({ name: setting, value: '1' })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet({ value: sql<string>`cast(cast(settings.value as bigint) + 1 as text)` }),
    )
    .compile();
}
