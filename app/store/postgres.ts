import { createHash } from 'node:crypto';
import {
  type CompiledQuery,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import { Client, type ClientConfig, Pool, type PoolClient, types } from 'pg';
import type { Clock } from '../domain/clock.ts';
import { type AuditedChange, AuditScope } from './audit-scope.ts';
import { auditedSteps, isChange, type Steps } from './audit-write.ts';
import { insertSql } from './insert-sql.ts';
import { migrations } from './migrations.ts';
import { translateRefused, translateSent } from './postgres-errors.ts';
import { migratePostgres } from './postgres-migrate.ts';
import { patienceMs, retryWhileBusy } from './retry.ts';
import type { Schema } from './schema.ts';
import { SingleStatementDriver } from './single-statement.ts';
import type { InsertOptions, InsertRow, Statement, Store, WriteOptions } from './store.ts';

const queryTimeoutMs = 30_000;
const migrationTimeoutMs = 600_000;
const maxConnections = 10;
const int8 = 20;

export async function openPostgres(url: string, clock: Clock): Promise<Store> {
  const connection: ClientConfig = {
    connectionString: url,
    connectionTimeoutMillis: patienceMs,
    keepAlive: true,
    application_name: 'waystation',
  };
  await retryWhileBusy(patienceMs, () => migrateOver(connection, clock));
  return new PostgresStore(createPool(connection));
}

/** On a connection of its own: a new index over a large table takes longer than any other statement may. */
async function migrateOver(connection: ClientConfig, clock: Clock): Promise<void> {
  const client = new Client({ ...connection, query_timeout: migrationTimeoutMs });
  client.on('error', ignoreBrokenConnection);
  try {
    await client.connect();
    await migratePostgres(client, { migrations, now: clock.now });
  } catch (error) {
    throw translateRefused(error);
  } finally {
    await client.end();
  }
}

function createPool(connection: ClientConfig): Pool {
  const pool = new Pool({
    ...connection,
    max: maxConnections,
    query_timeout: queryTimeoutMs,
    types: { getTypeParser: (oid, format) => (oid === int8 ? toCheckedNumber : types.getTypeParser(oid, format)) },
  });
  pool.on('error', ignoreBrokenConnection);
  // The pool listens to idle connections only.
  pool.on('connect', (client) => client.on('error', ignoreBrokenConnection));
  return pool;
}

function ignoreBrokenConnection(): void {
  // Whoever uses the connection gets an error of its own; without a listener this one would end the process.
}

/** bigint arrives as text; a number that JavaScript cannot hold exactly must not pass silently. */
function toCheckedNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`The database holds ${text}, more than a number can carry`);
  return value;
}

class PostgresStore implements Store {
  readonly engine = 'postgres';
  readonly db: Kysely<Schema>;
  readonly #pool: Pool;
  readonly #audit = new AuditScope();

  constructor(pool: Pool) {
    this.#pool = pool;
    this.db = new Kysely<Schema>({
      dialect: {
        createAdapter: () => new PostgresAdapter(),
        createDriver: () => new SingleStatementDriver((query) => this.#runQuery(query)),
        createIntrospector: (db) => new PostgresIntrospector(db),
        createQueryCompiler: () => new PostgresQueryCompiler(),
      },
    });
  }

  write(statements: readonly Statement[], { waitMs = patienceMs, locks }: WriteOptions = {}): Promise<void> {
    const lock =
      locks === undefined ? [] : [{ sql: `lock table "${locks}" in share row exclusive mode`, parameters: [] }];
    const change = this.#audit.current;
    const steps = () => (change ? this.#steps(change, statements, lock) : plainSteps([...lock, ...statements]));
    return retryWhileBusy(waitMs, () => this.#withClient(async (client) => void (await runAll(client, steps()))));
  }

  audited<T>(change: AuditedChange, work: () => Promise<T>): Promise<T> {
    return this.#audit.run(change, work);
  }

  prepareInsert<Table extends keyof Schema & string>(
    table: Table,
    columns: readonly (keyof Schema[Table] & string)[],
    options?: InsertOptions,
  ): InsertRow {
    const text = insertSql({ table, columns }, (position) => `$${position}`, options);
    const name = `insert_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
    return (values) =>
      this.#withClient(async (client) => {
        const { rowCount } = await client.query({ name, text, values: [...values] });
        return rowCount === 1;
      });
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  #runQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const change = isChange(query.query) ? this.#audit.current : undefined;
    return retryWhileBusy(patienceMs, () =>
      this.#withClient(async (client) => {
        if (!change) return await runOne(client, query);
        const [result = { rows: [] }] = await runAll(client, this.#steps(change, [query], []));
        // The caller's own statement: Kysely knows the type of its rows.
        return result as QueryResult<Row>;
      }),
    );
  }

  *#steps(change: AuditedChange, statements: readonly Statement[], first: readonly Statement[]): Steps {
    yield* plainSteps(first);
    return yield* auditedSteps(this.db, change, statements);
  }

  async #withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw translateRefused(error);
    });
    try {
      const answer = await work(client);
      client.release();
      return answer;
    } catch (error) {
      // Closing the connection also rolls back what was open on it.
      client.release(true);
      throw translateSent(error);
    }
  }
}

async function runAll(client: PoolClient, steps: Steps): Promise<QueryResult<unknown>[]> {
  let step: ReturnType<Steps['next']>;
  try {
    await client.query('begin');
    step = steps.next();
    while (!step.done) step = steps.next(await runOne(client, step.value));
  } catch (error) {
    // Whatever broke, nothing was committed.
    throw translateRefused(error);
  }
  await client.query('commit');
  return step.value;
}

async function runOne<Row>(client: PoolClient, { sql, parameters }: Statement): Promise<QueryResult<Row>> {
  const { rows, rowCount } = await client.query(sql, [...parameters]);
  return { rows, numAffectedRows: BigInt(rowCount ?? 0) };
}

function* plainSteps(statements: readonly Statement[]): Steps {
  const results: QueryResult<unknown>[] = [];
  for (const statement of statements) results.push(yield statement);
  return results;
}
