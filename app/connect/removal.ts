import type { Entry } from './journal.ts';
import { type Restored, restoreFiles, type WritingDeps } from './writing.ts';

/** The keys that tools know us by; made and removed elsewhere. */
export interface ToolKeys {
  /** The attempt is kept with the key, so that one of a killed attempt is found again. */
  make(toolName: string, attempt: string): Promise<{ readonly id: string; readonly secret: string }>;
  findOf(attempt: string): Promise<string | undefined>;
  remove(id: string): Promise<void>;
}

export interface RemovalDeps extends WritingDeps {
  readonly keys: ToolKeys;
}

/** Ends a connection: the files, then the key, then what we know of it. Begun again after a kill it goes on. */
export async function removeConnection(deps: RemovalDeps, entry: Entry): Promise<readonly Restored[]> {
  const { journal, keys, reached } = deps;
  await journal.write({ ...entry, step: 'taking-back' });
  await reached?.('taking-back');
  const restored = await restoreFiles(deps, entry);
  const keyId = entry.keyId ?? (await keys.findOf(entry.attempt));
  if (keyId !== undefined) await keys.remove(keyId);
  await reached?.('key-removed');
  await journal.remove(entry.tool);
  await reached?.('forgotten');
  return restored;
}
