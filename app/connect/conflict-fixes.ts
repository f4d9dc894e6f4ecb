import { stat } from 'node:fs/promises';
import type { Clock } from '../domain/clock.ts';
import { Backups } from './backups.ts';
import { findConflicts } from './conflicts.ts';
import { type DiffLine, diffOf } from './diff.ts';
import { checkWritable, type Found, look, textOf, writeWhole } from './disk.ts';
import { digestOf } from './edits.ts';
import { ConnectRefused } from './refusal.ts';
import type { Computer, Tool } from './tool.ts';

/** A line of a start-up file that sets a variable which wins over a tool's own settings. */
export interface ConflictPlace {
  readonly variable: string;
  readonly file: string;
  readonly line: number;
}

export interface FixPlan {
  readonly file: string;
  /** Where the link leads, when it is one. */
  readonly target: string;
  /** The line as it is and as it would be; a secret in it is masked. */
  readonly lines: readonly DiffLine[];
  /** To be given back, so that what is written is what was seen. */
  readonly fingerprint: string;
}

export interface ConflictFixesDeps {
  readonly computer: Computer;
  readonly backups: Backups;
  readonly clock: Clock;
  /** One change after the other. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

interface Asked {
  readonly tool: Tool;
  readonly place: ConflictPlace;
  isOurs(value: string): boolean;
}

/** Comments out such a line, and keeps the file as it was. */
export class ConflictFixes {
  readonly #deps: ConflictFixesDeps;

  constructor(deps: ConflictFixesDeps) {
    this.#deps = deps;
  }

  /** Writes nothing. Throws `ConnectRefused` where a person has to do it by hand. */
  async plan(asked: Asked): Promise<FixPlan> {
    const { found, before, after } = await this.#look(asked);
    const { file } = asked.place;
    return {
      ...{ file, target: found.target, fingerprint: digestOf(found.bytes ?? '') },
      lines: diffOf(before.line.trimEnd(), after.line.trimEnd(), secretsIn(before.line, asked.place)),
    };
  }

  /** Answers the folder of the backup. */
  async fix(asked: Asked, fingerprint: string): Promise<string> {
    const { backups, clock } = this.#deps;
    return await this.#deps.inTurn(async () => {
      const { found, after } = await this.#look(asked);
      if (digestOf(found.bytes ?? '') !== fingerprint) throw changedSince(asked.place);
      const { file } = asked.place;
      const { target, mode } = found;
      const id = Backups.idAt(clock.now());
      await backups.write('shell', id, [{ file, bytes: found.bytes, mode }]);
      await writeWhole({ target, mode, bytes: Buffer.from(after.text), temporary: `${target}.waystation.tmp` });
      await backups.prune('shell', id);
      return backups.folderOf('shell', id);
    });
  }

  async #look({ tool, place, isOurs }: Asked) {
    const known = await findConflicts(tool, this.#deps.computer, isOurs);
    const { variable, file, line } = place;
    if (!known.some((one) => one.variable === variable && one.file === file && one.line === line)) {
      throw changedSince(place);
    }
    const found = await look(file);
    checkWritable(file, found);
    await checkOwner(file, found);
    const lines = textOf(file, found).split('\n');
    const text = lines[line - 1] ?? '';
    const commented = isContinued(lines[line - 2]) ? undefined : commentedOut(text, file);
    if (commented === undefined) {
      const message = `Line ${line} of ${file} does more than set ${variable}, or is part of a longer command. Nothing was written: take it out by hand.`;
      throw new ConnectRefused('conflict', message);
    }
    return {
      found,
      before: { line: text },
      after: { line: commented, text: lines.with(line - 1, commented).join('\n') },
    };
  }
}

function changedSince({ file, variable }: ConflictPlace): ConnectRefused {
  return new ConnectRefused('conflict', `${file} does not set ${variable} there any more. Look at it again.`);
}

/** Whoever runs as somebody else's administrator does not write into their files. */
async function checkOwner(file: string, { target }: Found): Promise<void> {
  const own = process.getuid?.();
  if (own === undefined || (await stat(target)).uid === own) return;
  throw new ConnectRefused(
    'conflict',
    `${file} belongs to another user. Nothing was written: take the line out there.`,
  );
}

function isContinued(before: string | undefined): boolean {
  return before !== undefined && /\\\r?$/.test(before);
}

/** Undefined for a line that does more than set one variable. */
function commentedOut(line: string, file: string): string | undefined {
  const bare = line.replace(/\\./g, '').replace(/'[^']*'|"[^"]*"/g, '""');
  const isOpen = /['"]/.test(bare.replaceAll('""', '')) || isContinued(line);
  const hasMore = /[;&|`]/.test(bare.replace(/\s#.*$/, '')) || (bare.match(/(?:^|\s)[A-Za-z_]\w*=/g)?.length ?? 0) > 1;
  if (isOpen || hasMore) return undefined;
  const [indent = ''] = /^\s*/.exec(line) ?? [];
  // In a block it may be the only command, and a block without one is an error: `:` does nothing.
  const mark = indent === '' || file.endsWith('.conf') ? '# ' : ': # ';
  return indent + mark + line.slice(indent.length);
}

/** What stands behind the name, where the name says that it is a secret. */
function secretsIn(line: string, { variable }: ConflictPlace): readonly string[] {
  if (!/KEY|TOKEN|SECRET|PASSWORD/.test(variable)) return [];
  const [, value = ''] = new RegExp(`${variable}[=\\s]\\s*(.*)$`).exec(line.trimEnd()) ?? [];
  const plain = value.trim().replace(/^(['"])(.*)\1.*$/, '$2');
  return [plain, ...plain.split(/\s+/)];
}
