import type { Migration } from './migrator.ts';

/** Limit templates, and which key is on which. */
export const planTables: Migration = {
  id: '0014-plans',
  statements: [
    `create table plans (
      id text primary key not null,
      name text not null,
      name_key text not null unique,
      note text,
      models text not null,
      denied_models text not null,
      services text not null,
      clients text not null,
      max_concurrent integer,
      limits text not null,
      created_at bigint not null,
      updated_at bigint not null
    )`,
    'alter table keys add column plan_id text',
    'create index keys_by_plan on keys (plan_id)',
  ],
};
