import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import * as z from 'zod';

/** Plain JavaScript in a string, as for checkpoints: it needs no file of its own in any bundle. */
const program = `
const { parentPort, workerData } = require('node:worker_threads');
const Database = require(workerData.driver);
const database = new Database(workerData.file, { readonly: true, fileMustExist: true, timeout: 5000 });
try {
  parentPort.postMessage(database.pragma('quick_check').map((row) => row.quick_check));
} finally {
  database.close();
}
`;

const answer = z.array(z.string());

/** Reads every page, on a thread of its own: a relay that streams must not wait for it. Throws when it cannot be read. */
export async function problemsOf(file: string): Promise<readonly string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const worker = new Worker(program, {
    ...{ eval: true, name: 'waystation-integrity', env: {}, execArgv: [] },
    workerData: { file, driver: createRequire(import.meta.url).resolve('better-sqlite3') },
  });
  worker.once('message', resolve);
  worker.once('error', reject);
  worker.once('exit', () => reject(new Error('the check ended without an answer')));
  return answer.parse(await promise).filter((text) => text !== 'ok');
}
