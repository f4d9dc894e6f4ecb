import type { RelayError } from '../domain/errors.ts';
import type { Span } from '../domain/facts.ts';
import { invalidField } from './invalid-field.ts';
import { parseSpan } from './json-scan.ts';

/** The top-level fields of a body, as `scanObject` finds them. */
export type Fields = ReadonlyMap<string, Span>;

const maxNameLength = 256;
/** A field that should be small is not parsed when it is larger than this. */
const maxSmallBytes = 65_536;
/** Of each part that goes into a digest, this much tells two conversations apart. */
export const maxHashedBytes = 65_536;

/** A model, a session, an id: what is longer is none. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxNameLength;
}

export function parseSmall(body: Uint8Array, span: Span | undefined): unknown {
  return span && span.end - span.start <= maxSmallBytes ? parseSpan(body, span) : undefined;
}

/** The `model` of a body that has to have one. */
export function readModel(body: Uint8Array, fields: Fields): { readonly model: string; readonly modelSpan: Span } {
  const modelSpan = fields.get('model');
  const model = parseSmall(body, modelSpan);
  if (modelSpan === undefined || !isName(model)) throw invalidModel();
  return { model, modelSpan };
}

export function invalidModel(): RelayError {
  return invalidField('model', `the name of a model, 1 to ${maxNameLength} characters long`);
}

export function readStream(body: Uint8Array, fields: Fields): boolean {
  const stream = parseSmall(body, fields.get('stream'));
  if (typeof stream === 'boolean') return stream;
  if (!fields.has('stream') || stream === null) return false;
  throw invalidField('stream', 'true or false');
}

/** The first of these fields that is a count. */
export function readCount(body: Uint8Array, fields: Fields, ...names: readonly string[]): number | undefined {
  const counts = names.map((name) => parseSmall(body, fields.get(name)));
  return counts.find((count): count is number => typeof count === 'number' && Number.isSafeInteger(count) && count > 0);
}

/** The beginning of a value as it was written: equal bytes make an equal text, which is all that a digest needs. */
export function rawText(body: Uint8Array, span: Span | undefined): string {
  if (span === undefined) return '';
  const end = Math.min(span.end, span.start + maxHashedBytes);
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1', span.start, end);
}
