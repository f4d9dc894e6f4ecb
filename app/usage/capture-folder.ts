import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../domain/clock.ts';
import type { Vault } from '../secrets/vault.ts';
import { type CapturedCall, capturedCall } from './captured-call.ts';

export interface CaptureSize {
  readonly calls: number;
  readonly bytes: number;
}

export interface Purged extends CaptureSize {
  /** What a look at the disk finds afterwards. */
  readonly bytesLeft: number;
}

export interface CaptureFolderDeps {
  readonly folder: string;
  readonly vault: Pick<Vault, 'seal' | 'open'>;
  readonly clock: Clock;
}

export const maxCaptureAgeMs = 24 * 3_600_000;
export const maxCaptureBytes = 64 * 1024 * 1024;

interface Kept {
  readonly path: string;
  readonly bytes: number;
  readonly at: number;
}

/**
 * Captured calls, a sealed file each. Files and no table: snapshots, backups and exports copy tables, and what is removed
 * from one stays in the database's free pages.
 */
export class CaptureFolder {
  readonly #deps: CaptureFolderDeps;

  constructor(deps: CaptureFolderDeps) {
    this.#deps = deps;
  }

  async write(call: CapturedCall): Promise<void> {
    const { folder, vault } = this.#deps;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    const sealed = vault.seal(placeOf(call.requestId), JSON.stringify(call));
    await writeFile(this.#pathOf(call.requestId), sealed, { mode: 0o600 });
    await this.prune();
  }

  /** Undefined when it was not captured, or is gone. */
  async read(requestId: string): Promise<CapturedCall | undefined> {
    const sealed = await readFile(this.#pathOf(requestId), 'utf8').catch(whenMissing(undefined));
    return sealed === undefined
      ? undefined
      : capturedCall.parse(JSON.parse(this.#deps.vault.open(placeOf(requestId), sealed)));
  }

  /** Without a look at each: pages ask for it all the time. */
  async count(): Promise<number> {
    return (await this.#names()).length;
  }

  async size(): Promise<CaptureSize> {
    return sizeOf(await this.#list());
  }

  /** Removes what is too old, and the oldest of what is too much. */
  async prune(): Promise<void> {
    const now = this.#deps.clock.now();
    let room = maxCaptureBytes;
    for (const { path, bytes, at } of (await this.#list()).toSorted((a, b) => b.at - a.at)) {
      room -= bytes;
      if (room < 0 || now - at > maxCaptureAgeMs) await rm(path, { force: true });
    }
  }

  async purge(): Promise<Purged> {
    const before = await this.size();
    await rm(this.#deps.folder, { recursive: true, force: true });
    return { ...before, bytesLeft: (await this.size()).bytes };
  }

  async #list(): Promise<Kept[]> {
    const names = await this.#names();
    const found = await Promise.all(
      names.map(async (name) => {
        const path = join(this.#deps.folder, name);
        const seen = await stat(path).catch(whenMissing(undefined));
        return seen && { path, bytes: seen.size, at: seen.mtimeMs };
      }),
    );
    return found.filter((one) => one !== undefined);
  }

  async #names(): Promise<string[]> {
    return await readdir(this.#deps.folder).catch(whenMissing<string[]>([]));
  }

  /** Ids are ours, but they come back from outside. */
  #pathOf(requestId: string): string {
    return join(this.#deps.folder, `${requestId.replace(/[^\w-]/g, '_')}.sealed`);
  }
}

function sizeOf(kept: readonly Kept[]): CaptureSize {
  return { calls: kept.length, bytes: kept.reduce((sum, { bytes }) => sum + bytes, 0) };
}

function placeOf(requestId: string) {
  return { table: 'captures', row: requestId, column: 'call' };
}

/** Somebody may have purged meanwhile. */
function whenMissing<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return instead;
    throw error;
  };
}
