import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../app/store/open.ts';

let template: Promise<Buffer> | undefined;

/** An SQLite file with the newest schema and nothing else: to run every migration takes longer than most tests do. */
export async function putMigratedFile(file: string): Promise<void> {
  template ??= makeTemplate();
  await writeFile(file, await template, { mode: 0o600 });
}

async function makeTemplate(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'waystation-template-'));
  const file = join(folder, 'new.db');
  await (await openStore({ engine: 'sqlite', file })).close();
  const bytes = await readFile(file);
  await rm(folder, { recursive: true });
  return bytes;
}
