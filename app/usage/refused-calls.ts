import { sql } from 'kysely';
import type { Clock } from '../domain/clock.ts';
import type { Row } from '../store/schema.ts';
import type { Statement, Store } from '../store/store.ts';

/** A call that was turned away before it was admitted: it has no usage row. */
export interface RefusedCall {
  readonly at: number;
  /** Of the key that was sent, where it is one of ours. */
  readonly keyId?: string | undefined;
  /** `ErrorKind`; rows of other versions may say another. */
  readonly reason: string;
  readonly message: string;
  readonly address?: string | undefined;
  readonly route: string;
  readonly userAgent?: string | undefined;
}

/** How often one key was refused for one reason from one address in an hour, and the last of them. */
export interface Refusals extends RefusedCall {
  readonly calls: number;
}

export interface RefusalsQuestion {
  readonly limit: number;
  readonly since?: number | undefined;
  /** The last one was before this. */
  readonly before?: number | undefined;
  readonly keyId?: string | undefined;
  readonly reason?: string | undefined;
}

const hourMs = 3_600_000;
const writeEveryMs = 10_000;
/** Somebody who guesses from many addresses fills no memory and no database. */
const maxKinds = 1_000;
const maxMessage = 300;
const maxUserAgent = 200;
const keptMs = 30 * 24 * hourMs;

/** Calls that were refused, counted by the hour. A refusal only leaves it in memory; what is new is written soon after. */
export class RefusedCalls {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  #unwritten = new Map<string, Refusals>();
  #cancel: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(store: Store, clock: Clock, warn: (message: string) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#warn = warn;
  }

  note(call: RefusedCall): void {
    const isFull = this.#unwritten.size >= maxKinds;
    const kept = isFull ? { ...call, address: undefined } : call;
    const id = JSON.stringify([slotOf(kept.at), kept.keyId, kept.reason, kept.address]);
    this.#unwritten.set(id, { ...kept, calls: (this.#unwritten.get(id)?.calls ?? 0) + 1 });
    this.#cancel ??= this.#clock.after(writeEveryMs, () => {
      this.#cancel = undefined;
      this.#writing = this.#write();
    });
  }

  /** The latest first, also what is not written yet. */
  async list({ limit, since, before, keyId, reason }: RefusalsQuestion): Promise<Refusals[]> {
    await this.#writing;
    await this.#write();
    let query = this.#store.db.selectFrom('refused_calls').selectAll();
    if (since !== undefined) query = query.where('last_at', '>=', since);
    if (before !== undefined) query = query.where('last_at', '<', before);
    if (keyId !== undefined) query = query.where('key_id', '=', keyId);
    if (reason !== undefined) query = query.where('reason', '=', reason);
    return (await query.orderBy('last_at', 'desc').limit(limit).execute()).map(toRefusals);
  }

  /** Removes what is too old to matter. */
  async forget(): Promise<void> {
    const first = slotOf(this.#clock.now() - keptMs);
    await this.#store.db.deleteFrom('refused_calls').where('slot', '<', first).execute();
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    this.#cancel?.();
    await this.#writing;
    await this.#write();
  }

  async #write(): Promise<void> {
    const noted = this.#unwritten;
    if (noted.size === 0) return;
    // Counts are added up: what comes while we write must not be in both.
    this.#unwritten = new Map();
    try {
      await this.#store.write([...noted.values()].map((one) => this.#upsert(one)));
    } catch (error) {
      this.#warn(`Refused calls could not be written down: ${String(error)}`);
    }
  }

  #upsert({ at, keyId = '', reason, message, address = '', route, userAgent, calls }: Refusals): Statement {
    const last = {
      ...{ last_at: at, message: message.slice(0, maxMessage), route },
      user_agent: userAgent?.slice(0, maxUserAgent) ?? null,
    };
    return this.#store.db
      .insertInto('refused_calls')
      .values({ slot: slotOf(at), key_id: keyId, reason, address, calls, ...last })
      .onConflict((conflict) =>
        conflict.columns(['slot', 'key_id', 'reason', 'address']).doUpdateSet({
          calls: sql<number>`refused_calls.calls + excluded.calls`,
          ...last,
        }),
      )
      .compile();
  }
}

function slotOf(moment: number): number {
  return Math.floor(moment / hourMs);
}

function toRefusals(row: Row<'refused_calls'>): Refusals {
  return {
    at: Number(row.last_at),
    keyId: row.key_id || undefined,
    reason: row.reason,
    message: row.message,
    address: row.address || undefined,
    route: row.route,
    userAgent: row.user_agent ?? undefined,
    calls: Number(row.calls),
  };
}
