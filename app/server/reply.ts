import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import type { Clock } from '../domain/clock.ts';
import type { RelayError } from '../domain/errors.ts';
import type { Protocol, WireError } from '../protocols/protocol.ts';
import { ClientLost, type Reply, type Tail } from '../relay/call.ts';

export const requestIdHeader = 'x-waystation-request-id';

export interface ReplyOptions {
  readonly protocol: Protocol;
  readonly requestId: string;
  readonly clock: Clock;
  /** How long a client may leave our bytes unread. */
  readonly stallMs: number;
}

/** A Node response as the relay sees it. */
export class HttpReply implements Reply {
  readonly #response: ServerResponse;
  readonly #options: ReplyOptions;

  constructor(response: ServerResponse, options: ReplyOptions) {
    this.#response = response;
    this.#options = options;
  }

  get hasBegun(): boolean {
    return this.#response.headersSent;
  }

  announce(headers: Readonly<Record<string, string>>): void {
    if (this.#response.headersSent) return;
    for (const [name, value] of Object.entries(headers)) this.#response.setHeader(name, value);
  }

  begin(status: number, headers: Record<string, string>): void {
    headers[requestIdHeader] = this.#options.requestId;
    if (!this.#response.destroyed) this.#response.writeHead(status, headers);
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#response.destroyed) return Promise.reject(new ClientLost());
    return this.#response.write(chunk) ? undefined : drained(this.#response, this.#options);
  }

  finish(tail: Tail): void {
    const response = this.#response;
    if (response.destroyed) return;
    switch (tail.kind) {
      case 'end':
        response.end(joined(tail.chunks));
        return;
      case 'cut':
        response.write(joined(tail.chunks) ?? '', () => response.destroy());
        return;
      case 'whole':
        tail.headers['content-length'] = String(tail.body.length);
        this.begin(tail.status, tail.headers);
        response.end(tail.body);
        return;
      case 'error':
        this.refuse(tail.error);
        return;
      case 'none':
        response.destroy();
    }
  }

  /** Our own error in the caller's protocol shape. `closes` ends the connection: the body was not read. */
  refuse(error: RelayError, closes = false): void {
    if (this.#response.destroyed) return;
    if (this.#response.headersSent) {
      this.#response.destroy();
      return;
    }
    const { requestId, protocol } = this.#options;
    const wire = protocol.encodeError(error, requestId);
    sendWireError(this.#response, wire, { [requestIdHeader]: requestId, ...(closes ? { connection: 'close' } : {}) });
  }
}

/** Resolves once the client has read what was written. Rejects when it stalls or leaves. */
export function drained(stream: Writable, { clock, stallMs }: Pick<ReplyOptions, 'clock' | 'stallMs'>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancelTimer = clock.after(stallMs, () => finish(new ClientLost()));
    const finish = (error?: Error) => {
      cancelTimer();
      stream.off('drain', onDrain).off('close', onClose);
      if (error) reject(error);
      else resolve();
    };
    const onDrain = () => finish();
    const onClose = () => finish(new ClientLost());
    stream.once('drain', onDrain).once('close', onClose);
  });
}

export function sendWireError(response: ServerResponse, wire: WireError, headers: Record<string, string>): void {
  const body = Buffer.from(wire.body);
  response.writeHead(wire.status, {
    ...wire.headers,
    ...headers,
    'content-type': 'application/json',
    'content-length': String(body.length),
  });
  response.end(body);
}

function joined(chunks: readonly Uint8Array[]): Uint8Array | undefined {
  return chunks.length <= 1 ? chunks[0] : Buffer.concat(chunks);
}
