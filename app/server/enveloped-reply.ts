import type { AnswerEnvelope } from '../protocols/envelope.ts';
import type { ByteFilter } from '../protocols/protocol.ts';
import type { Reply, Tail } from '../relay/call.ts';

/** An answer in its protocol's own bytes, on its way to a client of a platform that wraps them. */
export class EnvelopedReply implements Reply {
  readonly #inner: Reply;
  readonly #envelope: AnswerEnvelope;
  #framer: ByteFilter | undefined;

  constructor(inner: Reply, envelope: AnswerEnvelope) {
    this.#inner = inner;
    this.#envelope = envelope;
  }

  get hasBegun(): boolean {
    return this.#inner.hasBegun;
  }

  announce(headers: Readonly<Record<string, string>>): void {
    this.#inner.announce(headers);
  }

  begin(status: number, headers: Record<string, string>): void {
    if (headers['content-type']?.startsWith('text/event-stream')) {
      headers['content-type'] = this.#envelope.streamType;
      this.#framer = this.#envelope.createFramer();
    }
    this.#inner.begin(status, headers);
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    const bytes = this.#framer ? this.#framer.push(chunk) : chunk;
    return bytes.length === 0 ? undefined : this.#inner.write(bytes);
  }

  finish(tail: Tail): void {
    this.#inner.finish(this.#wrapped(tail));
  }

  #wrapped(tail: Tail): Tail {
    if (tail.kind === 'whole' && tail.status >= 400) {
      const { headers, body } = this.#envelope.encodeRefusal(tail.status, tail.body);
      return { ...tail, headers: { ...tail.headers, ...headers }, body };
    }
    const framer = this.#framer;
    if (!framer || (tail.kind !== 'end' && tail.kind !== 'cut')) return tail;
    return { ...tail, chunks: [...tail.chunks.map((chunk) => framer.push(chunk)), framer.end()] };
  }
}
