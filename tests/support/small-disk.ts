import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const sizeMb = 8;

/** A file system of a few megabytes, in memory: a disk that can be filled. */
export class SmallDisk {
  readonly folder = mkdtempSync(join(tmpdir(), 'waystation-disk-'));
  readonly #ballast = join(this.folder, 'ballast');

  constructor() {
    try {
      asRoot('mount', '-t', 'tmpfs', '-o', `size=${sizeMb}m,mode=0777`, 'tmpfs', this.folder);
    } catch (error) {
      rmdirSync(this.folder);
      throw error;
    }
  }

  /** Not one byte more fits. */
  fill(): void {
    for (let bytes = 1024 * 1024; bytes >= 1; bytes = bytes >> 1) this.#fillWith(Buffer.alloc(bytes));
  }

  /** What other programs had put there is gone. */
  free(): void {
    rmSync(this.#ballast, { force: true });
  }

  [Symbol.dispose](): void {
    asRoot('umount', '--lazy', this.folder);
    rmdirSync(this.folder);
  }

  #fillWith(piece: Buffer): void {
    try {
      for (;;) appendFileSync(this.#ballast, piece);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
}

/** Undefined when there can be such a disk; else why not. */
export function missingSmallDisk(): string | undefined {
  if (process.platform !== 'linux') return 'only Linux has a disk in memory that a test may mount';
  try {
    using _ = new SmallDisk();
    return undefined;
  } catch {
    return 'no right to mount a disk in memory (root, or sudo without a password)';
  }
}

function asRoot(...command: readonly [string, ...string[]]): void {
  const [program, ...given] = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command];
  execFileSync(program ?? '', given, { stdio: 'pipe' });
}
