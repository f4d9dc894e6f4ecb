import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { databaseFile } from '../../store/data-folder.ts';
import { problemsOf } from '../../store/sqlite-integrity.ts';
import type { Check } from './check.ts';
import { isWithoutRoom } from './disk-room.ts';

/** The oldest Node that every dependency runs on. */
const leastNode = [22, 22] as const;

export interface Examined {
  readonly dataDir: string;
  readonly databaseUrl?: string | undefined;
}

/** What can be looked at with or without a relay. */
export async function checkComputer(config: Examined): Promise<readonly Check[]> {
  return [checkNode(process.versions.node), await checkDataDir(config.dataDir), ...(await checkIntegrity(config))];
}

export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNewEnough = major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1]);
  if (isNewEnough) return { name: 'node', outcome: 'pass', message: version };
  return { name: 'node', outcome: 'fail', message: `${version} is too old`, fix: 'install Node 24' };
}

async function checkDataDir(dataDir: string): Promise<Check> {
  const name = 'data folder';
  if (!existsSync(dataDir)) return { name, outcome: 'pass', message: `${dataDir} is made at the first start` };
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    const fix = 'give yourself the right to write there, or choose another with --data-dir';
    return { name, outcome: 'fail', message: `${dataDir} cannot be written`, fix };
  }
  if (await isWithoutRoom(dataDir)) {
    const fix = 'free some space there; calls that wait are then written by themselves';
    return { name, outcome: 'fail', message: `the disk with ${dataDir} is full`, fix };
  }
  const isOpen = process.platform !== 'win32' && (statSync(dataDir).mode & 0o077) !== 0;
  if (!isOpen) return { name, outcome: 'pass', message: dataDir };
  return { name, outcome: 'warn', message: `${dataDir} is open to other users`, fix: `chmod 700 ${dataDir}` };
}

async function checkIntegrity({ dataDir, databaseUrl }: Examined): Promise<readonly Check[]> {
  const file = databaseFile({ dataDir });
  if (databaseUrl !== undefined || !existsSync(file)) return [];
  const name = 'database file';
  try {
    const problems = await problemsOf(file);
    if (problems.length === 0) return [{ name, outcome: 'pass', message: 'intact' }];
    return [{ name, outcome: 'fail', message: `damaged: ${problems.slice(0, 3).join('; ')}`, fix }];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [{ name, outcome: 'fail', message: `cannot be read: ${why}`, fix }];
  }
}

const fix = 'stop the relay, keep a copy of the file, and put back one from the folder snapshots or a backup';
