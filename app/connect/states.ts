import { type Conflict, findConflicts } from './conflicts.ts';
import { Detector } from './detect.ts';
import { type Found, look } from './disk.ts';
import { driftOf, readKey } from './edits.ts';
import type { Entry, Journal } from './journal.ts';
import { ConnectRefused } from './refusal.ts';
import type { Computer, Tool, ToolFile } from './tool.ts';
import type { ToolId } from './tool-id.ts';
import { tools } from './tools.ts';

export type ConnectionState = 'not-installed' | 'not-connected' | 'connected' | 'drifted' | 'env-conflict';

export interface ToolState {
  readonly tool: ToolId;
  readonly name: string;
  readonly state: ConnectionState;
  readonly version?: string | undefined;
  readonly files: readonly string[];
  /** Where its file sends it; undefined when the file says nothing about it. */
  readonly endpoint?: string | undefined;
  /** Keys that are not as we wrote them. */
  readonly drift: readonly string[];
  /** It was told another address than ours is now. */
  readonly isElsewhere: boolean;
  readonly conflicts: readonly Conflict[];
  readonly connectedAt?: number | undefined;
  readonly keyId?: string | undefined;
}

/** How the tools of this computer stand. Only looks. */
export class ToolStates {
  readonly #computer: Computer;
  readonly #journal: Journal;
  readonly #detector = new Detector();

  constructor(computer: Computer, journal: Journal) {
    this.#computer = computer;
    this.#journal = journal;
  }

  async all(address: string | undefined): Promise<readonly ToolState[]> {
    return await Promise.all(tools.map((tool) => this.of(tool, address)));
  }

  async of(tool: Tool, address: string | undefined): Promise<ToolState> {
    const { entry, broken } = await this.#entryOf(tool.id);
    const { isInstalled, version } = await this.#detector.detect(tool, this.#computer);
    const files = tool.files(this.#computer);
    const isOurs = (value: string) =>
      [address, entry?.address].some((one) => one !== undefined && value.startsWith(one));
    const conflicts = await findConflicts(tool, this.#computer, isOurs);
    const { state, drift, isElsewhere } = await this.#standing(entry, address, broken);
    const own = state ?? (isInstalled ? 'not-connected' : 'not-installed');
    return {
      tool: tool.id,
      name: tool.name,
      state: own === 'connected' && conflicts.length > 0 ? 'env-conflict' : own,
      version,
      files: files.map(({ file }) => file),
      endpoint: await endpointOf(files),
      drift,
      isElsewhere,
      conflicts,
      connectedAt: entry?.startedAt,
      keyId: entry?.keyId,
    };
  }

  /** The names of connected tools that were told another address. */
  async elsewhere(address: string | undefined): Promise<readonly string[]> {
    const entries = await Promise.all(tools.map(({ id }) => this.#entryOf(id)));
    return tools.flatMap(({ name }, index) => {
      const told = entries[index]?.entry?.address;
      return told === undefined || told === address ? [] : [name];
    });
  }

  /** Cheap: without asking programs for their versions. */
  async drifts(address: string | undefined): Promise<ReadonlyMap<ToolId, boolean>> {
    const known = await Promise.all(
      (await this.#journal.all()).map(async (tool) => {
        const { entry, broken } = await this.#entryOf(tool);
        const { state } = await this.#standing(entry, address, broken);
        return [tool, state === 'drifted'] as const;
      }),
    );
    return new Map(known);
  }

  /** What to watch: the files that connected tools read, by their names and behind their links. */
  async watchedFiles(): Promise<readonly string[]> {
    const entries = await Promise.all((await this.#journal.all()).map((tool) => this.#entryOf(tool)));
    return entries.flatMap(({ entry }) => entry?.files.flatMap(({ file, target }) => [file, target]) ?? []);
  }

  /** A journal that cannot be read says what is wrong with it. */
  async #entryOf(tool: ToolId): Promise<{ readonly entry?: Entry | undefined; readonly broken?: string }> {
    try {
      return { entry: await this.#journal.read(tool) };
    } catch (error) {
      if (error instanceof ConnectRefused) return { broken: error.message };
      throw error;
    }
  }

  async #standing(entry: Entry | undefined, address: string | undefined, broken?: string) {
    if (broken !== undefined) return { state: 'drifted' as const, drift: [broken], isElsewhere: false };
    if (!entry) return { state: undefined, drift: [], isElsewhere: false };
    const drifts = await Promise.all(
      entry.files.map(async (file) => {
        const found = await look(file.file).catch(() => undefined);
        const text = textIn(found);
        const names = text === undefined ? undefined : driftOf(text, file.format, file.keys);
        return names ?? [file.file];
      }),
    );
    const drift = drifts.flat();
    const isElsewhere = address !== undefined && address !== entry.address;
    const state: ConnectionState = drift.length > 0 || isElsewhere ? 'drifted' : 'connected';
    return { state, drift, isElsewhere };
  }
}

async function endpointOf(files: readonly ToolFile[]): Promise<string | undefined> {
  for (const { file, format, keys } of files) {
    const key = keys.find(({ kind }) => kind === 'address');
    const text = key && textIn(await look(file).catch(() => undefined));
    const endpoint = key && text !== undefined ? readKey(text, format, key.path) : undefined;
    if (endpoint !== undefined) return endpoint;
  }
  return undefined;
}

/** A file that is no text says nothing. */
function textIn(found: Found | undefined): string | undefined {
  if (!found) return undefined;
  return found.bytes?.toString('utf8') ?? '';
}
