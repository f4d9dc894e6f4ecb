import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface LogFileOptions {
  readonly folder: string;
  readonly maxBytes: number;
  /** With the older ones: `waystation.log`, `waystation1.log` … */
  readonly maxFiles: number;
}

/**
 * A file of lines that starts anew when it is large. Never throws and keeps nothing in memory: lines that the disk does
 * not take are counted, and the first that it takes again come after a line that says how many are missing.
 */
export class LogFile {
  readonly #options: LogFileOptions;
  #fd: number | undefined;
  #size = 0;
  #missing = 0;
  /** The disk took a part of a line only. */
  #isTorn = false;

  constructor(options: LogFileOptions) {
    this.#options = options;
  }

  /** Whole lines. Handed to the system when it returns. */
  append(lines: string): void {
    try {
      if (this.#size >= this.#options.maxBytes) this.#rotate();
      const fd = this.#open();
      if (this.#isTorn || this.#missing > 0) this.#write(fd, this.#gap());
      this.#isTorn = false;
      this.#missing = 0;
      this.#write(fd, lines);
    } catch {
      // Nobody can be told here, where the log is what failed; whoever needs the disk for more than words says so.
      this.#missing += lines.split('\n').length - 1;
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #open(): number {
    if (this.#fd !== undefined) return this.#fd;
    const path = this.#path(0);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#fd = openSync(path, 'a', 0o600);
    this.#size = fstatSync(this.#fd).size;
    return this.#fd;
  }

  #gap(): string {
    const end = this.#isTorn ? '\n' : '';
    const count = this.#missing;
    return count === 0
      ? end
      : `${end}(${count} ${count === 1 ? 'line is' : 'lines are'} missing: the disk refused them)\n`;
  }

  #write(fd: number, text: string): void {
    const bytes = Buffer.from(text);
    const written = writeSync(fd, bytes);
    this.#size += written;
    if (written === bytes.length) return;
    this.#isTorn = written > 0;
    throw new Error('The disk took a part only');
  }

  #rotate(): void {
    this.close();
    this.#size = 0;
    for (let number = this.#options.maxFiles - 1; number > 0; number -= 1) this.#move(number - 1, number);
  }

  #move(from: number, to: number): void {
    try {
      renameSync(this.#path(from), this.#path(to));
    } catch {
      // There are not that many yet, or somebody reads it: then the file grows on.
    }
  }

  #path(number: number): string {
    return join(this.#options.folder, `waystation${number === 0 ? '' : number}.log`);
  }
}
