import { join } from 'node:path';
import type { Computer, Tool } from '../tool.ts';

export const claudeVariables = { address: 'ANTHROPIC_BASE_URL', secret: 'ANTHROPIC_AUTH_TOKEN' } as const;

/** Sent beside our own credential, or sends requests elsewhere whatever the address is. */
export const claudeOverriding = [
  'ANTHROPIC_API_KEY',
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
  'CLAUDE_CODE_USE_FOUNDRY',
] as const;

/** Its settings win over the shell's variables of the same name. */
export const claudeCode: Tool = {
  id: 'claude-code',
  name: 'Claude Code',
  program: 'claude',
  folder: claudeFolder,
  files: (computer) => [
    {
      file: join(claudeFolder(computer), 'settings.json'),
      format: 'jsonc',
      isPlainJson: true,
      keys: [
        { path: ['env', claudeVariables.address], kind: 'address', value: ({ address }) => address },
        { path: ['env', claudeVariables.secret], kind: 'secret', value: ({ secret }) => secret },
      ],
    },
  ],
  overriding: claudeOverriding,
  launch: ({ address, secret }) => ({
    variables: { [claudeVariables.address]: address, [claudeVariables.secret]: secret },
    without: claudeOverriding,
    words: [],
  }),
};

function claudeFolder({ env, home }: Computer): string {
  return env['CLAUDE_CONFIG_DIR'] || join(home, '.claude');
}
