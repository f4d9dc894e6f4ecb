import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { checkWritable, look, makeFolder, removeOwn, syncFolder, writeSynced, writeWhole } from './disk.ts';
import type { ToolId } from './tool-id.ts';

/** What a tool's files were at one moment. */
export interface Backup {
  /** Sorts by time: `2026-11-28T20-50-00-000Z`. */
  readonly id: string;
  readonly files: readonly { readonly file: string; readonly copy: string | null; readonly mode: number }[];
}

export interface Kept {
  readonly file: string;
  /** Undefined when there was none. */
  readonly bytes: Buffer | undefined;
  readonly mode: number;
}

const list = z.object({
  files: z.array(z.object({ file: z.string(), copy: z.string().nullable(), mode: z.int() })),
});
const listName = 'backup.json';
const dated = /^\d{4}-\d\d-\d\dT[\d-]+Z$/;

/** A tool, or the start-up files of the shell. */
type BackupOwner = ToolId | 'shell';

/** Enough to go back a long way; each is a few kilobytes. */
const mostKept = 10;

/** Copies of the tools' files from before our changes, a dated folder for each change. */
export class Backups {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Newest first. */
  async list(tool: BackupOwner): Promise<readonly Backup[]> {
    const names = (await readdir(join(this.#folder, tool)).catch(() => [])).filter((name) => dated.test(name));
    const found = await Promise.all(
      names
        .sort()
        .reverse()
        .map((id) => this.find(tool, id)),
    );
    return found.filter((backup) => backup !== undefined);
  }

  /** Undefined when there is no such one, or it was not finished. */
  async find(tool: BackupOwner, id: string): Promise<Backup | undefined> {
    if (!dated.test(id)) return undefined;
    const text = await readFile(join(this.#folder, tool, id, listName), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : { id, ...list.parse(JSON.parse(text)) };
  }

  async bytes(tool: BackupOwner, id: string, copy: string): Promise<Buffer> {
    return await readFile(join(this.#folder, tool, id, basename(copy)));
  }

  folderOf(tool: BackupOwner, id: string): string {
    return join(this.#folder, tool, id);
  }

  static idAt(now: number): string {
    return new Date(now).toISOString().replace(/[:.]/g, '-');
  }

  /** The names of the copies, in the order of the files. */
  static copiesOf(kept: readonly Kept[]): readonly (string | null)[] {
    return kept.map(({ file, bytes }, index) => (bytes ? `${index}-${basename(file)}` : null));
  }

  async write(tool: BackupOwner, id: string, kept: readonly Kept[]): Promise<void> {
    const folder = join(this.#folder, tool, id);
    await makeFolder(folder);
    const copies = Backups.copiesOf(kept);
    for (const [index, { bytes, mode }] of kept.entries()) {
      const copy = copies[index];
      if (bytes && copy) await writeSynced(join(folder, copy), bytes, mode);
    }
    const files = kept.map(({ file, mode }, index) => ({ file, copy: copies[index] ?? null, mode }));
    // Last: a folder without it is none.
    await writeSynced(join(folder, listName), Buffer.from(JSON.stringify({ files })), 0o600);
    await syncFolder(folder);
  }

  /** Puts a file as it was, or takes it away when it was not there. */
  async putBack(
    file: string,
    { bytes, mode }: { readonly bytes: Buffer | undefined; readonly mode: number },
  ): Promise<void> {
    const found = await look(file);
    checkWritable(file, found);
    if (!bytes) return await removeOwn(found.target, undefined);
    await makeFolder(dirname(found.target));
    await writeWhole({ target: found.target, bytes, mode, temporary: `${found.target}.waystation.tmp` });
  }

  /** Old ones go, but never the one that a connection still needs. */
  async prune(tool: BackupOwner, needed: string | undefined): Promise<void> {
    const names = (await readdir(join(this.#folder, tool)).catch(() => [])).filter((name) => dated.test(name)).sort();
    for (const name of names.slice(0, Math.max(0, names.length - mostKept))) {
      if (name !== needed) await rm(join(this.#folder, tool, name), { recursive: true, force: true });
    }
  }
}
