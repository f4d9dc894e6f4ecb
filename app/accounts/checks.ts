import * as z from 'zod';
import type { Balance } from '../domain/balance.ts';
import type { Statement, Store } from '../store/store.ts';

/** What a scheduled test found. */
export interface LastTest {
  readonly at: number;
  readonly ok: boolean;
  /** One sentence for people. */
  readonly message: string;
}

export interface KnownBalance extends Balance {
  readonly at: number;
}

/** What an account was last found to be when it was looked at. */
export interface Checks {
  readonly test?: LastTest | undefined;
  readonly balance?: KnownBalance | undefined;
}

const test = z.object({ ok: z.boolean(), message: z.string() });
const balance = z.object({
  amounts: z.array(z.object({ currency: z.string(), amount: z.number() })),
  isEnough: z.boolean().optional(),
});

/** The last result of each kind of look at an account. */
export class AccountChecks {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async of(accountId: string): Promise<Checks> {
    const rows = await this.#store.db
      .selectFrom('account_checks')
      .select(['kind', 'at', 'result'])
      .where('account_id', '=', accountId)
      .execute();
    const read = <Shape extends z.ZodType>(kind: string, shape: Shape) => {
      const row = rows.find((one) => one.kind === kind);
      // What another version wrote may be left out: it will be looked at again.
      const parsed = row && shape.safeParse(JSON.parse(row.result));
      return parsed?.success ? { at: row?.at ?? 0, ...Object(parsed.data) } : undefined;
    };
    return { test: read('test', test), balance: read('balance', balance) };
  }

  testStatement(accountId: string, { at, ...result }: LastTest): Statement {
    return this.#put({ account_id: accountId, kind: 'test', at, result: JSON.stringify(result) });
  }

  balanceStatement(accountId: string, { at, ...result }: KnownBalance): Statement {
    return this.#put({ account_id: accountId, kind: 'balance', at, result: JSON.stringify(result) });
  }

  /** For the removal of an account. */
  forgetStatement(accountId: string): Statement {
    return this.#store.db.deleteFrom('account_checks').where('account_id', '=', accountId).compile();
  }

  #put(row: { account_id: string; kind: string; at: number; result: string }): Statement {
    const { at, result } = row;
    return this.#store.db
      .insertInto('account_checks')
      .values(row)
      .onConflict((conflict) => conflict.columns(['account_id', 'kind']).doUpdateSet({ at, result }))
      .compile();
  }
}
