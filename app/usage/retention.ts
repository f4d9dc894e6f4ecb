import { setImmediate as nextTurn } from 'node:timers/promises';
import * as z from 'zod';
import { slotMs } from '../store/rollup-sql.ts';
import type { SettingsRepository } from '../store/settings.ts';
import type { Store } from '../store/store.ts';
import { rowsFromSetting } from './rollups.ts';

/** How long the rows of single calls are kept; their sums stay for good. Absent: for ever. */
const retention = z.object({
  days: z.int().min(1).max(36_500).optional(),
  maxRows: z.int().min(1_000).max(1_000_000_000).optional(),
});
export type Retention = Readonly<z.infer<typeof retention>>;

const setting = 'usage.retention';
const dayMs = 86_400_000;
/** One statement holds the database about as long as a call's row takes a hundred times. */
const chunkRows = 200;

/** Removes old usage rows a little at a time, so that no call has to wait for it. */
export class UsageRetention {
  readonly #store: Store;
  readonly #settings: SettingsRepository;

  constructor(store: Store, settings: SettingsRepository) {
    this.#store = store;
    this.#settings = settings;
  }

  async read(): Promise<Retention> {
    const stored = await this.#settings.get(setting);
    return stored === undefined ? {} : (retention.safeParse(JSON.parse(stored)).data ?? {});
  }

  /** What is undefined is kept for ever. */
  async set(value: { readonly [Field in keyof Retention]: Retention[Field] | undefined }): Promise<void> {
    await this.#settings.set(setting, JSON.stringify(value));
  }

  /** Answers how many rows went. Stops early when `isWanted` says so. */
  async apply(nowMs: number, isWanted: () => boolean = () => true): Promise<number> {
    const cutoff = Math.floor((await this.#cutoff(nowMs)) / slotMs) * slotMs;
    if (cutoff <= 0) return 0;
    // First: from here on the sums of that time have no rows to be compared with.
    await this.#settings.set(
      rowsFromSetting,
      String(Math.max(cutoff, Number(await this.#settings.get(rowsFromSetting)) || 0)),
    );
    let removed = 0;
    for (let step = chunkRows; step === chunkRows && isWanted(); removed += step) {
      step = await this.#removeSome(cutoff);
      await nextTurn();
    }
    return removed;
  }

  /** Rows older than this moment go. */
  async #cutoff(nowMs: number): Promise<number> {
    const { days, maxRows } = await this.read();
    const byAge = days === undefined ? 0 : nowMs - days * dayMs;
    const byCount = maxRows === undefined ? 0 : await this.#startOfLast(maxRows);
    return Math.max(byAge, byCount);
  }

  async #startOfLast(rows: number): Promise<number> {
    const found = await this.#store.db
      .selectFrom('usage')
      .select('started_at')
      .orderBy('started_at', 'desc')
      .offset(rows - 1)
      .limit(1)
      .executeTakeFirst();
    return found?.started_at ?? 0;
  }

  async #removeSome(cutoff: number): Promise<number> {
    const { numDeletedRows } = await this.#store.db
      .deleteFrom('usage')
      .where('request_id', 'in', (query) =>
        query
          .selectFrom('usage')
          .select('request_id')
          .where('started_at', '<', cutoff)
          .orderBy('started_at')
          .limit(chunkRows),
      )
      .executeTakeFirst();
    return Number(numDeletedRows);
  }
}
