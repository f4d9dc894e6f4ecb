import { type RawBuilder, sql } from 'kysely';
import { slotMs } from '../store/rollup-sql.ts';
import { sumsFromRows } from '../store/rollups.ts';
import type { SettingsRepository } from '../store/settings.ts';
import type { Statement, Store } from '../store/store.ts';
import { merged, type UsageGroup, type UsageSummary } from './summary.ts';
import { bucketOf, timeNamer } from './time-buckets.ts';
import { toolName } from './tool-name.ts';

export interface SummaryQuestion {
  readonly groupBy: UsageGroup;
  /** By a second thing too. */
  readonly per?: UsageGroup | undefined;
  readonly keyId?: string | undefined;
  readonly memberId?: string | undefined;
  readonly accountId?: string | undefined;
  /** From this moment on. */
  readonly since?: number | undefined;
  /** Older than this moment. */
  readonly before?: number | undefined;
  /** IANA name, for days and hours. */
  readonly timeZone: string;
}

/** How the kept sums compare with the rows. */
export interface RollupCheck {
  /** Sums that rows and rollups do not have alike. */
  readonly differences: number;
  /** Only what began from here on can be compared: older rows are gone. Null when none is. */
  readonly rowsFrom: number | null;
}

/** Where it is kept from when on every row is still there. */
export const rowsFromSetting = 'usage.rows-from';

/** A day: one step of a check is short, because SQLite does nothing else meanwhile. */
const slotsPerStep = 96;

const sums = [
  'calls',
  'failed_calls',
  'unpriced_calls',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'thinking_tokens',
  'web_search_requests',
  'cost_nano_usd',
  'billed_nano_usd',
] as const;

type Sums = Readonly<Record<(typeof sums)[number], string | number | bigint | null>>;

/** Sums of usage by quarter hour, key, member, account, model and project, which the database keeps with every row. */
export class UsageRollups {
  readonly #store: Store;
  readonly #settings: SettingsRepository;

  constructor(store: Store, settings: SettingsRepository) {
    this.#store = store;
    this.#settings = settings;
  }

  /** Whole quarter hours from the kept sums, the rest at both ends from the rows themselves. Throws `RangeError` for a time zone that does not exist. */
  async summary(question: SummaryQuestion): Promise<UsageSummary[]> {
    const { groupBy, since = 0, before } = question;
    const end = before ?? Number.MAX_SAFE_INTEGER;
    if (isByTool(question)) return merged(await this.#fromRows(question, since, end), groupBy);
    const firstSlot = Math.ceil(since / slotMs);
    const endSlot = Math.floor(end / slotMs);
    if (endSlot <= firstSlot) return merged(await this.#fromRows(question, since, end), groupBy);
    const found = [
      ...(await this.#fromRows(question, since, firstSlot * slotMs)),
      ...(await this.#fromRollups(question, firstSlot, endSlot)),
      ...(before === undefined ? [] : await this.#fromRows(question, endSlot * slotMs, end)),
    ];
    return merged(found, groupBy);
  }

  /** Compares every sum with its rows, a day at a time. */
  async check(): Promise<RollupCheck> {
    const rowsFrom = await this.rowsFrom();
    let differences = 0;
    for await (const [first, end] of this.#steps(rowsFrom)) differences += await this.#differences(first, end);
    return { differences, rowsFrom: rowsFrom === 0 ? null : rowsFrom };
  }

  /** Makes the sums anew from the rows that are still there; answers how many were wrong. */
  async rebuild(): Promise<RollupCheck> {
    const rowsFrom = await this.rowsFrom();
    let differences = 0;
    for await (const [first, end] of this.#steps(rowsFrom)) {
      const found = await this.#differences(first, end);
      differences += found;
      if (found > 0) await this.#store.write(rebuildStatements(this.#store.db, first, end), { locks: 'usage' });
    }
    return { differences, rowsFrom: rowsFrom === 0 ? null : rowsFrom };
  }

  /** Every call that began from then on still has its row. */
  async rowsFrom(): Promise<number> {
    return Number((await this.#settings.get(rowsFromSetting)) ?? 0);
  }

  /** Half-open ranges of slots, over everything that rows or sums say. */
  async *#steps(rowsFrom: number): AsyncGenerator<readonly [first: number, end: number]> {
    const { db } = this.#store;
    const rows = await db
      .selectFrom('usage')
      .select(({ fn }) => [fn.min('started_at').as('least'), fn.max('started_at').as('most')])
      .executeTakeFirst();
    const kept = await db
      .selectFrom('usage_rollups')
      .select(({ fn }) => [fn.min('slot').as('least'), fn.max('slot').as('most')])
      .where('slot', '>=', rowsFrom / slotMs)
      .executeTakeFirst();
    const firsts = [kept?.least, slotOf(rows?.least)].filter((slot) => slot !== null && slot !== undefined);
    const lasts = [kept?.most, slotOf(rows?.most)].filter((slot) => slot !== null && slot !== undefined);
    if (firsts.length === 0) return;
    const end = Math.max(...lasts.map(Number)) + 1;
    for (let first = Math.min(...firsts.map(Number)); first < end; first += slotsPerStep) {
      yield [first, Math.min(first + slotsPerStep, end)];
    }
  }

  /** One statement, so that both sides are of one moment. */
  async #differences(first: number, end: number): Promise<number> {
    const rows = fromRows(first, end);
    const kept = sql`select ${columns} from usage_rollups where slot >= ${first} and slot < ${end}`;
    const query = sql<{ total: string | number }>`select count(*) as total from (
      select * from (${rows} except ${kept}) as missing
      union all
      select * from (${kept} except ${rows}) as extra
    ) as differences`;
    const { rows: answer } = await query.execute(this.#store.db);
    return Number(answer[0]?.total ?? 0);
  }

  #fromRollups(question: SummaryQuestion, firstSlot: number, endSlot: number): Promise<UsageSummary[]> {
    return this.#sums(question, sql`usage_rollups where slot >= ${firstSlot} and slot < ${endSlot}`);
  }

  async #fromRows(question: SummaryQuestion, since: number, end: number): Promise<UsageSummary[]> {
    if (end <= since) return [];
    const [tool, byTool] = isByTool(question)
      ? [sql`, coalesce(new.user_agent, '') as tool`, sql`, new.user_agent`]
      : [sql``, sql``];
    const rows = sql`select ${sql.raw(sumsFromRows.select)}${tool} from usage as new
      where new.started_at >= ${since} and new.started_at < ${end} group by ${sql.raw(sumsFromRows.groupBy)}${byTool}`;
    return await this.#sums(question, sql`(${rows}) as part where true`);
  }

  /** `source` is what stands behind `from`, and ends with a condition. */
  async #sums(question: SummaryQuestion, source: RawBuilder<unknown>): Promise<UsageSummary[]> {
    const { groupBy, per, keyId, memberId, accountId, timeZone } = question;
    const key = keyId === undefined ? sql`` : sql` and key_id = ${keyId}`;
    const member = memberId === undefined ? sql`` : sql` and member_id = ${memberId}`;
    const account = accountId === undefined ? sql`` : sql` and account_id = ${accountId}`;
    const slots = isTime(groupBy) || isTime(per) ? await this.#slots() : noSlots;
    const [first, second] = [columnOf(groupBy), columnOf(per)];
    const buckets = [groupBy, ...(per === undefined ? [] : [per])].map((one) => bucketBy(one, timeZone, slots));
    const query = sql<Sums & { readonly group: string | number; readonly per: string | number | null }>`
      select ${first} as "group", ${second} as "per", ${sql.join(sums.map(sumOf))}
      from ${source}${key}${member}${account} group by ${sql.join(buckets)}`;
    const { rows } = await query.execute(this.#store.db);
    const nameOf = namer(groupBy, timeZone);
    const perOf = per === undefined ? () => null : namer(per, timeZone);
    return rows.map((row) => toSummary({ group: nameOf(row.group), per: perOf(row.per ?? '') }, row));
  }

  /** The slots that there are sums of; those of rows are among them. */
  async #slots(): Promise<Slots> {
    const found = await this.#store.db
      .selectFrom('usage_rollups')
      .select(({ fn }) => [fn.min('slot').as('least'), fn.max('slot').as('most')])
      .executeTakeFirst();
    return { first: Number(found?.least ?? 0), end: Number(found?.most ?? 0) + 1 };
  }
}

const columns = sql.raw(sumsFromRows.columns);

const rollupGroups = {
  model: 'model',
  key: 'key_id',
  member: 'member_id',
  account: 'account_id',
  project: 'project',
  tool: 'tool',
  day: 'slot',
  hour: 'slot',
} as const satisfies Record<UsageGroup, string>;

interface Slots {
  readonly first: number;
  readonly end: number;
}

const noSlots: Slots = { first: 0, end: 0 };

/** Which program asked is in no sum that is kept: those are as many as there are versions of programs. */
function isByTool({ groupBy, per }: Pick<SummaryQuestion, 'groupBy' | 'per'>): boolean {
  return groupBy === 'tool' || per === 'tool';
}

function isTime(group: UsageGroup | undefined): group is 'day' | 'hour' {
  return group === 'day' || group === 'hour';
}

/** A day or an hour goes by its first slot. */
function columnOf(group: UsageGroup | undefined): RawBuilder<unknown> {
  if (group === undefined) return sql`null`;
  return isTime(group) ? sql`min(slot)` : sql.ref(rollupGroups[group]);
}

function bucketBy(group: UsageGroup, timeZone: string, slots: Slots): RawBuilder<unknown> {
  return isTime(group) ? bucketOf(group, timeZone, slots) : sql.ref(rollupGroups[group]);
}

function sumOf(name: (typeof sums)[number]) {
  return sql`sum(${sql.ref(name)}) as ${sql.ref(name)}`;
}

function fromRows(first: number, end: number) {
  return sql`select ${sql.raw(sumsFromRows.select)} from usage as new
    where new.started_at >= ${first * slotMs} and new.started_at < ${end * slotMs}
    group by ${sql.raw(sumsFromRows.groupBy)}`;
}

function rebuildStatements(db: Store['db'], first: number, end: number): readonly Statement[] {
  const remove = sql`delete from usage_rollups where slot >= ${first} and slot < ${end}`;
  const insert = sql`insert into usage_rollups (${columns}) ${fromRows(first, end)}`;
  return [remove.compile(db), insert.compile(db)];
}

function slotOf(moment: number | null | undefined): number | undefined {
  return moment === null || moment === undefined ? undefined : Math.floor(Number(moment) / slotMs);
}

function namer(groupBy: UsageGroup, timeZone: string): (value: string | number) => string | null {
  if (groupBy === 'tool') return (value) => toolName(String(value));
  if (!isTime(groupBy)) return (value) => (value === '' ? null : String(value));
  const name = timeNamer(groupBy, timeZone);
  return (slot) => name(Number(slot) * slotMs);
}

/** PostgreSQL answers sums as text; a sum of nothing is null. */
function total(sum: string | number | bigint | null): number {
  return Number(sum ?? 0);
}

function toSummary(names: Pick<UsageSummary, 'group' | 'per'>, row: Sums): UsageSummary {
  return {
    ...names,
    calls: total(row.calls),
    failedCalls: total(row.failed_calls),
    unpricedCalls: total(row.unpriced_calls),
    inputTokens: total(row.input_tokens),
    outputTokens: total(row.output_tokens),
    cacheReadTokens: total(row.cache_read_tokens),
    cacheWrite5mTokens: total(row.cache_write_5m_tokens),
    cacheWrite1hTokens: total(row.cache_write_1h_tokens),
    thinkingTokens: total(row.thinking_tokens),
    webSearchRequests: total(row.web_search_requests),
    costNanoUsd: total(row.cost_nano_usd),
    billedNanoUsd: total(row.billed_nano_usd),
  };
}
