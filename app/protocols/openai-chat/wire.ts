import type { Extra } from '../../domain/conversation.ts';
import { RelayError } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import { invalidField } from '../invalid-field.ts';

// Reading and writing chat's JSON, where every field has a path for people to find it by.

export type JsonObject = { readonly [name: string]: Json };

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** For what is right in itself but has no counterpart in the protocol of the account. */
export function notCarried(field: string, reason: string): RelayError {
  return new RelayError(
    'request-invalid',
    `The field ${field} cannot be carried to this upstream: ${reason}. Leave it out, or use an account that speaks the same protocol.`,
  );
}

export function objectAt(value: Json | undefined, field: string): JsonObject {
  if (isObject(value)) return value;
  throw invalidField(field, 'an object');
}

export function textAt(value: Json | undefined, field: string): string {
  if (typeof value === 'string') return value;
  throw invalidField(field, 'text');
}

/** Null means the same as leaving a field out, everywhere in this protocol. */
export function isAbsent(value: Json | undefined): value is null | undefined {
  return value === null || value === undefined;
}

export function optionalText(value: Json | undefined, field: string): string | undefined {
  return isAbsent(value) ? undefined : textAt(value, field);
}

export function optionalNumber(value: Json | undefined, field: string): number | undefined {
  if (isAbsent(value)) return undefined;
  if (typeof value === 'number') return value;
  throw invalidField(field, 'a number');
}

export function optionalBoolean(value: Json | undefined, field: string): boolean | undefined {
  if (isAbsent(value)) return undefined;
  if (typeof value === 'boolean') return value;
  throw invalidField(field, 'true or false');
}

/** The fields of `object` that are not `known`, as extras; `path` stands before their names. */
export function extrasOf(object: JsonObject, known: ReadonlySet<string>, path: string): readonly Extra[] {
  return Object.entries(object)
    .filter(([name, value]) => !known.has(name) && value !== null)
    .map(([name, value]) => extra(`${path}${name}`, value, hints.has(name)));
}

export function extra(field: string, value: Json, mayDrop: boolean): Extra {
  return { protocol: 'openai-chat', field, value, mayDrop };
}

/** Hints, tags and bookkeeping: an answer without them means the same. */
const hints: ReadonlySet<string> = new Set([
  'annotations',
  'cache_control',
  'extra_content',
  'metadata',
  'prediction',
  'prompt_cache_options',
  'prompt_cache_retention',
  'reasoning_details',
  'safety_identifier',
  'service_tier',
  'session_id',
  'store',
  'stream_options',
  'verbosity',
]);

/** A part's or a tool's extras only when it has some. */
export function withExtras<Value extends object>(value: Value, extras: readonly Extra[]): Value {
  return extras.length === 0 ? value : { ...value, extras };
}

/** Our own extras as fields under their own names; refuses those of other protocols that may not be left out. */
export function restored(
  extras: readonly Extra[] | undefined,
  isWanted: (extra: Extra) => boolean = () => true,
): Record<string, Json> {
  const fields: Record<string, Json> = {};
  for (const one of extras ?? []) {
    if (one.protocol !== 'openai-chat') {
      if (!one.mayDrop) throw notCarried(one.field, 'chat completions have no such field');
    } else if (isWanted(one)) {
      fields[one.field.slice(one.field.lastIndexOf('.') + 1)] = one.value;
    }
  }
  return fields;
}

/** The object without the fields that are undefined. */
export function compact(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  const kept: Record<string, Json> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) kept[name] = value;
  return kept;
}
