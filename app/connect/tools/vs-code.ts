import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Computer, Tool } from '../tool.ts';
import { claudeOverriding, claudeVariables } from './claude-code.ts';

const list = 'claudeCode.environmentVariables';

/** The Claude extension, which has variables of its own beside Claude Code's settings. */
export const vsCode: Tool = {
  id: 'vs-code',
  name: 'Claude in VS Code',
  folder: extensionsFolder,
  readVersion: async (computer) => {
    const names = await readdir(extensionsFolder(computer)).catch(() => []);
    return names.flatMap((name) => /^anthropic\.claude-code-(\d+\.\d+\.\d+)/.exec(name)?.[1] ?? []).at(-1);
  },
  files: (computer) => [
    {
      file: join(userFolder(computer), 'settings.json'),
      format: 'jsonc',
      keys: [
        { path: [list, { name: claudeVariables.address }, 'value'], kind: 'address', value: ({ address }) => address },
        { path: [list, { name: claudeVariables.secret }, 'value'], kind: 'secret', value: ({ secret }) => secret },
      ],
    },
  ],
  overriding: claudeOverriding,
};

function extensionsFolder({ home }: Computer): string {
  return join(home, '.vscode', 'extensions');
}

function userFolder({ home, env, platform }: Computer): string {
  if (platform === 'win32') return join(env['APPDATA'] || join(home, 'AppData', 'Roaming'), 'Code', 'User');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Code', 'User');
  return join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'Code', 'User');
}
