import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * One process for each profile folder, decided synchronously as Electron does. A later one leaves its arguments in a
 * file and taps the first one on the shoulder with a signal.
 */
export class InstanceLock {
  readonly #lock: string;
  readonly #message: string;

  constructor(folder: string) {
    this.#lock = join(folder, 'double.lock');
    this.#message = join(folder, 'double.second');
  }

  take(onSecond: (argv: readonly string[], cwd: string) => void): boolean {
    try {
      writeFileSync(this.#lock, String(process.pid), { flag: 'wx' });
    } catch {
      if (this.#tap(Number(readFileSync(this.#lock, 'utf8')))) return false;
      writeFileSync(this.#lock, String(process.pid));
    }
    process.on('SIGUSR2', () => {
      const { argv, cwd } = JSON.parse(readFileSync(this.#message, 'utf8'));
      onSecond(argv, cwd);
    });
    process.on('exit', () => rmSync(this.#lock, { force: true }));
    return true;
  }

  /** False when the first one is gone without having freed the lock, as after a kill: Electron's ends with its process. */
  #tap(pid: number): boolean {
    writeFileSync(this.#message, JSON.stringify({ argv: process.argv, cwd: process.cwd() }));
    try {
      process.kill(pid, 'SIGUSR2');
      return true;
    } catch {
      return false;
    }
  }
}
