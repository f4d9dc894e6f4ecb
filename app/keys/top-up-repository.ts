import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Clock } from '../domain/clock.ts';
import { RelayError } from '../domain/errors.ts';
import { newId } from '../domain/ids.ts';
import type { Row } from '../store/schema.ts';
import type { Statement, Store } from '../store/store.ts';
import type { ApiKey } from './key.ts';
import { inForce } from './plan.ts';
import type { KeyRepository } from './repository.ts';
import { codeProblem, keyProblem, type TopUp, TopUpRefused } from './top-up.ts';
import { endingOf, newCode, readCode } from './top-up-code.ts';
import { type NewTopUps, newTopUps } from './top-up-input.ts';
import { toRow, toTopUp } from './top-up-rows.ts';

/** The code is here and nowhere else. */
export interface IssuedTopUp {
  readonly topUp: TopUp;
  readonly code: string;
}

export interface Redeemed {
  readonly topUp: TopUp;
  /** As it is in force now. */
  readonly key: ApiKey;
}

interface Claim {
  readonly topUp: TopUp;
  readonly keyId: string;
  readonly redemption: string;
  readonly now: number;
}

/** The top-up codes in the database. */
export class TopUpRepository {
  readonly #store: Store;
  readonly #keys: Pick<KeyRepository, 'find' | 'createHasher' | 'changeBeside'>;
  readonly #clock: Clock;

  constructor(store: Store, keys: Pick<KeyRepository, 'find' | 'createHasher' | 'changeBeside'>, clock: Clock) {
    this.#store = store;
    this.#keys = keys;
    this.#clock = clock;
  }

  /** Oldest first. */
  async list(): Promise<TopUp[]> {
    const rows = await this.#store.db.selectFrom('top_ups').selectAll().orderBy('created_at').orderBy('id').execute();
    return rows.map(toTopUp);
  }

  async find(id: string): Promise<TopUp | undefined> {
    const row = await this.#read('id', id);
    return row && toTopUp(row);
  }

  /** All or none. Throws `request-invalid`. */
  async createAll(input: NewTopUps): Promise<IssuedTopUp[]> {
    const { count, ...fields } = parse(input);
    const now = this.#clock.now();
    if (fields.expiresAt !== undefined && fields.expiresAt <= now) throw invalid('expiresAt is over already');
    const hash = await this.#hasher();
    // Codes of one moment are listed by their ids: in the order they were made.
    const ids = Array.from({ length: count }, () => newId('top', now)).sort();
    const issued = ids.map((id) => {
      const code = newCode();
      const topUp = { ...fields, id, ending: endingOf(code), isEnabled: true, createdAt: now };
      return { topUp, code };
    });
    const inserts = issued.map(({ topUp, code }) => toRow(topUp, hash(code)));
    await this.#store.write(inserts.map((row) => this.#store.db.insertInto('top_ups').values(row).compile()));
    return issued;
  }

  /** Undefined when there is no such code. One that is redeemed stays as it is. */
  async disable(id: string): Promise<TopUp | undefined> {
    const update = this.#store.db.updateTable('top_ups').set({ is_enabled: 0 }).where('id', '=', id);
    await this.#store.write([update.where('redeemed_at', 'is', null).compile()]);
    return await this.find(id);
  }

  /** Once, whoever tries at the same time, on any node. Throws `TopUpRefused`, `key-invalid`. */
  async redeem(typed: string, keyId: string): Promise<Redeemed> {
    const code = readCode(typed);
    const row = code === undefined ? undefined : await this.#read('hash', (await this.#hasher())(code));
    if (!row) throw new TopUpRefused('unknown', 'There is no such top-up code. Check how it is written.');
    const now = this.#clock.now();
    const topUp = toTopUp(row);
    const before = await this.#keys.find(keyId);
    if (!before || before.removedAt !== undefined) throw goneKey();
    const problem = codeProblem(topUp, keyId, now) ?? keyProblem(topUp, inForce(before));
    if (problem) throw problem;
    const claim = { topUp, keyId, redemption: randomUUID(), now };
    const key = await this.#keys.changeBeside(keyId, [this.#claim(claim), ...this.#extension(claim)]);
    const after = await this.#read('id', topUp.id);
    if (!after || !key || after.redemption !== claim.redemption) throw await this.#lost(after, keyId);
    return { topUp: toTopUp(after), key: inForce(key) };
  }

  /** The first of all who try. Whoever waited for it finds the code redeemed. */
  #claim({ topUp: { id, measure }, keyId, redemption, now }: Claim): Statement {
    const hasEnd = measure === undefined ? sql`(expires_at is not null or lifetime_ms is not null)` : sql`1 = 1`;
    return this.#store.db
      .updateTable('top_ups')
      .set({ redeemed_at: now, redeemed_by: keyId, redemption })
      .where('id', '=', id)
      .where('redeemed_at', 'is', null)
      .where('is_enabled', '=', 1)
      .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', now)]))
      .where(sql<boolean>`exists (select 1 from keys where id = ${keyId} and removed_at is null and ${hasEnd})`)
      .compile();
  }

  /** In the database's own words: the end may move while we look. Its condition is in the values, for the record of changes. */
  #extension({ topUp: { id, extendMs }, keyId, redemption, now }: Claim): Statement[] {
    if (extendMs === undefined) return [];
    const isMine = sql`exists (select 1 from top_ups where id = ${id} and redemption = ${redemption})`;
    const fromNow = now + extendMs;
    const columns = {
      expires_at: sql<number | null>`case when not ${isMine} or expires_at is null then expires_at
        when expires_at > ${now} then expires_at + ${extendMs} else ${fromNow} end`,
      lifetime_ms: sql<number | null>`case when not ${isMine} or lifetime_ms is null then lifetime_ms
        when activated_at is null or activated_at + lifetime_ms > ${now} then lifetime_ms + ${extendMs}
        else ${fromNow} - activated_at end`,
      updated_at: sql<number>`case when ${isMine} then ${now} else updated_at end`,
    };
    return [this.#store.db.updateTable('keys').set(columns).where('id', '=', keyId).compile()];
  }

  /** Somebody was faster, or the key changed meanwhile. */
  async #lost(row: Row<'top_ups'> | undefined, keyId: string): Promise<RelayError> {
    const problem = row && codeProblem(toTopUp(row), keyId, this.#clock.now());
    if (problem) return problem;
    return new TopUpRefused(
      'not-for-this-key',
      'The key was changed at the same moment. Nothing was redeemed; try again.',
    );
  }

  async #read(column: 'id' | 'hash', value: string): Promise<Row<'top_ups'> | undefined> {
    return await this.#store.db.selectFrom('top_ups').selectAll().where(column, '=', value).executeTakeFirst();
  }

  /** With the keys' pepper; a code is never taken for a key, nor a key for a code. */
  async #hasher(): Promise<(code: string) => string> {
    const hash = await this.#keys.createHasher();
    return (code) => hash(`top-up ${code}`);
  }
}

function parse(input: NewTopUps) {
  const parsed = newTopUps.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim()).join('; '));
}

function invalid(problem: string): RelayError {
  return new RelayError('request-invalid', `The codes were not made: ${problem}.`);
}

function goneKey(): RelayError {
  return new RelayError('key-invalid', 'This Waystation key was removed. Nothing was redeemed.');
}
