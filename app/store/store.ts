import type { Kysely, RootOperationNode } from 'kysely';
import type { AuditedChange } from './audit-scope.ts';
import { isDiskFull } from './disk-full.ts';
import type { Schema } from './schema.ts';

export type SqlValue = string | number | null;

/** Kysely's `.compile()` gives one. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** What it means, from which the record of a change is made. */
  readonly query?: RootOperationNode;
}

export interface InsertOptions {
  /** What a row that breaks a unique column does: throw (the default), or change nothing and answer false. */
  readonly onConflict?: 'fail' | 'ignore';
}

/** Answers whether the row was inserted. On SQLite synchronously; while the database is busy it throws `StoreBusy` at once. */
export type InsertRow = (values: readonly SqlValue[]) => boolean | Promise<boolean>;

export interface WriteOptions {
  /** How long to try again while the database is busy. 0 fails at once; the default suits people who wait: 5 s. */
  readonly waitMs?: number;
  /** Nobody else may add to or change this table meanwhile. On SQLite that is so anyway. */
  readonly locks?: keyof Schema & string;
}

/**
 * SQL storage. Multi-statement changes go through `write`, never through Kysely transactions: on SQLite there is one
 * connection, and a transaction held over an await would swallow the hot path's rows.
 */
export interface Store {
  readonly engine: 'sqlite' | 'postgres';
  /** Single statements, for repositories. Tries again for up to 5 s while the database is busy, then throws `StoreBusy`. */
  readonly db: Kysely<Schema>;
  /** All or nothing. On SQLite it runs in one tick. Throws `StoreBusy` when the database stays busy. */
  write(statements: readonly Statement[], options?: WriteOptions): Promise<void>;
  /** Whatever `work` writes is recorded as this change, before and after, in the transaction that makes it. */
  audited<T>(change: AuditedChange, work: () => Promise<T>): Promise<T>;
  /** A statement for the hot path. `columns` become the parameters in order. */
  prepareInsert<Table extends keyof Schema & string>(
    table: Table,
    columns: readonly (keyof Schema[Table] & string)[],
    options?: InsertOptions,
  ): InsertRow;
  close(): Promise<void>;
}

/** Another process holds the database's write lock, its disk is full, or it cannot be reached now: keep the data and retry. */
export class StoreBusy extends Error {
  /** The connection broke before the answer came: the change was made, or it was not. */
  readonly mayHaveHappened: boolean;

  constructor(cause: unknown, { mayHaveHappened = false } = {}) {
    const why = isDiskFull(cause)
      ? 'the disk is full'
      : 'another process holds its write lock, or it cannot be reached';
    super(`The database cannot be used now: ${why}`, { cause });
    this.name = 'StoreBusy';
    this.mayHaveHappened = mayHaveHappened;
  }
}
