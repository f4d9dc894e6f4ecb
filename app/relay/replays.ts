import { createHash, hash } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';
import { RelayError } from '../domain/errors.ts';
import { thisComputer } from '../usage/record.ts';
import type { Authenticated, Reply } from './call.ts';
import { type NodeClaims, otherRequest } from './node-claims.ts';
import { type Room, SharedAnswer } from './shared-answer.ts';

export interface ReplayDeps {
  readonly replays: Replays;
  /** Where several nodes share their state; left out on the built-in one. */
  readonly claims?: Pick<NodeClaims, 'take'> | undefined;
  /** A call was answered with what another one got, for the log. */
  replayed(requestId: string, replayOf: string): void;
}

/** How long an answer can be had again after it has ended, and how much is kept. */
const keptMs = 600_000;
const maxBytes = 32 * 1024 * 1024;
const maxAnswers = 1_000;
const maxKeyLength = 255;

interface Entry {
  readonly answer: SharedAnswer;
  /** Digest of what was asked. */
  readonly asked: string;
  /** Monotonic milliseconds; infinite while it is on its way. */
  readonly endsAt: number;
}

/**
 * Answers by the idempotency key of their calls (S19): what is sent twice at once goes upstream once, and what is sent
 * again soon after its answer gets the same one. Only served answers are kept: who sends the same key again after an error means
 * another try. Streams take part, because most clients stream: one is joined from its start while that is kept.
 * NOTE: in this process only. Nodes that share a Redis do not share answers: each would have to pass through it whole.
 * What they share is who makes a call (`NodeClaims`), so that it is made once all the same.
 */
export class Replays implements Room {
  readonly #clock: Clock;
  readonly #running = new Map<string, Entry>();
  /** The one that ended first comes first. */
  readonly #ended = new Map<string, Entry>();
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What is kept now. */
  get size(): { readonly answers: number; readonly bytes: number } {
    return { answers: this.#running.size + this.#ended.size, bytes: this.#bytes };
  }

  /** The answer to join; undefined when it has to be made. Throws when the key stands for something else. */
  find(name: string, asked: string): SharedAnswer | undefined {
    this.#makeRoom(0);
    const entry = this.#running.get(name) ?? this.#ended.get(name);
    if (!entry) return undefined;
    if (entry.asked !== asked) throw otherRequest();
    // Everybody who asked for it has left, so it does not come to an end.
    if (entry.answer.signal.aborted) return undefined;
    if (!entry.answer.isWhole) throw new RelayError('concurrency-limited', tooLarge, { retryAfterMs: 2_000 });
    return entry.answer;
  }

  /** Begins an answer that others may join. */
  begin(name: string, asked: string, requestId: string): SharedAnswer {
    const answer = new SharedAnswer(requestId, this);
    this.#running.set(name, { answer, asked, endsAt: Number.POSITIVE_INFINITY });
    return answer;
  }

  /** A good one stays for a while. */
  end(name: string, answer: SharedAnswer): void {
    const entry = this.#running.get(name);
    const isCurrent = entry?.answer === answer;
    if (isCurrent) this.#running.delete(name);
    if (!isCurrent || !answer.isGood) {
      answer.letGo();
      return;
    }
    this.#ended.set(name, { ...entry, endsAt: this.#clock.monotonic() + keptMs });
    this.#makeRoom(0);
  }

  take(bytes: number): boolean {
    this.#makeRoom(bytes);
    if (this.#bytes + bytes > maxBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** Answers that have ended make way, the oldest first. */
  #makeRoom(bytes: number): void {
    const now = this.#clock.monotonic();
    for (const [name, { answer, endsAt }] of this.#ended) {
      const isTight = this.#bytes + bytes > maxBytes || this.#ended.size > maxAnswers;
      if (endsAt > now && !isTight) return;
      this.#ended.delete(name);
      answer.letGo();
    }
  }
}

const tooLarge =
  'The call with this idempotency-key is still on its way, and its answer is too large to be shared. Wait until it ends.';

export interface Sharing {
  readonly idempotencyKey: string;
  readonly reply: Reply;
  serve(call: Authenticated, reply: Reply): Promise<unknown>;
}

/** Serves a call that names an idempotency key: by itself, or with the answer that an equal one has got or is getting. */
export async function serveOnce(deps: ReplayDeps, call: Authenticated, to: Sharing): Promise<void> {
  const { replays } = deps;
  const body = await call.readBody();
  const name = nameOf(call, to.idempotencyKey);
  const asked = createHash('sha256').update(`${call.method} ${call.path}\n`).update(body).digest('base64');
  const known = replays.find(name, asked);
  if (known) {
    deps.replayed(call.requestId, known.requestId);
    return known.read(to.reply, call.signal, true);
  }
  const answer = replays.begin(name, asked, call.requestId);
  const own = { ...call, signal: answer.signal, readBody: () => Promise.resolve(body) };
  // The first is a reader like the others: when its client leaves, the answer still comes for theirs.
  const [read] = await Promise.allSettled([
    answer.read(to.reply, call.signal, false),
    serveClaimed(deps, own, { name, asked, answer, to })
      .catch((error: unknown) => answer.fail(error))
      .finally(() => replays.end(name, answer)),
  ]);
  if (read.status === 'rejected') throw read.reason;
}

interface Claimed {
  readonly name: string;
  readonly asked: string;
  readonly answer: SharedAnswer;
  readonly to: Sharing;
}

/** Only when no other node makes it. */
async function serveClaimed({ claims }: ReplayDeps, call: Authenticated, { name, asked, answer, to }: Claimed) {
  if (!claims) return to.serve(call, answer);
  const claim = await claims.take(name, asked);
  try {
    return await to.serve(call, answer);
  } finally {
    await claim.end(answer.isGood ? keptMs : 0);
  }
}

/** Scoped by who calls, as sessions are: a key is chosen by a client, and must not reach into another one's answers. */
function nameOf({ caller, clientCredential, route }: Authenticated, idempotencyKey: string): string {
  if (idempotencyKey.length > maxKeyLength) {
    throw new RelayError(
      'request-invalid',
      `The idempotency-key is longer than ${maxKeyLength} characters. Shorten it.`,
    );
  }
  const keyId = caller.kind === 'key' ? caller.key.id : thisComputer;
  const credential = clientCredential ? hash('sha256', JSON.stringify(clientCredential)) : '';
  return `${keyId} ${route} ${credential} ${idempotencyKey}`;
}
