import type { Headers } from '../domain/headers.ts';
import type { ByteFilter } from './protocol.ts';

/** How a platform wraps a protocol for its clients: another path, body and framing around the same conversation. */
export interface Envelope {
  /** The request as the protocol itself has it, with headers that the platform keeps in the body. */
  open(body: Buffer): { readonly body: Buffer; readonly headers?: Headers | undefined };
  /** Left out where answers are the protocol's own. */
  readonly answer?: AnswerEnvelope | undefined;
}

export interface AnswerEnvelope {
  /** The content type of a stream. */
  readonly streamType: string;
  /** For a stream: from the protocol's bytes to the platform's. */
  createFramer(): ByteFilter;
  /** An upstream's refusal, in the protocol's own shape, as the platform says it. */
  encodeRefusal(status: number, body: Uint8Array): EnvelopedRefusal;
}

export interface EnvelopedRefusal {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}
