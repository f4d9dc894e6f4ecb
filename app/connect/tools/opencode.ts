import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Computer, Link, OwnKey, Tool } from '../tool.ts';

/** Its own providers of the three protocols we speak, each with the path that its library adds nothing to. */
const providers = { anthropic: '/v1', openai: '/v1', google: '/v1beta' } as const;

export const opencode: Tool = {
  id: 'opencode',
  name: 'opencode',
  program: 'opencode',
  folder: opencodeFolder,
  files: (computer) => [
    { file: opencodeFile(computer), format: 'jsonc', keys: Object.entries(providers).flatMap(keysOf) },
  ],
  overriding: ['OPENCODE_CONFIG', 'OPENCODE_CONFIG_CONTENT'],
  launch: (link) => ({
    variables: { OPENCODE_CONFIG_CONTENT: JSON.stringify({ provider: inline(link) }) },
    words: [],
  }),
};

function keysOf([provider, path]: readonly [string, string]): readonly OwnKey[] {
  return [
    { path: ['provider', provider, 'options', 'baseURL'], kind: 'address', value: ({ address }) => address + path },
    { path: ['provider', provider, 'options', 'apiKey'], kind: 'secret', value: ({ secret }) => secret },
  ];
}

function inline({ address, secret }: Link) {
  const of = (path: string) => ({ options: { baseURL: address + path, apiKey: secret } });
  return Object.fromEntries(Object.entries(providers).map(([provider, path]) => [provider, of(path)]));
}

function opencodeFolder({ env, home }: Computer): string {
  return join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'opencode');
}

/** It reads both; where both are, the one with comments comes last and wins. */
function opencodeFile(computer: Computer): string {
  const withComments = join(opencodeFolder(computer), 'opencode.jsonc');
  return existsSync(withComments) ? withComments : join(opencodeFolder(computer), 'opencode.json');
}
