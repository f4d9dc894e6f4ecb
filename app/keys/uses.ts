import { sql } from 'kysely';
import type { Clock } from '../domain/clock.ts';
import type { Statement, Store } from '../store/store.ts';
import { type KeyDevice, SeenDevices } from './devices.ts';

/** When, with what and from where a key was last used. */
export interface KeyUse {
  readonly at: number;
  readonly userAgent?: string | undefined;
  readonly address?: string | undefined;
}

const writeEveryMs = 60_000;
const maxUserAgentLength = 200;

/** What is stored, by key. */
export async function readUses(store: Store): Promise<Map<string, KeyUse>> {
  const rows = await store.db.selectFrom('key_uses').selectAll().execute();
  return new Map(
    rows.map(({ key_id: id, used_at: at, user_agent: userAgent, address }) => [
      id,
      { at, userAgent: userAgent ?? undefined, address: address ?? undefined },
    ]),
  );
}

/** Also what a running relay has not written yet. */
export async function usesOf({
  live,
  store,
}: {
  readonly live: { keyUses(): Promise<ReadonlyMap<string, KeyUse>> } | undefined;
  readonly store: Store;
}): Promise<ReadonlyMap<string, KeyUse>> {
  return live ? await live.keyUses() : await readUses(store);
}

/** The last use of each key. A call only leaves it in memory; once a minute, and at the end, what is new is written. */
export class KeyUses {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  readonly #seen = new SeenDevices();
  #unwritten = new Map<string, KeyUse>();
  #cancel: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(store: Store, clock: Clock, warn: (message: string) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#warn = warn;
  }

  /** Hot path. */
  note(keyId: string, use: KeyUse): void {
    this.#unwritten.set(keyId, use);
    if (use.address !== undefined) this.#seen.note({ keyId, ...use, address: use.address });
    this.#cancel ??= this.#clock.after(writeEveryMs, () => {
      this.#cancel = undefined;
      this.#writing = this.#write();
    });
  }

  /** Stored, and noted since. */
  async read(): Promise<Map<string, KeyUse>> {
    return new Map([...(await readUses(this.#store)), ...this.#unwritten]);
  }

  /** From where, the latest first. */
  async devices(): Promise<KeyDevice[]> {
    return await this.#seen.read(this.#store);
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    this.#cancel?.();
    await this.#writing;
    await this.#write();
  }

  async #write(): Promise<void> {
    const uses = this.#unwritten;
    if (uses.size === 0) return;
    const devices = this.#seen.take(this.#store);
    try {
      await this.#store.write([...[...uses].map(([keyId, use]) => this.#upsert(keyId, use)), ...devices.statements]);
      devices.done();
      // Only now: until it is stored a reader finds it here. What came meanwhile is for the next time.
      this.#unwritten = new Map([...this.#unwritten].filter(([keyId, use]) => uses.get(keyId) !== use));
    } catch (error) {
      this.#warn(`When keys were last used could not be written: ${String(error)}`);
    }
  }

  /** Nodes write about the same keys: the later use stays. */
  #upsert(keyId: string, { at, userAgent, address }: KeyUse): Statement {
    const row = {
      used_at: at,
      user_agent: userAgent?.slice(0, maxUserAgentLength) ?? null,
      address: address ?? null,
    };
    return this.#store.db
      .insertInto('key_uses')
      .values({ key_id: keyId, ...row })
      .onConflict((conflict) =>
        conflict.column('key_id').doUpdateSet(row).where(sql<boolean>`excluded.used_at > key_uses.used_at`),
      )
      .compile();
  }
}
