import { look } from './disk.ts';
import { digestOf } from './edits.ts';
import type { Entry, JournalFile } from './journal.ts';
import { ConnectRefused } from './refusal.ts';
import { type RemovalDeps, removeConnection } from './removal.ts';
import type { ToolId } from './tool-id.ts';
import { toolOf } from './tools.ts';

/** What became of a change that was cut off. */
export interface Repair {
  readonly tool: ToolId;
  readonly outcome: 'finished' | 'undone' | 'needs-look';
  /** What happened, then what to do. */
  readonly message: string;
}

/** Finishes or undoes writes that we began ourselves; what is at rest is not touched. */
export async function repairAll(deps: RemovalDeps, only?: readonly ToolId[]): Promise<readonly Repair[]> {
  const repairs: Repair[] = [];
  for (const tool of only ?? (await deps.journal.all())) {
    const found = await repairOne(deps, tool);
    if (found) repairs.push(found);
  }
  return repairs;
}

async function repairOne(deps: RemovalDeps, tool: ToolId): Promise<Repair | undefined> {
  try {
    const entry = await deps.journal.read(tool);
    return entry && entry.step !== 'connected' ? await repair(deps, entry) : undefined;
  } catch (error) {
    if (!(error instanceof ConnectRefused)) throw error;
    // The journal stays: the next start, or the next try, goes on from here.
    return { tool, outcome: 'needs-look', message: `A change was cut off and is not mended. ${error.message}` };
  }
}

async function repair(deps: RemovalDeps, entry: Entry): Promise<Repair> {
  const name = toolOf(entry.tool)?.name ?? entry.tool;
  const isDone = entry.step === 'writing' && (await areWritten(entry.files));
  if (isDone) {
    await deps.journal.write({ ...entry, step: 'connected' });
    const message = `Connecting ${name} was cut off when everything was written. It is connected.`;
    return { tool: entry.tool, outcome: 'finished', message };
  }
  const kept = (await removeConnection(deps, entry)).flatMap(({ kept: keys }) => keys);
  return { tool: entry.tool, ...outcomeOf(entry, name, kept) };
}

function outcomeOf({ step }: Entry, name: string, kept: readonly string[]): Omit<Repair, 'tool'> {
  const others = kept.length === 0 ? '' : ` What another program changed stayed: ${kept.join(', ')}.`;
  if (step === 'taking-back') {
    return { outcome: 'finished', message: `Disconnecting ${name} was cut off. It is disconnected now.${others}` };
  }
  return {
    outcome: 'undone',
    message: `Connecting ${name} was cut off. Its files are as they were. Connect it again.${others}`,
  };
}

async function areWritten(files: readonly JournalFile[]): Promise<boolean> {
  for (const { target, after } of files) {
    const { bytes } = await look(target);
    if (!bytes || digestOf(bytes) !== after) return false;
  }
  return files.length > 0;
}
