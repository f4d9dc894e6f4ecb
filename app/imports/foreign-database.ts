import { readFileSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { ImportUnreadable } from './entry.ts';

/** Where SQLite's header says how the file is written and read: 2 for a write-ahead log, 1 without. */
const journalVersionAt = [18, 19] as const;

/**
 * Rows of another program's database. Its bytes are read into memory, so that not even a lock file appears beside it;
 * only what still lies in a write-ahead log has to be read through the files, which are opened for reading alone.
 */
export function readForeignRows(file: string, sql: string): readonly unknown[] {
  let database: Database.Database | undefined;
  try {
    database = hasLog(file) ? new Database(file, { readonly: true, fileMustExist: true }) : new Database(copyOf(file));
    return database.prepare(sql).all();
  } catch (error) {
    if (error instanceof Database.SqliteError) throw new ImportUnreadable(reasonOf(file, error.code));
    throw error;
  } finally {
    database?.close();
  }
}

export function isDatabase(bytes: Buffer): boolean {
  return bytes.subarray(0, 15).toString('latin1') === 'SQLite format 3';
}

function hasLog(file: string): boolean {
  return (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

function copyOf(file: string): Buffer {
  const bytes = readFileSync(file);
  // A database in memory has no log: read as one without, it is the same.
  if (isDatabase(bytes)) for (const at of journalVersionAt) bytes[at] = 1;
  return bytes;
}

function reasonOf(file: string, code: string): string {
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return `${file} is being written. Close the program that it belongs to, then try again.`;
  }
  return `${file} is not the database that was expected. Is it the right file?`;
}
