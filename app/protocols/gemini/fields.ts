import type { Extra } from '../../domain/conversation.ts';
import { RelayError } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import { invalidField } from '../invalid-field.ts';

export type JsonObject = { readonly [name: string]: Json };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function refuse(field: string, expected: string): RelayError {
  return new RelayError('request-invalid', `The field ${field} cannot be used: ${expected}.`);
}

/** The fields of one message: in camel case, which Google's parser takes beside snake case, and without nulls. */
export function fieldsOf(value: Json | undefined, field: string): JsonObject {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw invalidField(field, 'an object');
  const entries = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(entries.map(([name, inner]) => [camel(name), inner]));
}

function camel(name: string): string {
  return name.includes('_') ? name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()) : name;
}

export function listField(value: Json | undefined, field: string): readonly Json[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalidField(field, 'a list');
  return value;
}

export function textField(value: Json | undefined, field: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw invalidField(field, 'text');
}

export function requiredText(value: Json | undefined, field: string): string {
  const text = textField(value, field);
  if (text === undefined) throw invalidField(field, 'text');
  return text;
}

export function numberField(value: Json | undefined, field: string): number | undefined {
  if (value === undefined || typeof value === 'number') return value;
  throw invalidField(field, 'a number');
}

export function flagField(value: Json | undefined, field: string): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalidField(field, 'true or false');
}

interface ExtrasOptions {
  readonly known: ReadonlySet<string>;
  readonly mayDrop?: ReadonlySet<string>;
  /** Stands before the names, with its dot. */
  readonly path: string;
}

/** What stands in `fields` beside the known ones. */
export function extrasOf(fields: JsonObject, { known, mayDrop, path }: ExtrasOptions): Extra[] {
  return Object.entries(fields)
    .filter(([name]) => !known.has(name))
    .map(([name, value]) => ({
      protocol: 'gemini',
      field: path + name,
      value,
      mayDrop: mayDrop?.has(name) ?? false,
    }));
}

/** The extras that an encoder restores; throws for those of other protocols that may not be left out. */
export function ownExtras(extras: readonly Extra[] | undefined): readonly Extra[] {
  const foreign = extras?.find((extra) => extra.protocol !== 'gemini' && !extra.mayDrop);
  if (foreign) throw refuse(foreign.field, 'the Gemini protocol has no way to say it. Leave it out');
  return extras?.filter((extra) => extra.protocol === 'gemini') ?? [];
}

/** Extras as the fields they came from, by the last name in their path. */
export function restored(extras: readonly Extra[] | undefined): JsonObject {
  return Object.fromEntries(
    ownExtras(extras).map(({ field, value }) => [field.slice(field.lastIndexOf('.') + 1), value]),
  );
}

/** Without the fields that say nothing. */
export function compact(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  const said: Record<string, Json> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) said[name] = value;
  return said;
}
