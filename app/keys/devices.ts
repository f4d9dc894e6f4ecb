import { sql } from 'kysely';
import type { Statement, Store } from '../store/store.ts';

/** One address that a key was used from: what called there last, and when. */
export interface KeyDevice {
  readonly keyId: string;
  readonly address: string;
  readonly userAgent?: string | undefined;
  readonly at: number;
}

/** Of each key; what was seen before is forgotten. */
export const maxDevices = 16;
const maxUserAgentLength = 200;
/** Of all keys together, between two writes: a key that comes from everywhere must not fill the memory. */
const maxUnwritten = 1_000;

/** What was seen and is not stored yet. */
export class SeenDevices {
  #unwritten = new Map<string, KeyDevice>();

  /** Hot path. */
  note(device: KeyDevice): void {
    const name = nameOf(device);
    if (this.#unwritten.size < maxUnwritten || this.#unwritten.has(name)) this.#unwritten.set(name, device);
  }

  /** Stored and noted since, the latest of each key first. */
  async read(store: Store): Promise<KeyDevice[]> {
    const stored = (await readDevices(store)).map((device) => [nameOf(device), device] as const);
    return bounded([...new Map([...stored, ...this.#unwritten]).values()]);
  }

  /** What to write, and what to call once that is done. */
  take(store: Store): { readonly statements: readonly Statement[]; done(): void } {
    const taken = this.#unwritten;
    const keys = new Set([...taken.values()].map(({ keyId }) => keyId));
    const upserts = [...taken.values()].map((device) => upsert(store, device));
    return {
      statements: [...upserts, ...[...keys].map((keyId) => forgetOlder(store, keyId))],
      done: () => {
        this.#unwritten = new Map([...this.#unwritten].filter(([name, device]) => taken.get(name) !== device));
      },
    };
  }
}

export async function readDevices(store: Store): Promise<KeyDevice[]> {
  const rows = await store.db.selectFrom('key_devices').selectAll().execute();
  return bounded(
    rows.map(({ key_id: keyId, address, user_agent: userAgent, seen_at: at }) => ({
      ...{ keyId, address, userAgent: userAgent ?? undefined, at: Number(at) },
    })),
  );
}

function bounded(devices: readonly KeyDevice[]): KeyDevice[] {
  const counts = new Map<string, number>();
  return devices
    .toSorted((one, other) => other.at - one.at)
    .filter(({ keyId }) => {
      const count = (counts.get(keyId) ?? 0) + 1;
      counts.set(keyId, count);
      return count <= maxDevices;
    });
}

function nameOf({ keyId, address }: KeyDevice): string {
  return `${keyId} ${address}`;
}

/** Nodes write about the same keys: the later one stays. */
function upsert({ db }: Store, { keyId, address, userAgent, at }: KeyDevice): Statement {
  const row = { user_agent: userAgent?.slice(0, maxUserAgentLength) ?? null, seen_at: at };
  return db
    .insertInto('key_devices')
    .values({ key_id: keyId, address, ...row })
    .onConflict((conflict) =>
      conflict
        .columns(['key_id', 'address'])
        .doUpdateSet(row)
        .where(sql<boolean>`excluded.seen_at > key_devices.seen_at`),
    )
    .compile();
}

function forgetOlder({ db }: Store, keyId: string): Statement {
  const kept = db.selectFrom('key_devices').select('address').where('key_id', '=', keyId);
  return db
    .deleteFrom('key_devices')
    .where('key_id', '=', keyId)
    .where('address', 'not in', kept.orderBy('seen_at', 'desc').limit(maxDevices))
    .compile();
}
