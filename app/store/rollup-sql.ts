/** A quarter of an hour: days begin on one in every time zone there is. */
export const slotMs = 900_000;

/** Columns of a rollup, with what one usage row, `new`, gives to each. */
export interface RollupColumns {
  /** What a rollup is of; a rollup has no nulls, because a primary key has none. */
  readonly groups: Readonly<Record<string, string>>;
  readonly sums: Readonly<Record<string, string>>;
}

/** What the key pays for a row; its cost where nothing else is said. */
export function billed(row: 'new' | 'old'): string {
  return `coalesce(${row}.billed_nano_usd, ${row}.cost_nano_usd, 0)`;
}

/** The SQL that keeps such sums, and that makes them from the rows. */
export function rollupSql({ groups, sums }: RollupColumns) {
  const parts = { ...groups, ...sums };
  const columns = Object.keys(parts).join(', ');
  const sumNames = Object.keys(sums);
  const groupNames = Object.keys(groups);
  const fromRows = {
    columns,
    select: [
      ...Object.entries(groups).map(([name, value]) => `${value} as ${name}`),
      ...Object.entries(sums).map(([name, value]) => `sum(${value}) as ${name}`),
    ].join(', '),
    groupBy: Object.values(groups).join(', '),
  };
  const add = `insert into usage_rollups (${columns})
  values (${Object.values(parts).join(', ')})
  on conflict (${groupNames.join(', ')}) do update set
    ${sumNames.map((name) => `${name} = usage_rollups.${name} + excluded.${name}`).join(', ')}`;
  /** A price that became known later: the row's other numbers never change. */
  const billedLater =
    'billed_nano_usd' in sums
      ? `
    billed_nano_usd = billed_nano_usd + ${billed('new')} - ${billed('old')},`
      : '';
  const reprice = `update usage_rollups set
    cost_nano_usd = cost_nano_usd + coalesce(new.cost_nano_usd, 0) - coalesce(old.cost_nano_usd, 0),${billedLater}
    unpriced_calls = unpriced_calls + (case when new.cost_nano_usd is null then 1 else 0 end)
      - (case when old.cost_nano_usd is null then 1 else 0 end)
  where ${Object.entries(groups)
    .map(([name, value]) => `${name} = ${value}`)
    .join(' and ')}`;
  return { fromRows, add, reprice, sumNames, groupNames };
}
