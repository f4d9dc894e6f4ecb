import { join } from 'node:path';
import type { Computer, Tool } from '../tool.ts';

const variables = { address: 'GOOGLE_GEMINI_BASE_URL', secret: 'GEMINI_API_KEY' } as const;

/** The address alone would make it choose a way to sign in that it then refuses: the choice is written too. */
export const geminiCli: Tool = {
  id: 'gemini-cli',
  name: 'Gemini CLI',
  program: 'gemini',
  folder: geminiFolder,
  files: (computer) => [
    {
      file: join(geminiFolder(computer), '.env'),
      format: 'dotenv',
      keys: [
        { path: [variables.address], kind: 'address', value: ({ address }) => address },
        { path: [variables.secret], kind: 'secret', value: ({ secret }) => secret },
      ],
    },
    {
      file: join(geminiFolder(computer), 'settings.json'),
      format: 'jsonc',
      keys: [{ path: ['security', 'auth', 'selectedType'], kind: 'choice', value: () => 'gemini-api-key' }],
    },
  ],
  overriding: [variables.address, variables.secret, 'GOOGLE_GENAI_USE_VERTEXAI', 'GOOGLE_GENAI_USE_GCA'],
  launch: ({ address, secret }) => ({
    variables: { [variables.address]: address, [variables.secret]: secret },
    without: ['GOOGLE_GENAI_USE_VERTEXAI', 'GOOGLE_GENAI_USE_GCA'],
    words: [],
  }),
};

function geminiFolder({ env, home }: Computer): string {
  return join(env['GEMINI_CLI_HOME'] || home, '.gemini');
}
