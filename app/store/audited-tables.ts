import type { Schema } from './schema.ts';

/** How a column is shown in the record of a change. Whatever is not listed is not shown. */
export type Shown = 'plain' | 'json' | 'flag' | 'secret';

export interface AuditedTable {
  /** What its rows are about. */
  readonly kind: string;
  /** Names the object that a row belongs to. */
  readonly id: string;
  readonly columns: Readonly<Record<string, Shown>>;
  /** An object has many of its rows; they are shown as a list under this name. */
  readonly listedAs?: string;
}

/** What an administrator's changes touch, column by column: an allow-list, so that no secret gets in by itself. */
export const auditedTables: Readonly<Partial<Record<keyof Schema, AuditedTable>>> = {
  accounts: {
    kind: 'account',
    id: 'id',
    columns: {
      name: 'plain',
      provider: 'plain',
      settings: 'json',
      secret: 'secret',
      sign_in: 'json',
      terms_accepted_at: 'plain',
      is_shared: 'flag',
      proxy: 'secret',
      allow_local: 'flag',
      priority: 'plain',
      weight: 'plain',
      is_enabled: 'flag',
      models: 'json',
      model_map: 'json',
      care: 'json',
    },
  },
  account_health: { kind: 'account', id: 'account_id', columns: { health: 'json' } },
  account_models: { kind: 'account', id: 'account_id', columns: { fetched_at: 'plain' } },
  account_groups: { kind: 'group', id: 'id', columns: { name: 'plain', fallback_id: 'plain' } },
  account_group_members: {
    kind: 'group',
    id: 'group_id',
    columns: { account_id: 'plain', priority: 'plain' },
    listedAs: 'members',
  },
  keys: {
    kind: 'key',
    id: 'id',
    columns: {
      name: 'plain',
      hash: 'secret',
      old_hash: 'secret',
      is_enabled: 'flag',
      expires_at: 'plain',
      models: 'json',
      services: 'json',
      max_concurrent: 'plain',
      limits: 'json',
      account_id: 'plain',
      group_id: 'plain',
      plan_id: 'plain',
      member_id: 'plain',
      is_own: 'flag',
      owner: 'plain',
      tags: 'json',
      note: 'plain',
      denied_models: 'json',
      addresses: 'json',
      clients: 'json',
      multiplier: 'plain',
      lifetime_ms: 'plain',
      is_imported: 'flag',
      old_until: 'plain',
      removed_at: 'plain',
    },
  },
  members: {
    kind: 'member',
    id: 'id',
    columns: {
      name: 'plain',
      email: 'plain',
      role: 'plain',
      state: 'plain',
      note: 'plain',
      plan_id: 'plain',
      max_concurrent: 'plain',
      limits: 'json',
    },
  },
  member_sign_ins: {
    kind: 'member',
    id: 'member_id',
    // NOTE: what is listed is compared and shown whole, so no secret may be among it; a new one shows by its time.
    columns: { way: 'plain', subject: 'plain', updated_at: 'plain' },
    listedAs: 'signIns',
  },
  member_second_factors: {
    kind: 'member',
    id: 'member_id',
    columns: { confirmed_at: 'plain', updated_at: 'plain' },
    listedAs: 'secondFactor',
  },
  plans: {
    kind: 'plan',
    id: 'id',
    columns: {
      name: 'plain',
      note: 'plain',
      models: 'json',
      denied_models: 'json',
      services: 'json',
      clients: 'json',
      max_concurrent: 'plain',
      limits: 'json',
    },
  },
  top_ups: {
    kind: 'top-up',
    id: 'id',
    columns: {
      hash: 'secret',
      ending: 'plain',
      measure: 'plain',
      amount: 'plain',
      extend_ms: 'plain',
      note: 'plain',
      is_enabled: 'flag',
      expires_at: 'plain',
      redeemed_at: 'plain',
      redeemed_by: 'plain',
    },
  },
  invites: {
    kind: 'invite',
    id: 'id',
    columns: {
      member_id: 'plain',
      group_id: 'plain',
      expires_at: 'plain',
      revoked_at: 'plain',
      taken_at: 'plain',
      taken_by: 'plain',
    },
  },
  budgets: {
    kind: 'budget',
    id: 'id',
    columns: { name: 'plain', scope: 'plain', scope_id: 'plain', amount_nano_usd: 'plain', period: 'json' },
  },
  webhooks: {
    kind: 'webhook',
    id: 'id',
    columns: {
      name: 'plain',
      kind: 'plain',
      host: 'plain',
      sealed: 'secret',
      chat_id: 'plain',
      types: 'json',
      language: 'plain',
      allow_local: 'flag',
      is_enabled: 'flag',
    },
  },
  own_prices: { kind: 'price', id: 'model', columns: { price: 'json' } },
  price_versions: {
    kind: 'prices',
    id: 'version',
    columns: { date: 'plain', source: 'plain', used_at: 'plain' },
  },
  model_aliases: { kind: 'alias', id: 'name', columns: { target: 'plain' } },
  settings: { kind: 'setting', id: 'name', columns: { value: 'json' } },
};

/** Settings whose values may be read by whoever may read the record; of others it says only that they changed. */
const shownSettings: ReadonlySet<string> = new Set([
  'admin.access',
  'admin.lan',
  'audit.retention',
  'backup.last',
  'billing.multipliers',
  'capture.state',
  'members.sign-in',
  'notifications',
  'oauth.endpoints',
  'prices.in-use',
  'prices.source',
  'scheduling.rules',
  'usage.retention',
]);

/** Not a person's change: counters and marks that follow from one. */
const quietSetting = /\.revision$|^usage\.rows-from$|^keys\.pepper$/;

export function howShown(table: string, object: string, shown: Shown): Shown {
  return table === 'settings' && !shownSettings.has(object) ? 'secret' : shown;
}

export function isQuiet(table: string, object: string): boolean {
  return table === 'settings' && quietSetting.test(object);
}

/** Written beside a change, and no change by themselves. */
export const quietTables: ReadonlySet<string> = new Set([
  'account_checks',
  'account_errors',
  'account_limits',
  'account_timeline',
  'alerts',
  'audit',
  'key_uses',
  'key_devices',
  'refused_calls',
  'removed_keys',
]);
