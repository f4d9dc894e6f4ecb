import type { Clock } from '../domain/clock.ts';
import type { Store } from '../store/store.ts';

export const signInWays = ['password', 'ldap', 'oidc'] as const;
export type SignInWay = (typeof signInWays)[number];

/** One way in that a member has. */
export interface SignIn {
  readonly memberId: string;
  readonly way: SignInWay;
  /** Whom the directory or the issuer means by it. */
  readonly subject: string;
  /** Sessions from before are over. */
  readonly updatedAt: number;
}

/** How members sign in: each way once. */
export class SignInRepository {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async list(memberId: string): Promise<SignIn[]> {
    const rows = await this.#read().where('member_id', '=', memberId).orderBy('way').execute();
    return rows.flatMap(toSignIn);
  }

  async find(way: SignInWay, subject: string): Promise<SignIn | undefined> {
    const row = await this.#read().where('way', '=', way).where('subject', '=', subject).executeTakeFirst();
    return row && toSignIn(row)[0];
  }

  async passwordHash(memberId: string): Promise<string | undefined> {
    const found = this.#store.db.selectFrom('member_sign_ins').select('secret').where('way', '=', 'password');
    return (await found.where('member_id', '=', memberId).executeTakeFirst())?.secret ?? undefined;
  }

  async setPassword(memberId: string, hash: string): Promise<void> {
    await this.#put({ memberId, way: 'password', subject: memberId, secret: hash });
  }

  /** Whoever signs in there as `subject` is this member from now on, and nobody before. */
  async link(memberId: string, way: 'ldap' | 'oidc', subject: string): Promise<void> {
    await this.#put({ memberId, way, subject, secret: null });
  }

  /** False when there was none. */
  async remove(memberId: string, way: SignInWay): Promise<boolean> {
    const had = (await this.list(memberId)).some((one) => one.way === way);
    await this.#store.db
      .deleteFrom('member_sign_ins')
      .where('member_id', '=', memberId)
      .where('way', '=', way)
      .execute();
    return had;
  }

  async #put(row: Pick<SignIn, 'memberId' | 'way' | 'subject'> & { readonly secret: string | null }): Promise<void> {
    const { memberId, way, subject, secret } = row;
    const { db } = this.#store;
    await this.#store.write([
      db.deleteFrom('member_sign_ins').where('member_id', '=', memberId).where('way', '=', way).compile(),
      db
        .insertInto('member_sign_ins')
        .values({ member_id: memberId, way, subject, secret, updated_at: this.#clock.now() })
        .compile(),
    ]);
  }

  #read() {
    return this.#store.db.selectFrom('member_sign_ins').select(['member_id', 'way', 'subject', 'updated_at']);
  }
}

/** What a newer version wrote is not understood here, and lets nobody in. */
function toSignIn(row: { member_id: string; way: string; subject: string; updated_at: number | string }): SignIn[] {
  const way = signInWays.find((one) => one === row.way);
  if (way === undefined) return [];
  return [{ memberId: row.member_id, way, subject: row.subject, updatedAt: Number(row.updated_at) }];
}
