import type { Migration } from './migrator.ts';
import { rollupSql } from './rollup-sql.ts';
import { billedSums, firstGroups } from './rollup-triggers.ts';

const before = [...Object.keys(firstGroups), ...Object.keys(billedSums)].join(', ');
export const memberGroups = { ...firstGroups, member_id: "coalesce(new.member_id, '')" } as const;
const { add, reprice, sumNames, groupNames } = rollupSql({ groups: memberGroups, sums: billedSums });

/** The sums get a further thing that they are of: a primary key cannot be widened where it is. */
const rollupsByMember: readonly string[] = [
  `create table usage_rollups_by_member (
    slot bigint not null,
    key_id text not null,
    account_id text not null,
    model text not null,
    project text not null,
    member_id text not null,
    ${sumNames.map((name) => `${name} bigint not null`).join(',\n    ')},
    primary key (${groupNames.join(', ')})
  )`,
  `insert into usage_rollups_by_member (${before}, member_id) select ${before}, '' from usage_rollups`,
  'drop table usage_rollups',
  'alter table usage_rollups_by_member rename to usage_rollups',
  'create index usage_rollups_by_key on usage_rollups (key_id, slot)',
  'create index usage_rollups_by_account on usage_rollups (account_id, slot)',
  'create index usage_rollups_by_member on usage_rollups (member_id, slot)',
];

/** People whose keys there are, what they use, and what was refused. */
export const memberTables: Migration = {
  id: '0026-members',
  statements: [
    `create table members (
      id text primary key not null,
      name text not null,
      name_key text not null unique,
      email text,
      role text not null,
      state text not null,
      note text,
      plan_id text,
      max_concurrent integer,
      limits text not null,
      created_at bigint not null,
      updated_at bigint not null
    )`,
    'alter table keys add column member_id text',
    'create index keys_by_member on keys (member_id) where member_id is not null',
    // Whose the key was then: a key that goes to somebody else leaves its calls behind.
    'alter table usage add column member_id text',
    'create index usage_by_member on usage (member_id, started_at) where member_id is not null',
    // Counts, and the last one of each kind in full.
    `create table refused_calls (
      slot bigint not null,
      key_id text not null,
      reason text not null,
      address text not null,
      calls bigint not null,
      last_at bigint not null,
      message text not null,
      route text not null,
      user_agent text,
      primary key (slot, key_id, reason, address)
    )`,
  ],
  sqlite: [
    'drop trigger usage_rolled_up',
    'drop trigger usage_repriced',
    ...rollupsByMember,
    `create trigger usage_rolled_up after insert on usage begin ${add}; end`,
    `create trigger usage_repriced after update of cost_nano_usd on usage begin ${reprice}; end`,
  ],
  postgres: [
    ...rollupsByMember,
    `create or replace function roll_usage_up() returns trigger language plpgsql as $$ begin ${add}; return null; end $$`,
    `create or replace function reprice_usage() returns trigger language plpgsql as $$ begin ${reprice}; return null; end $$`,
  ],
};
