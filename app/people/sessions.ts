import { createHash, randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { Clock } from '../domain/clock.ts';
import type { Marks } from '../state/state.ts';

const idleMs = 12 * 60 * 60_000;
const longestMs = 7 * 24 * 60 * 60_000;

const stored = z.object({
  way: z.enum(['key', 'password', 'ldap', 'oidc']),
  memberId: z.string().optional(),
  keyId: z.string().optional(),
  stamp: z.string(),
  openedAt: z.number(),
});

/** Who signed in to their own page, and how. */
export type MemberSession = Readonly<z.output<typeof stored>>;

/** By hash only, in the live state: all nodes know them, and whoever loses that state signs everybody out. */
export class MemberSessions {
  readonly #marks: Marks;
  readonly #clock: Clock;

  constructor(marks: Marks, clock: Clock) {
    this.#marks = marks;
    this.#clock = clock;
  }

  /** Answers its token. */
  async open(session: Omit<MemberSession, 'openedAt'>): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    const value = JSON.stringify({ ...session, openedAt: this.#clock.now() });
    await this.#marks.set(nameOf(token), value, idleMs);
    return token;
  }

  /** Undefined when it is over; asking keeps it. */
  async find(token: string): Promise<MemberSession | undefined> {
    const name = nameOf(token);
    const text = await this.#marks.get(name);
    if (text === undefined) return undefined;
    const session = stored.parse(JSON.parse(text));
    const ageMs = this.#clock.now() - session.openedAt;
    // A clock that was set back ends it too.
    if (ageMs < 0 || ageMs >= longestMs) {
      await this.#marks.delete(name);
      return undefined;
    }
    // Only while it is there: who signs out meanwhile stays signed out.
    await this.#marks.compareAndSet(name, { expected: text, value: text, ttlMs: idleMs });
    return session;
  }

  async close(token: string): Promise<void> {
    await this.#marks.delete(nameOf(token));
  }
}

function nameOf(token: string): string {
  return `member-session ${createHash('sha256').update(token).digest('hex')}`;
}
