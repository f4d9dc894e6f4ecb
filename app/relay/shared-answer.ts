import { ClientLost, type Reply, type Tail } from './call.ts';

/** Unread by everybody: then its upstream waits. */
const highWaterBytes = 256 * 1024;

interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Somebody who reads along. */
interface Reader {
  readonly reply: Reply;
  readonly signal: AbortSignal;
  /** Limits stand as they were told while the answer was made. */
  readonly isLive: boolean;
  /** How many chunks of the whole answer it has. */
  taken: number;
  takenBytes: number;
}

/** Where answers are kept while they may be read from their start. */
export interface Room {
  /** False when there is none left. */
  take(bytes: number): boolean;
  give(bytes: number): void;
}

/** Of one answer that is kept from its start. */
const maxKeptBytes = 1024 * 1024;

/** Says which call's answer a replayed one is. */
export const replayOfHeader = 'x-waystation-replay-of';

/** One answer for everybody who asked for it with the same idempotency key: it comes once, and is read by each. */
export class SharedAnswer implements Reply {
  readonly requestId: string;
  readonly #room: Room;
  readonly #controller = new AbortController();
  readonly #readers = new Set<Reader>();
  #announced: Readonly<Record<string, string>> = {};
  #head: Head | undefined;
  #chunks: Uint8Array[] = [];
  /** What it has taken of the room. */
  #roomBytes = 0;
  /** False once it is too large to be kept: then the latest bytes stay, for those who read along. */
  #isWhole = true;
  #droppedChunks = 0;
  #droppedBytes = 0;
  #allBytes = 0;
  #tail: Tail | undefined;
  #failure: { readonly error: unknown } | undefined;
  #changed = Promise.withResolvers<void>();
  #drained: PromiseWithResolvers<void> | undefined;

  constructor(requestId: string, room: Room) {
    this.requestId = requestId;
    this.#room = room;
  }

  /** Aborted when nobody reads any more before it has ended. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether it can still be read from its start. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  get hasEnded(): boolean {
    return this.#tail !== undefined || this.#failure !== undefined;
  }

  /** Whether it is one that a later call may have too: it was served, to its natural end. */
  get isGood(): boolean {
    const status = this.#tail?.kind === 'whole' ? this.#tail.status : this.#head?.status;
    const isServed = this.#tail?.kind === 'whole' || this.#tail?.kind === 'end';
    return isServed && this.#isWhole && status !== undefined && status < 300;
  }

  get hasBegun(): boolean {
    return this.#head !== undefined;
  }

  announce(headers: Readonly<Record<string, string>>): void {
    this.#announced = headers;
  }

  begin(status: number, headers: Record<string, string>): void {
    this.#head = { status, headers };
    this.#change();
  }

  /** As slow as its fastest reader; who falls behind what is kept is lost. */
  write(chunk: Uint8Array): Promise<void> | undefined {
    this.#keep(chunk);
    this.#change();
    if (this.#unreadBytes() <= highWaterBytes) return undefined;
    this.#drained ??= Promise.withResolvers<void>();
    return this.#drained.promise;
  }

  finish(tail: Tail): void {
    this.#tail = tail;
    this.#account(sizeOf(tail));
    this.#change();
  }

  /** It did not come to an answer: everybody hears the same. */
  fail(error: unknown): void {
    this.#failure = { error };
    this.#change();
  }

  /** Nobody will ask for it again. */
  letGo(): void {
    this.#room.give(this.#roomBytes);
    this.#roomBytes = 0;
  }

  /** Passes everything on, from the start. Rejects when it failed, or when this client is lost. */
  async read(reply: Reply, signal: AbortSignal, isReplay: boolean): Promise<void> {
    const reader: Reader = { reply, signal, isLive: !this.hasEnded, taken: 0, takenBytes: 0 };
    const onAbort = () => this.#leave(reader);
    if (!this.hasEnded) {
      this.#readers.add(reader);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    }
    try {
      await this.#passOn(reader, isReplay ? { [replayOfHeader]: this.requestId } : {});
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#leave(reader);
    }
  }

  async #passOn(reader: Reader, marks: Readonly<Record<string, string>>): Promise<void> {
    for (;;) {
      const changed = this.#changed.promise;
      if (this.#failure) throw this.#failure.error;
      this.#beginFor(reader, marks);
      await this.#catchUp(reader);
      if (reader.signal.aborted) throw new ClientLost();
      if (reader.taken < this.#droppedChunks + this.#chunks.length) continue;
      if (this.#tail) return reader.reply.finish(copyOf(this.#tail, marks));
      await changed;
    }
  }

  /** What is announced holds for an answer of any kind. */
  #beginFor({ reply, isLive }: Reader, marks: Readonly<Record<string, string>>): void {
    if (reply.hasBegun || (!this.#head && !this.#tail)) return;
    if (isLive) reply.announce(this.#announced);
    if (this.#head) reply.begin(this.#head.status, { ...this.#head.headers, ...marks });
  }

  async #catchUp(reader: Reader): Promise<void> {
    while (reader.taken < this.#droppedChunks + this.#chunks.length && !reader.signal.aborted) {
      const chunk = this.#chunks[reader.taken - this.#droppedChunks];
      // What comes next for it is not kept any more.
      if (!chunk) throw new ClientLost();
      reader.taken += 1;
      reader.takenBytes += chunk.length;
      const slow = reader.reply.write(chunk);
      if (slow) await slow;
      if (this.#drained && this.#unreadBytes() <= highWaterBytes) this.#flow();
    }
  }

  #keep(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#allBytes += chunk.length;
    this.#account(chunk.length);
    if (this.#isWhole) return;
    while (this.#allBytes - this.#droppedBytes > 2 * highWaterBytes && this.#chunks.length > 1) {
      this.#droppedBytes += this.#chunks.shift()?.length ?? 0;
      this.#droppedChunks += 1;
    }
  }

  #account(bytes: number): void {
    if (!this.#isWhole) return;
    if (this.#roomBytes + bytes <= maxKeptBytes && this.#room.take(bytes)) {
      this.#roomBytes += bytes;
      return;
    }
    this.#isWhole = false;
    this.letGo();
  }

  /** By the reader that is ahead of the others. */
  #unreadBytes(): number {
    let ahead = 0;
    for (const { takenBytes } of this.#readers) ahead = Math.max(ahead, takenBytes);
    return this.#allBytes - ahead;
  }

  #leave(reader: Reader): void {
    if (!this.#readers.delete(reader)) return;
    this.#change();
    if (this.#readers.size > 0 || this.hasEnded) return;
    this.#controller.abort();
    this.#flow();
  }

  #flow(): void {
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

function sizeOf(tail: Tail): number {
  if (tail.kind === 'whole') return tail.body.length;
  return tail.kind === 'end' ? tail.chunks.reduce((bytes, { length }) => bytes + length, 0) : 0;
}

/** Whoever sends it adds to its headers. */
function copyOf(tail: Tail, marks: Readonly<Record<string, string>>): Tail {
  return tail.kind === 'whole' ? { ...tail, headers: { ...tail.headers, ...marks } } : tail;
}
