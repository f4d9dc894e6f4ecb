/** One step of the schema, in the SQL that SQLite and PostgreSQL share. Once released it never changes. */
export interface Migration {
  /** Sorts in the order of application: `0001-…`. */
  readonly id: string;
  readonly statements: readonly string[];
  /** What only one of them says so, after what they share. */
  readonly sqlite?: readonly string[];
  readonly postgres?: readonly string[];
}

export function statementsOf(migration: Migration, engine: 'sqlite' | 'postgres'): readonly string[] {
  return [...migration.statements, ...(migration[engine] ?? [])];
}

/** A database as the migrator sees it. */
export interface MigrationTarget {
  /** Empty when the database is new. */
  appliedIds(): Promise<readonly string[]>;
  /** Keeps a copy of a database that holds data, before the first pending migration touches it. */
  snapshot(beforeId: string): Promise<void>;
  /** In one transaction with its row in `migrations`; does nothing when somebody else applied it meanwhile. */
  apply(migration: Migration): Promise<void>;
}

/** The database was last used by a newer Waystation; writing to it could lose what only that one understands. */
export class StoreTooNew extends Error {
  constructor(unknownIds: readonly string[]) {
    super(
      `The database was changed by a newer Waystation (${unknownIds.join(', ')}). ` +
        'Start that version, or put back a snapshot from before the update',
    );
    this.name = 'StoreTooNew';
  }
}

export const createMigrationsTable =
  'create table if not exists migrations (id text primary key not null, applied_at bigint not null)';

/** Brings the database to the newest schema. Killed at any point, it leaves whole migrations only. */
export async function migrate(target: MigrationTarget, migrations: readonly Migration[]): Promise<void> {
  const known = new Set(migrations.map(({ id }) => id));
  const applied = new Set(await target.appliedIds());
  const unknownIds = [...applied].filter((id) => !known.has(id)).sort();
  if (unknownIds.length > 0) throw new StoreTooNew(unknownIds);
  const pending = migrations.filter(({ id }) => !applied.has(id));
  const [first] = pending;
  if (!first) return;
  if (applied.size > 0) await target.snapshot(first.id);
  for (const migration of pending) await target.apply(migration);
}
