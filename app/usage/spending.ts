import { sql } from 'kysely';
import type { Store } from '../store/store.ts';
import type { UsageRollups } from './rollups.ts';

/** What a key's calls of one model came to, in one part of time. */
export interface Spending {
  /** When the part begins, epoch milliseconds. */
  readonly at: number;
  readonly model: string;
  readonly requests: number;
  readonly tokens: number;
  /** Nano-dollars; calls without a known price add nothing. */
  readonly cost: number;
}

export interface SpendingQuestion {
  readonly keyId: string;
  readonly since: number;
  /** How long a part is; everything is one part when left out. */
  readonly stepMs?: number | undefined;
}

/** What was spent, from the calls that are stored: for live sums that were lost. */
export class UsageSpending {
  readonly #db: Store['db'];
  readonly #rollups: UsageRollups;

  constructor(store: Store, rollups: UsageRollups) {
    this.#db = store.db;
    this.#rollups = rollups;
  }

  async read({ keyId, since, stepMs }: SpendingQuestion): Promise<readonly Spending[]> {
    return stepMs === undefined ? await this.#inOne(keyId, since) : await this.#inParts(keyId, since, stepMs);
  }

  async #inOne(keyId: string, since: number): Promise<readonly Spending[]> {
    const sums = await this.#rollups.summary({ groupBy: 'model', keyId, since, timeZone: 'UTC' });
    return sums.map((one) => ({
      at: since,
      model: one.group ?? '',
      requests: one.calls,
      tokens:
        one.inputTokens + one.outputTokens + one.cacheReadTokens + one.cacheWrite5mTokens + one.cacheWrite1hTokens,
      cost: one.costNanoUsd,
    }));
  }

  async #inParts(keyId: string, since: number, stepMs: number): Promise<readonly Spending[]> {
    const part = sql<number>`started_at / ${sql.lit(stepMs)}`;
    const tokens = sql<
      number | string
    >`sum(input_tokens + output_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens)`;
    const rows = await this.#db
      .selectFrom('usage')
      .select(({ fn }) => [
        part.as('part'),
        'model',
        fn.countAll().as('requests'),
        tokens.as('tokens'),
        fn.sum('cost_nano_usd').as('cost'),
      ])
      .where('key_id', '=', keyId)
      .where('started_at', '>=', since)
      .groupBy([part, 'model'])
      .execute();
    return rows.map((row) => ({
      at: Number(row.part) * stepMs,
      model: row.model,
      requests: Number(row.requests),
      tokens: Number(row.tokens),
      cost: Number(row.cost ?? 0),
    }));
  }
}
