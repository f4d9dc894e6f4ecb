import type { Database } from 'better-sqlite3';
import { createMigrationsTable, type Migration, type MigrationTarget, migrate, statementsOf } from './migrator.ts';
import { patienceMs, retryWhileBusy } from './retry.ts';
import { translateBusy } from './sqlite-errors.ts';
import { takeSnapshot } from './sqlite-snapshot.ts';

export interface SqliteMigrationOptions {
  readonly migrations: readonly Migration[];
  /** Undefined for a database in memory, which has nothing to keep. */
  readonly snapshotFolder: string | undefined;
  readonly now: () => number;
}

export async function migrateSqlite(database: Database, options: SqliteMigrationOptions): Promise<void> {
  const { migrations, snapshotFolder, now } = options;
  const patiently = <T>(work: () => T) => retryWhileBusy(patienceMs, () => translateBusy(work));
  const target: MigrationTarget = {
    appliedIds: () => patiently(() => readAppliedIds(database)),
    snapshot: (beforeId) =>
      patiently(() => {
        if (snapshotFolder !== undefined) takeSnapshot(database, { folder: snapshotFolder, beforeId, nowMs: now() });
      }),
    apply: (migration) => patiently(() => apply(database, migration, now())),
  };
  await migrate(target, migrations);
}

function readAppliedIds(database: Database): readonly string[] {
  const table = database.prepare("select 1 from sqlite_master where type = 'table' and name = 'migrations'").get();
  if (table === undefined) return [];
  return database
    .prepare<[], { id: string }>('select id from migrations')
    .all()
    .map(({ id }) => id);
}

function apply(database: Database, migration: Migration, nowMs: number): void {
  database.exec('begin immediate');
  try {
    database.exec(createMigrationsTable);
    // Another process may have applied it between the first look and the lock.
    if (!readAppliedIds(database).includes(migration.id)) {
      for (const statement of statementsOf(migration, 'sqlite')) database.exec(statement);
      database.prepare('insert into migrations (id, applied_at) values (?, ?)').run(migration.id, nowMs);
    }
    database.exec('commit');
  } finally {
    if (database.inTransaction) database.exec('rollback');
  }
}
