import type { IncomingMessage } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import type { Clock } from '../domain/clock.ts';
import { RelayError } from '../domain/errors.ts';
import { ClientLost } from '../relay/call.ts';
import { encodingLayers } from '../relay/encodings.ts';

export interface BodyOptions {
  readonly clock: Clock;
  readonly maxBytes: number;
  /** The longest silence between two pieces of a body; in that time some kilobytes must come. */
  readonly idleMs: number;
  readonly contentEncoding: string | undefined;
}

type Decompress = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

const decompress: Readonly<Record<string, Decompress>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
};

/** Compressed bodies may grow to this freely, beyond it only by `maxRatio` (P11 bomb). */
const freeGrowthBytes = 1024 * 1024;
const maxRatio = 100;

/** A request's whole body with its content encoding taken off. */
export async function readBody(request: IncomingMessage, options: BodyOptions): Promise<Buffer> {
  const layers = encodingLayers(options.contentEncoding);
  if (!layers) {
    throw new RelayError(
      'encoding-unsupported',
      'This content encoding is not supported; send the body plain or with gzip, deflate, br or zstd.',
    );
  }
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > options.maxBytes) throw tooLarge(options.maxBytes);
  const raw = await collect(request, { ...options, announced });
  // To join a large body may take as long as to look through it will: everybody else has a turn between.
  if (raw.length > freeReserveBytes) await nextTurn();
  return layers.length === 0 ? raw : unpack(raw, layers, options.maxBytes);
}

function collect(request: IncomingMessage, options: BodyOptions & { readonly announced: number }): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const body = new GrowingBody(options.announced);
    const pace = new Pace(options.clock.monotonic(), options.idleMs);
    let cancelTimer = options.clock.after(pace.nextMs(options.clock.monotonic()), look);
    const finish = (error: Error | undefined) => {
      cancelTimer();
      request.off('data', onData).off('end', onEnd).off('close', onClose);
      if (error) reject(error);
      else resolve(body.bytes());
    };
    function onData(chunk: Buffer): void {
      body.push(chunk);
      if (body.length > options.maxBytes) finish(tooLarge(options.maxBytes));
      pace.moved(options.clock.monotonic(), chunk.length);
    }
    function onEnd(): void {
      finish(undefined);
    }
    function onClose(): void {
      finish(new ClientLost());
    }
    function look(): void {
      const nextMs = pace.nextMs(options.clock.monotonic());
      if (nextMs > 0) cancelTimer = options.clock.after(nextMs, look);
      else finish(new RelayError('request-timeout', 'The request body did not arrive in time; send it again.'));
    }
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', ignored);
  });
}

const firstByteMs = 10_000;
/** Slower than the slowest line; who sends a byte now and then keeps a connection from others (P13 slow-loris). */
const leastBytes = 4 * 1024;

/** Whether a body arrives: it must begin, may not pause for long, and not creep. */
class Pace {
  readonly #idleMs: number;
  #lastAt: number;
  #hasBegun = false;
  /** Bytes since then. */
  #since: number;
  #bytes = 0;

  constructor(now: number, idleMs: number) {
    this.#idleMs = idleMs;
    this.#lastAt = now;
    this.#since = now;
  }

  moved(now: number, bytes: number): void {
    this.#hasBegun = true;
    this.#lastAt = now;
    this.#bytes += bytes;
  }

  /** After how long it must be looked at again; not positive when it is too slow. */
  nextMs(now: number): number {
    if (now - this.#since >= this.#idleMs && this.#bytes >= leastBytes) {
      this.#since = now;
      this.#bytes = 0;
    }
    const pauseMs = this.#hasBegun ? this.#idleMs : Math.min(firstByteMs, this.#idleMs);
    return Math.min(this.#lastAt + pauseMs, this.#since + this.#idleMs) - now;
  }
}

/** Announced sizes up to this are reserved at once, larger ones when so much has come: a header alone takes no memory. */
const freeReserveBytes = 4 * 1024 * 1024;

/** Bytes that arrive in pieces. With its size known each piece is copied once and freed, instead of all being joined. */
class GrowingBody {
  readonly #announced: number;
  #reserved: Buffer | undefined;
  #pieces: Buffer[] = [];
  #length = 0;

  constructor(announced: number) {
    this.#announced = announced;
    if (announced > 64 * 1024 && announced <= freeReserveBytes) this.#reserve();
  }

  get length(): number {
    return this.#length;
  }

  push(piece: Buffer): void {
    if (!this.#reserved && this.#length > freeReserveBytes && this.#announced > this.#length) this.#reserve();
    if (this.#reserved) piece.copy(this.#reserved, this.#length);
    else this.#pieces.push(piece);
    this.#length += piece.length;
  }

  bytes(): Buffer {
    if (this.#reserved) return this.#reserved;
    const [only] = this.#pieces;
    return this.#pieces.length === 1 && only ? only : Buffer.concat(this.#pieces, this.#length);
  }

  #reserve(): void {
    this.#reserved = Buffer.allocUnsafeSlow(this.#announced);
    let end = 0;
    for (const piece of this.#pieces) end += piece.copy(this.#reserved, end);
    this.#pieces = [];
  }
}

async function unpack(raw: Buffer, layers: readonly string[], maxBytes: number): Promise<Buffer> {
  const maxOutputLength = Math.min(maxBytes, Math.max(freeGrowthBytes, raw.length * maxRatio));
  let bytes = raw;
  for (const name of layers.toReversed()) {
    try {
      bytes = (await decompress[name]?.(bytes, { maxOutputLength })) ?? bytes;
    } catch (cause) {
      if (isTooLarge(cause)) throw tooLarge(maxOutputLength);
      throw new RelayError('request-invalid', `The body is not valid ${name}; send it plain or encode it again.`, {
        cause,
      });
    }
  }
  return bytes;
}

function isTooLarge(error: unknown): boolean {
  return error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

function tooLarge(maxBytes: number): RelayError {
  const shown = maxBytes >= 1024 * 1024 ? `${Math.floor(maxBytes / 1024 / 1024)} MB` : `${maxBytes} bytes`;
  return new RelayError('body-too-large', `The request body is larger than ${shown}; send less.`);
}

function ignored(): void {
  // An aborted request emits `error` besides `close`; `close` is the one that counts.
}
