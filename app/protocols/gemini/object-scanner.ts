/** What a scanner tells of an answer's bytes: every byte once and in order, and between them where things begin and end. */
export interface ObjectListener {
  take(bytes: Buffer): void;
  objectStart(): void;
  /** The value of one of the object's own fields begins. */
  fieldStart(name: string): void;
  fieldEnd(): void;
  objectEnd(): void;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

const dataPrefix = Buffer.from('data:');
/** No name that anybody asks for is longer. */
const maxNameBytes = 64;

/** What comes next in the object itself; inside its values nothing is looked at. */
type Expects = 'name' | 'value' | 'end';

/**
 * Finds the JSON objects of an answer, and their own fields, in chunks that are cut anywhere: the `data:` of server-sent
 * events, the elements of an array that grows, or one body. Nothing is kept, however long an object gets.
 */
export class ObjectScanner {
  readonly #listener: ObjectListener;
  /** Undefined until the first byte that is not blank. */
  #isSse: boolean | undefined;
  /** In server-sent events: what the line that has begun turned out to be. */
  #line: 'start' | 'data' | 'other' = 'start';
  #matched = 0;
  #lastBreak = 0;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #expects: Expects = 'name';
  #isInField = false;
  #name: string | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  /** Everything before it has been delivered. */
  #delivered = 0;

  constructor(listener: ObjectListener) {
    this.#listener = listener;
  }

  push(chunk: Uint8Array): void {
    this.#bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#delivered = 0;
    this.#isSse ??= isSse(this.#bytes);
    for (let at = 0; at < this.#bytes.length; ) at = this.#step(at);
    this.#deliver(this.#bytes.length);
  }

  /** Answers where to go on. */
  #step(at: number): number {
    if (this.#isInString) return this.#stringEnd(at);
    const byte = this.#bytes[at] ?? 0;
    if (this.#isSse && this.#takeLine(byte, at)) return at + 1;
    if (this.#depth === 0) {
      if (byte === openBrace) this.#open(at);
    } else this.#takeJson(byte, at);
    return at + 1;
  }

  /** Whether the byte belongs to the lines of a stream rather than to what they carry. */
  #takeLine(byte: number, at: number): boolean {
    if (byte === lineFeed || byte === carriageReturn) {
      const isSameBreak = byte === lineFeed && this.#lastBreak === carriageReturn;
      if (this.#line === 'start' && this.#matched === 0 && !isSameBreak) this.#endFrame(at);
      this.#line = 'start';
      this.#matched = 0;
      this.#lastBreak = byte;
      return true;
    }
    this.#lastBreak = 0;
    if (this.#line !== 'start') return this.#line === 'other';
    if (byte !== dataPrefix[this.#matched]) this.#line = 'other';
    else if (++this.#matched === dataPrefix.length) this.#line = 'data';
    return true;
  }

  /** A blank line ends an event, also one whose object is not whole. */
  #endFrame(at: number): void {
    if (this.#depth === 0) return;
    this.#deliver(at);
    this.#depth = 0;
    this.#listener.objectEnd();
  }

  #open(at: number): void {
    this.#deliver(at);
    this.#depth = 1;
    this.#expects = 'name';
    this.#name = undefined;
    this.#isInField = false;
    this.#listener.objectStart();
  }

  #takeJson(byte: number, at: number): void {
    switch (byte) {
      case quote:
        if (this.#expects === 'value') this.#startField(at);
        else if (this.#expects === 'name') this.#name = '';
        this.#isInString = true;
        return;
      case openBrace:
      case openBracket:
        if (this.#expects === 'value') this.#startField(at);
        this.#depth += 1;
        return;
      case closeBrace:
      case closeBracket:
        this.#close(at);
        return;
      default:
        if (this.#depth === 1) this.#takeOwn(byte, at);
    }
  }

  /** A byte of the object itself, outside its containers and strings. */
  #takeOwn(byte: number, at: number): void {
    if (byte === colon) this.#expects = 'value';
    else if (byte === comma) {
      this.#endField(at);
      this.#expects = 'name';
    } else if (byte > 0x20 && this.#expects === 'value') this.#startField(at);
  }

  #close(at: number): void {
    this.#depth -= 1;
    if (this.#depth === 1) this.#endField(at + 1);
    if (this.#depth > 0) return;
    this.#endField(at);
    this.#deliver(at + 1);
    this.#listener.objectEnd();
  }

  #startField(at: number): void {
    this.#deliver(at);
    this.#expects = 'end';
    this.#isInField = true;
    this.#listener.fieldStart(this.#name ?? '');
  }

  #endField(at: number): void {
    if (!this.#isInField) return;
    this.#deliver(at);
    this.#isInField = false;
    this.#listener.fieldEnd();
  }

  /** Where the string that began before ends; the end of the chunk when it does not end there. */
  #stringEnd(from: number): number {
    const bytes = this.#bytes;
    const start = this.#isEscaped ? from + 1 : from;
    let at = bytes.indexOf(quote, start);
    while (at !== -1 && isEscapedAt(bytes, start, at)) at = bytes.indexOf(quote, at + 1);
    const end = at === -1 ? bytes.length : at;
    if (this.#name !== undefined && this.#expects === 'name' && this.#name.length <= maxNameBytes) {
      this.#name += bytes.toString('latin1', from, Math.min(end, from + maxNameBytes + 1));
    }
    this.#isEscaped = at === -1 && isEscapedAt(bytes, start, bytes.length);
    if (at === -1) return end;
    this.#isInString = false;
    if (this.#expects === 'name') this.#expects = 'end';
    return at + 1;
  }

  #deliver(end: number): void {
    if (end > this.#delivered) this.#listener.take(this.#bytes.subarray(this.#delivered, end));
    this.#delivered = end;
  }
}

function isSse(bytes: Buffer): boolean | undefined {
  const first = bytes.find((byte) => byte > 0x20);
  return first === undefined ? undefined : first !== openBrace && first !== openBracket;
}

/** Whether an odd number of backslashes stands before `at`. */
function isEscapedAt(bytes: Buffer, start: number, at: number): boolean {
  let first = at;
  while (first > start && bytes[first - 1] === backslash) first -= 1;
  return ((at - first) & 1) === 1;
}
