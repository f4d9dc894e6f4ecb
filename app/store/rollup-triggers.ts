import type { Migration } from './migrator.ts';
import { billed, rollupSql, slotMs } from './rollup-sql.ts';

// NOTE: released, so its SQL never changes; what the sums are now is in `rollups.ts`.

export const firstSums = {
  calls: '1',
  failed_calls: "case when new.status = 'failed' then 1 else 0 end",
  unpriced_calls: 'case when new.cost_nano_usd is null then 1 else 0 end',
  input_tokens: 'new.input_tokens',
  output_tokens: 'new.output_tokens',
  cache_read_tokens: 'new.cache_read_tokens',
  cache_write_5m_tokens: 'new.cache_write_5m_tokens',
  cache_write_1h_tokens: 'new.cache_write_1h_tokens',
  thinking_tokens: 'new.thinking_tokens',
  web_search_requests: 'new.web_search_requests',
  cost_nano_usd: 'coalesce(new.cost_nano_usd, 0)',
} as const;

export const firstGroups = {
  slot: `new.started_at / ${slotMs}`,
  key_id: "coalesce(new.key_id, '')",
  account_id: "coalesce(new.account_id, '')",
  model: 'new.model',
  project: "coalesce(new.project, '')",
} as const;

const { fromRows, add, reprice, sumNames, groupNames } = rollupSql({ groups: firstGroups, sums: firstSums });

/**
 * Sums of usage rows, kept by the database itself: in the transaction of each row, once for each row that is really
 * inserted, whoever inserts it. Deleting old rows leaves their sums.
 */
export const usageRollups: Migration = {
  id: '0007-usage-rollups',
  statements: [
    'alter table usage add column project text',
    `create table usage_rollups (
      slot bigint not null,
      key_id text not null,
      account_id text not null,
      model text not null,
      project text not null,
      ${sumNames.map((name) => `${name} bigint not null`).join(',\n      ')},
      primary key (${groupNames.join(', ')})
    )`,
    `insert into usage_rollups (${fromRows.columns})
      select ${fromRows.select} from usage as new group by ${fromRows.groupBy}`,
    'create index usage_by_key on usage (key_id, started_at)',
    'create index usage_by_account on usage (account_id, started_at)',
  ],
  sqlite: [
    `create trigger usage_rolled_up after insert on usage begin ${add}; end`,
    `create trigger usage_repriced after update of cost_nano_usd on usage begin ${reprice}; end`,
  ],
  postgres: [
    `create function roll_usage_up() returns trigger language plpgsql as $$ begin ${add}; return null; end $$`,
    `create function reprice_usage() returns trigger language plpgsql as $$ begin ${reprice}; return null; end $$`,
    'create trigger usage_rolled_up after insert on usage for each row execute function roll_usage_up()',
    'create trigger usage_repriced after update of cost_nano_usd on usage for each row execute function reprice_usage()',
  ],
};

/** With what is billed, which came later. */
export const billedSums = { ...firstSums, billed_nano_usd: billed('new') } as const;

const withBilled = rollupSql({ groups: firstGroups, sums: billedSums });

/** What a call is billed beside what it costs, by the multipliers of its service and its key. Rows from before have none. */
export const billing: Migration = {
  id: '0018-billing',
  statements: [
    'alter table keys add column multiplier double precision',
    'alter table usage add column multiplier double precision',
    'alter table usage add column billed_nano_usd bigint',
    'alter table usage_rollups add column billed_nano_usd bigint not null default 0',
    'update usage_rollups set billed_nano_usd = cost_nano_usd',
  ],
  sqlite: [
    'drop trigger usage_rolled_up',
    'drop trigger usage_repriced',
    `create trigger usage_rolled_up after insert on usage begin ${withBilled.add}; end`,
    `create trigger usage_repriced after update of cost_nano_usd on usage begin ${withBilled.reprice}; end`,
  ],
  postgres: [
    `create or replace function roll_usage_up() returns trigger language plpgsql as $$ begin ${withBilled.add}; return null; end $$`,
    `create or replace function reprice_usage() returns trigger language plpgsql as $$ begin ${withBilled.reprice}; return null; end $$`,
  ],
};
