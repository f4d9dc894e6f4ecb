import { isUtf8 } from 'node:buffer';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Clock } from '../domain/clock.ts';
import type { RelayError } from '../domain/errors.ts';
import { parseJson, textMember } from '../protocols/json-value.ts';
import { socketError } from '../protocols/openai-responses/socket-answer.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { type Frame, FrameReader, frameText } from '../protocols/sse.ts';
import { ClientLost, type Reply, type Tail } from '../relay/call.ts';
import { drained, requestIdHeader } from './reply.ts';

export interface SocketReplyOptions {
  readonly clock: Clock;
  /** How long a client may leave our bytes unread. */
  readonly stallMs: number;
  readonly protocol: Protocol;
  readonly requestId: string;
  /** Told of each event that is sent, with its JSON. */
  onEvent(type: string, data: Buffer): void;
  /** Told of an error that took the answer's place. */
  onFailure(status: number): void;
}

/** One event may hold a whole image; more than this is not an event of an answer. */
const maxEventBytes = 32 * 1024 * 1024;
/** Why a connection is closed (RFC 6455, 7.4.1). */
const internalError = 1011;

/** A turn on a WebSocket as the relay sees it: each event of the stream goes out as one text message. */
export class SocketReply implements Reply {
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #options: SocketReplyOptions;
  readonly #frames = new FrameReader((frame) => this.#send(frame), maxEventBytes);
  #announced: Readonly<Record<string, string>> = {};
  #hasBegun = false;
  #isTooLarge = false;

  /** `stream` is what `socket` writes to. */
  constructor(socket: WebSocket, stream: Duplex, options: SocketReplyOptions) {
    this.#socket = socket;
    this.#stream = stream;
    this.#options = options;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Only an error has room for headers. */
  announce(headers: Readonly<Record<string, string>>): void {
    this.#announced = headers;
  }

  begin(): void {
    this.#hasBegun = true;
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    this.#frames.push(chunk);
    if (this.#isTooLarge || this.#stream.destroyed) return Promise.reject(new ClientLost());
    return this.#stream.writableNeedDrain ? drained(this.#stream, this.#options) : undefined;
  }

  finish(tail: Tail): void {
    switch (tail.kind) {
      case 'end':
        for (const chunk of tail.chunks) this.#frames.push(chunk);
        if (this.#isTooLarge) this.drop();
        return;
      case 'whole':
        this.#fail({ status: tail.status, headers: tail.headers, body: tail.body.toString() });
        return;
      case 'error':
        this.refuse(tail.error);
        return;
      case 'cut':
        this.drop();
        return;
      case 'none':
        this.#socket.terminate();
    }
  }

  /** Our own error, in the form that takes an HTTP answer's place. */
  refuse(error: RelayError): void {
    if (this.#hasBegun) this.drop();
    else this.#fail(this.#options.protocol.encodeError(error, this.#options.requestId));
  }

  /** The client knows by the closed connection that the answer is not whole. */
  drop(): void {
    this.#socket.close(internalError);
  }

  #fail(wire: Parameters<typeof socketError>[0]): void {
    const headers = { ...this.#announced, ...wire.headers, [requestIdHeader]: this.#options.requestId };
    this.#socket.send(socketError({ ...wire, headers }));
    this.#options.onFailure(wire.status);
  }

  #send(frame: Frame): void {
    if (frame.isCut) this.#isTooLarge = true;
    if (this.#isTooLarge) return;
    const data = jsonOf(frame);
    if (!data) return;
    // Text that is no UTF-8 would make the client drop the connection; over HTTP it is read with marks in its place.
    this.#socket.send(isUtf8(data) ? data : data.toString(), { binary: false });
    this.#options.onEvent(frame.event || (textMember(parseJson(data.toString()), 'type') ?? ''), data);
  }
}

const openBrace = 0x7b;
const lineFeed = 0x0a;

/** The event's document. One of several lines may begin with what is left of an event that broke off (see `errors.ts`). */
function jsonOf(frame: Frame): Buffer | undefined {
  const data = frame.bytes.subarray(frame.start, frame.end);
  const lastLine = data.lastIndexOf(lineFeed) + 1;
  const isBroken = lastLine > 0 && parseJson(frameText(frame)) === undefined;
  const document = isBroken ? data.subarray(lastLine) : data;
  return document[0] === openBrace ? document : undefined;
}
