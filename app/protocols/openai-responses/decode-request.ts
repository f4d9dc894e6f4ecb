import type { Conversation, Effort, Extra, OutputFormat, Reasoning } from '../../domain/conversation.ts';
import type { Json } from '../../domain/json.ts';
import { invalidField } from '../invalid-field.ts';
import { decodeInput } from './decode-input.ts';
import { extra, leftovers } from './extras.ts';
import { decodeToolChoice, decodeTools } from './tools.ts';
import { booleanField, field, isList, isObject, type JsonObject, numberField, textField } from './values.ts';

/** Fields with a place in the neutral form. Everything else becomes an extra. */
const known = [
  'model',
  'stream',
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_output_tokens',
  'temperature',
  'top_p',
  'reasoning',
  'text',
  'include',
  'prompt_cache_key',
];

const efforts: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'max'];

/** A Responses request in the neutral form. */
export function decodeRequest(body: Json): Conversation {
  if (!isObject(body)) throw invalidField('body', 'one JSON object');
  const model = textField(body, 'model');
  if (model === undefined || model === '') throw invalidField('model', 'the name of a model');
  const input = decodeInput(field(body, 'input'));
  const tools = decodeTools(field(body, 'tools'), { path: 'tools' });
  const choice = decodeToolChoice(field(body, 'tool_choice'));
  const instructions = textField(body, 'instructions');
  const endUser = textField(body, 'safety_identifier') ?? textField(body, 'user');
  return {
    model,
    isStream: booleanField(body, 'stream') ?? false,
    system: instructions === undefined || instructions === '' ? [] : [{ kind: 'text', text: instructions }],
    turns: input.turns,
    tools: [...input.tools, ...tools.tools],
    ...(choice.toolChoice ? { toolChoice: choice.toolChoice } : {}),
    stopSequences: [],
    ...sampling(body),
    ...thinkingAndFormat(body),
    ...(endUser === undefined ? {} : { endUser }),
    extras: [...input.extras, ...tools.extras, ...choice.extras, ...fieldExtras(body, endUser)],
  };
}

function sampling(body: JsonObject): Partial<Conversation> {
  const isParallel = booleanField(body, 'parallel_tool_calls');
  const maxOutputTokens = numberField(body, 'max_output_tokens');
  const temperature = numberField(body, 'temperature');
  const topP = numberField(body, 'top_p');
  const cacheKey = textField(body, 'prompt_cache_key');
  return {
    ...(isParallel === undefined ? {} : { allowsParallelToolCalls: isParallel }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(cacheKey === undefined ? {} : { cacheKey }),
  };
}

function thinkingAndFormat(body: JsonObject): Partial<Conversation> {
  const reasoning = field(body, 'reasoning');
  const text = field(body, 'text');
  const format = isObject(text) ? decodeFormat(field(text, 'format')) : undefined;
  return {
    ...(isObject(reasoning) ? { reasoning: decodeReasoning(reasoning) } : {}),
    ...(format ? { format } : {}),
  };
}

function decodeReasoning(reasoning: JsonObject): Reasoning {
  const said = textField(reasoning, 'effort');
  const effort = said === 'xhigh' ? 'max' : efforts.find((candidate) => candidate === said);
  const isShown = textField(reasoning, 'summary') !== undefined;
  return { ...(effort ? { effort } : {}), ...(isShown ? { isShown } : {}) };
}

function decodeFormat(format: Json | undefined): OutputFormat | undefined {
  if (!isObject(format)) return undefined;
  switch (textField(format, 'type')) {
    case 'text':
      return undefined;
    case 'json_object':
      return { kind: 'json' };
    case 'json_schema':
      return jsonSchema(format);
    default:
      throw invalidField('text.format.type', 'text, json_object or json_schema');
  }
}

function jsonSchema(format: JsonObject): OutputFormat {
  const name = textField(format, 'name');
  const isStrict = booleanField(format, 'strict');
  return {
    kind: 'json-schema',
    schema: field(format, 'schema') ?? {},
    ...(name === undefined ? {} : { name }),
    ...(isStrict === undefined ? {} : { isStrict }),
  };
}

/** What stands beside the known fields and inside those that are objects. */
function fieldExtras(body: JsonObject, endUser: string | undefined): Extra[] {
  return [
    // Nothing is kept at a provider of another protocol, so `store: false` is what happens anyway.
    ...leftovers(body, known).filter(({ field: name, value }) => !isSaid(name, value, endUser)),
    ...reasoningExtras(field(body, 'reasoning')),
    ...textExtras(field(body, 'text')),
    ...includeExtras(field(body, 'include')),
  ];
}

function isSaid(name: string, value: Json, endUser: string | undefined): boolean {
  if (name === 'store') return value === false;
  return name === 'safety_identifier' || (name === 'user' && value === endUser);
}

function reasoningExtras(reasoning: Json | undefined): Extra[] {
  if (!isObject(reasoning)) return [];
  const effort = textField(reasoning, 'effort');
  const summary = textField(reasoning, 'summary');
  const isKnown = effort === undefined || efforts.some((candidate) => candidate === effort);
  return [
    ...leftovers(reasoning, ['effort', 'summary'], 'reasoning.'),
    ...(isKnown ? [] : [extra('reasoning.effort', effort, true)]),
    ...(summary === undefined || summary === 'auto' ? [] : [extra('reasoning.summary', summary, true)]),
  ];
}

function textExtras(text: Json | undefined): Extra[] {
  if (!isObject(text)) return [];
  const format = field(text, 'format');
  const description = isObject(format) ? textField(format, 'description') : undefined;
  return [
    ...leftovers(text, ['format'], 'text.'),
    ...(description === undefined ? [] : [extra('text.format.description', description, true)]),
  ];
}

/** Sealed reasoning is always included; log probabilities would change what the answer has to hold. */
function includeExtras(include: Json | undefined): Extra[] {
  if (!isList(include)) return [];
  const others = include.filter((entry) => entry !== 'reasoning.encrypted_content');
  const mayDrop = !others.includes('message.output_text.logprobs');
  return others.length > 0 ? [extra('include', others, mayDrop)] : [];
}
