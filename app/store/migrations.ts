import { accountChecks } from './account-checks.ts';
import { accountsCare } from './accounts-care.ts';
import { auditTable } from './audit-table.ts';
import { budgetTables } from './budgets.ts';
import { catalogueTables } from './catalogue-tables.ts';
import { inviteTables } from './invite-tables.ts';
import { keyDevices } from './key-devices.ts';
import { keyEndings } from './key-endings.ts';
import { memberSecondFactors, memberSignInTables } from './member-sign-in-tables.ts';
import { memberTables } from './member-tables.ts';
import type { Migration } from './migrator.ts';
import { planTables } from './plan-tables.ts';
import { priceVersions } from './price-versions.ts';
import { removedKeys } from './removed-keys.ts';
import { billing, usageRollups } from './rollup-triggers.ts';
import { topUpTables } from './top-up-tables.ts';
import { webhookHeld, webhookTables } from './webhook-tables.ts';
import { whoPays } from './who-pays.ts';

/**
 * The schema's history, oldest first. There are no foreign keys on purpose: an account or a key may be removed while a
 * call is in flight, and its usage row and health must still be written.
 */
export const migrations: readonly Migration[] = [
  {
    id: '0001-first-tables',
    statements: [
      `create table settings (
        name text primary key not null,
        value text not null
      )`,
      `create table accounts (
        id text primary key not null,
        name text not null,
        provider text not null,
        settings text not null,
        secret text,
        proxy text,
        allow_local integer not null,
        priority integer not null,
        weight integer not null,
        is_enabled integer not null,
        models text not null,
        model_map text not null,
        created_at bigint not null,
        updated_at bigint not null
      )`,
      `create table account_health (
        account_id text primary key not null,
        health text not null,
        changed_at bigint not null
      )`,
      `create table keys (
        id text primary key not null,
        name text not null,
        hash text not null unique,
        prefix text not null,
        is_enabled integer not null,
        expires_at bigint,
        models text not null,
        services text not null,
        max_concurrent integer,
        account_id text,
        created_at bigint not null,
        updated_at bigint not null
      )`,
      `create table usage (
        request_id text primary key not null,
        started_at bigint not null,
        duration_ms bigint not null,
        first_byte_ms bigint,
        key_id text,
        account_id text,
        protocol text not null,
        route text not null,
        model text not null,
        upstream_model text,
        status text not null,
        http_status integer,
        error_kind text,
        basis text not null,
        input_tokens bigint not null,
        output_tokens bigint not null,
        cache_read_tokens bigint not null,
        cache_write_5m_tokens bigint not null,
        cache_write_1h_tokens bigint not null,
        thinking_tokens bigint not null,
        web_search_requests bigint not null,
        cost_nano_usd bigint,
        price text,
        attempts text not null,
        explanation text not null,
        session text,
        user_agent text
      )`,
      'create index usage_by_time on usage (started_at)',
    ],
  },
  {
    id: '0002-usage-classes',
    statements: [
      'alter table usage add column audio_input_tokens bigint',
      'alter table usage add column audio_cache_read_tokens bigint',
      'alter table usage add column audio_output_tokens bigint',
      'alter table usage add column image_input_tokens bigint',
      'alter table usage add column image_output_tokens bigint',
      'alter table usage add column images bigint',
      'alter table usage add column tool_requests text',
      'alter table usage add column service_tier text',
      'alter table usage add column speed text',
      'alter table usage add column inference_geo text',
      'alter table usage add column served_model text',
      'alter table usage add column anomalies text',
      // Few rows have no cost: finding them again must not read all the others.
      'create index usage_without_cost on usage (request_id) where cost_nano_usd is null',
    ],
  },
  catalogueTables,
  {
    id: '0004-key-limits',
    statements: ["alter table keys add column limits text not null default '[]'"],
  },
  accountsCare,
  {
    id: '0006-subscriptions',
    statements: [
      'alter table accounts add column secret_revision bigint not null default 0',
      'alter table accounts add column sign_in text',
      'alter table accounts add column terms_accepted_at bigint',
      'alter table accounts add column is_shared integer not null default 0',
    ],
  },
  usageRollups,
  {
    id: '0008-key-life',
    statements: [
      'alter table keys add column owner text',
      "alter table keys add column tags text not null default '[]'",
      'alter table keys add column note text',
      "alter table keys add column denied_models text not null default '[]'",
      "alter table keys add column addresses text not null default '[]'",
      "alter table keys add column clients text not null default '[]'",
      'alter table keys add column lifetime_ms bigint',
      'alter table keys add column activated_at bigint',
      'alter table keys add column is_imported integer not null default 0',
      'alter table keys add column old_hash text',
      'alter table keys add column old_until bigint',
      'alter table keys add column old_is_imported integer not null default 0',
      'alter table keys add column removed_at bigint',
      // Apart from the keys: it is written while calls run, and no node has to hear of it.
      `create table key_uses (
        key_id text primary key not null,
        used_at bigint not null,
        user_agent text,
        address text
      )`,
    ],
  },
  accountChecks,
  planTables,
  topUpTables,
  billing,
  priceVersions,
  budgetTables,
  removedKeys,
  auditTable,
  memberTables,
  inviteTables,
  memberSignInTables,
  memberSecondFactors,
  webhookTables,
  keyEndings,
  keyDevices,
  webhookHeld,
  whoPays,
];
