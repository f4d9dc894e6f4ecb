import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import {
  type CompiledQuery,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { Clock } from '../domain/clock.ts';
import { type AuditedChange, AuditScope } from './audit-scope.ts';
import { auditedSteps, isChange } from './audit-write.ts';
import { insertSql } from './insert-sql.ts';
import { migrations } from './migrations.ts';
import { patienceMs, retryWhileBusy } from './retry.ts';
import type { Schema } from './schema.ts';
import { SingleStatementDriver } from './single-statement.ts';
import { Checkpoints } from './sqlite-checkpoints.ts';
import { translateBusy } from './sqlite-errors.ts';
import { migrateSqlite } from './sqlite-migrate.ts';
import type { InsertOptions, InsertRow, Statement, Store, WriteOptions } from './store.ts';

export interface SqliteOptions {
  /** A path, or `:memory:`. */
  readonly file: string;
  /** `snapshots` beside the file when left out. */
  readonly snapshotFolder?: string | undefined;
}

const memory = ':memory:';

export async function openSqlite({ file, snapshotFolder }: SqliteOptions, clock: Clock): Promise<Store> {
  const isFile = file !== memory;
  if (isFile) createPrivately(file);
  const database = new Database(file, { timeout: 0 });
  try {
    await retryWhileBusy(patienceMs, () => translateBusy(() => configure(database)));
    const folder = isFile ? (snapshotFolder ?? join(dirname(file), 'snapshots')) : undefined;
    await migrateSqlite(database, { migrations, snapshotFolder: folder, now: clock.now });
    return new SqliteStore(database, isFile);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLite gives its WAL the permissions of the database, so they are right from the first byte. */
function createPrivately(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
}

function configure(database: Database.Database): void {
  database.pragma('journal_mode = wal');
  database.pragma('synchronous = normal');
  database.pragma('foreign_keys = on');
  database.pragma(`wal_autocheckpoint = ${safetyPages}`);
  database.pragma('journal_size_limit = 67108864');
}

/** Checkpoints have a thread of their own; only when it cannot keep up (64 MB) a commit does the rest. */
const safetyPages = 16_000;
const sqliteDefaultPages = 1_000;

class SqliteStore implements Store {
  readonly engine = 'sqlite';
  readonly db: Kysely<Schema>;
  readonly #database: Database.Database;
  readonly #prepared = new Map<string, AnyStatement>();
  readonly #runAll: (statements: readonly Statement[]) => void;
  readonly #runAudited: (change: AuditedChange, statements: readonly Statement[]) => QueryResult<unknown>[];
  readonly #audit = new AuditScope();
  readonly #checkpoints: Checkpoints | undefined;

  constructor(database: Database.Database, isFile: boolean) {
    this.#database = database;
    if (isFile) {
      this.#checkpoints = new Checkpoints(database.name, () => {
        database.pragma(`wal_autocheckpoint = ${sqliteDefaultPages}`);
      });
    }
    this.db = new Kysely<Schema>({
      dialect: {
        createAdapter: () => new SqliteAdapter(),
        createDriver: () =>
          new SingleStatementDriver((query) =>
            retryWhileBusy(patienceMs, () => translateBusy(() => this.#runOne(query))),
          ),
        createIntrospector: (db) => new SqliteIntrospector(db),
        createQueryCompiler: () => new SqliteQueryCompiler(),
      },
    });
    this.#runAll = database.transaction((statements: readonly Statement[]) => {
      for (const statement of statements) this.#run(statement);
    }).immediate;
    this.#runAudited = database.transaction((change: AuditedChange, statements: readonly Statement[]) => {
      const steps = auditedSteps(this.db, change, statements);
      let step = steps.next();
      while (!step.done) step = steps.next(this.#run(step.value));
      return step.value;
    }).immediate;
  }

  async write(statements: readonly Statement[], { waitMs = patienceMs }: WriteOptions = {}): Promise<void> {
    const change = this.#audit.current;
    const run = () => {
      if (change) this.#runAudited(change, statements);
      else this.#runAll(statements);
    };
    await retryWhileBusy(waitMs, () => translateBusy(run));
    this.#checkpoints?.committed();
  }

  audited<T>(change: AuditedChange, work: () => Promise<T>): Promise<T> {
    return this.#audit.run(change, work);
  }

  prepareInsert<Table extends keyof Schema & string>(
    table: Table,
    columns: readonly (keyof Schema[Table] & string)[],
    options?: InsertOptions,
  ): InsertRow {
    const statement = this.#database.prepare(insertSql({ table, columns }, () => '?', options));
    return (values) => {
      const { changes } = translateBusy(() => statement.run(values));
      this.#checkpoints?.committed();
      return changes === 1;
    };
  }

  async close(): Promise<void> {
    await this.#checkpoints?.close();
    this.#prepared.clear();
    this.#database.close();
  }

  #runOne<Row>(query: CompiledQuery): QueryResult<Row> {
    const change = isChange(query.query) ? this.#audit.current : undefined;
    if (!change) return this.#run(query);
    const [result = { rows: [] }] = this.#runAudited(change, [query]);
    // The caller's own statement: Kysely knows the type of its rows.
    return result as QueryResult<Row>;
  }

  #run<Row>({ sql, parameters }: Statement): QueryResult<Row> {
    const statement = this.#prepare(sql);
    if (statement.reader) return { rows: statement.all(parameters) };
    return { rows: [], numAffectedRows: BigInt(statement.run(parameters).changes) };
  }

  /** Preparing costs more than running. The texts of our repositories are few; lists of parameters make them many. */
  #prepare(sql: string): AnyStatement {
    const known = this.#prepared.get(sql);
    if (known) return known;
    if (this.#prepared.size >= maxPrepared) this.#prepared.clear();
    const statement = this.#database.prepare<unknown[], never>(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }
}

const maxPrepared = 200;

/** Rows are `never`, which fits every row type: Kysely knows the type, the cache cannot. */
type AnyStatement = Database.Statement<unknown[], never>;
