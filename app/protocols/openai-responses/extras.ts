import type { Extra, ProtocolId } from '../../domain/conversation.ts';
import { RelayError } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import { compact, type JsonObject } from './values.ts';

export const protocol: ProtocolId = 'openai-responses';

/** Hints, tags, cache marks and bookkeeping: without them a request means the same. */
const droppable: ReadonlySet<string> = new Set([
  'access_programs',
  'annotations',
  'async',
  'caller',
  'client_metadata',
  'context',
  'defer_loading',
  'generate_summary',
  'id',
  'image',
  'internal_chat_message_metadata_passthrough',
  'logprobs',
  'max_tool_calls',
  'metadata',
  'output_schema',
  'phase',
  'prompt_cache_breakpoint',
  'prompt_cache_options',
  'prompt_cache_retention',
  'safety_identifier',
  'service_tier',
  'status',
  'store',
  'stream_options',
  'truncation',
  'user',
  'verbosity',
]);

/** Values that say what is so without them. */
const defaults: Readonly<Record<string, Json>> = { background: false, mode: 'standard', top_logprobs: 0 };

export function extra(field: string, value: Json, mayDrop: boolean): Extra {
  return { protocol, field, value, mayDrop };
}

/** Extras for what `object` says beyond the `known` fields; null says nothing. */
export function leftovers(object: JsonObject, known: readonly string[], path = ''): Extra[] {
  return Object.entries(object)
    .filter(([name, value]) => value !== null && !known.includes(name))
    .map(([name, value]) => extra(path + name, value, droppable.has(name) || defaults[name] === value));
}

export function isOwn(candidate: Extra): boolean {
  return candidate.protocol === protocol;
}

/** Refuses what another protocol said and this one can neither say nor leave out. */
export function refuseForeign(extras: readonly Extra[] | undefined): void {
  const lost = extras?.find((candidate) => !isOwn(candidate) && !candidate.mayDrop);
  if (lost) throw cannotCarry(lost.field);
}

export function cannotCarry(field: string): RelayError {
  return new RelayError(
    'request-invalid',
    `The field ${field} cannot be carried to the OpenAI Responses protocol. Leave it out, or use another model.`,
  );
}

/** Our own extras that stood under a path which `pattern` matches, by the name in its first group. */
export function ownFields(extras: readonly Extra[] | undefined, pattern: RegExp): JsonObject {
  const found: Record<string, Json | undefined> = {};
  for (const candidate of extras ?? []) {
    const [, name] = (isOwn(candidate) && pattern.exec(candidate.field)) || [];
    if (name !== undefined) found[name] = candidate.value;
  }
  return compact(found);
}
