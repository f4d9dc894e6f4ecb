import { sql } from 'kysely';
import type { Clock } from '../domain/clock.ts';
import type { RouteId } from '../protocols/protocol.ts';
import type { Row } from '../store/schema.ts';
import { type Statement, type Store, StoreBusy } from '../store/store.ts';

/** Where the things are that a call names at its upstream. */
export type Placement =
  | {
      readonly kind: 'held';
      readonly accountId: string;
      /** The route of the call that made it. */
      readonly madeBy: string;
      /** Made by a call of this key, not only named by one that was served. */
      readonly isOwn: boolean;
      /** What it is billed with, when that was noted. */
      readonly multiplier?: number | undefined;
    }
  /** Nobody remembers any of it. */
  | { readonly kind: 'unknown' }
  /** A call of another key made it. */
  | { readonly kind: 'foreign' }
  /** Different accounts hold different parts of it. */
  | { readonly kind: 'split' };

/** Something that a served call made or named. */
export interface StateNote {
  readonly keyId: string;
  readonly id: string;
  readonly accountId: string;
  readonly madeBy: RouteId;
  readonly isMade: boolean;
  /** What it will be billed with; what was noted first stays. */
  readonly multiplier?: number | undefined;
}

interface Pin {
  readonly accountId: string;
  readonly madeBy: string;
  readonly isOwn: boolean;
  readonly multiplier?: number | undefined;
  readonly expiresAt: number;
}

const dayMs = 24 * 3_600_000;
/** Vendors keep a response and the results of a batch for 30 days; each use prolongs what we remember. */
const usualLifeMs = 30 * dayMs;
/** Files stay until somebody deletes them. */
const fileLifeMs = 400 * dayMs;
const lifeMs: Readonly<Partial<Record<RouteId, number>>> = { files: fileLifeMs, 'openai-files': fileLifeMs };
const maxPins = 50_000;
const sweepEveryMs = 6 * 3_600_000;
const sweepRows = 500;
/** As a parameter list for the store: few lengths make few statements. */
const lookupSizes = [1, 8, 64] as const;

/**
 * Which account holds what a later call may name: responses and their items, conversations, containers, files, batches.
 * Scoped by key, as sessions are: an id is no secret, and must not reach into another key's things. It is kept in SQL,
 * because without it whatever a client stored is lost to it; memory answers for what this node has just seen.
 */
export class ServerState {
  readonly #store: Store;
  readonly #clock: Clock;
  /** The one that was used longest ago comes first. */
  readonly #pins = new Map<string, Pin>();
  #cancelSweep: () => void = () => undefined;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** What is known in memory costs no read. An unreachable database counts as nobody remembering. */
  locate(keyId: string, ids: readonly string[]): Placement | Promise<Placement> {
    const named = ids.filter(isStorable);
    const pins = named.map((id) => this.#recall(keyId, id));
    if (pins.every((pin) => pin !== undefined)) return placementOf(pins);
    return this.#look(keyId, named);
  }

  /** The account where this key last made something of these kinds: its next one belongs beside it. */
  async home(keyId: string, madeBy: readonly RouteId[]): Promise<string | undefined> {
    if (madeBy.length === 0) return undefined;
    const last = this.#store.db
      .selectFrom('server_state')
      .select('account_id')
      .where('key_id', '=', keyId)
      .where('kind', 'in', [...madeBy])
      .where('is_made', '=', 1)
      .orderBy('created_at', 'desc')
      .limit(1);
    return (await unlessBusy(last.executeTakeFirst()))?.account_id;
  }

  /** Those of the ids that calls of this key made or named at this account; none while nobody can tell. */
  async ownOf(keyId: string, accountId: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const own = new Set<string>();
    for (const part of parts(ids.filter(isStorable))) {
      const rows = await unlessBusy(this.#rows(part));
      for (const row of rows ?? []) if (row.key_id === keyId && row.account_id === accountId) own.add(row.id);
    }
    return own;
  }

  /** Remembers at once; answers what stores it, to be written together with the call's row. Empty when nothing is new. */
  note(note: StateNote): readonly Statement[] {
    const { keyId, id, accountId, madeBy, isMade } = note;
    if (!isStorable(id)) return [];
    const now = this.#clock.now();
    const before = this.#pins.get(pinName(keyId, id));
    const life = lifeMs[madeBy] ?? usualLifeMs;
    const isFresh = before?.accountId === accountId && before.expiresAt > now + life - dayMs;
    if (!isMade && isFresh) return [];
    const known = before?.accountId === accountId ? before : undefined;
    // What a call only names lives as long as it did before, counted from now.
    const expiresAt = Math.max(now + life, known?.expiresAt ?? 0);
    const isOwn = isMade || (known?.isOwn ?? false);
    const multiplier = known?.multiplier ?? note.multiplier;
    const made = known && !isMade ? known.madeBy : madeBy;
    this.#remember(keyId, id, { accountId, madeBy: made, isOwn, multiplier, expiresAt });
    return [this.#statement(note, { now, expiresAt })];
  }

  /** Forgets what has run out, now and every few hours, in small pieces. Call the answer to stop. */
  startSweeping(): () => void {
    const again = () => {
      this.#cancelSweep = this.#clock.after(
        sweepEveryMs,
        () =>
          void this.sweep()
            .catch(() => undefined)
            .then(again),
      );
    };
    void this.sweep()
      .catch(() => undefined)
      .then(again);
    return () => this.#cancelSweep();
  }

  async sweep(): Promise<number> {
    let total = 0;
    for (;;) {
      const gone = await this.#sweepPiece();
      total += gone;
      if (gone < sweepRows) return total;
    }
  }

  async #sweepPiece(): Promise<number> {
    const { db } = this.#store;
    const old = db
      .selectFrom('server_state')
      .select(['id', 'key_id'])
      .where('expires_at', '<', this.#clock.now())
      .orderBy('expires_at')
      .limit(sweepRows);
    const { numAffectedRows } = await sql`delete from server_state where (id, key_id) in (${old})`.execute(db);
    return Number(numAffectedRows ?? 0);
  }

  async #look(keyId: string, ids: readonly string[]): Promise<Placement> {
    const found = await unlessBusy(Promise.all(parts(ids).map((part) => this.#rows(part))));
    const rows = (found ?? []).flat();
    const mine = rows.filter((row) => row.key_id === keyId);
    for (const row of mine) this.#remember(keyId, row.id, toPin(row));
    const others = rows.filter((row) => row.key_id !== keyId && row.is_made === 1);
    if (others.some(({ id }) => !mine.some((row) => row.id === id))) return { kind: 'foreign' };
    return placementOf(mine.map(toPin));
  }

  #rows(ids: readonly string[]) {
    const size = lookupSizes.find((length) => length >= ids.length) ?? ids.length;
    const padded = Array.from({ length: size }, (_, index) => ids[Math.min(index, ids.length - 1)] ?? '');
    return this.#store.db
      .selectFrom('server_state')
      .selectAll()
      .where('id', 'in', padded)
      .where('expires_at', '>', this.#clock.now())
      .execute();
  }

  #statement(
    { keyId, id, accountId, madeBy, isMade, multiplier }: StateNote,
    at: { now: number; expiresAt: number },
  ): Statement {
    const row = { id, key_id: keyId, account_id: accountId, kind: madeBy, is_made: Number(isMade) };
    const used = { account_id: accountId, expires_at: at.expiresAt };
    return this.#store.db
      .insertInto('server_state')
      .values({ ...row, created_at: at.now, expires_at: at.expiresAt, multiplier: multiplier ?? null })
      .onConflict((conflict) =>
        conflict.columns(['id', 'key_id']).doUpdateSet(isMade ? { ...used, kind: madeBy, is_made: 1 } : used),
      )
      .compile();
  }

  #recall(keyId: string, id: string): Pin | undefined {
    const pin = this.#pins.get(pinName(keyId, id));
    if (!pin || pin.expiresAt <= this.#clock.now()) return undefined;
    this.#remember(keyId, id, pin);
    return pin;
  }

  #remember(keyId: string, id: string, pin: Pin): void {
    const name = pinName(keyId, id);
    this.#pins.delete(name);
    const [oldest] = this.#pins.size >= maxPins ? this.#pins.keys() : [];
    if (oldest !== undefined) this.#pins.delete(oldest);
    this.#pins.set(name, pin);
  }
}

/** A call is rather served by what memory knows than failed by a database that cannot be asked now. */
async function unlessBusy<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof StoreBusy) return undefined;
    throw error;
  }
}

/** Key ids contain no blank, so no id reaches into another key. */
function pinName(keyId: string, id: string): string {
  return `${keyId} ${id}`;
}

/** Ids come from clients and upstreams; those that are none are not worth a row. */
function isStorable(id: string): boolean {
  return /^[!-~]{1,256}$/.test(id);
}

function placementOf(pins: readonly Pin[]): Placement {
  const [first] = pins;
  if (!first) return { kind: 'unknown' };
  if (pins.some(({ accountId }) => accountId !== first.accountId)) return { kind: 'split' };
  const { accountId, madeBy, multiplier } = first;
  return { kind: 'held', accountId, madeBy, isOwn: pins.every(({ isOwn }) => isOwn), multiplier };
}

function toPin(row: Row<'server_state'>): Pin {
  return {
    accountId: row.account_id,
    madeBy: row.kind,
    isOwn: row.is_made === 1,
    multiplier: row.multiplier ?? undefined,
    expiresAt: row.expires_at,
  };
}

function parts(ids: readonly string[]): readonly (readonly string[])[] {
  const size = lookupSizes[lookupSizes.length - 1] ?? 1;
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, index) =>
    ids.slice(index * size, (index + 1) * size),
  );
}
