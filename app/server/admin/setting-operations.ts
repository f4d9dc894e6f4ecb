import * as z from 'zod';
import { multipliersSetting, serviceMultipliers } from '../../keys/multipliers.ts';
import { notificationRules, notificationsSetting, typeDefaults } from '../../notify/rules.ts';
import { memberAccess, memberAccessSetting } from '../../people/access-rules.ts';
import { parseJson } from '../../protocols/json-value.ts';
import { oauthOverrides, oauthSetting } from '../../providers/oauth-table.ts';
import { priceOrigin } from '../../usage/price-origin.ts';
import { accessRules, accessSetting, auditRetention, auditRetentionSetting } from './contract-access.ts';
import { type setting, settingRoutes } from './contract-settings.ts';
import { AdminError } from './errors.ts';
import { adminLan, adminLanSetting } from './lan-door.ts';
import { operation, parseInput } from './operation.ts';
import type { AdminParts } from './parts.ts';
import { priceOriginSetting } from './price-operations.ts';

type Parts = Pick<AdminParts, 'settings' | 'oauth' | 'multipliers' | 'notifications' | 'live'>;

/** What may be set while Waystation runs: each a row with a schema of its own. */
interface Setting {
  readonly group: z.output<typeof setting>['group'];
  readonly description: string;
  readonly schema: z.ZodType;
  changed(parts: Parts): Promise<void>;
}

const known: ReadonlyMap<string, Setting> = new Map<string, Setting>([
  [
    oauthSetting,
    {
      group: 'accounts',
      description:
        'Where accounts sign in, by provider and field, such as {"claude-subscription":{"tokenUrl":"https://…"}}. What is not named stays built in.',
      schema: oauthOverrides,
      changed: ({ oauth }) => oauth.reload(),
    },
  ],
  [
    accessSetting,
    {
      group: 'security',
      description:
        'Who may open the admin pages: {"allowPassword":true} lets browsers in with the admin password, {"lockMinutes":15} locks a page that was not used for so long.',
      schema: accessRules,
      changed: async ({ live }) => await live?.door.reload(),
    },
  ],
  [
    adminLanSetting,
    {
      group: 'security',
      description:
        'Whether members whose role is owner, admin or viewer reach the admin pages from other computers, with their password and a one-time code: {"isOn":true}. Needs sharing; {"allowPlain":true} also without encryption.',
      schema: adminLan,
      changed: async ({ live }) => await live?.lan.reload(),
    },
  ],
  [
    memberAccessSetting,
    {
      group: 'security',
      description:
        'How members sign in to their own page: {"allowKeys":false} not with their keys, {"allowPasswords":false} not with passwords that were set here; {"rotateKeys":true} lets them give their keys new secrets.',
      schema: memberAccess,
      changed: async () => undefined,
    },
  ],
  [
    auditRetentionSetting,
    {
      group: 'data',
      description: 'How long the record of changes is kept, such as {"days":365}, which is what it is without.',
      schema: auditRetention,
      changed: async () => undefined,
    },
  ],
  [
    priceOriginSetting,
    {
      group: 'data',
      description:
        'Where newer prices come from, such as {"url":"https://…/prices.json","publicKey":"…"}: an https address or a file, with a .sig or a .sha256 beside it. Nothing is taken before: waystation usage prices apply',
      schema: priceOrigin,
      changed: async () => undefined,
    },
  ],
  [
    multipliersSetting,
    {
      group: 'data',
      description:
        'What keys pay for a service, as a multiple of what it costs you, such as {"anthropic":1.2,"gemini":0.5}; a cloud (azure, bedrock) that is not named costs what its API costs, anything else 1. A key’s own multiplier comes on top. It counts from the next call on.',
      schema: serviceMultipliers,
      changed: ({ multipliers }) => multipliers.reload(),
    },
  ],
  [
    notificationsSetting,
    {
      group: 'notifications',
      description:
        'What the desktop app shows as a notification, such as {"types":{"limits":true},"quiet":{"from":"22:00","to":"07:00"}}. A type that is not named is as it was made; "quiet" may name a "timeZone". Webhooks keep the quiet hours too; what may wait is told in one message at their end.',
      schema: notificationRules,
      changed: ({ notifications }) => notifications.reload(),
    },
  ],
]);

export function settingOperations(parts: Parts) {
  const { settings } = parts;
  const show = async (name: string) => {
    const stored = await settings.get(name);
    const { description, group, schema } = find(name);
    return {
      name,
      description,
      group,
      schema: jsonSchemaOf(schema),
      value: z
        .json()
        .catch(null)
        .parse(parseJson(stored ?? 'null')),
    };
  };
  return {
    showNotifications: operation(settingRoutes.showNotifications, async () => {
      const { types, quiet = null } = parts.notifications.current;
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
      return { types: { ...typeDefaults, ...types }, quiet, timeZone };
    }),
    listSettings: operation(settingRoutes.listSettings, () => Promise.all([...known.keys()].map(show))),
    changeSetting: operation(settingRoutes.changeSetting, async ({ name, value }) => {
      const { schema, changed } = find(name);
      await settings.set(name, JSON.stringify(parseInput(schema, value)));
      await changed(parts);
      return await show(name);
    }),
    resetSetting: operation(settingRoutes.resetSetting, async ({ name }) => {
      const { changed } = find(name);
      await settings.remove(name);
      await changed(parts);
      return await show(name);
    }),
  };
}

/** Without defaults that were filled in: what may be left out stays optional. */
function jsonSchemaOf(schema: z.ZodType) {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return z.record(z.string(), z.json()).parse(rest);
}

function find(name: string): Setting {
  const found = known.get(name);
  if (found) return found;
  throw new AdminError('not-found', `There is no setting ${name}. Known are: ${[...known.keys()].join(', ')}.`);
}
