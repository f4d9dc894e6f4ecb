import { join } from 'node:path';
import type { Computer, OwnKey, Tool } from '../tool.ts';

const provider = 'waystation';

/** A provider of its own: the built-in one tries a WebSocket first, and no variable changes its address. */
export const codex: Tool = {
  id: 'codex',
  name: 'Codex CLI',
  program: 'codex',
  folder: codexFolder,
  files: (computer) => [
    {
      file: join(codexFolder(computer), 'config.toml'),
      format: 'toml',
      keys: [
        { path: ['model_provider'], kind: 'choice', value: () => provider },
        ofProvider('name', 'choice', () => 'Waystation'),
        ofProvider('base_url', 'address', ({ address }) => `${address}/v1`),
        ofProvider('wire_api', 'choice', () => 'responses'),
        ofProvider('experimental_bearer_token', 'secret', ({ secret }) => secret),
      ],
    },
  ],
  overriding: [],
  launch: ({ address, secret }) => ({
    variables: { WAYSTATION_CODEX_KEY: secret },
    words: [
      ...['-c', `model_provider="${provider}"`],
      ...['-c', `model_providers.${provider}.name="Waystation"`],
      ...['-c', `model_providers.${provider}.base_url="${address}/v1"`],
      ...['-c', `model_providers.${provider}.wire_api="responses"`],
      ...['-c', `model_providers.${provider}.env_key="WAYSTATION_CODEX_KEY"`],
    ],
  }),
};

function ofProvider(field: string, kind: OwnKey['kind'], value: OwnKey['value']): OwnKey {
  return { path: ['model_providers', provider, field], kind, value };
}

function codexFolder({ env, home }: Computer): string {
  return env['CODEX_HOME'] || join(home, '.codex');
}
