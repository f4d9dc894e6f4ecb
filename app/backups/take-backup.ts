import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { markerName } from '../secrets/key-marker.ts';
import type { Vault } from '../secrets/vault.ts';
import { copyDatabase } from '../store/sqlite-copy.ts';
import { type BackupFacts, writeBackup } from './backup-file.ts';

export interface BackupWish extends BackupFacts {
  /** Of the built-in database. */
  readonly database: string;
  readonly folder: string;
  readonly vault: Vault;
  readonly passphrase: string;
}

/**
 * One file with everything that is in the database, at one moment. Its passphrase opens the file, and then the secrets in
 * it: on another computer too. Answers the name; it appears with the whole backup behind it, or not at all.
 */
export async function takeBackup(wish: BackupWish): Promise<string> {
  const { database, folder, vault, passphrase, at, version } = wish;
  const marker = await vault.markerFor(passphrase);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = `waystation-${new Date(at).toISOString().replaceAll(/[:.]/g, '-')}.backup`;
  const copy = join(folder, `${name}.${process.pid}.copy`);
  const partial = join(folder, `${name}.${process.pid}.part`);
  try {
    await copyDatabase(database, copy);
    setMarker(copy, marker);
    await writeBackup({ database: copy, file: partial }, { at, version }, passphrase);
    await rename(partial, join(folder, name));
  } finally {
    await rm(copy, { force: true });
    await rm(partial, { force: true });
  }
  return name;
}

function setMarker(file: string, marker: string): void {
  const database = new Database(file, { fileMustExist: true });
  try {
    database.pragma('journal_mode = delete');
    database.prepare('update settings set value = ? where name = ?').run(marker, markerName);
  } finally {
    database.close();
  }
}
