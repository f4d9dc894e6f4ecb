import type { Headers } from '../domain/headers.ts';
import type { ByteFilter, Protocol } from './protocol.ts';

export interface EnvelopedRefusal {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** How a platform wraps a protocol for its clients: another path, body and framing around the same conversation. */
export interface Envelope {
  /** The protocol inside, with the platform's own shape of errors. */
  readonly protocol: Protocol;
  /** The content type of a stream. */
  readonly streamType: string;
  /** The request as the protocol itself has it, with headers that the platform keeps in the body. */
  open(body: Uint8Array): { readonly body: Buffer; readonly headers: Headers };
  /** For a stream: from the protocol's bytes to the platform's. */
  createFramer(): ByteFilter;
  /** An upstream's refusal, in the protocol's own shape, as the platform says it. */
  encodeRefusal(status: number, body: Uint8Array): EnvelopedRefusal;
}
