import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { newId } from '../domain/ids.ts';
import {
  AnswerMemory,
  maxRememberedBytes,
  previousGone,
  warmUpEvents,
} from '../protocols/openai-responses/socket-answer.ts';
import { type Remembered, readSocketMessage, type Turn } from '../protocols/openai-responses/socket-message.ts';
import { authenticate } from '../relay/authenticate.ts';
import { ClientLost, type Received } from '../relay/call.ts';
import { type ClientDoorDeps, toRelayError } from './client-door.ts';
import { SocketReply } from './socket-reply.ts';

/** What is the same for all turns of a connection. */
export type Connection = Pick<Received, 'protocol' | 'path' | 'headers' | 'address' | 'isLoopback'>;

export interface ResponsesSocketOptions {
  readonly connection: Connection;
  /** False once the relay stops: what runs may end, nothing begins. */
  isOpen(): boolean;
  /** Whether there is room for so much more of conversations. */
  mayRemember(bytes: number): boolean;
  /** This client does better over HTTP: its next connection is refused. */
  decline(): void;
}

/** Turns that may wait for the one that runs; their bytes are limited like those of one body. */
const maxWaiting = 8;
/** Reasons for closing (RFC 6455, 7.4.1). */
const goingAway = 1001;
const policyViolation = 1008;
const tooBig = 1009;
/** A client that is gone without a word is noticed after two of these. */
const heartbeatMs = 25_000;

/** One client's WebSocket for Responses: each `response.create` is a call of its own through the relay's five stops. */
export class ResponsesSocket {
  readonly #deps: ClientDoorDeps;
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #options: ResponsesSocketOptions;
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #isBusy = false;
  #isAlive = true;
  #cancelHeartbeat: () => void = () => undefined;
  #abort: () => void = () => undefined;
  #remembered: Remembered | undefined;

  /** `stream` is what `socket` writes to. */
  constructor(deps: ClientDoorDeps, wire: { socket: WebSocket; stream: Duplex }, options: ResponsesSocketOptions) {
    this.#deps = deps;
    this.#socket = wire.socket;
    this.#stream = wire.stream;
    this.#options = options;
    this.#socket
      .on('message', (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary))
      .on('pong', () => {
        this.#isAlive = true;
      })
      .on('close', () => {
        this.#cancelHeartbeat();
        this.#waiting.length = 0;
        this.#abort();
      })
      .on('error', ignored);
    this.#watch();
  }

  get rememberedBytes(): number {
    return this.#remembered?.items.length ?? 0;
  }

  /** Closes it when nothing runs on it. */
  closeIdle(): void {
    if (!this.#isBusy) this.#socket.close(goingAway);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #watch(): void {
    this.#cancelHeartbeat = this.#deps.clock.after(heartbeatMs, () => {
      if (!this.#isAlive) {
        this.terminate();
        return;
      }
      this.#isAlive = false;
      this.#socket.ping();
      this.#watch();
    });
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      this.#refuseForm('Only text messages');
      return;
    }
    this.#waiting.push(data);
    this.#waitingBytes += data.length;
    if (this.#waiting.length > maxWaiting || this.#waitingBytes > this.#deps.limits.maxBodyBytes) {
      this.#waiting.length = 0;
      this.#socket.close(tooBig);
      return;
    }
    if (!this.#isBusy) void this.#serveWaiting();
  }

  async #serveWaiting(): Promise<void> {
    this.#isBusy = true;
    for (let data = this.#waiting.shift(); data; data = this.#waiting.shift()) {
      this.#waitingBytes -= data.length;
      await this.#serve(data);
    }
    this.#isBusy = false;
    if (!this.#options.isOpen()) this.closeIdle();
  }

  /** Never rejects: the edge where an error becomes a message. */
  async #serve(data: Buffer): Promise<void> {
    const { clock, limits, running } = this.#deps;
    const requestId = newId('req', clock.now());
    const { protocol } = this.#options.connection;
    let memory: AnswerMemory | undefined;
    const reply = new SocketReply(this.#socket, this.#stream, {
      clock,
      stallMs: limits.clientStallMs,
      protocol,
      requestId,
      onEvent: (type, event) => memory?.take(type, event),
      onFailure: (status) => {
        // Codex tries errors of this kind again as often as it may over the socket, and then once more over HTTP.
        if (isTriedAgain(status)) this.#options.decline();
      },
    });
    const controller = running.begin(requestId);
    this.#abort = () => controller.abort();
    if (this.#socket.readyState !== this.#socket.OPEN) controller.abort();
    try {
      const message = readSocketMessage(data, this.#remembered);
      if (message.kind === 'unsupported') this.#refuseForm(message.what);
      if (message.kind === 'gone') this.#socket.send(previousGone(message.id));
      if (message.kind !== 'turn') return;
      const { signal } = controller;
      const received = receivedOn(this.#deps, this.#options.connection, { requestId, body: message.body, signal });
      if (message.isWarmUp) return this.#warmUp(message, received);
      memory = new AnswerMemory(message);
      await this.#deps.relay(received, reply);
      this.#remember(memory.remembered() ?? this.#remembered);
    } catch (error) {
      const known = toRelayError(error);
      if (error instanceof ClientLost) this.terminate();
      else reply.refuse(known);
      if (known.kind === 'internal' && !(error instanceof ClientLost)) this.#deps.reportDefect(requestId, error);
    } finally {
      running.end(controller);
    }
  }

  /** Nothing is asked of an upstream: over HTTP there is nothing to prepare. The next turn brings it all. */
  #warmUp({ body, items }: Turn, received: Received): void {
    authenticate(this.#deps, received);
    const { model } = received.protocol.readFacts(body, received.path);
    const id = `resp_${received.requestId}`;
    this.#remember(items && { id, items, isWarmUp: true });
    for (const event of warmUpEvents(id, model, received.receivedAt)) this.#socket.send(event);
  }

  /** What cannot be kept is gone: the client then sends it whole. */
  #remember(known: Remembered | undefined): void {
    const bytes = known?.items.length ?? 0;
    const fits = bytes <= maxRememberedBytes && this.#options.mayRemember(bytes - this.rememberedBytes);
    // A copy: a part of a message would keep all of it.
    this.#remembered = known && fits ? { ...known, items: Buffer.from(known.items) } : undefined;
  }

  /** The connection ends, and the client's next one is told to use HTTP at once. */
  #refuseForm(what: string): void {
    this.#options.decline();
    this.#socket.close(policyViolation, `${what} can be served here over a WebSocket; use HTTP.`);
  }
}

/** One turn as a call like any other. */
export function receivedOn(
  { clock }: Pick<ClientDoorDeps, 'clock'>,
  connection: Connection,
  { body, ...call }: Pick<Received, 'requestId' | 'signal'> & { readonly body: Buffer },
): Received {
  return {
    ...connection,
    ...call,
    receivedAt: clock.now(),
    startedAt: clock.monotonic(),
    route: 'responses',
    method: 'POST',
    readBody: () => Promise.resolve(body),
  };
}

function isTriedAgain(status: number): boolean {
  return status === 401 || status === 403 || status === 429 || status >= 500;
}

function ignored(): void {
  // `close` follows, and is the one that counts.
}
