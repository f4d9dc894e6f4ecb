import * as z from 'zod';
import { newId } from '../domain/ids.ts';
import type { Statement, Store } from '../store/store.ts';
import type { AccountState, Health, Reason, ScopedLimit } from './account.ts';
import { reason, scopedLimit } from './reason-schema.ts';

/** What an account became at one moment. */
export interface TimelineEntry {
  readonly at: number;
  readonly state: AccountState;
  readonly reason?: Reason | undefined;
  /** When it ends by itself. Its end is not an entry of its own. */
  readonly until?: number | undefined;
  /** Limits of parts of the account. */
  readonly limits?: readonly ScopedLimit[] | undefined;
}

/** One thing that went wrong with an account. */
export interface AccountError {
  readonly at: number;
  readonly requestId: string;
  readonly model: string;
  readonly fault: string;
  readonly status?: number | undefined;
  readonly detail?: string | undefined;
}

/** Rows that are kept for each account. */
const kept = { account_timeline: 200, account_errors: 500 } as const;

const stored = z.object({
  state: z.enum(['active', 'cooling-down', 'limited', 'needs-sign-in', 'blocked', 'paused', 'expired']),
  reason: reason.optional(),
  until: z.number().optional(),
  limits: z.array(scopedLimit).optional(),
});

export function entryOf(health: Health): TimelineEntry {
  const { changedAt, state, until, limits } = health;
  return {
    at: changedAt,
    state,
    reason: health.reason,
    until,
    limits: limits.length === 0 ? undefined : limits,
  };
}

/** The local history of accounts: a bounded number of rows for each. */
export class AccountTimeline {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** For whoever writes them together with what caused them. */
  statements(accountId: string, { at, ...entry }: TimelineEntry): readonly Statement[] {
    const { db } = this.#store;
    const row = { id: newId('evt', at), account_id: accountId, at, entry: JSON.stringify(entry) };
    return [db.insertInto('account_timeline').values(row).compile(), this.#forgetOld('account_timeline', accountId)];
  }

  errorStatements(accountId: string, error: AccountError): readonly Statement[] {
    const { db } = this.#store;
    const row = {
      id: newId('evt', error.at),
      account_id: accountId,
      at: error.at,
      request_id: error.requestId,
      model: error.model.slice(0, 200).replaceAll('\0', ''),
      fault: error.fault,
      status: error.status ?? null,
      detail: error.detail?.slice(0, 500).replaceAll('\0', '') ?? null,
    };
    return [db.insertInto('account_errors').values(row).compile(), this.#forgetOld('account_errors', accountId)];
  }

  /** Newest first. */
  async list(accountId: string, limit: number): Promise<TimelineEntry[]> {
    const rows = await this.#store.db
      .selectFrom('account_timeline')
      .select(['at', 'entry'])
      .where('account_id', '=', accountId)
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    // What another version wrote may be left out; the history explains, it decides nothing.
    return rows.flatMap(({ at, entry }) => {
      const parsed = stored.safeParse(JSON.parse(entry));
      return parsed.success ? [{ at, ...parsed.data }] : [];
    });
  }

  /** Newest first. */
  async errors(accountId: string, limit: number): Promise<AccountError[]> {
    const rows = await this.#store.db
      .selectFrom('account_errors')
      .selectAll()
      .where('account_id', '=', accountId)
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      at: row.at,
      requestId: row.request_id,
      model: row.model,
      fault: row.fault,
      status: row.status ?? undefined,
      detail: row.detail ?? undefined,
    }));
  }

  /** When something went wrong since then, by account. */
  async errorTimes(since: number): Promise<ReadonlyMap<string, readonly number[]>> {
    const rows = await this.#store.db
      .selectFrom('account_errors')
      .select(['account_id', 'at'])
      .where('at', '>=', since)
      .execute();
    const byAccount = Map.groupBy(rows, ({ account_id }) => account_id);
    return new Map([...byAccount].map(([id, found]) => [id, found.map(({ at }) => Number(at))]));
  }

  /** For the removal of an account. */
  forgetStatements(accountId: string): readonly Statement[] {
    const { db } = this.#store;
    return [
      db.deleteFrom('account_timeline').where('account_id', '=', accountId).compile(),
      db.deleteFrom('account_errors').where('account_id', '=', accountId).compile(),
      db.deleteFrom('account_limits').where('account_id', '=', accountId).compile(),
      db.deleteFrom('account_group_members').where('account_id', '=', accountId).compile(),
    ];
  }

  #forgetOld(table: keyof typeof kept, accountId: string): Statement {
    const { db } = this.#store;
    const oldest = db
      .selectFrom(table)
      .select('at')
      .where('account_id', '=', accountId)
      .orderBy('at', 'desc')
      .limit(1)
      .offset(kept[table] - 1);
    return db.deleteFrom(table).where('account_id', '=', accountId).where('at', '<', oldest).compile();
  }
}
