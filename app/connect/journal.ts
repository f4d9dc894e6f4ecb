import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { codeOf, makeFolder, syncFolder, writeSynced } from './disk.ts';
import type { KeyPath } from './editors/editor.ts';
import { ConnectRefused } from './refusal.ts';
import { type ToolId, toolIds } from './tool-id.ts';

const path: z.ZodType<KeyPath> = z.array(z.union([z.string(), z.object({ name: z.string() })]));
const previous = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('value'), text: z.string() }),
  z.object({ kind: z.literal('absent'), depth: z.int(), inside: z.string().optional() }),
]);

const journalFile = z.object({
  /** As the tool names it, and where it really is. */
  file: z.string(),
  target: z.string(),
  temporary: z.string(),
  format: z.enum(['jsonc', 'toml', 'dotenv']),
  mode: z.int(),
  createdFolder: z.string().optional(),
  /** Digests of the whole file; null while it is not there. */
  before: z.string().nullable(),
  after: z.string(),
  /** Of the backup; null when there was no file. */
  backup: z.string().nullable(),
  keys: z.array(z.object({ path, digest: z.string(), previous })),
});

const entry = z.object({
  version: z.literal(1),
  tool: z.enum(toolIds),
  /** What was begun last. Only a `connected` one is at rest. */
  step: z.enum(['preparing', 'writing', 'connected', 'taking-back']),
  /** Names everything this attempt makes. */
  attempt: z.string(),
  startedAt: z.number(),
  address: z.string(),
  keyId: z.string().optional(),
  files: z.array(journalFile),
});

export type JournalFile = z.infer<typeof journalFile>;
export type Entry = z.infer<typeof entry>;

/** What we did to which tool, one file each; written before and after every step, and never with a secret of ours. */
export class Journal {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(tool: ToolId): Promise<Entry | undefined> {
    try {
      return entry.parse(JSON.parse(await readFile(this.#file(tool), 'utf8')));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw new ConnectRefused(
        'conflict',
        `${this.#file(tool)} cannot be read. Mend it, or remove it to forget that connection.`,
      );
    }
  }

  async all(): Promise<readonly ToolId[]> {
    const names: readonly string[] = await readdir(this.#folder).catch(() => []);
    return toolIds.filter((tool) => names.includes(`${tool}.json`));
  }

  async write(written: Entry): Promise<void> {
    await makeFolder(this.#folder);
    const temporary = `${this.#file(written.tool)}.new`;
    await rm(temporary, { force: true });
    await writeSynced(temporary, Buffer.from(`${JSON.stringify(written, undefined, 2)}\n`), 0o600);
    await rename(temporary, this.#file(written.tool));
    await syncFolder(this.#folder);
  }

  async remove(tool: ToolId): Promise<void> {
    await rm(this.#file(tool), { force: true });
    await syncFolder(this.#folder);
  }

  #file(tool: ToolId): string {
    return join(this.#folder, `${tool}.json`);
  }
}
