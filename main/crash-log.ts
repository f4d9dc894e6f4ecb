import { join } from 'node:path';
import { redact } from '../app/domain/redaction.ts';
import { writeWhole } from './write-whole.ts';

export function crashFolder(dataDir: string): string {
  return join(dataDir, 'crashes');
}

/** What ended the program, for its owner only: nothing is sent anywhere, and nothing secret is in it. */
export function writeCrash(dataDir: string, error: unknown, now: number): void {
  const time = new Date(now).toISOString();
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  writeWhole(join(crashFolder(dataDir), `${time.replaceAll(/[:.]/g, '-')}.txt`), redact(`${time}\n${text}\n`));
}
