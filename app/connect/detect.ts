import { execFile } from 'node:child_process';
import { access, constants, realpath, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Computer, Tool } from './tool.ts';

export interface Detected {
  readonly isInstalled: boolean;
  readonly version?: string | undefined;
  readonly program?: string | undefined;
}

/** A program that does not answer in this time has no version. */
const versionTimeoutMs = 5_000;

/** Where programs are that a desktop session does not have on its PATH. */
const usualFolders: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: [
    '/opt/homebrew/bin',
    '/usr/local/bin',
    '~/.local/bin',
    '~/.claude/local',
    '~/.npm-global/bin',
    '~/.bun/bin',
    '~/.opencode/bin',
  ],
  linux: ['/usr/local/bin', '~/.local/bin', '~/.claude/local', '~/.npm-global/bin', '~/.bun/bin', '~/.opencode/bin'],
  win32: ['~\\AppData\\Roaming\\npm', '~\\.local\\bin'],
};

/** Finds tools and asks them for their versions, each program once. */
export class Detector {
  readonly #versions = new Map<string, Promise<string | undefined>>();

  async detect(tool: Tool, computer: Computer): Promise<Detected> {
    const program = tool.program === undefined ? undefined : await findProgram(tool.program, computer);
    if (program !== undefined) return { isInstalled: true, program, version: await this.#version(program, computer) };
    const hasFolder = await stat(tool.folder(computer)).then(
      (found) => found.isDirectory(),
      () => false,
    );
    const version = await tool.readVersion?.(computer);
    return { isInstalled: tool.readVersion ? version !== undefined : hasFolder, version };
  }

  async #version(program: string, computer: Computer): Promise<string | undefined> {
    const real = await realpath(program);
    const mark = `${real} ${(await stat(real)).mtimeMs}`;
    const known = this.#versions.get(mark) ?? askVersion(program, computer);
    this.#versions.set(mark, known);
    return await known;
  }
}

export async function findProgram(name: string, { env, home, platform }: Computer): Promise<string | undefined> {
  const usual = (usualFolders[platform] ?? []).map((folder) => folder.replace(/^~/, () => home));
  const folders = [...(env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter((folder) => folder !== ''), ...usual];
  const endings = platform === 'win32' ? ['.exe', '.cmd', '.bat'] : [''];
  for (const file of folders.flatMap((folder) => endings.map((ending) => join(folder, name + ending)))) {
    if (await isProgram(file)) return file;
  }
  return undefined;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false; // not there, or not ours to run: the next folder may have one
  }
}

function askVersion(program: string, { env, home, platform }: Computer): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(
      program,
      ['--version'],
      // Windows starts its batch files through a shell only.
      { timeout: versionTimeoutMs, env: { ...env, HOME: home }, shell: platform === 'win32', windowsHide: true },
      (_, stdout) => resolve(/\d+\.\d+\.\d+[\w.-]*/.exec(stdout)?.[0]),
    );
  });
}
