import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../domain/clock.ts';
import { RelayError } from '../domain/errors.ts';
import { newId } from '../domain/ids.ts';
import type { KeyVerdict } from '../keys/directory.ts';
import { KeyGuesses } from '../keys/guesses.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { readClientHeaders } from '../relay/headers.ts';
import { sendWireError } from './reply.ts';

export interface GuessGuardDeps {
  readonly clock: Clock;
  verifyKey(secret: string, nowMs: number, address: string | undefined): KeyVerdict;
}

export interface Guess {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly address: string | undefined;
  /** In whose shape it is refused. */
  protocol(): Protocol;
}

/** A client that waits longer than this takes us for dead. */
const longestHoldMs = 20_000;
/** As much as any connection reads ahead. */
const filling = Buffer.alloc(64 * 1024);
/** So many connections wait at once; who comes then is cut off. */
const maxHeld = 200;

/**
 * Slows down who tries keys (reliability.md Q14). An answer costs far more than the check of a key, so an address that tries
 * too many gets its answers late: its connection is not read meanwhile, and what it sends there costs nothing.
 */
export class GuessGuard {
  readonly #deps: GuessGuardDeps;
  readonly #guesses: KeyGuesses;
  readonly #held = new Set<Socket>();

  constructor(deps: GuessGuardDeps) {
    this.#deps = deps;
    this.#guesses = new KeyGuesses(deps.clock);
  }

  /** A key from there was wrong. */
  wrong(address: string | undefined): void {
    this.#guesses.wrong(address);
  }

  /** True when this takes care of the request: nobody else may answer it. */
  stops({ request, response, address, protocol }: Guess): boolean {
    const { socket } = request;
    // Sent ahead on a connection that ends with the answer to what came before.
    if (this.#held.has(socket)) return true;
    const restMs = this.#guesses.restMs(address);
    if (restMs === 0 || this.#hasRightKey(request, address)) return false;
    if (this.#held.size >= maxHeld) {
      socket.destroy();
      return true;
    }
    this.#held.add(socket);
    stopReading(socket);
    const cancel = this.#deps.clock.after(Math.min(restMs, longestHoldMs), () => refuse(response, protocol(), restMs));
    response.once('close', () => {
      cancel();
      this.#held.delete(socket);
    });
    return true;
  }

  #hasRightKey({ rawHeaders }: IncomingMessage, address: string | undefined): boolean {
    const { credentials, waystationKeys } = readClientHeaders(rawHeaders);
    const now = this.#deps.clock.now();
    const isRight = (secret: string) => this.#deps.verifyKey(secret, now, address).key !== undefined;
    return waystationKeys.some(isRight) || credentials.some(({ secret }) => isRight(secret));
  }
}

/**
 * Node's HTTP parser takes the bytes past the stream, unless somebody asks the stream for them; then pausing it works. It reads
 * on until it holds enough all the same, so it gets as much: what is held is never read.
 */
function stopReading(socket: Socket): void {
  if (socket.isPaused()) return;
  socket.on('readable', () => undefined);
  socket.pause();
  socket.unshift(filling.subarray(0, socket.readableHighWaterMark));
}

function refuse(response: ServerResponse, protocol: Protocol, retryAfterMs: number): void {
  if (response.destroyed) return;
  const message = 'Too many wrong Waystation keys came from this address. Check the key, then try again later.';
  const wire = protocol.encodeError(
    new RelayError('rate-limited', message, { retryAfterMs }),
    newId('req', Date.now()),
  );
  // What else was sent there is not read any more.
  response.once('finish', () => response.socket?.destroy());
  sendWireError(response, wire, { connection: 'close' });
}
