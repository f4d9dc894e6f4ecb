import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Computer, Tool } from './tool.ts';

/** A variable that would win over what we write. Its value is nobody's business. */
export interface Conflict {
  readonly variable: string;
  /** A start-up file of the shell, and the line in it; without one it is in the environment that we were started in. */
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

const startFiles: readonly string[] = [
  '.profile',
  '.bash_profile',
  '.bash_login',
  '.bashrc',
  '.zshenv',
  '.zprofile',
  '.zshrc',
  '.config/fish/config.fish',
  '.config/environment.d/env.conf',
];

/** What is in a start-up file is named there and not once more as part of the environment. */
export async function findConflicts(
  tool: Tool,
  computer: Computer,
  isOurs: (value: string) => boolean,
): Promise<readonly Conflict[]> {
  if (tool.overriding.length === 0) return [];
  const inFiles = await Promise.all(
    startFiles.map((file) => inFile(join(computer.home, file), tool.overriding, isOurs)),
  );
  const found = inFiles.flat();
  const inEnvironment = tool.overriding.filter((variable) => {
    const value = computer.env[variable];
    return value !== undefined && value !== '' && !isOurs(value) && !found.some((one) => one.variable === variable);
  });
  return [...found, ...inEnvironment.map((variable) => ({ variable }))];
}

/** `export NAME=…`, `NAME=…`, `set -gx NAME …`; a line that is commented out sets nothing. */
const setting =
  /^\s*(?:export\s+|declare\s+-x\s+|typeset\s+-x\s+)?([A-Z_][A-Z0-9_]*)=(.*)$|^\s*set\s+-\w*x\w*\s+([A-Z_][A-Z0-9_]*)\s+(.*)$/;

async function inFile(
  file: string,
  variables: readonly string[],
  isOurs: (value: string) => boolean,
): Promise<Conflict[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split(/\r?\n/).flatMap((line, index) => {
    const [, posix, posixValue, fish, fishValue] = setting.exec(line) ?? [];
    const variable = posix ?? fish;
    const value = (posixValue ?? fishValue ?? '').trim().replace(/^(['"])(.*)\1.*$/, '$2');
    const isOne = variable !== undefined && variables.includes(variable) && value !== '' && !isOurs(value);
    return isOne ? [{ variable, file, line: index + 1 }] : [];
  });
}
