import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { Backups, type Kept } from './backups.ts';
import { checkWritable, type Found, look, makeFolder, removeOwn, textOf, writeWhole } from './disk.ts';
import { digestOf, takeBack, writeKeys } from './edits.ts';
import type { Entry, Journal, JournalFile } from './journal.ts';
import type { Computer, Link, Tool, ToolFile } from './tool.ts';

export interface WritingDeps {
  readonly journal: Journal;
  readonly backups: Backups;
  /** Told after each step that a kill could follow; for tests. */
  reached?(step: string): Promise<void>;
}

/** A file that will be written, and what will stand in it. */
export interface Planned {
  readonly toolFile: ToolFile;
  readonly found: Found;
  readonly before: string;
  readonly after: string;
  readonly keys: JournalFile['keys'];
}

/** Reads and edits in memory; nothing is written. Throws `ConnectRefused`. */
export async function planFiles(tool: Tool, computer: Computer, link: Link): Promise<readonly Planned[]> {
  const plans: Planned[] = [];
  for (const toolFile of tool.files(computer)) {
    const found = await look(toolFile.file);
    checkWritable(toolFile.file, found);
    const before = textOf(toolFile.file, found);
    const { text, keys } = writeKeys(before, toolFile, link);
    plans.push({ toolFile, found, before, after: text, keys: [...keys] });
  }
  return plans;
}

/** The same for the same contents of the same files: who agreed to a change agreed to this one. */
export function fingerprintOf(planned: readonly Planned[]): string {
  const states = planned.map(({ found }) => `${found.target} ${found.bytes ? digestOf(found.bytes) : 'none'}`);
  return digestOf(states.join('\n'));
}

export function newAttempt(): string {
  return randomUUID();
}

export function toJournal(planned: readonly Planned[], attempt: string, backupId: string): JournalFile[] {
  const copies = Backups.copiesOf(planned.map(toKept));
  return planned.map(({ toolFile, found, after, keys }, index) => ({
    file: toolFile.file,
    target: found.target,
    temporary: temporaryOf(found.target, attempt),
    format: toolFile.format,
    mode: found.mode,
    before: found.bytes ? digestOf(found.bytes) : null,
    after: digestOf(Buffer.from(after)),
    backup: copies[index] ? `${backupId}/${copies[index]}` : null,
    keys: [...keys],
  }));
}

export function toKept({ toolFile, found }: Planned): Kept {
  return { file: toolFile.file, bytes: found.bytes, mode: found.mode };
}

/** Writes what was planned, file by file. */
export async function writePlanned(deps: WritingDeps, entry: Entry, planned: readonly Planned[]): Promise<Entry> {
  let written = entry;
  for (const [index, file] of entry.files.entries()) {
    const bytes = Buffer.from(planned[index]?.after ?? '');
    const createdFolder = await makeFolder(dirname(file.target));
    written = withFile(written, index, { ...file, createdFolder });
    await deps.journal.write(written);
    await deps.reached?.(`folder-made ${index}`);
    await writeWhole({ ...file, bytes, written: async () => await deps.reached?.(`temporary-written ${index}`) });
    await deps.reached?.(`renamed ${index}`);
  }
  return written;
}

export interface Restored {
  readonly file: string;
  /** Keys that somebody else changed since. */
  readonly kept: readonly string[];
}

/** Takes everything of ours back: the file as it was while nobody else wrote to it, else key by key. Done twice it is the same. */
export async function restoreFiles(deps: WritingDeps, entry: Entry): Promise<readonly Restored[]> {
  const restored: Restored[] = [];
  // The last one first: the folders that the first one made are empty only then.
  for (const [index, file] of [...entry.files.entries()].toReversed()) {
    restored.unshift({ file: file.file, kept: await restoreFile(deps, entry, file) });
    await deps.reached?.(`restored ${index}`);
  }
  return restored;
}

async function restoreFile(
  { backups, reached }: WritingDeps,
  { tool }: Entry,
  file: JournalFile,
): Promise<readonly string[]> {
  // What a killed attempt left beside it.
  await removeOwn(file.temporary, undefined);
  const found = await look(file.target);
  const now = found.bytes ? digestOf(found.bytes) : null;
  if (now === file.before || !found.bytes) {
    if (file.before === null) await removeOwn(file.target, file.createdFolder);
    return [];
  }
  const copy = now === file.after ? await copyOf(backups, tool, file) : undefined;
  const { text, kept } = copy ? { text: undefined, kept: [] } : byKey(file, found);
  if (file.before === null && (now === file.after || isBare(text))) {
    await removeOwn(file.target, file.createdFolder);
    return [];
  }
  const bytes = copy ?? Buffer.from(text ?? '');
  if (bytes.equals(found.bytes)) return kept;
  checkWritable(file.file, found);
  const { target, temporary } = file;
  await writeWhole({
    target,
    temporary,
    bytes,
    mode: found.mode,
    written: async () => await reached?.('restoring-written'),
  });
  return kept;
}

/** Nothing is left in a file that we made. */
function isBare(text: string | undefined): boolean {
  return text !== undefined && /^\s*(\{\s*\})?\s*$/.test(text);
}

/** Undefined when somebody removed the copy: the keys can still be taken back one by one. */
async function copyOf(backups: Backups, tool: Entry['tool'], { backup }: JournalFile): Promise<Buffer | undefined> {
  const [id, copy] = backup?.split('/') ?? [];
  if (id === undefined || copy === undefined) return undefined;
  return await backups.bytes(tool, id, copy).catch(() => undefined);
}

function byKey(file: JournalFile, found: Found) {
  return takeBack(textOf(file.file, found), file, file.keys);
}

export function temporaryOf(target: string, attempt: string): string {
  return join(dirname(target), `.${basename(target)}.waystation-${attempt.slice(0, 8)}.tmp`);
}

function withFile(entry: Entry, index: number, file: JournalFile): Entry {
  return { ...entry, files: entry.files.with(index, file) };
}
