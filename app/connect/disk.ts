import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, readFile, readlink, realpath, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ConnectRefused } from './refusal.ts';

/** A file as it is now, behind its links. */
export interface Found {
  readonly target: string;
  /** Undefined when it is not there. */
  readonly bytes: Buffer | undefined;
  readonly mode: number;
}

const newMode = 0o600;

export async function look(file: string): Promise<Found> {
  const target = await behindLinks(file);
  try {
    const bytes = await readFile(target);
    return { target, bytes, mode: (await stat(target)).mode & 0o777 };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { target, bytes: undefined, mode: newMode };
    if (codeOf(error) === 'EISDIR') throw new ConnectRefused('conflict', `${file} is a folder. Nothing was written.`);
    throw refused(error, file);
  }
}

export function textOf(file: string, { bytes }: Found): string {
  if (!bytes) return '';
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const message = `${file} is not text in UTF-8. Nothing was written. Save it as UTF-8, then try again.`;
    throw new ConnectRefused('conflict', message);
  }
}

/** Whoever made it read-only meant it, also towards a user who may write anything. */
export function checkWritable(file: string, { bytes, mode }: Found): void {
  if (bytes === undefined || (mode & 0o200) !== 0) return;
  throw new ConnectRefused('conflict', `${file} is read-only. Nothing was written. Make it writable, then try again.`);
}

export interface Writing {
  readonly target: string;
  readonly bytes: Buffer;
  readonly mode: number;
  /** Beside the target, so that it is on the same disk. */
  readonly temporary: string;
  /** Called when everything is written and nothing is in place. */
  readonly written?: () => Promise<void>;
}

/** Whole or not at all. Throws `ConnectRefused` when the file or its folder may not be written. */
export async function writeWhole({ target, bytes, mode, temporary, written }: Writing): Promise<void> {
  try {
    await rm(temporary, { force: true });
    await writeSynced(temporary, bytes, mode);
    await written?.();
    await rename(temporary, target);
    await syncFolder(dirname(target));
  } catch (error) {
    throw refused(error, target);
  }
  const now = await readFile(target);
  if (!now.equals(bytes)) {
    throw new ConnectRefused(
      'conflict',
      `${target} is not as it was just written: another program changed it. Try again.`,
    );
  }
}

export async function writeSynced(file: string, bytes: Buffer, mode: number): Promise<void> {
  const handle = await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  // The process's own mask may have taken rights away.
  await chmod(file, mode);
}

/** Answers the topmost folder that had to be made. */
export async function makeFolder(folder: string): Promise<string | undefined> {
  try {
    return await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw refused(error, folder);
  }
}

/** Removes a file that was not there before us, and the folders that were made for it while nothing else is in them. */
export async function removeOwn(target: string, createdFolder: string | undefined): Promise<void> {
  await rm(target, { force: true });
  if (createdFolder === undefined) return;
  for (let folder = dirname(target); folder.startsWith(createdFolder); folder = dirname(folder)) {
    const isGone = await rmdir(folder).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}

export async function syncFolder(folder: string): Promise<void> {
  // Windows has no such thing, and needs none.
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

async function behindLinks(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw refused(error, file);
  }
  const isLink = await lstat(file).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
  // A link to what is not there yet: that is what will be made.
  if (isLink) return resolve(dirname(file), await readlink(file));
  const folder = await realpath(dirname(file)).catch(() => dirname(file));
  return join(folder, file.slice(dirname(file).length + 1));
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'may not be read or written by this user',
  EPERM: 'may not be read or written by this user',
  EROFS: 'is on a disk that cannot be written',
  ENOSPC: 'could not be written: the disk is full',
  ELOOP: 'is a link that leads in a circle',
  ENOTDIR: 'lies below a file where a folder is needed',
};

function refused(error: unknown, file: string): unknown {
  const reason = reasons[codeOf(error) ?? ''];
  return reason === undefined ? error : new ConnectRefused('conflict', `${file} ${reason}. It was left as it is.`);
}
