import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readCcSwitch } from './cc-switch.ts';
import { readClaudeCodeRouter } from './claude-code-router.ts';
import { readRelayService } from './claude-relay-service.ts';
import { type FoundEntry, ImportUnreadable } from './entry.ts';
import type { ImportKind } from './import-kind.ts';

/** This computer, as much of it as is looked at. */
export interface ImportSurroundings {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nowMs: number;
  /** What days and weeks of imported limits go by. */
  readonly timeZone: string;
}

/** Where each program keeps what is its own; the newest form first. An export lies where its owner put it. */
const places: Readonly<Record<ImportKind, readonly (readonly string[])[]>> = {
  'cc-switch': [['.cc-switch', 'cc-switch.db']],
  'claude-code-router': [
    ['.claude-code-router', 'config.sqlite'],
    ['.claude-code-router', 'config.json'],
  ],
  'claude-relay-service': [],
};

/** The file of a program that is on this computer; undefined when there is none. */
export function findSource(kind: ImportKind, home: string): string | undefined {
  return places[kind].map((parts) => join(home, ...parts)).find((file) => existsSync(file));
}

/** All that a file holds, without changing it. Throws `ImportUnreadable`. */
export function readSource(kind: ImportKind, file: string, around: ImportSurroundings): readonly FoundEntry[] {
  try {
    checkSize(file);
    return readers[kind](file, around);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? reasons[String(error.code)] : undefined;
    throw reason === undefined ? error : new ImportUnreadable(`${file} ${reason}`);
  }
}

/** Far more than any of these programs ever writes: a device or a film is not read into memory. */
const mostBytes = 64 * 1024 * 1024;

function checkSize(file: string): void {
  const found = statSync(file);
  if (found.isDirectory()) throw new ImportUnreadable(`${file} is a folder. Name the file in it.`);
  if (!found.isFile() || found.size > mostBytes) throw new ImportUnreadable(`${file} is not a file of at most 64 MB.`);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'is not there.',
  ENOTDIR: 'is not there.',
  EACCES: 'may not be read by this user.',
  EPERM: 'may not be read by this user.',
};

const readers: Readonly<Record<ImportKind, (file: string, around: ImportSurroundings) => readonly FoundEntry[]>> = {
  'cc-switch': (file) => readCcSwitch(file),
  'claude-code-router': (file, { env }) => readClaudeCodeRouter(file, env),
  'claude-relay-service': (file, { nowMs, timeZone }) => readRelayService(file, { nowMs, timeZone }),
};
