import type { Migration } from './migrator.ts';

/** What accounts need to look after themselves: see `accounts/` and `scheduler/`. */
export const accountsCare: Migration = {
  id: '0005-accounts-care',
  statements: [
    "alter table accounts add column care text not null default '{}'",
    'alter table keys add column group_id text',
    'alter table keys add column is_own integer',
    `create table account_timeline (
      id text primary key not null,
      account_id text not null,
      at bigint not null,
      entry text not null
    )`,
    'create index account_timeline_by_account on account_timeline (account_id, at)',
    `create table account_errors (
      id text primary key not null,
      account_id text not null,
      at bigint not null,
      request_id text not null,
      model text not null,
      fault text not null,
      status integer,
      detail text
    )`,
    'create index account_errors_by_account on account_errors (account_id, at)',
    `create table account_limits (
      account_id text primary key not null,
      snapshot text not null,
      read_at bigint not null
    )`,
    `create table account_groups (
      id text primary key not null,
      name text not null,
      fallback_id text,
      created_at bigint not null,
      updated_at bigint not null
    )`,
    `create table account_group_members (
      group_id text not null,
      account_id text not null,
      priority integer,
      primary key (group_id, account_id)
    )`,
  ],
};
