import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataKey, newDataKey } from './data-key.ts';
import { type CreatedKey, type KeyMarker, matchMarker } from './key-marker.ts';
import { VaultUnavailable } from './vault.ts';

const isPosix = process.platform !== 'win32';
const ownerOnly = 0o600;
const anybodyElse = 0o077;

/** The name has the key's id: two installations, or two first starts at once, never overwrite each other's file. */
export function keyFilePath(folder: string, keyId: string): string {
  return join(folder, `data-${keyId}.key`);
}

export async function createKeyFile(folder: string, { bytes, dataKey } = newDataKey()): Promise<CreatedKey> {
  const path = keyFilePath(folder, dataKey.id);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeWhole(path, `${bytes.toString('base64url')}\n`);
  if (isPosix) await using(await open(folder, 'r'), (opened) => opened.sync());
  return {
    dataKey,
    marker: { backend: 'key-file', keyId: dataKey.id, check: dataKey.check },
    discard: () => rm(path, { force: true }),
  };
}

export async function openKeyFile(folder: string, marker: KeyMarker): Promise<DataKey> {
  const path = keyFilePath(folder, marker.keyId);
  const text = await using(await openExisting(path), (file) => readPrivately(file, path));
  const dataKey = matchMarker(Buffer.from(text.trim(), 'base64url'), marker);
  if (dataKey) return dataKey;
  throw new VaultUnavailable(
    `The key file ${path} does not hold the key that the secrets in this database are sealed with.`,
    'Put back the file as it was, for example from a backup.',
  );
}

/** The name appears with the whole key behind it, or not at all; power may fail at any time. */
async function writeWhole(path: string, text: string): Promise<void> {
  const partial = `${path}.part`;
  await using(await open(partial, 'wx', ownerOnly), async (file) => {
    await file.writeFile(text);
    await file.sync();
  });
  await rename(partial, path);
}

async function openExisting(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw new VaultUnavailable(
      `The key file ${path}, which protects your secrets, is missing or cannot be read.`,
      'Put it back, for example from a backup or from the computer that made it, readable by its owner only.',
      error,
    );
  }
}

async function readPrivately(file: FileHandle, path: string): Promise<string> {
  const { mode } = await file.stat();
  if (isPosix && (mode & anybodyElse) !== 0) {
    throw new VaultUnavailable(
      `Other users of this computer may read the key file ${path}, which protects your secrets.`,
      `Take that away (chmod 600 ${path}) and start again; if others may have read it, replace your credentials.`,
    );
  }
  return file.readFile('utf8');
}

async function using<T>(file: FileHandle, work: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}
