import type { ClientBase } from 'pg';
import { createMigrationsTable, type Migration, type MigrationTarget, migrate, statementsOf } from './migrator.ts';

export interface PostgresMigrationOptions {
  readonly migrations: readonly Migration[];
  readonly now: () => number;
}

/** Any constant that nobody else uses in this database: "waystat" in ASCII. */
const migrationLock = '33602785586405748';

/** Copies of a server's database are its operator's business (pg_dump), so there are no snapshots here. */
export async function migratePostgres(
  client: ClientBase,
  { migrations, now }: PostgresMigrationOptions,
): Promise<void> {
  const target: MigrationTarget = {
    appliedIds: () => readAppliedIds(client),
    snapshot: async () => undefined,
    apply: (migration) => apply(client, migration, now()),
  };
  await migrate(target, migrations);
}

async function readAppliedIds(client: ClientBase): Promise<readonly string[]> {
  const { rows: tables } = await client.query<{ found: boolean }>(
    "select to_regclass('migrations') is not null as found",
  );
  if (!tables[0]?.found) return [];
  const { rows } = await client.query<{ id: string }>('select id from migrations');
  return rows.map(({ id }) => id);
}

/** An error leaves the transaction open: whoever owns the client closes it, which rolls back. */
async function apply(client: ClientBase, migration: Migration, nowMs: number): Promise<void> {
  await client.query('begin');
  // Held until the transaction ends, also by a crash: two nodes migrate one after the other.
  await client.query(`select pg_advisory_xact_lock(${migrationLock})`);
  await client.query(createMigrationsTable);
  if (!(await readAppliedIds(client)).includes(migration.id)) {
    for (const statement of statementsOf(migration, 'postgres')) await client.query(statement);
    await client.query('insert into migrations (id, applied_at) values ($1, $2)', [migration.id, nowMs]);
  }
  await client.query('commit');
}
