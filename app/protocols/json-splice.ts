import type { Span } from '../domain/facts.ts';
import type { Fields } from './read-facts.ts';

// Changing a few bytes of a document whose fields `scanObject` has found; every other byte stays as it came.

const openBrace = 0x7b;
const closeBrace = 0x7d;

export function replaceSpan(body: Uint8Array, span: Span, text: string | Uint8Array): Buffer {
  const put = typeof text === 'string' ? Buffer.from(text) : text;
  return Buffer.concat([body.subarray(0, span.start), put, body.subarray(span.end)]);
}

export interface Edit {
  readonly span: Span;
  readonly text: string;
}

/** Several replacements at once; the very same bytes when there are none. */
export function applyEdits(body: Uint8Array, edits: readonly Edit[]): Uint8Array {
  const fromTheEnd = edits.toSorted((one, other) => other.span.start - one.span.start);
  return fromTheEnd.reduce<Uint8Array>((changed, { span, text }) => replaceSpan(changed, span, text), body);
}

/** Adds a member at the front of the object that begins at or after `from`. */
export function insertFirst(body: Uint8Array, from: number, text: string): Buffer {
  const inside = body.indexOf(openBrace, from) + 1;
  const isEmpty = body.subarray(inside).find((byte) => byte > 0x20) === closeBrace;
  return replaceSpan(body, { start: inside, end: inside }, isEmpty ? text : `${text},`);
}

/** The object without some of its fields. The values of the others stay as they came; so does all of it without those fields. */
export function withoutFields(body: Uint8Array, fields: Fields, unwanted: ReadonlySet<string>): Uint8Array {
  if (![...unwanted].some((name) => fields.has(name))) return body;
  const kept = [...fields].filter(([name]) => !unwanted.has(name));
  const pieces = kept.flatMap(([name, { start, end }], index) => {
    // Names are kept as bytes; an escape in one was taken apart and is put back here.
    const before = Buffer.from(`${index === 0 ? '' : ','}${JSON.stringify(name)}:`, 'latin1');
    return [before, body.subarray(start, end)];
  });
  return Buffer.concat([Buffer.from('{'), ...pieces, Buffer.from('}')]);
}
