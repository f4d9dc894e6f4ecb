import type { Migration } from './migrator.ts';

/** What model names stand for, what upstreams told of their models, and which account holds what calls left at upstreams. */
export const catalogueTables: Migration = {
  id: '0003-catalogue',
  statements: [
    `create table model_aliases (
      name text primary key not null,
      target text not null,
      updated_at bigint not null
    )`,
    `create table account_models (
      account_id text primary key not null,
      models text not null,
      fetched_at bigint not null
    )`,
    `create table server_state (
      id text not null,
      key_id text not null,
      account_id text not null,
      kind text not null,
      is_made integer not null,
      created_at bigint not null,
      expires_at bigint not null,
      primary key (id, key_id)
    )`,
    'create index server_state_by_key on server_state (key_id, kind, created_at)',
    'create index server_state_by_expiry on server_state (expires_at)',
  ],
};
