import type { Dispatcher } from 'undici';
import { describeTrouble } from '../accounts/network-trouble.ts';
import type { UpstreamPhase } from '../domain/fault.ts';
import type { Headers } from '../domain/headers.ts';

/** The upstream could not be reached or broke off. `detail` is for the log and the attempt record. */
export class TransportError extends Error {
  readonly phase: UpstreamPhase;
  readonly detail: string;

  constructor(phase: UpstreamPhase, detail: string, cause?: unknown) {
    super(`Upstream failed (${phase}): ${detail}`, { cause });
    this.name = 'TransportError';
    this.phase = phase;
    this.detail = detail;
  }
}

/** An answer whose body is pulled: nothing more is read from the socket than the reader takes. */
export interface UpstreamReply {
  readonly status: number;
  readonly headers: Headers;
  /** The next bytes, at once when they are here; undefined at the end. Rejects with `TransportError`. */
  read(): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Stops the upstream; a reader that waits gets an error. Safe to call at any time. */
  cancel(): void;
}

/** The whole body, cut off at `maxBytes`. */
export async function readWhole(upstream: UpstreamReply, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let chunk = await upstream.read(); chunk !== undefined; chunk = await upstream.read()) {
    chunks.push(chunk);
    length += chunk.length;
    if (length <= maxBytes) continue;
    upstream.cancel();
    break;
  }
  return Buffer.concat(chunks, length);
}

interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/** Bytes kept for a slow reader before the socket is paused. */
const highWaterBytes = 256 * 1024;

/** One request on the wire: undici's callbacks on one side, `UpstreamReply` on the other. */
export class Exchange implements Dispatcher.DispatchHandler, UpstreamReply {
  readonly head: Promise<UpstreamReply>;
  status = 0;
  headers: Headers = {};
  readonly #signal: AbortSignal;
  readonly #onAbort = () => this.cancel();
  #headWaiter: Waiter<UpstreamReply> | undefined;
  #readWaiter: Waiter<Uint8Array | undefined> | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #ended = false;
  #error: TransportError | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    this.head = new Promise((resolve, reject) => {
      this.#headWaiter = { resolve, reject };
    });
    if (signal.aborted) this.cancel();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#error) controller.abort(this.#error);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    if (status < 200) return;
    this.status = status;
    this.headers = joined(headers);
    this.#headWaiter?.resolve(this);
    this.#headWaiter = undefined;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    const waiter = this.#readWaiter;
    if (waiter) {
      this.#readWaiter = undefined;
      waiter.resolve(chunk);
      return;
    }
    this.#queue.push(chunk);
    this.#queuedBytes += chunk.length;
    if (this.#queuedBytes >= highWaterBytes) controller.pause();
  }

  onResponseEnd(): void {
    this.#ended = true;
    this.#detach();
    this.#readWaiter?.resolve(undefined);
    this.#readWaiter = undefined;
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  read(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const chunk = this.#queue.shift();
    if (chunk) {
      this.#queuedBytes -= chunk.length;
      if (this.#queuedBytes < highWaterBytes && this.#controller?.paused) this.#controller.resume();
      return chunk;
    }
    if (this.#error) return Promise.reject(this.#error);
    if (this.#ended) return undefined;
    return new Promise((resolve, reject) => {
      this.#readWaiter = { resolve, reject };
    });
  }

  cancel(): void {
    if (this.#ended || this.#error) return;
    this.fail(new TransportError(this.#phase(), 'cancelled'));
  }

  /** Ends the exchange with an error, from undici or from a failed dispatch. */
  fail(error: unknown): void {
    if (this.#error || this.#ended) return;
    this.#error = error instanceof TransportError ? error : toTransportError(error, this.#phase());
    this.#detach();
    this.#headWaiter?.reject(this.#error);
    this.#headWaiter = undefined;
    this.#readWaiter?.reject(this.#error);
    this.#readWaiter = undefined;
    if (this.#controller && !this.#controller.aborted) this.#controller.abort(this.#error);
  }

  #phase(): UpstreamPhase {
    if (this.status > 0) return 'stream';
    return this.#controller ? 'first-byte' : 'connect';
  }

  #detach(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}

function toTransportError(error: unknown, phase: UpstreamPhase): TransportError {
  return new TransportError(phase, describeTrouble(error), error);
}

function joined(headers: Record<string, unknown>): Headers {
  for (const name in headers) {
    const value = headers[name];
    if (Array.isArray(value)) headers[name] = value.join(', ');
  }
  return headers as Headers;
}
