import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** A file appears whole or not at all. False when this place cannot be written: small things of ours may be lost, not the start. */
export function writeWhole(path: string, text: string): boolean {
  const partial = `${path}.${process.pid}.part`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(partial, 'w', 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(partial, path);
    return true;
  } catch {
    if (existsSync(partial)) rmSync(partial);
    return false;
  }
}
