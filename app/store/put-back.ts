import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import * as z from 'zod';
import { migrations } from './migrations.ts';

export interface Copy {
  readonly path: string;
  /** When it was taken. */
  readonly at: number;
}

const rows = z.array(z.object({ id: z.string() }));

/** The newest copy that this version understands and that is whole; undefined when there is none. */
export function findCopy(folder: string): Copy | undefined {
  return copiesIn(folder).find(({ path }) => isCopyForUs(path));
}

/** Whether it is whole, and this version understands it. */
export function isCopyForUs(path: string): boolean {
  const known = new Set(migrations.map(({ id }) => id));
  return appliedIn(path)?.every((id) => known.has(id)) === true;
}

/** Nothing is removed: the database that cannot be used goes to a folder beside it. Answers where to. */
export function setAside(file: string, nowMs: number): string {
  const folder = join(dirname(file), 'set-aside', new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-'));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const end of ['-wal', '-shm', '']) {
    const name = `${file}${end}`;
    if (existsSync(name)) renameSync(name, join(folder, basename(name)));
  }
  return folder;
}

/** A copy takes the place of the database, with its whole content or not at all. */
export function putBack(file: string, { path }: Copy, nowMs: number): string {
  const partial = `${file}.part`;
  copyFileSync(path, partial);
  const opened = openSync(partial, 'r+');
  fsyncSync(opened);
  closeSync(opened);
  const folder = setAside(file, nowMs);
  renameSync(partial, file);
  return folder;
}

function copiesIn(folder: string): readonly Copy[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^(before|daily)-.*\.sqlite$/.test(name))
    .map((name) => join(folder, name))
    .map((path) => ({ path, at: Math.round(statSync(path).mtimeMs) }))
    .sort((one, other) => other.at - one.at);
}

/** Undefined when it is damaged. */
function appliedIn(path: string): readonly string[] | undefined {
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { readonly: true, fileMustExist: true });
    const isWhole = JSON.stringify(database.pragma('quick_check')) === JSON.stringify([{ quick_check: 'ok' }]);
    return isWhole ? rows.parse(database.prepare('select id from migrations').all()).map(({ id }) => id) : undefined;
  } catch {
    return undefined; // whatever is wrong with it, it is no copy to go on with
  } finally {
    database?.close();
  }
}
