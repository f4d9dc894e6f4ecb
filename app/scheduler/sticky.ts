import { hash } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';
import type { Marks } from '../state/state.ts';

/** A session of one key, for one family of models: prompt caches are of a family. */
export interface SessionName {
  readonly keyId: string;
  readonly session: string;
  readonly family: string;
}

/** Where a session was last, and what it left there. */
export interface Pin {
  readonly accountId: string;
  /** Tokens in the account's prompt cache after the last answer. */
  readonly cachedTokens: number;
  /** Monotonic milliseconds: until then the cache is warm. */
  readonly warmUntil: number;
}

/** What an answer leaves behind. */
export interface Stay {
  readonly accountId: string;
  /** The account the call saw the session pinned to: whoever moved it meanwhile is right. */
  readonly seen: string | undefined;
  readonly cachedTokens: number;
  readonly warmMs: number;
}

interface Kept extends Pin {
  readonly keyId: string;
  readonly family: string;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly turns: number;
  /** Monotonic milliseconds. */
  readonly expiresAt: number;
  readonly storedAt: number;
}

/** A pin as people see it. */
export interface ListedSession {
  /** Short digest: enough to name it, and no session id of anybody's. */
  readonly id: string;
  readonly keyId: string;
  readonly family: string;
  readonly accountId: string;
  readonly since: number;
  readonly turns: number;
  readonly cachedTokens: number;
  readonly warmForMs: number;
  readonly expiresInMs: number;
}

/** A session keeps its account for this long after its last answer: as long as a prompt cache can live. */
export const sessionMs = 3_600_000;
/** A pin that only slides on is written to the shared state at most this often. */
const renewEveryMs = 60_000;
const maxPins = 50_000;
/** After the shared state failed it is left alone for this long: a call must not wait for its time-out again and again. */
const restMs = 5_000;
const unusable = 'The shared state cannot be used: sessions keep their account on this node only.';
/** Longer session ids are kept as their hash; the usual ones are not worth hashing with every call. */
const maxPlainLength = 128;
/** What another node's session is taken to have cached. */
const unknownCache = { cachedTokens: 20_000, warmMs: 300_000 };

/**
 * Which account a session used last. Pins are scoped by key and model family: a session id is no secret, and must not
 * reach into another key's accounts (A11). This node's own pins are answered from memory; the shared state is for other
 * nodes and restarts.
 */
export class StickySessions {
  readonly #marks: Marks;
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  /** The one that was kept longest ago comes first. */
  readonly #pins = new Map<string, Kept>();
  #restUntil = Number.NEGATIVE_INFINITY;
  #hasWarned = false;

  constructor(marks: Marks, clock: Clock, warn: (message: string) => void = () => undefined) {
    this.#marks = marks;
    this.#clock = clock;
    this.#warn = warn;
  }

  find(name: SessionName): Pin | undefined | Promise<Pin | undefined> {
    const key = pinName(name);
    const pin = this.#pins.get(key);
    if (pin && pin.expiresAt > this.#clock.monotonic()) return pin;
    return this.#isResting() ? undefined : this.#load(key, name);
  }

  /** After the natural end of an answer. Compare and set: a pin that moved since the call looked stays where it is. */
  keep(name: SessionName, stay: Stay): void | Promise<void> {
    const key = pinName(name);
    const now = this.#clock.monotonic();
    const known = this.#pins.get(key);
    const before = known && known.expiresAt > now ? known : undefined;
    if (before && before.accountId !== stay.accountId && before.accountId !== stay.seen) return;
    const stayed = before?.accountId === stay.accountId ? before : undefined;
    const isStored = stayed !== undefined && now - stayed.storedAt < renewEveryMs;
    this.#remember(key, {
      accountId: stay.accountId,
      cachedTokens: stay.cachedTokens,
      warmUntil: now + stay.warmMs,
      keyId: name.keyId,
      family: name.family,
      since: stayed?.since ?? this.#clock.now(),
      turns: (stayed?.turns ?? 0) + 1,
      expiresAt: now + sessionMs,
      storedAt: isStored ? stayed.storedAt : now,
    });
    if (!isStored && !this.#isResting()) return this.#store(key, name, stay);
  }

  /** This node's sessions, the latest first. */
  list(): readonly ListedSession[] {
    const now = this.#clock.monotonic();
    const live = [...this.#pins].filter(([, { expiresAt }]) => expiresAt > now).reverse();
    return live.map(([key, pin]) => ({
      id: shortId(key),
      keyId: pin.keyId,
      family: pin.family,
      accountId: pin.accountId,
      since: pin.since,
      turns: pin.turns,
      cachedTokens: pin.cachedTokens,
      warmForMs: Math.max(0, Math.round(pin.warmUntil - now)),
      expiresInMs: Math.round(pin.expiresAt - now),
    }));
  }

  /** Its next call goes wherever a new session would. False when this node has no such session. */
  async forget(id: string): Promise<boolean> {
    const found = [...this.#pins.keys()].find((key) => shortId(key) === id);
    if (found === undefined) return false;
    this.#pins.delete(found);
    await this.#ask(this.#marks.delete(markName(found)));
    return true;
  }

  async #load(key: string, name: SessionName): Promise<Pin | undefined> {
    const accountId = await this.#ask(this.#marks.get(markName(key)));
    if (accountId === undefined) return undefined;
    const pin = this.#pins.get(key);
    // A call of the same session may have been faster.
    if (pin && pin.expiresAt > this.#clock.monotonic()) return pin;
    return this.#adopt(key, name, accountId);
  }

  /** What another node pinned is believed for a minute, and then asked for again. */
  #adopt(key: string, name: SessionName, accountId: string): Pin {
    const now = this.#clock.monotonic();
    const { cachedTokens, warmMs } = unknownCache;
    const kept: Kept = {
      ...{ accountId, cachedTokens, warmUntil: now + warmMs, since: this.#clock.now(), turns: 0 },
      ...{ keyId: name.keyId, family: name.family },
      expiresAt: now + renewEveryMs,
      storedAt: Number.NEGATIVE_INFINITY,
    };
    this.#remember(key, kept);
    return kept;
  }

  async #store(key: string, name: SessionName, { accountId, seen }: Stay): Promise<void> {
    const mark = markName(key);
    if (seen === accountId) {
      await this.#ask(this.#marks.set(mark, accountId, sessionMs));
      return;
    }
    const isSet = await this.#ask(
      this.#marks.compareAndSet(mark, { expected: seen, value: accountId, ttlMs: sessionMs }),
    );
    if (isSet !== false) return;
    const other = await this.#ask(this.#marks.get(mark));
    if (other === undefined) await this.#ask(this.#marks.set(mark, accountId, sessionMs));
    else if (other !== accountId) this.#adopt(key, name, other);
  }

  /** Live state may be lost: without it sessions are pinned on this node only, and no call fails for it. */
  async #ask<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
      const value = await answer;
      this.#hasWarned = false;
      return value;
    } catch {
      this.#restUntil = this.#clock.monotonic() + restMs;
      if (!this.#hasWarned) this.#warn(unusable);
      this.#hasWarned = true;
      return undefined;
    }
  }

  #isResting(): boolean {
    return this.#clock.monotonic() < this.#restUntil;
  }

  #remember(key: string, pin: Kept): void {
    this.#pins.delete(key);
    if (this.#pins.size >= maxPins) this.#forgetOldest();
    this.#pins.set(key, pin);
  }

  #forgetOldest(): void {
    for (const key of this.#pins.keys()) {
      this.#pins.delete(key);
      return;
    }
  }
}

/** Key ids contain no blank, so nothing that a client calls its session reaches into another key. */
function pinName({ keyId, session, family }: SessionName): string {
  return `${keyId} ${family} ${session.length > maxPlainLength ? hash('sha1', session) : session}`;
}

/** Sessions are named by clients: hashed, so that neither length nor content matters to the shared state. */
function markName(key: string): string {
  return `sticky:${hash('sha1', key)}`;
}

function shortId(key: string): string {
  return hash('sha1', key).slice(0, 10);
}
