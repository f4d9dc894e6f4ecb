import { randomBytes } from 'node:crypto';
import type { Clock } from '../../domain/clock.ts';
import { type FeedEvent, type FeedEventName, feedEvents } from './contract-live.ts';

export interface FeedMessage {
  /** Empty for what is only said to one listener. */
  readonly id: string;
  readonly name: FeedEventName;
  readonly data: unknown;
}

/** One stream. */
export interface FeedListener {
  receive(messages: readonly FeedMessage[]): void;
  /** The relay stops. */
  close(): void;
}

export interface FeedDeps {
  readonly clock: Clock;
  readonly version: string;
}

/** Events of one subject within this time become one. */
const flushMs = 200;
/** Of calls; what comes beyond is only counted. */
const maxCallsPerFlush = 100;
const ringSize = 2_000;
/** Who was cut off comes back within this time and misses nothing. */
const lingerMs = 60_000;
const maxListeners = 32;

/** What happens, told to whoever listens. While nobody does, it costs one look at a flag. */
export class LiveFeed {
  readonly #deps: FeedDeps;
  readonly #epoch = randomBytes(4).toString('hex');
  readonly #listeners = new Set<FeedListener>();
  /** By subject: a later event about it takes the place of an earlier one. */
  readonly #pending = new Map<string, () => Omit<FeedMessage, 'id'> | undefined>();
  #pendingCalls = 0;
  #skipped = 0;
  #ring: FeedMessage[] = [];
  #sequence = 0;
  #isHeard = false;
  #cancelFlush: (() => void) | undefined;
  #cancelLinger: () => void = () => undefined;

  constructor(deps: FeedDeps) {
    this.#deps = deps;
  }

  /** Whether anybody listens, or did a moment ago. */
  get isHeard(): boolean {
    return this.#isHeard;
  }

  /** The newest event about `subject` is told within `flushMs`. */
  tell<Name extends FeedEventName>(name: Name, subject: string, data: FeedEvent<Name>): void {
    if (this.#isHeard) this.#hold(`${name} ${subject}`, { isCall: name === 'call', make: () => ({ name, data }) });
  }

  /** The same for what is only found out when it is told; undefined when there is nothing to tell. */
  tellLater<Name extends FeedEventName>(name: Name, subject: string, find: () => FeedEvent<Name> | undefined): void {
    if (!this.#isHeard) return;
    const make = () => {
      const data = find();
      return data === undefined ? undefined : { name, data };
    };
    this.#hold(`${name} ${subject}`, { isCall: false, make });
  }

  /** Undefined when there are too many already. Call the answer to leave. */
  listen(listener: FeedListener, lastEventId: string | undefined): (() => void) | undefined {
    if (this.#listeners.size >= maxListeners) return undefined;
    this.#flush();
    this.#cancelLinger();
    const missed = this.#after(lastEventId);
    this.#isHeard = true;
    this.#listeners.add(listener);
    const hello = { id: this.#idOf(this.#sequence), name: 'hello', data: { version: this.#deps.version } } as const;
    if (missed) listener.receive([...missed, hello]);
    else listener.receive(lastEventId === undefined ? [hello] : [resetMessage, hello]);
    return () => this.#leave(listener);
  }

  close(): void {
    this.#flush();
    for (const listener of this.#listeners) listener.close();
    this.#listeners.clear();
    this.#cancelLinger();
    this.#silence();
  }

  #hold(key: string, { isCall, make }: { isCall: boolean; make: () => Omit<FeedMessage, 'id'> | undefined }): void {
    if (isCall && !this.#pending.has(key)) {
      if (this.#pendingCalls >= maxCallsPerFlush) {
        this.#skipped += 1;
        return;
      }
      this.#pendingCalls += 1;
    }
    this.#pending.set(key, make);
    this.#cancelFlush ??= this.#deps.clock.after(flushMs, () => this.#flush());
  }

  #flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    if (this.#pending.size === 0) return;
    const found = [...this.#pending.values()].flatMap((make) => make() ?? []);
    if (this.#skipped > 0) found.push({ name: 'calls-skipped', data: { count: this.#skipped } });
    this.#pending.clear();
    this.#pendingCalls = 0;
    this.#skipped = 0;
    const messages = found.map((one) => ({ ...one, id: this.#idOf(++this.#sequence) }));
    this.#ring = [...this.#ring, ...messages].slice(-ringSize);
    for (const listener of this.#listeners) listener.receive(messages);
  }

  /** What came after an event; undefined when that is not known any more. */
  #after(lastEventId: string | undefined): readonly FeedMessage[] | undefined {
    const [epoch, number] = lastEventId?.split('-') ?? [];
    const sequence = Number(number);
    const oldest = this.#sequence - this.#ring.length;
    const isKnown = this.#isHeard && epoch === this.#epoch && sequence >= oldest && sequence <= this.#sequence;
    return isKnown ? this.#ring.slice(sequence - oldest) : undefined;
  }

  #leave(listener: FeedListener): void {
    if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
    this.#cancelLinger = this.#deps.clock.after(lingerMs, () => this.#silence());
  }

  #silence(): void {
    this.#isHeard = false;
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    this.#pending.clear();
    this.#pendingCalls = 0;
    this.#skipped = 0;
    this.#ring = [];
    // What happens from here on is in no ring: who left before it has to begin anew.
    this.#sequence += 1;
  }

  #idOf(sequence: number): string {
    return `${this.#epoch}-${sequence}`;
  }
}

export const resetMessage: FeedMessage = { id: '', name: 'reset', data: {} };

/** The parts of the API whose answers are different now. */
export function changedParts(messages: readonly FeedMessage[]): readonly string[] {
  return messages.flatMap(({ name, data }) => (name === 'changed' ? [feedEvents.changed.parse(data).resource] : []));
}
