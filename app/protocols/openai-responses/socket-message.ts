import type { Span } from '../../domain/facts.ts';
import { scanObject } from '../json-scan.ts';
import { type Fields, isName, parseSmall } from '../read-facts.ts';

// The socket form of this protocol: the client sends `response.create` with the fields of a request, and gets the events
// of a stream as one text message each. A turn may say only what is new since the one before (`previous_response_id`);
// upstreams are asked over HTTP, where nothing is remembered, so what came before is put in front of it again.

/** A conversation up to and with an answer, as the connection remembers it. */
export interface Remembered {
  /** The answer's id. */
  readonly id: string;
  /** Every item so far, as the JSON between an array's brackets. */
  readonly items: Buffer;
  /** No upstream ever made this answer: it was the warm-up of a turn to come. */
  readonly isWarmUp: boolean;
}

export type SocketMessage =
  | Turn
  /** A turn that names an answer which this connection does not know. */
  | { readonly kind: 'gone'; readonly id: string }
  /** Nothing to answer. */
  | { readonly kind: 'notice' }
  | { readonly kind: 'unsupported'; readonly what: string };

export interface Turn {
  readonly kind: 'turn';
  /** The request as it is sent over HTTP. */
  readonly body: Buffer;
  /** The whole conversation so far; undefined when its beginning is known to an upstream only. */
  readonly items: Buffer | undefined;
  /** Prepares a turn to come: no answer is wanted. */
  readonly isWarmUp: boolean;
}

/** Fields of the message that a request over HTTP does not have. */
const transportFields: ReadonlySet<string> = new Set(['type', 'generate', 'background', 'stream', 'stream_id']);

/** Reads one message. Throws `request-invalid` when it is not a JSON object. */
export function readSocketMessage(bytes: Buffer, remembered: Remembered | undefined): SocketMessage {
  const fields = scanObject(bytes);
  const type = parseSmall(bytes, fields.get('type'));
  if (type === 'response.processed') return { kind: 'notice' };
  if (type !== 'response.create') return { kind: 'unsupported', what: 'Only messages of the type response.create' };
  const unsupported = ['background', 'stream_id'].find((name) => isSet(bytes, fields, name));
  if (unsupported) return { kind: 'unsupported', what: `No ${unsupported}` };
  const previous = parseSmall(bytes, fields.get('previous_response_id'));
  const own = readItems(bytes, fields.get('input'));
  if (!isName(previous)) return { ...turnOf(bytes, fields), items: own };
  const isStored = parseSmall(bytes, fields.get('store')) !== false;
  if (own && remembered?.id === previous && (remembered.isWarmUp || !isStored)) {
    const items = joinItems([remembered.items, own]);
    return { ...turnOf(bytes, fields, items), items };
  }
  // Only where answers are stored can an upstream know this one.
  return isStored ? { ...turnOf(bytes, fields), items: undefined } : { kind: 'gone', id: previous };
}

/** With `items` they take the place of the input and of the answer that it builds on. */
function turnOf(bytes: Buffer, fields: Fields, items?: Buffer): Omit<Turn, 'items'> {
  const members: Uint8Array[] = [];
  const write = (name: string, ...value: readonly Uint8Array[]) => {
    // Names are kept as latin1 of their bytes; written the same way they come out as they were.
    members.push(Buffer.from(`${members.length === 0 ? '{' : ','}${JSON.stringify(name)}:`, 'latin1'), ...value);
  };
  for (const [name, { start, end }] of fields) {
    const isReplaced = items !== undefined && (name === 'input' || name === 'previous_response_id');
    if (!transportFields.has(name) && !isReplaced) write(name, bytes.subarray(start, end));
  }
  if (items) write('input', openBracket, items, closeBracket);
  write('stream', Buffer.from('true'));
  const isWarmUp = parseSmall(bytes, fields.get('generate')) === false;
  return { kind: 'turn', body: Buffer.concat([...members, closeBrace]), isWarmUp };
}

const openBracket = Buffer.from('[');
const closeBracket = Buffer.from(']');
const closeBrace = Buffer.from('}');
const comma = Buffer.from(',');

/** What stands between the brackets; a text is one message. Undefined for what is no input at all. */
function readItems(bytes: Buffer, span: Span | undefined): Buffer | undefined {
  if (span === undefined) return Buffer.alloc(0);
  const text = bytes.subarray(span.start, span.end);
  switch (text[0]) {
    case 0x5b:
      return trimmed(text.subarray(1, -1));
    case 0x22:
      return Buffer.concat([Buffer.from('{"type":"message","role":"user","content":'), text, closeBrace]);
    case 0x6e:
      return Buffer.alloc(0);
    default:
      return undefined;
  }
}

/** Blanks alone are no item. */
function trimmed(items: Buffer): Buffer {
  return items.every((byte) => byte <= 0x20) ? Buffer.alloc(0) : items;
}

export function joinItems(parts: readonly Buffer[]): Buffer {
  const filled = parts.filter((part) => part.length > 0);
  return Buffer.concat(filled.flatMap((part, at) => (at === 0 ? [part] : [comma, part])));
}

function isSet(bytes: Buffer, fields: Fields, name: string): boolean {
  const value = parseSmall(bytes, fields.get(name));
  return value !== undefined && value !== null && value !== false;
}
