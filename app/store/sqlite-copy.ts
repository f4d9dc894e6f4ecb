import { once } from 'node:events';
import { closeSync, openSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

/** Plain JavaScript in a string: it needs no file of its own in any bundle. */
const program = `
const { workerData } = require('node:worker_threads');
const Database = require(workerData.driver);
const database = new Database(workerData.file, { timeout: 5_000, readonly: true, fileMustExist: true });
try {
  database.prepare('vacuum into ?').run(workerData.into);
} finally {
  database.close();
}
`;

/**
 * Copies the database as it is at one moment, readable by its owner only, while it goes on being written. On a thread of
 * its own: a large one takes seconds. On failure nothing is left at `into`.
 */
export async function copyDatabase(file: string, into: string): Promise<void> {
  rmSync(into, { force: true });
  // VACUUM INTO accepts an empty file: made first, so that nobody else can ever read it.
  closeSync(openSync(into, 'wx', 0o600));
  try {
    const worker = new Worker(program, {
      eval: true,
      name: 'waystation-copy',
      workerData: { file, into, driver: createRequire(import.meta.url).resolve('better-sqlite3') },
      env: {},
      execArgv: [],
    });
    // Rejects with what the thread threw.
    await once(worker, 'exit');
  } catch (error) {
    rmSync(into, { force: true });
    throw error;
  }
}
