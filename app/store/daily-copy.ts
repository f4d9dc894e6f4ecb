import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { copyDatabase } from './sqlite-copy.ts';

const kept = 3;
const dayMs = 86_400_000;
const finished = /^daily-.*\.sqlite$/;

/**
 * Once a day, so that a database that breaks can be put back as it was then; the newest 3 stay. Called as often as one
 * likes. A database that cannot be read is not copied, and no older copy is dropped for it.
 */
export async function keepDailyCopy(file: string, folder: string, nowMs: number): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const copies = readdirSync(folder)
    .filter((name) => finished.test(name))
    .sort()
    .reverse();
  const [newest] = copies;
  if (newest !== undefined && newest > nameOf(nowMs - dayMs)) return;
  const path = join(folder, nameOf(nowMs));
  const partial = `${path}.${process.pid}.part`;
  await copyDatabase(file, partial);
  renameSync(partial, path);
  for (const name of copies.slice(kept - 1)) rmSync(join(folder, name), { force: true });
}

/** Names sort as their times do. */
function nameOf(ms: number): string {
  return `daily-${new Date(ms).toISOString().replaceAll(/[:.]/g, '-')}.sqlite`;
}
