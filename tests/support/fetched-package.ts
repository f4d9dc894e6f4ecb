import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const cache = join(fileURLToPath(new URL('../../node_modules', import.meta.url)), '.cache', 'waystation');

export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** The file that is imported, inside the package. */
  readonly entry: string;
}

/**
 * A vendor's SDK that only the end-to-end tests need: fetched once at its version into a cache folder, then reused.
 * Answers the address to import. Two callers at once both work: the folder appears whole or not at all.
 */
export async function fetchPackage({ name, version, entry }: PinnedPackage): Promise<string> {
  const folder = join(cache, `${name.replace(/^@/, '').replace('/', '-')}-${version}`);
  const file = join(folder, 'node_modules', name, entry);
  if (!existsSync(file)) await fetchInto(folder, file, `${name}@${version}`);
  return pathToFileURL(file).href;
}

async function fetchInto(folder: string, file: string, pinned: string): Promise<void> {
  process.stderr.write(`Fetching ${pinned} for the end-to-end tests (once) …\n`);
  await mkdir(cache, { recursive: true });
  const unfinished = await mkdtemp(`${folder}.`);
  try {
    await install(unfinished, pinned);
    await rename(unfinished, folder);
  } catch (error) {
    if (!existsSync(file)) throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function install(folder: string, pinned: string): Promise<void> {
  const flags = [
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--omit=optional',
    '--prefer-offline',
    '--loglevel=error',
  ];
  await promisify(execFile)(
    process.platform === 'win32' ? 'npm.cmd' : 'npm',
    ['install', '--prefix', folder, ...flags, pinned],
    // Under an older Node npm silently picks other versions, so npm runs on the Node that runs the tests.
    { env: { ...process.env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) } },
  );
}
