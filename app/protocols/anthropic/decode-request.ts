import type { Conversation, Extra, OutputFormat, TextPart, Tool, ToolChoice, Turn } from '../../domain/conversation.ts';
import type { Json } from '../../domain/json.ts';
import { invalidField } from '../invalid-field.ts';
import { decodeContent, decodeSystemBlock } from './decode-content.ts';
import { extrasField, FieldReader, type Fields, isList, isObject, ownExtra } from './extras.ts';
import { decodeReasoning } from './reasoning.ts';

/**
 * Hints, tags, cache marks and bookkeeping: without them the request means the same. `context_management` lets the
 * provider forget old tool results early; elsewhere the client's own compaction does that work.
 */
const droppable: ReadonlySet<string> = new Set([
  'anthropic_beta',
  'anthropic_version',
  'betas',
  'cache_control',
  'context_management',
  'diagnostics',
  'service_tier',
  'speed',
]);
const droppableOfTools: ReadonlySet<string> = new Set([
  'cache_control',
  'defer_loading',
  'eager_input_streaming',
  'input_examples',
]);

/** Claude Code's first system block is an address label for Anthropic's own servers and no instruction. */
const billingStart = 'x-anthropic-billing-header:';

/** When `max_tokens` is missing: what every model since Claude 4 can answer. */
export const defaultMaxTokens = 32_000;

interface Decoded<Value> {
  readonly value: Value;
  readonly extras: readonly Extra[];
}

/** A Messages request in neutral form. What other protocols cannot say stays with it as extras; nothing is lost. */
export function decodeRequest(body: Json): Conversation {
  if (!isObject(body)) throw invalidField('body', 'a JSON object');
  const reader = new FieldReader(body);
  const model = reader.text('model');
  const messages = reader.list('messages');
  if (model === undefined) throw invalidField('model', 'the name of a model');
  if (messages === undefined) throw invalidField('messages', 'a list of messages');
  const maxOutputTokens = reader.number('max_tokens');
  const system = decodeSystem(reader);
  const turns = decodeMessages(messages);
  const tools = decodeTools(reader.list('tools') ?? []);
  const choice = decodeToolChoice(reader.object('tool_choice'));
  const config = decodeConfig(reader.object('output_config'));
  const metadata = decodeMetadata(reader.object('metadata'));
  const reasoning = decodeReasoning(
    { thinking: reader.any('thinking'), effort: config.value.effort, turnEffort: lastEffort(messages) },
    { model, maxTokens: maxOutputTokens ?? defaultMaxTokens, isCallForced: false, isUnthoughtLoop: false },
  );
  return {
    model,
    isStream: reader.flag('stream') ?? false,
    system: system.value,
    turns: turns.value,
    tools: tools.value,
    ...choice.value,
    ...defined('maxOutputTokens', maxOutputTokens),
    ...defined('temperature', reader.number('temperature')),
    ...defined('topP', reader.number('top_p')),
    ...defined('topK', reader.number('top_k')),
    stopSequences: decodeStopSequences(reader),
    ...defined('reasoning', reasoning.reasoning),
    ...defined('format', config.value.format),
    ...defined('endUser', metadata.value),
    extras: [
      ...[system, turns, tools, choice, config, metadata, reasoning].flatMap(({ extras }) => extras),
      ...reader.rest('', (name) => droppable.has(name)),
    ],
  };
}

function defined<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [name in Name]?: Value | undefined } {
  const field: { [name in Name]?: Value | undefined } = {};
  if (value !== undefined) field[name] = value;
  return field;
}

function decodeSystem(reader: FieldReader): Decoded<readonly TextPart[]> {
  const text = reader.text('system');
  if (text !== undefined) return { value: [{ kind: 'text', text }], extras: [] };
  const value: TextPart[] = [];
  const extras: Extra[] = [];
  for (const [index, block] of (reader.list('system') ?? []).entries()) {
    const at = `system[${index}]`;
    const part = decodeSystemBlock(block, at);
    const isLabel = part?.text.startsWith(billingStart) ?? false;
    if (part && !isLabel) value.push(part);
    else extras.push(ownExtra(at, block, isLabel));
  }
  return { value, extras };
}

function decodeMessages(messages: readonly Json[]): Decoded<readonly Turn[]> {
  const value: Turn[] = [];
  const extras: Extra[] = [];
  for (const [index, message] of messages.entries()) {
    const at = `messages[${index}]`;
    const decoded = isObject(message) ? decodeMessage(message, at) : undefined;
    if (decoded) value.push(decoded.value);
    extras.push(...(decoded?.extras ?? [ownExtra(at, message, false)]));
  }
  return { value, extras };
}

/** Undefined for a role that nobody knows yet. System messages may stand between the others. */
function decodeMessage(message: Fields, at: string): Decoded<Turn> | undefined {
  const reader = new FieldReader(message);
  const role = reader.text('role');
  const content = decodeContent(reader.any('content'), `${at}.content`);
  if (content === undefined || (role !== 'user' && role !== 'assistant' && role !== 'system')) return undefined;
  const extras = [...content.extras, ...reader.rest(at, (name, value) => name === 'output_config' && isEffort(value))];
  return { value: { role, parts: content.parts }, extras };
}

/** Claude Code says the effort again in each turn: the last one counts for the answer, those before are history. */
function lastEffort(messages: readonly Json[]): Json | undefined {
  const configs = messages.map((message) => (isObject(message) ? message['output_config'] : undefined));
  return configs.filter(isEffort).at(-1)?.['effort'];
}

function isEffort(config: Json | undefined): config is Fields {
  return isObject(config) && Object.keys(config).join() === 'effort';
}

function decodeTools(tools: readonly Json[]): Decoded<readonly Tool[]> {
  const value: Tool[] = [];
  const extras: Extra[] = [];
  for (const [index, tool] of tools.entries()) {
    const at = `tools[${index}]`;
    const decoded = isObject(tool) ? decodeTool(tool, at) : undefined;
    if (decoded) value.push(decoded);
    // Searching tools is only of use where tools are deferred; elsewhere all are there from the start.
    else extras.push(ownExtra(at, tool, isObject(tool) && /^tool_search_tool_/.test(String(tool['type']))));
  }
  return { value, extras };
}

/** Undefined for tools that Anthropic itself defines, and for those it runs on its own servers. */
function decodeTool(tool: Fields, at: string): Tool | undefined {
  const reader = new FieldReader(tool);
  const type = reader.text('type') ?? 'custom';
  const name = reader.text('name');
  if (type !== 'custom' || name === undefined) return undefined;
  return {
    name,
    ...defined('description', reader.text('description')),
    // Placeholders of deferred tools may come without a schema; none at all would mean free text instead of JSON.
    inputSchema: reader.object('input_schema') ?? { type: 'object' },
    ...defined('isStrict', reader.flag('strict')),
    ...extrasField(reader.rest(at, (field, value) => droppableOfTools.has(field) || isDirectOnly(field, value))),
  };
}

function isDirectOnly(field: string, value: Json): boolean {
  return field === 'allowed_callers' && isList(value) && value.every((caller) => caller === 'direct');
}

function decodeToolChoice(
  choice: Fields | undefined,
): Decoded<{ readonly toolChoice?: ToolChoice | undefined; readonly allowsParallelToolCalls?: boolean | undefined }> {
  if (!choice) return { value: {}, extras: [] };
  const reader = new FieldReader(choice);
  const toolChoice = readToolChoice(reader);
  if (!toolChoice) return { value: {}, extras: [ownExtra('tool_choice', choice, false)] };
  const isSingle = reader.flag('disable_parallel_tool_use');
  const value = { toolChoice, ...defined('allowsParallelToolCalls', isSingle === undefined ? undefined : !isSingle) };
  return { value, extras: reader.rest('tool_choice', () => false) };
}

function readToolChoice(reader: FieldReader): ToolChoice | undefined {
  const kind = reader.text('type');
  if (kind === 'auto' || kind === 'any' || kind === 'none') return { kind };
  const name = kind === 'tool' ? reader.text('name') : undefined;
  return name === undefined ? undefined : { kind: 'tool', name };
}

function decodeConfig(
  config: Fields | undefined,
): Decoded<{ readonly effort: Json | undefined; readonly format: OutputFormat | undefined }> {
  if (!config) return { value: { effort: undefined, format: undefined }, extras: [] };
  const reader = new FieldReader(config);
  const effort = reader.any('effort');
  const wire = reader.object('format');
  const format = wire && decodeFormat(wire);
  const extras = [
    ...(wire && !format ? [ownExtra('output_config.format', wire, false)] : []),
    ...reader.rest('output_config', (name) => name === 'task_budget'),
  ];
  return { value: { effort, format }, extras };
}

function decodeFormat(format: Fields): OutputFormat | undefined {
  const reader = new FieldReader(format);
  const schema = reader.text('type') === 'json_schema' ? reader.object('schema') : undefined;
  const isWhole = reader.rest('', () => false).length === 0;
  return schema && isWhole ? { kind: 'json-schema', schema } : undefined;
}

function decodeMetadata(metadata: Fields | undefined): Decoded<string | undefined> {
  if (!metadata) return { value: undefined, extras: [] };
  const reader = new FieldReader(metadata);
  return { value: reader.text('user_id'), extras: reader.rest('metadata', () => true) };
}

function decodeStopSequences(reader: FieldReader): readonly string[] {
  const listed = reader.list('stop_sequences') ?? [];
  const texts = listed.filter((text) => typeof text === 'string');
  if (texts.length < listed.length) throw invalidField('stop_sequences', 'a list of texts');
  return texts;
}
