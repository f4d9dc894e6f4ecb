import { sql } from 'kysely';
import * as z from 'zod';
import { type Alert, type AlertDetail, alertKinds } from '../domain/alert.ts';
import type { Clock } from '../domain/clock.ts';
import { Feed } from '../domain/feed.ts';
import type { Row } from '../store/schema.ts';
import type { Store } from '../store/store.ts';

/** A condition that goes on. */
export interface Ongoing {
  readonly stateKey: string;
  readonly alert: Alert;
}

/** Enough for a page that was away for a while. */
const keptEvents = 500;
const mostRounds = 5;
const mostStored = 10_000;

/**
 * What was told, and what goes on. A condition has a key of its own and is told once until it recovers, however many nodes
 * see it and however often they start.
 */
export class AlertLog {
  /** Everything that is told while this process runs, also by other nodes. */
  readonly feed = new Feed<Alert>(keptEvents);
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ongoing = new Map<string, Alert>();

  private constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  static async open(store: Store, clock: Clock): Promise<AlertLog> {
    const log = new AlertLog(store, clock);
    const [newest] = await log.list({ limit: 1 });
    log.feed.beginAfter(newest?.id ?? 0);
    await log.#loadOngoing();
    return log;
  }

  isOngoing(stateKey: string): boolean {
    return this.#ongoing.has(stateKey);
  }

  ongoing(start: string): readonly Ongoing[] {
    return [...this.#ongoing]
      .filter(([stateKey]) => stateKey.startsWith(start))
      .map(([stateKey, alert]) => ({ stateKey, alert }));
  }

  /** Tells it, unless somebody did. */
  async raise(stateKey: string, detail: AlertDetail): Promise<void> {
    if (this.#ongoing.has(stateKey)) return;
    for (let round = 0; round < mostRounds; round += 1) {
      await this.#insert(stateKey, detail);
      const row = await this.#findOngoing(stateKey);
      // Another alert may have taken the number.
      if (!row) continue;
      this.#ongoing.set(stateKey, toAlert(row));
      await this.poll();
      return;
    }
  }

  /** It may be told again. */
  async recover(stateKeys: readonly string[]): Promise<void> {
    if (stateKeys.length === 0) return;
    await this.#store.db
      .updateTable('alerts')
      .set({ recovered_at: this.#clock.now() })
      .where('state_key', 'in', stateKeys)
      .where('recovered_at', 'is', null)
      .execute();
    for (const stateKey of stateKeys) this.#ongoing.delete(stateKey);
  }

  /** Newest first. */
  async list({ limit, before }: { readonly limit: number; readonly before?: number | undefined }): Promise<Alert[]> {
    const rows = await this.#store.db
      .selectFrom('alerts')
      .selectAll()
      .where('id', '<', before ?? Number.MAX_SAFE_INTEGER)
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    return rows.map(toAlert);
  }

  /** Publishes what other nodes told too, in its order. */
  async poll(): Promise<void> {
    const rows = await this.#store.db
      .selectFrom('alerts')
      .selectAll()
      .where('id', '>', this.feed.last)
      .orderBy('id')
      .limit(keptEvents)
      .execute();
    for (const row of rows) {
      if (row.recovered_at === null) this.#ongoing.set(row.state_key, toAlert(row));
      this.feed.publish(toAlert(row));
    }
  }

  /** What recovered, at another node too, and old ones. */
  async tidy(): Promise<void> {
    await this.#loadOngoing();
    const oldest = this.feed.last - mostStored;
    if (oldest <= 0) return;
    await this.#store.db.deleteFrom('alerts').where('id', '<', oldest).where('recovered_at', 'is not', null).execute();
  }

  async #loadOngoing(): Promise<void> {
    const rows = await this.#store.db.selectFrom('alerts').selectAll().where('recovered_at', 'is', null).execute();
    this.#ongoing.clear();
    for (const row of rows) this.#ongoing.set(row.state_key, toAlert(row));
  }

  async #insert(stateKey: string, detail: AlertDetail): Promise<void> {
    const { db } = this.#store;
    await db
      .insertInto('alerts')
      .columns(['id', 'state_key', 'at', 'detail', 'recovered_at'])
      .expression((eb) =>
        eb
          .selectFrom('alerts')
          .select([
            sql<number>`coalesce(max(id), 0) + 1`.as('id'),
            // PostgreSQL cannot tell the type of a parameter here.
            sql<string>`cast(${stateKey} as text)`.as('state_key'),
            sql<number>`cast(${this.#clock.now()} as bigint)`.as('at'),
            sql<string>`cast(${JSON.stringify(detail)} as text)`.as('detail'),
            sql<null>`cast(null as bigint)`.as('recovered_at'),
          ])
          // Or SQLite takes what follows for a join.
          .where(sql<boolean>`true`),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  async #findOngoing(stateKey: string): Promise<Row<'alerts'> | undefined> {
    return await this.#store.db
      .selectFrom('alerts')
      .selectAll()
      .where('state_key', '=', stateKey)
      .where('recovered_at', 'is', null)
      .executeTakeFirst();
  }
}

const detail = z.object({
  kind: z.enum(alertKinds),
  subjectId: z.string(),
  subjectName: z.string(),
  otherName: z.string().optional(),
  window: z.string().optional(),
  percent: z.number().optional(),
  used: z.number(),
  limit: z.number(),
  measure: z.enum(['cost', 'tokens', 'requests', 'share']),
  runsOutAt: z.number().optional(),
  resetsAt: z.number().optional(),
});

function toAlert(row: Row<'alerts'>): Alert {
  return { id: Number(row.id), at: row.at, ...detail.parse(JSON.parse(row.detail)) };
}
