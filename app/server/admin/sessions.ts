import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../domain/clock.ts';

export const ticketLifeMs = 5 * 60_000;
export const sessionIdleMs = 12 * 60 * 60_000;
const maxEntries = 100;

/** Where a session was opened, for its owner to recognise. */
export interface SessionOrigin {
  readonly way: 'ticket' | 'password' | 'member';
  /** Who it is, from another computer, and what it stands or falls with. */
  readonly memberId?: string | undefined;
  readonly stamp?: string | undefined;
  readonly address?: string | undefined;
  readonly userAgent?: string | undefined;
}

export interface SessionState extends SessionOrigin {
  /** Not its token: names it in lists and in the record of changes. */
  readonly id: string;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly isLocked: boolean;
}

type Kept = { -readonly [Field in keyof SessionState]: SessionState[Field] };

/** One-time tickets and the sessions made from them. In memory and by hash only: a restart signs everybody out. */
export class AdminSessions {
  readonly #clock: Clock;
  /** How long a session may be idle before it locks; undefined never. */
  readonly #lockMs: () => number | undefined;
  /** Hash to the time it was made. */
  readonly #tickets = new Map<string, number>();
  /** By hash, the least recently used first. */
  readonly #sessions = new Map<string, Kept>();

  constructor(clock: Clock, lockMs: () => number | undefined = () => undefined) {
    this.#clock = clock;
    this.#lockMs = lockMs;
  }

  createTicket(): { readonly ticket: string; readonly expiresAt: number } {
    const ticket = newToken();
    this.#makeRoom(this.#tickets, (since) => isFresh(since, ticketLifeMs, this.#clock.now()));
    this.#tickets.set(hashOf(ticket), this.#clock.now());
    return { ticket, expiresAt: this.#clock.now() + ticketLifeMs };
  }

  /** Uses a ticket up. False when it was none, or is over. */
  redeem(ticket: string): boolean {
    const hash = hashOf(ticket);
    const since = this.#tickets.get(hash);
    this.#tickets.delete(hash);
    return since !== undefined && isFresh(since, ticketLifeMs, this.#clock.now());
  }

  /** Answers the new session's token. */
  open(origin: SessionOrigin): string {
    const token = newToken();
    const now = this.#clock.now();
    this.#makeRoom(this.#sessions, (one) => isFresh(one.lastUsedAt, sessionIdleMs, now));
    const id = `ses_${randomBytes(8).toString('hex')}`;
    this.#sessions.set(hashOf(token), { ...origin, id, createdAt: now, lastUsedAt: now, isLocked: false });
    return token;
  }

  /** Undefined when it is over. Using it keeps it alive and unlocked; looking at it does not. */
  find(token: string, { isUse }: { readonly isUse: boolean }): SessionState | undefined {
    const hash = hashOf(token);
    const found = this.#sessions.get(hash);
    const now = this.#clock.now();
    if (!found) return undefined;
    if (!isFresh(found.lastUsedAt, sessionIdleMs, now)) {
      this.#sessions.delete(hash);
      return undefined;
    }
    const lockMs = this.#lockMs();
    if (lockMs !== undefined && now - found.lastUsedAt >= lockMs) found.isLocked = true;
    if (isUse && !found.isLocked) {
      found.lastUsedAt = now;
      this.#sessions.delete(hash);
      this.#sessions.set(hash, found);
    }
    return { ...found };
  }

  /** The most recently used first. */
  list(): readonly SessionState[] {
    const now = this.#clock.now();
    return [...this.#sessions.values()]
      .filter((one) => isFresh(one.lastUsedAt, sessionIdleMs, now))
      .map((one) => ({ ...one }))
      .reverse();
  }

  close(token: string): void {
    this.#sessions.delete(hashOf(token));
  }

  /** Until somebody signs in again. False when there is no such session. */
  lock(id: string): boolean {
    const found = [...this.#sessions.values()].find((one) => one.id === id);
    if (found) found.isLocked = true;
    return found !== undefined;
  }

  /** False when there is no such session. */
  revoke(id: string): boolean {
    return this.#revoke((one) => one.id === id);
  }

  revokeOthers(id: string | undefined): void {
    this.#revoke((one) => one.id !== id);
  }

  #revoke(isMeant: (session: SessionState) => boolean): boolean {
    const meant = [...this.#sessions].filter(([, one]) => isMeant(one));
    for (const [hash] of meant) this.#sessions.delete(hash);
    return meant.length > 0;
  }

  /** What is over goes, then the oldest. Maps keep the order of insertion. */
  #makeRoom<Entry>(entries: Map<string, Entry>, isAlive: (entry: Entry) => boolean): void {
    for (const [hash, entry] of entries) {
      if (entries.size >= maxEntries || !isAlive(entry)) entries.delete(hash);
    }
  }
}

function newToken(): string {
  return randomBytes(32).toString('base64url');
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** A clock that was set back ends it too: nothing lives longer than it should. */
function isFresh(since: number, lifeMs: number, now: number): boolean {
  return now >= since && now - since < lifeMs;
}
