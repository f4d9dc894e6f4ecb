import { join } from 'node:path';
import type { Tool } from '../tool.ts';

const variables = { address: 'OPENAI_BASE_URL', secret: 'OPENAI_API_KEY' } as const;

/** The variables of its settings are the last it looks at: the shell's win. */
export const qwenCode: Tool = {
  id: 'qwen-code',
  name: 'Qwen Code',
  program: 'qwen',
  folder: ({ home }) => join(home, '.qwen'),
  files: ({ home }) => [
    {
      file: join(home, '.qwen', 'settings.json'),
      format: 'jsonc',
      keys: [
        { path: ['env', variables.address], kind: 'address', value: ({ address }) => `${address}/v1` },
        { path: ['env', variables.secret], kind: 'secret', value: ({ secret }) => secret },
        { path: ['security', 'auth', 'selectedType'], kind: 'choice', value: () => 'openai' },
      ],
    },
  ],
  overriding: [variables.address, variables.secret],
  launch: ({ address, secret }) => ({
    variables: { [variables.address]: `${address}/v1`, [variables.secret]: secret },
    words: ['--auth-type', 'openai'],
  }),
};
