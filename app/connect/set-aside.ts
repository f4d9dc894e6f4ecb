import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { makeFolder, syncFolder, writeSynced } from './disk.ts';
import { type ToolId, toolIds } from './tool-id.ts';

const kept = z.array(z.enum(toolIds));

/** Tools that were disconnected because nobody would answer them, to be offered again; beside the journals. */
export class SetAside {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A list that cannot be read offers nothing: every tool can be connected without it. */
  async read(): Promise<readonly ToolId[]> {
    try {
      return kept.parse(JSON.parse(await readFile(this.#file, 'utf8')));
    } catch {
      return [];
    }
  }

  async write(tools: readonly ToolId[]): Promise<void> {
    if (tools.length === 0) return await rm(this.#file, { force: true });
    await makeFolder(this.#folder);
    const temporary = `${this.#file}.new`;
    await rm(temporary, { force: true });
    await writeSynced(temporary, Buffer.from(`${JSON.stringify(tools)}\n`), 0o600);
    await rename(temporary, this.#file);
    await syncFolder(this.#folder);
  }

  async forget(tool: ToolId): Promise<void> {
    const tools = await this.read();
    if (tools.includes(tool)) await this.write(tools.filter((one) => one !== tool));
  }

  get #file(): string {
    return join(this.#folder, 'set-aside.json');
  }
}
