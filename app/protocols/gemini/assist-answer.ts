import { RelayError } from '../../domain/errors.ts';
import type { ByteFilter } from '../protocol.ts';
import { type ObjectListener, ObjectScanner } from './object-scanner.ts';

// Answers come as `{response: {…}, traceId}`; errors and token counts as they are on the Gemini API. Nothing is parsed and
// printed again: what Google escaped stays escaped, U+2028 above all, which Gemini CLI takes for the end of a line.

/** What may stand before the response in its wrapper. */
const maxHeldBytes = 65_536;
const opening = Buffer.from('{"response":');

/** Answers of Code Assist as the Gemini API gives them. An object that is no wrapper, such as an error, passes as it came. */
export function createAssistUnwrapper(): ByteFilter {
  return new ObjectFilter((pieces) => new Unwrapping(pieces));
}

/** Answers of the Gemini API as Code Assist gives them; `traceId` names the call for support. Errors get no wrapper. */
export function createAssistWrapper(traceId: string): ByteFilter {
  return new ObjectFilter((pieces) => new Wrapping(pieces, traceId));
}

class ObjectFilter implements ByteFilter {
  readonly #pieces = new Pieces();
  readonly #scanner: ObjectScanner;

  constructor(listen: (pieces: Pieces) => ObjectListener) {
    this.#scanner = new ObjectScanner(listen(this.#pieces));
  }

  push(chunk: Uint8Array): Uint8Array {
    this.#scanner.push(chunk);
    return this.#pieces.take();
  }

  end(): Uint8Array {
    this.#pieces.passHeld();
    return this.#pieces.take();
  }
}

/** What has passed, and the beginning of an object that is held until its fields tell what it is. */
class Pieces {
  #passed: Buffer[] = [];
  #held: Buffer[] = [];
  #heldBytes = 0;

  pass(bytes: Buffer): void {
    this.#passed.push(bytes);
  }

  hold(bytes: Buffer): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes <= maxHeldBytes) return;
    throw new RelayError('upstream-broken', 'An object of the answer does not tell what it is.');
  }

  passHeld(): void {
    this.#passed.push(...this.#held);
    this.dropHeld();
  }

  dropHeld(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }

  take(): Uint8Array {
    const [only] = this.#passed;
    const bytes = this.#passed.length === 1 && only ? only : Buffer.concat(this.#passed);
    this.#passed = [];
    return bytes;
  }
}

class Unwrapping implements ObjectListener {
  readonly #pieces: Pieces;
  #course: 'hold' | 'pass' | 'drop' = 'pass';

  constructor(pieces: Pieces) {
    this.#pieces = pieces;
  }

  take(bytes: Buffer): void {
    if (this.#course === 'hold') this.#pieces.hold(bytes);
    else if (this.#course === 'pass') this.#pieces.pass(bytes);
  }

  objectStart(): void {
    this.#course = 'hold';
  }

  fieldStart(name: string): void {
    if (this.#course !== 'hold' || name !== 'response') return;
    this.#pieces.dropHeld();
    this.#course = 'pass';
  }

  fieldEnd(): void {
    if (this.#course === 'pass') this.#course = 'drop';
  }

  objectEnd(): void {
    this.#pieces.passHeld();
    this.#course = 'pass';
  }
}

class Wrapping implements ObjectListener {
  readonly #pieces: Pieces;
  readonly #closing: Buffer;
  #isHeld = false;
  #isWrapped = false;

  constructor(pieces: Pieces, traceId: string) {
    this.#pieces = pieces;
    this.#closing = Buffer.from(`,"traceId":${JSON.stringify(traceId)}}`);
  }

  take(bytes: Buffer): void {
    if (this.#isHeld) this.#pieces.hold(bytes);
    else this.#pieces.pass(bytes);
  }

  objectStart(): void {
    this.#isHeld = true;
  }

  fieldStart(name: string): void {
    if (this.#isHeld) this.#decide(name !== 'error');
  }

  fieldEnd(): void {
    // The first field has told everything.
  }

  objectEnd(): void {
    if (this.#isHeld) this.#decide(true);
    if (this.#isWrapped) this.#pieces.pass(this.#closing);
    this.#isWrapped = false;
  }

  #decide(isWrapped: boolean): void {
    if (isWrapped) this.#pieces.pass(opening);
    this.#isWrapped = isWrapped;
    this.#isHeld = false;
    this.#pieces.passHeld();
  }
}
