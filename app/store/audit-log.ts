import { newId } from '../domain/ids.ts';
import type { AuditedChange } from './audit-scope.ts';
import type { Row } from './schema.ts';
import type { Store } from './store.ts';

export interface AuditEntry {
  readonly id: string;
  readonly at: number;
  readonly actor: string;
  readonly actorId: string | null;
  readonly address: string | null;
  readonly action: string;
  readonly kind: string;
  readonly object: string;
  readonly before: unknown;
  readonly after: unknown;
}

export interface AuditQuestion {
  readonly limit: number;
  /** Older than this entry. */
  readonly before?: string | undefined;
  readonly kind?: string | undefined;
  readonly object?: string | undefined;
  readonly action?: string | undefined;
}

export interface Refusal {
  readonly at: number;
  readonly address: string | undefined;
  readonly action: string;
  /** How many of its kind it stands for. */
  readonly count: number;
}

export interface Noted {
  readonly kind: string;
  readonly object: string;
  readonly after: unknown;
}

const chunkRows = 500;

/** Reads the record of changes, and forgets what is too old. The changes write it themselves: see `audit-write.ts`. */
export class AuditLog {
  readonly #db: Store['db'];

  constructor(store: Store) {
    this.#db = store.db;
  }

  /** Newest first. */
  async list({ limit, before, kind, object, action }: AuditQuestion): Promise<AuditEntry[]> {
    let query = this.#db.selectFrom('audit').selectAll();
    if (before !== undefined) query = query.where('id', '<', before);
    if (kind !== undefined) query = query.where('kind', '=', kind);
    if (object !== undefined) query = query.where('object', '=', object);
    if (action !== undefined) query = query.where('action', '=', action);
    return (await query.orderBy('id', 'desc').limit(limit).execute()).map(toEntry);
  }

  /** Somebody was not let in. */
  async refused({ at, address, action, count }: Refusal): Promise<void> {
    await this.#db
      .insertInto('audit')
      .values({
        ...{ id: newId('aud', at), at, actor: 'nobody', actor_id: null, address: address ?? null, action },
        ...{ kind: 'sign-in', object: '', before: null, after: JSON.stringify({ refused: count }) },
      })
      .execute();
  }

  /** What was changed outside of the database. */
  async noted({ actor, action, at, ...what }: AuditedChange & Noted): Promise<void> {
    const { kind, object, after } = what;
    await this.#db
      .insertInto('audit')
      .values({
        ...{ id: newId('aud', at), at, actor: actor.kind, actor_id: actor.id ?? null, address: actor.address ?? null },
        ...{ action, kind, object, before: null, after: JSON.stringify(after) },
      })
      .execute();
  }

  /** Answers how many entries went. */
  async forget(olderThan: number): Promise<number> {
    let removed = 0;
    for (let step = chunkRows; step === chunkRows; removed += step) {
      const old = this.#db.selectFrom('audit').select('id').where('at', '<', olderThan).orderBy('at').limit(chunkRows);
      const { numDeletedRows } = await this.#db.deleteFrom('audit').where('id', 'in', old).executeTakeFirst();
      step = Number(numDeletedRows);
    }
    return removed;
  }
}

function toEntry(row: Row<'audit'>): AuditEntry {
  const { id, at, actor, actor_id: actorId, address, action, kind, object } = row;
  const json = (text: string | null): unknown => (text === null ? null : JSON.parse(text));
  return { id, at, actor, actorId, address, action, kind, object, before: json(row.before), after: json(row.after) };
}
