import * as z from 'zod';
import { parseJson } from '../../protocols/json-value.ts';
import { oauthOverrides, oauthSetting } from '../../providers/oauth-table.ts';
import { priceOrigin } from '../../usage/price-origin.ts';
import { routes } from './contract.ts';
import { AdminError } from './errors.ts';
import { operation, parseInput } from './operation.ts';
import type { AdminParts } from './parts.ts';
import { priceOriginSetting } from './price-operations.ts';

type Parts = Pick<AdminParts, 'settings' | 'oauth'>;

/** What may be set while Waystation runs: each a row with a schema of its own. */
interface Setting {
  readonly description: string;
  readonly schema: z.ZodType;
  changed(parts: Parts): Promise<void>;
}

const known: ReadonlyMap<string, Setting> = new Map<string, Setting>([
  [
    oauthSetting,
    {
      description:
        'Where accounts sign in, by provider and field, such as {"claude-subscription":{"tokenUrl":"https://…"}}. What is not named stays built in.',
      schema: oauthOverrides,
      changed: ({ oauth }) => oauth.reload(),
    },
  ],
  [
    priceOriginSetting,
    {
      description:
        'Where newer prices come from, such as {"url":"https://…/prices.json","publicKey":"…"}: an https address or a file, with a .sig or a .sha256 beside it. Nothing is taken before: waystation usage prices apply',
      schema: priceOrigin,
      changed: async () => undefined,
    },
  ],
]);

export function settingOperations(parts: Parts) {
  const { settings } = parts;
  const show = async (name: string) => {
    const stored = await settings.get(name);
    return {
      name,
      description: find(name).description,
      value: z
        .json()
        .catch(null)
        .parse(parseJson(stored ?? 'null')),
    };
  };
  return {
    listSettings: operation(routes.listSettings, () => Promise.all([...known.keys()].map(show))),
    changeSetting: operation(routes.changeSetting, async ({ name, value }) => {
      const { schema, changed } = find(name);
      await settings.set(name, JSON.stringify(parseInput(schema, value)));
      await changed(parts);
      return await show(name);
    }),
    resetSetting: operation(routes.resetSetting, async ({ name }) => {
      const { changed } = find(name);
      await settings.remove(name);
      await changed(parts);
      return await show(name);
    }),
  };
}

function find(name: string): Setting {
  const found = known.get(name);
  if (found) return found;
  throw new AdminError('not-found', `There is no setting ${name}. Known are: ${[...known.keys()].join(', ')}.`);
}
