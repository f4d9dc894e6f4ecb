import type { Conversation, Effort, Extra, OutputFormat, Tool, ToolChoice } from '../../domain/conversation.ts';
import type { Json } from '../../domain/json.ts';
import { invalidField } from '../invalid-field.ts';
import { readMessages } from './messages-in.ts';
import {
  extra,
  extrasOf,
  isAbsent,
  isArray,
  isObject,
  type JsonObject,
  notCarried,
  objectAt,
  optionalBoolean,
  optionalNumber,
  optionalText,
  textAt,
  withExtras,
} from './wire.ts';

/** Everything that has a place of its own in the neutral form. */
const known: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'top_k',
  'presence_penalty',
  'frequency_penalty',
  'seed',
  'stop',
  'response_format',
  'reasoning_effort',
  'user',
  'prompt_cache_key',
]);

/** A chat request in neutral form. Everything it does not know becomes an extra, most of which may not be dropped. */
export function decodeRequest(body: Json): Conversation {
  const request = objectAt(body, 'body');
  const number = (name: string) => optionalNumber(request[name], name);
  const effort = readEffort(request['reasoning_effort']);
  const fields: Conversation = {
    model: textAt(request['model'], 'model'),
    isStream: optionalBoolean(request['stream'], 'stream') ?? false,
    ...readMessages(request['messages']),
    tools: readTools(request['tools']),
    toolChoice: readToolChoice(request['tool_choice']),
    allowsParallelToolCalls: optionalBoolean(request['parallel_tool_calls'], 'parallel_tool_calls'),
    maxOutputTokens: number('max_completion_tokens') ?? number('max_tokens'),
    temperature: number('temperature'),
    topP: number('top_p'),
    topK: number('top_k'),
    presencePenalty: number('presence_penalty'),
    frequencyPenalty: number('frequency_penalty'),
    seed: number('seed'),
    stopSequences: readStop(request['stop']),
    reasoning: effort && { effort },
    format: readFormat(request['response_format']),
    endUser: optionalText(request['user'], 'user'),
    cacheKey: optionalText(request['prompt_cache_key'], 'prompt_cache_key'),
    extras: [...extrasOf(request, known, '').map(withoutDefault), ...formatExtras(request['response_format'])],
  };
  return fields;
}

/** Fields that ask for nothing when they have these values. */
const defaults: Readonly<Record<string, (value: Json) => boolean>> = {
  n: (value) => value === 1,
  logprobs: (value) => value === false,
  top_logprobs: (value) => value === 0,
  logit_bias: (value) => isObject(value) && Object.keys(value).length === 0,
  modalities: (value) => isArray(value) && value.length === 1 && value[0] === 'text',
};

function withoutDefault(one: Extra): Extra {
  return defaults[one.field]?.(one.value) ? { ...one, mayDrop: true } : one;
}

const efforts: Readonly<Record<string, Effort>> = {
  none: 'none',
  minimal: 'minimal',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'max',
  max: 'max',
};

function readEffort(value: Json | undefined): Effort | undefined {
  const name = optionalText(value, 'reasoning_effort');
  if (name === undefined) return undefined;
  const effort = Object.hasOwn(efforts, name) ? efforts[name] : undefined;
  if (effort) return effort;
  throw invalidField('reasoning_effort', Object.keys(efforts).join(', '));
}

function readStop(value: Json | undefined): string[] {
  if (isAbsent(value)) return [];
  return (isArray(value) ? value : [value]).map((text) => textAt(text, 'stop'));
}

function readTools(value: Json | undefined): Tool[] {
  if (isAbsent(value)) return [];
  if (!isArray(value)) throw invalidField('tools', 'a list of tools');
  return value.map((tool, index) => readTool(objectAt(tool, `tools[${index}]`), `tools[${index}]`));
}

const functionFields: ReadonlySet<string> = new Set(['name', 'description', 'parameters', 'strict']);
const customFields: ReadonlySet<string> = new Set(['name', 'description']);
const toolFields: ReadonlySet<string> = new Set(['type', 'function', 'custom']);

function readTool(tool: JsonObject, path: string): Tool {
  const outer = extrasOf(tool, toolFields, `${path}.`);
  if (tool['type'] === 'custom') {
    const custom = objectAt(tool['custom'], `${path}.custom`);
    const extras = [...outer, ...extrasOf(custom, customFields, `${path}.custom.`)];
    return withExtras(named(custom, `${path}.custom`), extras);
  }
  if (tool['type'] !== 'function') {
    throw notCarried(`${path}.type`, `tools of the type ${String(tool['type']).slice(0, 64)} are not known`);
  }
  const called = objectAt(tool['function'], `${path}.function`);
  const isStrict = optionalBoolean(called['strict'], `${path}.function.strict`);
  const read: Tool = {
    ...named(called, `${path}.function`),
    inputSchema: called['parameters'] ?? { type: 'object', properties: {} },
    ...(isStrict === undefined ? {} : { isStrict }),
  };
  return withExtras(read, [...outer, ...extrasOf(called, functionFields, `${path}.function.`)]);
}

function named(tool: JsonObject, path: string): Tool {
  const description = optionalText(tool['description'], `${path}.description`);
  return { name: textAt(tool['name'], `${path}.name`), ...(description === undefined ? {} : { description }) };
}

function readToolChoice(value: Json | undefined): ToolChoice | undefined {
  if (isAbsent(value)) return undefined;
  if (value === 'none' || value === 'auto') return { kind: value };
  if (value === 'required') return { kind: 'any' };
  const choice = objectAt(value, 'tool_choice');
  const type = choice['type'];
  if (type !== 'function' && type !== 'custom') throw notCarried('tool_choice.type', 'only one tool can be named');
  return {
    kind: 'tool',
    name: textAt(objectAt(choice[type], `tool_choice.${type}`)['name'], `tool_choice.${type}.name`),
  };
}

function readFormat(value: Json | undefined): OutputFormat | undefined {
  if (isAbsent(value)) return undefined;
  const format = objectAt(value, 'response_format');
  switch (format['type']) {
    case 'text':
      return undefined;
    case 'json_object':
      return { kind: 'json' };
    case 'json_schema':
      return readSchema(objectAt(format['json_schema'], 'response_format.json_schema'));
    default:
      throw notCarried('response_format.type', 'only text, json_object and json_schema are known');
  }
}

function readSchema(given: JsonObject): OutputFormat {
  const name = optionalText(given['name'], 'response_format.json_schema.name');
  const isStrict = optionalBoolean(given['strict'], 'response_format.json_schema.strict');
  return {
    kind: 'json-schema',
    schema: given['schema'] ?? {},
    ...(name === undefined ? {} : { name }),
    ...(isStrict === undefined ? {} : { isStrict }),
  };
}

/** The schema's description helps the model along and no more. */
function formatExtras(value: Json | undefined): Extra[] {
  const schema = isObject(value) ? value['json_schema'] : undefined;
  const description = isObject(schema) ? schema['description'] : undefined;
  return isAbsent(description) ? [] : [extra('response_format.json_schema.description', description, true)];
}
