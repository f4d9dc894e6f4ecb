import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import * as z from 'zod';
import { stretch } from '../secrets/passphrase-key.ts';

const algorithm = 'aes-256-gcm';
const tagBytes = 16;
/** The first line of every backup is JSON of at most this many bytes. */
const maxHeader = 1_024;

const header = z.object({
  waystationBackup: z.literal(1),
  /** When it was taken, epoch milliseconds. */
  at: z.int().nonnegative(),
  /** Of the Waystation that took it. */
  version: z.string(),
  salt: z.base64url(),
  iv: z.base64url(),
});
type Header = z.output<typeof header>;
export type BackupFacts = Pick<Header, 'at' | 'version'>;

/** The file is no backup, is damaged, or another passphrase opens it. The message says which, and what to do. */
export class BackupUnreadable extends Error {
  override readonly name = 'BackupUnreadable';
}

/**
 * Packs and encrypts `database` into `file`, readable by its owner only: a line of JSON, then AES-256-GCM of the gzipped
 * database under a key that scrypt makes from the passphrase, then the tag. The line is authenticated too.
 */
export async function writeBackup(
  { database, file }: { readonly database: string; readonly file: string },
  facts: BackupFacts,
  passphrase: string,
): Promise<void> {
  const salt = randomBytes(16);
  const iv = randomBytes(12);
  const told: Header = {
    waystationBackup: 1,
    ...facts,
    ...{ salt: salt.toString('base64url'), iv: iv.toString('base64url') },
  };
  const line = `${JSON.stringify(told)}\n`;
  const { key } = await stretch(passphrase, salt);
  const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(line));
  await writeFile(file, line, { flag: 'wx', mode: 0o600 });
  await pipeline(createReadStream(database), createGzip(), cipher, createWriteStream(file, { flags: 'a' }));
  await writeFile(file, cipher.getAuthTag(), { flag: 'a', flush: true });
}

/** What a backup says of itself, without its passphrase. Throws `BackupUnreadable`. */
export async function readFacts(file: string): Promise<BackupFacts> {
  const { at, version } = (await readHeader(file)).header;
  return { at, version };
}

/** The database of a backup, written to `into` whole or not at all. Throws `BackupUnreadable`. */
export async function readBackup(file: string, into: string, passphrase: string): Promise<BackupFacts> {
  const { header: told, line, size } = await readHeader(file);
  const end = size - tagBytes;
  if (end <= line.length) throw damaged(file);
  const { key } = await stretch(passphrase, Buffer.from(told.salt, 'base64url'));
  const decipher = createDecipheriv(algorithm, key, Buffer.from(told.iv, 'base64url'), { authTagLength: tagBytes });
  decipher.setAAD(line);
  decipher.setAuthTag(await readBytes(file, end, tagBytes));
  await rm(into, { force: true });
  try {
    const sealed = createReadStream(file, { start: line.length, end: end - 1 });
    const packed = createWriteStream(into, { flags: 'wx', mode: 0o600, flush: true });
    await pipeline(sealed, decipher, createGunzip(), packed);
  } catch (error) {
    await rm(into, { force: true });
    if (isOfSystem(error)) throw error;
    // Bytes that were changed and a key that is another one look the same.
    throw new BackupUnreadable(`${file} does not open with this passphrase, or is damaged. Try another passphrase.`);
  }
  const { at, version } = told;
  return { at, version };
}

async function readHeader(file: string): Promise<{ header: Header; line: Buffer; size: number }> {
  const start = await readBytes(file, 0, maxHeader);
  const length = start.indexOf('\n') + 1;
  const line = start.subarray(0, length);
  const opened = await open(file, 'r');
  try {
    const { size } = await opened.stat();
    return { header: header.parse(JSON.parse(line.toString('utf8'))), line, size };
  } catch {
    throw new BackupUnreadable(`${file} is no backup of Waystation, or its beginning is damaged. Name another file.`);
  } finally {
    await opened.close();
  }
}

async function readBytes(file: string, position: number, length: number): Promise<Buffer> {
  const opened = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await opened.read(Buffer.alloc(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await opened.close();
  }
}

function damaged(file: string): BackupUnreadable {
  return new BackupUnreadable(`${file} is cut off. Name another backup.`);
}

/** A disk that is full says nothing about the backup. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
