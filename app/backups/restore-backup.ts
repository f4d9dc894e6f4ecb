import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { Markers } from '../secrets/key-marker.ts';
import { moveKey, type VaultOptions } from '../secrets/open.ts';
import { isCopyForUs, setAside } from '../store/put-back.ts';
import { type BackupFacts, BackupUnreadable, readBackup } from './backup-file.ts';

export interface RestoreWish {
  readonly file: string;
  readonly passphrase: string;
  /** Where the built-in database is, or is to be. */
  readonly database: string;
  /** Where this computer keeps the key to the secrets. */
  readonly places: Omit<VaultOptions, 'markers'>;
  readonly now: number;
}

export interface Restored extends BackupFacts {
  /** Where the database went that was there before; undefined when there was none. */
  readonly setAside: string | undefined;
}

/**
 * Puts the database of a backup in place, with its secrets under this computer's own key. Nothing that is there is touched
 * before all of it is known to be good, and nothing is removed. No relay may run on the folder. Throws `BackupUnreadable`
 * and `VaultUnavailable`.
 */
export async function restoreBackup({ file, passphrase, database, places, now }: RestoreWish): Promise<Restored> {
  await mkdir(dirname(database), { recursive: true, mode: 0o700 });
  const partial = `${database}.part`;
  try {
    const facts = await readBackup(file, partial, passphrase);
    if (!isCopyForUs(partial)) {
      throw new BackupUnreadable(
        `${file} was made by Waystation ${facts.version}, which is newer than this one. Install that version or a later one.`,
      );
    }
    await withMarkers(partial, (markers) => moveKey({ ...places, markers }, passphrase));
    const folder = existsSync(database) ? setAside(database, now) : undefined;
    await rename(partial, database);
    return { ...facts, setAside: folder };
  } finally {
    await rm(partial, { force: true });
  }
}

async function withMarkers(file: string, work: (markers: Markers) => Promise<void>): Promise<void> {
  const database = new Database(file, { fileMustExist: true });
  try {
    const find = database.prepare('select value from settings where name = ?').pluck();
    const store = database.prepare('update settings set value = ? where name = ?');
    await work({
      get: async (name) => {
        const value = find.get(name);
        return typeof value === 'string' ? value : undefined;
      },
      set: async (name, value) => void store.run(value, name),
    });
  } finally {
    database.close();
  }
}
