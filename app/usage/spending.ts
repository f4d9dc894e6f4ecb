import { sql } from 'kysely';
import * as z from 'zod';
import { slotMs } from '../store/rollup-sql.ts';
import type { Store } from '../store/store.ts';
import { hasLoser } from '../store/who-pays.ts';
import type { UsageRollups } from './rollups.ts';
import type { UsageRow } from './row.ts';

/** What calls of one model came to, in one part of time. */
export interface Spending {
  /** When the part begins, epoch milliseconds. */
  readonly at: number;
  readonly model: string;
  readonly requests: number;
  readonly tokens: number;
  /** Nano-dollars; calls without a known price add nothing. What is billed for a key, and what it cost for an account. */
  readonly cost: number;
}

/** What one call came to, the key that made it, whose that is, and the account that served it. */
export interface CallSpending extends Spending {
  readonly keyId: string | null;
  readonly memberId: string | null;
  readonly accountId: string | null;
  readonly billed: number;
  /** What tries that another one beat cost other accounts. */
  readonly losers: readonly LoserSpending[];
}

export type LoserSpending = Spending & { readonly accountId: string };

/** Of the calls of one key or one member, or of those that one account served. */
export type SpendingOf = { readonly keyId: string } | { readonly memberId: string } | { readonly accountId: string };

export type SpendingQuestion = SpendingOf & {
  readonly since: number;
  /** How long a part is; everything is one part when left out. */
  readonly stepMs?: number | undefined;
};

export function spendingOf(row: UsageRow): CallSpending {
  return {
    ...{ keyId: row.key_id, memberId: row.member_id, accountId: row.account_id },
    ...{ at: row.started_at, model: row.model, requests: 1, cost: row.cost_nano_usd ?? 0 },
    billed: row.billed_nano_usd ?? row.cost_nano_usd ?? 0,
    tokens:
      row.input_tokens +
      row.output_tokens +
      row.cache_read_tokens +
      row.cache_write_5m_tokens +
      row.cache_write_1h_tokens,
    losers: losersOf(row),
  };
}

const attempts = z.array(
  z.object({ accountId: z.string(), isCancelled: z.boolean().optional(), costNanoUsd: z.number().optional() }),
);

/** They are no calls of their own: they count as a request and what they cost, for their account alone. */
function losersOf(row: Pick<UsageRow, 'started_at' | 'model' | 'account_id' | 'attempts'>): readonly LoserSpending[] {
  if (!row.attempts.includes('"isCancelled":true')) return [];
  return attempts
    .parse(JSON.parse(row.attempts))
    .filter(({ accountId, isCancelled }) => isCancelled && accountId !== row.account_id)
    .map(({ accountId, costNanoUsd: cost = 0 }) => {
      return { accountId, at: row.started_at, model: row.model, requests: 1, tokens: 0, cost };
    });
}

/** What was spent, from the calls that are stored: for live sums that were lost. */
export class UsageSpending {
  readonly #db: Store['db'];
  readonly #rollups: UsageRollups;

  constructor(store: Store, rollups: UsageRollups) {
    this.#db = store.db;
    this.#rollups = rollups;
  }

  /** Where the calls themselves are gone, their sums tell: up to a quarter of an hour more than there was, never less. */
  async read(question: SpendingQuestion): Promise<readonly Spending[]> {
    const spent = await this.#ofCalls(question);
    return 'accountId' in question ? [...spent, ...(await this.#ofLosers(question))] : spent;
  }

  /** NOTE: sums have none of it: with its call a loser is gone too. */
  async #ofLosers({ accountId, since }: { readonly accountId: string; readonly since: number }): Promise<Spending[]> {
    const rows = await this.#db
      .selectFrom('usage')
      .select(['started_at', 'model', 'account_id', 'attempts'])
      .where('started_at', '>=', since)
      .where(sql.raw<boolean>(hasLoser))
      .execute();
    return rows.flatMap(losersOf).filter((loser) => loser.accountId === accountId);
  }

  async #ofCalls({ since, stepMs, ...of }: SpendingQuestion): Promise<readonly Spending[]> {
    const rowsFrom = await this.#rollups.rowsFrom();
    const whole = Math.floor(since / slotMs);
    const from = since < rowsFrom ? whole * slotMs : since;
    if (stepMs === undefined) return await this.#inOne(of, from);
    const parts = await this.#inParts({ ...of, since: Math.max(since, rowsFrom), stepMs });
    if (since >= rowsFrom) return parts;
    return [...(await this.#ofGone({ ...of, since: whole, stepMs }, rowsFrom)), ...parts];
  }

  async #inOne(of: SpendingOf, since: number): Promise<readonly Spending[]> {
    const sums = await this.#rollups.summary({ groupBy: 'model', ...of, since, timeZone: 'UTC' });
    return sums.map((one) => ({
      at: since,
      model: one.group ?? '',
      requests: one.calls,
      tokens:
        one.inputTokens + one.outputTokens + one.cacheReadTokens + one.cacheWrite5mTokens + one.cacheWrite1hTokens,
      cost: 'accountId' in of ? one.costNanoUsd : one.billedNanoUsd,
    }));
  }

  async #inParts({ since, stepMs, ...of }: PartsQuestion): Promise<readonly Spending[]> {
    const part = sql<number>`started_at / ${sql.lit(stepMs)}`;
    const rows = await this.#db
      .selectFrom('usage')
      .select(({ fn }) => [
        part.as('part'),
        'model',
        fn.countAll().as('requests'),
        tokens.as('tokens'),
        sql<number | string | null>`sum(${costOf(of)})`.as('cost'),
      ])
      .where(isOf(of))
      .where('started_at', '>=', since)
      .groupBy([part, 'model'])
      .execute();
    return rows.map((row) => toSpending(row, stepMs));
  }

  /** Each quarter of an hour counts as if all of it were at its end. */
  async #ofGone({ since: firstSlot, stepMs, ...of }: PartsQuestion, rowsFrom: number): Promise<readonly Spending[]> {
    const part = sql<number>`(slot * ${sql.lit(slotMs)} + ${sql.lit(slotMs - 1)}) / ${sql.lit(stepMs)}`;
    const rows = await this.#db
      .selectFrom('usage_rollups')
      .select(({ fn }) => [
        part.as('part'),
        'model',
        fn.sum('calls').as('requests'),
        tokens.as('tokens'),
        sql<number | string | null>`sum(${costOf(of)})`.as('cost'),
      ])
      .where(isOf(of))
      .where('slot', '>=', firstSlot)
      .where('slot', '<', Math.floor(rowsFrom / slotMs))
      .groupBy([part, 'model'])
      .execute();
    return rows.map((row) => toSpending(row, stepMs));
  }
}

function isOf(of: SpendingOf) {
  if ('memberId' in of) return sql<boolean>`member_id = ${of.memberId}`;
  return 'keyId' in of ? sql<boolean>`key_id = ${of.keyId}` : sql<boolean>`account_id = ${of.accountId}`;
}

/** Keys and their members pay what is billed; what an account spends is what its upstream takes. */
function costOf(of: SpendingOf) {
  return 'accountId' in of ? sql<number>`cost_nano_usd` : sql<number>`coalesce(billed_nano_usd, cost_nano_usd)`;
}

type PartsQuestion = SpendingQuestion & { readonly stepMs: number };

const tokens = sql<
  number | string
>`sum(input_tokens + output_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens)`;

interface SumsOfPart {
  readonly part: number;
  readonly model: string;
  readonly requests: number | string | bigint;
  readonly tokens: number | string;
  readonly cost: number | string | bigint | null;
}

/** PostgreSQL answers sums as text. */
function toSpending({ part, model, requests, tokens: used, cost }: SumsOfPart, stepMs: number): Spending {
  return {
    ...{ at: Number(part) * stepMs, model },
    ...{ requests: Number(requests), tokens: Number(used), cost: Number(cost ?? 0) },
  };
}
