import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

/** About 16 MB of WAL: rarely enough that the disk is not kept busy with syncing. */
const commitsBetween = 800;

/**
 * Plain JavaScript in a string: it needs no file of its own in any bundle. A passive checkpoint waits for nobody and
 * lets the main thread write meanwhile.
 */
const program = `
const { parentPort, workerData } = require('node:worker_threads');
const Database = require(workerData.driver);
const database = new Database(workerData.file, { timeout: 0, fileMustExist: true });
parentPort.on('message', (message) => {
  if (message === 'close') {
    database.close();
    parentPort.close();
    return;
  }
  try {
    database.pragma('wal_checkpoint(passive)');
  } catch {
    // The disk is full, or somebody holds a lock: the WAL grows on, and the next one copies it all.
  } finally {
    parentPort.postMessage('done');
  }
});
`;

/**
 * Copies the WAL back into the database on a thread of its own. On the thread that pumps streams it would stop them all
 * for 5 to 20 ms (two syncs of the disk) every few hundred calls.
 */
export class Checkpoints {
  readonly #file: string;
  readonly #onFailure: () => void;
  #worker: Worker | undefined;
  #commits = 0;
  #isBusy = false;

  /** `onFailure` is called when there can be no such thread; the main thread must then do it itself. */
  constructor(file: string, onFailure: () => void) {
    this.#file = file;
    this.#onFailure = onFailure;
  }

  /** To be called after every commit; the thread starts with the first work, so that a short run has none. */
  committed(): void {
    this.#commits += 1;
    if (this.#commits < commitsBetween || this.#isBusy) return;
    this.#commits = 0;
    this.#isBusy = true;
    this.#worker ??= this.#start();
    this.#worker.postMessage('checkpoint');
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (!worker || worker.threadId < 0) return;
    worker.ref();
    worker.postMessage('close');
    await once(worker, 'exit');
  }

  #start(): Worker {
    const worker = new Worker(program, {
      eval: true,
      name: 'waystation-checkpoints',
      workerData: { file: this.#file, driver: createRequire(import.meta.url).resolve('better-sqlite3') },
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
    });
    worker.on('message', () => {
      this.#isBusy = false;
    });
    // It stays busy then and is asked no more.
    worker.on('error', this.#onFailure);
    worker.unref();
    return worker;
  }
}
