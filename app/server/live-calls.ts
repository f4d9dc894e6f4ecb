import type { Admitted, Reply } from '../relay/call.ts';
import type { CallRecord } from '../usage/record.ts';
import type { LiveFeed } from './admin/live-feed.ts';

/** A call on its way, as far as it has come. */
export interface LiveCall {
  readonly requestId: string;
  readonly phase: 'admitted' | 'asking' | 'answering';
  readonly startedAt: number;
  readonly keyId: string;
  readonly protocol: string;
  readonly route: string;
  readonly model: string;
  readonly project?: string | undefined;
  readonly accountId: string | null;
  readonly attempts: number;
  readonly firstByteMs: number | null;
}

type Kept = { -readonly [Field in keyof LiveCall]: LiveCall[Field] } & { readonly startedMonotonic: number };

/** The calls between admission and settlement. Keeping them costs a call one small object; telling of them, only listeners. */
export class LiveCalls {
  readonly #feed: LiveFeed;
  readonly #monotonic: () => number;
  readonly #calls = new Map<string, Kept>();

  constructor(feed: LiveFeed, monotonic: () => number) {
    this.#feed = feed;
    this.#monotonic = monotonic;
  }

  list(): readonly LiveCall[] {
    return [...this.#calls.values()].map(toLive);
  }

  /** Runs a call; whatever happens, it is not among the running ones afterwards. */
  async follow<T>(requestId: string, reply: Reply, run: (reply: Reply) => Promise<T>): Promise<T> {
    try {
      return await run(new WatchedReply(reply, () => this.#answering(requestId)));
    } finally {
      this.#calls.delete(requestId);
    }
  }

  opened(call: Admitted): void {
    const { requestId, receivedAt: startedAt, startedAt: startedMonotonic, keyId, route, facts, headers } = call;
    const begun = { phase: 'admitted', accountId: null, attempts: 0, firstByteMs: null } as const;
    const kept: Kept = {
      ...{ requestId, startedAt, startedMonotonic, keyId, route, ...begun },
      ...{ protocol: call.protocol.id, model: facts.model, project: headers.project },
    };
    this.#calls.set(requestId, kept);
    this.#tell(kept);
  }

  attempting(requestId: string, accountId: string): void {
    const call = this.#calls.get(requestId);
    if (!call) return;
    call.phase = 'asking';
    call.accountId = accountId;
    call.attempts += 1;
    this.#tell(call);
  }

  settled(record: CallRecord): void {
    const call = this.#calls.get(record.requestId);
    this.#calls.delete(record.requestId);
    if (!call || !this.#feed.isHeard) return;
    const { inputTokens, outputTokens, cacheReadTokens } = record.usage;
    this.#feed.tell('call', record.requestId, {
      ...toLive(call),
      ...{ phase: record.status, durationMs: record.durationMs, accountId: record.accountId ?? null },
      ...{ attempts: record.attempts.length, firstByteMs: record.firstByteMs ?? null },
      ...{ httpStatus: record.httpStatus ?? null, errorKind: record.errorKind ?? null },
      ...{ inputTokens, outputTokens, cacheReadTokens },
    });
  }

  #answering(requestId: string): void {
    const call = this.#calls.get(requestId);
    if (!call) return;
    call.phase = 'answering';
    call.firstByteMs = Math.round(this.#monotonic() - call.startedMonotonic);
    this.#tell(call);
  }

  #tell(call: Kept): void {
    if (this.#feed.isHeard) this.#feed.tell('call', call.requestId, toLive(call));
  }
}

function toLive({ startedMonotonic: _, ...call }: Kept): LiveCall {
  return call;
}

/** The same way to the client, and a word when the answer begins. */
class WatchedReply implements Reply {
  readonly #inner: Reply;
  readonly #onBegin: () => void;

  constructor(inner: Reply, onBegin: () => void) {
    this.#inner = inner;
    this.#onBegin = onBegin;
  }

  get hasBegun(): boolean {
    return this.#inner.hasBegun;
  }

  announce(headers: Readonly<Record<string, string>>): void {
    this.#inner.announce(headers);
  }

  begin(status: number, headers: Record<string, string>): void {
    this.#inner.begin(status, headers);
    this.#onBegin();
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    return this.#inner.write(chunk);
  }

  finish(...[tail]: Parameters<Reply['finish']>): void {
    this.#inner.finish(tail);
  }
}
