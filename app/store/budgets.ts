import type { Migration } from './migrator.ts';

export const budgetTables: Migration = {
  id: '0022-budgets',
  statements: [
    `create table budgets (
      id text primary key not null,
      name text not null,
      scope text not null,
      scope_id text,
      amount_nano_usd bigint not null,
      period text not null,
      created_at bigint not null,
      updated_at bigint not null
    )`,
    `create table alerts (
      id bigint primary key not null,
      state_key text not null,
      at bigint not null,
      detail text not null,
      recovered_at bigint
    )`,
    // The same condition is told once, whichever node sees it first.
    'create unique index alerts_going_on on alerts (state_key) where recovered_at is null',
    'create index usage_rollups_by_key on usage_rollups (key_id, slot)',
    'create index usage_rollups_by_account on usage_rollups (account_id, slot)',
  ],
};
