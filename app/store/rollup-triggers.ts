import type { Migration } from './migrator.ts';

/** A quarter of an hour: days begin on one in every time zone there is. */
export const slotMs = 900_000;

/** Columns of a rollup that are sums, with what one usage row adds to each; `new` is the row. */
const sums: Readonly<Record<string, string>> = {
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
};

/** What a rollup is of; a rollup has no nulls, because a primary key has none. */
const groups: Readonly<Record<string, string>> = {
  slot: `new.started_at / ${slotMs}`,
  key_id: "coalesce(new.key_id, '')",
  account_id: "coalesce(new.account_id, '')",
  model: 'new.model',
  project: "coalesce(new.project, '')",
};

const parts = { ...groups, ...sums };
const columns = Object.keys(parts).join(', ');
const sumNames = Object.keys(sums);
const groupNames = Object.keys(groups);

/** The same sums from the rows themselves, `usage as new`: for checking, and for making them anew. */
export const sumsFromRows = {
  columns,
  select: [
    ...Object.entries(groups).map(([name, value]) => `${value} as ${name}`),
    ...Object.entries(sums).map(([name, value]) => `sum(${value}) as ${name}`),
  ].join(', '),
  groupBy: Object.values(groups).join(', '),
} as const;

const add = `insert into usage_rollups (${columns})
  values (${Object.values(parts).join(', ')})
  on conflict (${groupNames.join(', ')}) do update set
    ${sumNames.map((name) => `${name} = usage_rollups.${name} + excluded.${name}`).join(', ')}`;

/** A price that became known later: the row's other numbers never change. */
const reprice = `update usage_rollups set
    cost_nano_usd = cost_nano_usd + coalesce(new.cost_nano_usd, 0) - coalesce(old.cost_nano_usd, 0),
    unpriced_calls = unpriced_calls + (case when new.cost_nano_usd is null then 1 else 0 end)
      - (case when old.cost_nano_usd is null then 1 else 0 end)
  where ${Object.entries(groups)
    .map(([name, value]) => `${name} = ${value}`)
    .join(' and ')}`;

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
    `insert into usage_rollups (${columns})
      select ${sumsFromRows.select} from usage as new group by ${sumsFromRows.groupBy}`,
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
