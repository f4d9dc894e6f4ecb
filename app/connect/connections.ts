import type { Clock } from '../domain/clock.ts';
import { type Backup, Backups } from './backups.ts';
import { ConflictFixes } from './conflict-fixes.ts';
import { type Conflict, findConflicts } from './conflicts.ts';
import { type DiffLine, diffOf, mask } from './diff.ts';
import { look } from './disk.ts';
import { readKey } from './edits.ts';
import { type Entry, Journal } from './journal.ts';
import { ConnectRefused } from './refusal.ts';
import { removeConnection, type ToolKeys } from './removal.ts';
import { type Repair, repairAll } from './repair.ts';
import { SetAside } from './set-aside.ts';
import { type ToolState, ToolStates } from './states.ts';
import type { Computer, Tool } from './tool.ts';
import type { ToolId } from './tool-id.ts';
import { toolOf } from './tools.ts';
import {
  fingerprintOf,
  newAttempt,
  type Planned,
  planFiles,
  type Restored,
  toJournal,
  toKept,
  type WritingDeps,
  writePlanned,
} from './writing.ts';

export interface ConnectionsDeps {
  readonly computer: Computer;
  /** For the journal and the backups. */
  readonly folder: { readonly journal: string; readonly backups: string };
  readonly clock: Clock;
  readonly keys: ToolKeys;
  readonly reached?: WritingDeps['reached'];
}

export interface PlannedFile {
  readonly file: string;
  /** Where the link leads, when it is one. */
  readonly target: string;
  readonly isNew: boolean;
  /** The tool does not read this file as it is, with or without our keys: there are comments in it. */
  readonly isIgnored: boolean;
  readonly lines: readonly DiffLine[];
}

export interface Plan {
  /** To be given back, so that what is written is what was seen. */
  readonly fingerprint: string;
  readonly files: readonly PlannedFile[];
  readonly conflicts: readonly Conflict[];
}

/** A connection that is over. */
export interface Ended {
  readonly tool: ToolId;
  readonly restored: readonly Restored[];
}

/** The tools of this computer: what they are told, and how they get back what they had. Writes only when somebody asks. */
export class Connections {
  readonly states: ToolStates;
  readonly fixes: ConflictFixes;
  readonly #deps: ConnectionsDeps;
  readonly #writing: WritingDeps & { readonly keys: ToolKeys };
  readonly #setAside: SetAside;
  #last: Promise<unknown> = Promise.resolve();
  #repairs: readonly Repair[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(deps: ConnectionsDeps) {
    const journal = new Journal(deps.folder.journal);
    const backups = new Backups(deps.folder.backups);
    this.#deps = deps;
    this.#setAside = new SetAside(deps.folder.journal);
    this.#writing = { journal, backups, keys: deps.keys, ...(deps.reached ? { reached: deps.reached } : {}) };
    this.states = new ToolStates(deps.computer, journal);
    const { computer, clock } = deps;
    this.fixes = new ConflictFixes({ computer, clock, backups, inTurn: (work) => this.#inTurn(work) });
  }

  /** Ends what a killed process began: finished or undone, and told. Nothing else is ever written at a start. */
  async repair(): Promise<readonly Repair[]> {
    return await this.#inTurn(async () => {
      this.#repairs = [...this.#repairs, ...(await repairAll(this.#writing))];
      return this.#repairs;
    });
  }

  /** Called after every change that was made here; call the answer to hear no more. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  repairOf(tool: ToolId): Repair | undefined {
    return this.#repairs.findLast((one) => one.tool === tool);
  }

  async backups(tool: ToolId): Promise<readonly Backup[]> {
    return await this.#writing.backups.list(tool);
  }

  /** What connecting would change. Writes nothing. Throws `ConnectRefused`. */
  async plan(id: ToolId, address: string): Promise<Plan> {
    const tool = known(id);
    const planned = await planFiles(tool, this.#deps.computer, { address, secret: mask });
    return {
      fingerprint: fingerprintOf(planned),
      files: planned.map((one) => toPlannedFile(one)),
      conflicts: await findConflicts(tool, this.#deps.computer, (value) => value.startsWith(address)),
    };
  }

  /** Throws `ConnectRefused` when a file cannot be changed as it should, or is not as it was seen any more. */
  async connect(
    id: ToolId,
    { address, fingerprint }: { readonly address: string; readonly fingerprint?: string | undefined },
  ): Promise<ToolState> {
    const tool = known(id);
    return await this.#inTurn(async () => {
      await this.#atRest(id);
      const seen = await planFiles(tool, this.#deps.computer, { address, secret: mask });
      if (fingerprint !== undefined && fingerprint !== fingerprintOf(seen)) {
        throw new ConnectRefused(
          'conflict',
          `A file of ${tool.name} changed since you looked. Nothing was written. Look at the change again.`,
        );
      }
      const before = await this.#writing.journal.read(id);
      if (before) await removeConnection(this.#writing, before);
      await this.#write(tool, address);
      await this.#setAside.forget(id);
      return await this.states.of(tool, address);
    });
  }

  /** Takes back what is still ours; answers what others changed. Undefined when it is not connected. */
  async disconnect(id: ToolId): Promise<readonly Restored[] | undefined> {
    return await this.#inTurn(async () => {
      await this.#setAside.forget(id);
      return await this.#takeBack(id);
    });
  }

  /** The same with each that is connected. One that cannot be changed keeps no other; its refusal is thrown at the end. */
  async disconnectAll(): Promise<readonly Ended[]> {
    return await this.#inTurn(async () => {
      await this.#setAside.write([]);
      return await this.#takeAllBack();
    });
  }

  /** The same, for as long as nobody would answer them: they are offered again. */
  async setAside(): Promise<readonly Ended[]> {
    return await this.#inTurn(async () => {
      const [before, now] = [await this.#setAside.read(), await this.connected()];
      // First, so that what a kill cuts off is offered too.
      if (now.length > 0) await this.#setAside.write([...new Set([...before, ...now])]);
      return await this.#takeAllBack();
    });
  }

  /** Those that were set aside and are not connected since. */
  async offered(): Promise<readonly ToolId[]> {
    const [tools, connected] = [await this.#setAside.read(), await this.connected()];
    return tools.filter((tool) => !connected.includes(tool));
  }

  /** They stay as they are, and nobody is asked again. */
  async forgetOffer(): Promise<void> {
    await this.#inTurn(() => this.#setAside.write([]));
  }

  /** Those that are connected. */
  async connected(): Promise<readonly ToolId[]> {
    return await this.#writing.journal.all();
  }

  /** Puts the files of a backup in place, whatever they are now; the connection ends. False when there is no such backup. */
  async restore(id: ToolId, backupId: string): Promise<boolean> {
    return await this.#inTurn(async () => {
      await this.#atRest(id);
      const backup = await this.#writing.backups.find(id, backupId);
      if (!backup) return false;
      const entry = await this.#writing.journal.read(id);
      if (entry) await removeConnection(this.#writing, entry);
      await this.#setAside.forget(id);
      await this.#putBack(known(id), backup);
      return true;
    });
  }

  async #takeBack(id: ToolId): Promise<readonly Restored[] | undefined> {
    await this.#atRest(id);
    const entry = await this.#writing.journal.read(id);
    return entry && (await removeConnection(this.#writing, entry));
  }

  async #takeAllBack(): Promise<readonly Ended[]> {
    const ended: Ended[] = [];
    const refusals: unknown[] = [];
    for (const tool of await this.connected()) {
      try {
        const restored = await this.#takeBack(tool);
        if (restored) ended.push({ tool, restored });
      } catch (error) {
        refusals.push(error);
      }
    }
    if (refusals.length > 0) throw refusals[0];
    return ended;
  }

  async #write(tool: Tool, address: string): Promise<void> {
    const { journal, backups, keys, reached } = this.#writing;
    const attempt = newAttempt();
    const backupId = Backups.idAt(this.#deps.clock.now());
    const begun: Entry = {
      version: 1,
      tool: tool.id,
      step: 'preparing',
      attempt,
      startedAt: this.#deps.clock.now(),
      address,
      files: [],
    };
    await journal.write(begun);
    await reached?.('begun');
    const { id: keyId, secret } = await keys.make(tool.name, attempt);
    await reached?.('key-made');
    try {
      const planned = await planFiles(tool, this.#deps.computer, { address, secret });
      const writing: Entry = { ...begun, step: 'writing', keyId, files: toJournal(planned, attempt, backupId) };
      await journal.write(writing);
      await reached?.('journal-written');
      await backups.write(tool.id, backupId, planned.map(toKept));
      await reached?.('backup-written');
      const written = await writePlanned(this.#writing, writing, planned);
      await journal.write({ ...written, step: 'connected' });
      await reached?.('connected');
      await backups.prune(tool.id, backupId);
    } catch (error) {
      // Half a connection is none: the next start would undo it in the same way.
      await repairAll(this.#writing, [tool.id]);
      throw error;
    }
  }

  async #putBack(tool: Tool, backup: Backup): Promise<void> {
    const { backups } = this.#writing;
    const kept = await Promise.all(backup.files.map(async ({ file }) => ({ file, ...(await look(file)) })));
    const safety = Backups.idAt(this.#deps.clock.now());
    if (safety !== backup.id) await backups.write(tool.id, safety, kept);
    for (const { file, copy, mode } of backup.files) {
      await this.#writing.backups.putBack(file, {
        bytes: copy === null ? undefined : await backups.bytes(tool.id, backup.id, copy),
        mode,
      });
    }
    await backups.prune(tool.id, undefined);
  }

  /** A journal that a kill left open is closed before anything new is begun. */
  async #atRest(id: ToolId): Promise<void> {
    const [found] = await repairAll(this.#writing, [id]);
    this.#repairs = [...this.#repairs.filter(({ tool }) => tool !== id), ...(found ? [found] : [])];
    if (found?.outcome === 'needs-look') throw new ConnectRefused('conflict', found.message);
  }

  /** One change after the other: two of them would each see the file without the other's keys. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work).finally(() => {
      for (const listener of this.#listeners) listener();
    });
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

function known(id: ToolId): Tool {
  const tool = toolOf(id);
  if (tool) return tool;
  throw new ConnectRefused('not-found', 'There is no such tool. See which there are with: waystation connect --list');
}

function toPlannedFile({ toolFile, found, before, after }: Planned): PlannedFile {
  const secrets = toolFile.keys
    .filter(({ kind }) => kind === 'secret')
    .flatMap(({ path }) => readKey(before, toolFile.format, path) ?? []);
  return {
    file: toolFile.file,
    target: found.target,
    isNew: found.bytes === undefined,
    isIgnored: toolFile.isPlainJson === true && !isPlainJson(after),
    lines: diffOf(before, after, secrets),
  };
}

function isPlainJson(text: string): boolean {
  try {
    JSON.parse(text.replace(/^\ufeff/, ''));
    return true;
  } catch {
    return false; // comments or trailing commas: everything else was refused before
  }
}
