import type { Extra, Part, TextPart, ToolCallPart, ToolResultPart, Turn } from '../../domain/conversation.ts';
import type { Json } from '../../domain/json.ts';
import { invalidField } from '../invalid-field.ts';
import { readContent, readTexts } from './content.ts';
import { readSignature } from './signature.ts';
import {
  extrasOf,
  isAbsent,
  isArray,
  isObject,
  type JsonObject,
  notCarried,
  objectAt,
  optionalText,
  textAt,
  withExtras,
} from './wire.ts';

export interface Messages {
  readonly system: readonly TextPart[];
  readonly turns: readonly Turn[];
}

/** Instructions before the first turn are the system prompt; later ones keep their place. */
export function readMessages(value: Json | undefined): Messages {
  if (!isArray(value) || value.length === 0) throw invalidField('messages', 'a list of at least one message');
  const messages = value.map((message, index) => objectAt(message, `messages[${index}]`));
  const end = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer');
  const count = end === -1 ? messages.length : end;
  const system = messages.slice(0, count).flatMap((message, index) => readInstructions(message, `messages[${index}]`));
  return { system, turns: joinResults(messages.slice(count).map((message, at) => readTurn(message, count + at))) };
}

interface Read {
  readonly turn: Turn;
  readonly isResult: boolean;
}

/** The results of parallel calls are messages of their own here and one turn everywhere else. */
function joinResults(reads: readonly Read[]): Turn[] {
  const turns: Turn[] = [];
  reads.forEach(({ turn, isResult }, index) => {
    const before = turns.at(-1);
    if (isResult && before && reads[index - 1]?.isResult) {
      turns[turns.length - 1] = { ...before, parts: [...before.parts, ...turn.parts] };
    } else {
      turns.push(turn);
    }
  });
  return turns;
}

function readTurn(message: JsonObject, index: number): Read {
  const path = `messages[${index}]`;
  const role = message['role'];
  switch (role) {
    case 'system':
    case 'developer':
      return { turn: { role, parts: readInstructions(message, path) }, isResult: false };
    case 'user':
      return { turn: { role, parts: readUser(message, path) }, isResult: false };
    case 'assistant':
      return { turn: { role, parts: readAssistant(message, path) }, isResult: false };
    case 'tool':
      return { turn: { role: 'user', parts: [readResult(message, path)] }, isResult: true };
    case 'function':
      throw notCarried(`${path}.role`, 'function messages are no longer part of the protocol, use tools');
    default:
      throw invalidField(`${path}.role`, 'system, developer, user, assistant or tool');
  }
}

const plainFields: ReadonlySet<string> = new Set(['role', 'content']);
const assistantFields: ReadonlySet<string> = new Set([
  'role',
  'content',
  'refusal',
  'tool_calls',
  'function_call',
  'audio',
  'reasoning_content',
  'reasoning',
]);
const resultFields: ReadonlySet<string> = new Set(['role', 'content', 'tool_call_id']);

function readInstructions(message: JsonObject, path: string): TextPart[] {
  return onFirst(readTexts(message['content'], `${path}.content`), extrasOf(message, plainFields, `${path}.`));
}

function readUser(message: JsonObject, path: string): Part[] {
  return onFirst(readContent(message['content'], `${path}.content`), extrasOf(message, plainFields, `${path}.`));
}

/** What a message says beyond its parts rides on the first of them. */
function onFirst<Kind extends Part | TextPart>(parts: readonly Kind[], extras: readonly Extra[]): Kind[] {
  return parts.map((part, index) => (index === 0 ? withExtras(part, [...(part.extras ?? []), ...extras]) : part));
}

function readAssistant(message: JsonObject, path: string): Part[] {
  for (const name of ['function_call', 'audio']) {
    if (!isAbsent(message[name])) throw notCarried(`${path}.${name}`, 'it has no counterpart elsewhere');
  }
  const reasoning = message['reasoning_content'] ?? message['reasoning'];
  const refusal = optionalText(message['refusal'], `${path}.refusal`);
  const parts: Part[] = [
    ...(typeof reasoning === 'string' && reasoning !== ''
      ? [{ kind: 'reasoning', text: reasoning, isSummary: false } as const]
      : []),
    ...readAssistantContent(message['content'], `${path}.content`),
    ...(refusal ? [{ kind: 'refusal', text: refusal } as const] : []),
    ...readCalls(message['tool_calls'], `${path}.tool_calls`),
  ];
  const extras = extrasOf(message, assistantFields, `${path}.`).map((one) =>
    // An agent's name is a tag; a user's tells speakers apart.
    one.field === `${path}.name` || isEmpty(one.value) ? { ...one, mayDrop: true } : one,
  );
  return onFirst(parts, extras);
}

function isEmpty(value: Json): boolean {
  return isArray(value) && value.length === 0;
}

function readAssistantContent(content: Json | undefined, path: string): Part[] {
  if (!isArray(content)) return readTexts(content, path);
  return content.flatMap((part, index): Part[] => {
    const at = `${path}[${index}]`;
    if (!isObject(part) || part['type'] !== 'refusal') return readTexts([part], path);
    return [{ kind: 'refusal', text: textAt(part['refusal'], `${at}.refusal`) }];
  });
}

function readCalls(value: Json | undefined, path: string): ToolCallPart[] {
  if (isAbsent(value)) return [];
  if (!isArray(value)) throw invalidField(path, 'a list of tool calls');
  return value.map((call, index) => readCall(objectAt(call, `${path}[${index}]`), `${path}[${index}]`));
}

const callFields: ReadonlySet<string> = new Set(['id', 'type', 'function', 'custom', 'index']);

function readCall(call: JsonObject, path: string): ToolCallPart {
  const callId = textAt(call['id'], `${path}.id`);
  const sealed = readSignature(call);
  const extras = extrasOf(call, callFields, `${path}.`).filter(
    ({ field }) => !sealed || !field.endsWith('extra_content'),
  );
  const signature = sealed === undefined ? {} : { signature: sealed };
  if (call['type'] === 'custom') {
    const custom = objectAt(call['custom'], `${path}.custom`);
    const name = textAt(custom['name'], `${path}.custom.name`);
    const input = textAt(custom['input'], `${path}.custom.input`);
    return withExtras({ kind: 'tool-call', callId, name, input, isFreeForm: true, ...signature }, extras);
  }
  const called = objectAt(call['function'], `${path}.function`);
  const name = textAt(called['name'], `${path}.function.name`);
  const input = optionalText(called['arguments'], `${path}.function.arguments`) || '{}';
  return withExtras({ kind: 'tool-call', callId, name, input, ...signature }, extras);
}

function readResult(message: JsonObject, path: string): ToolResultPart {
  const callId = textAt(message['tool_call_id'], `${path}.tool_call_id`);
  const { name, ...rest } = message;
  const parts = readContent(message['content'], `${path}.content`).map((part) => {
    if (part.kind !== 'audio') return part;
    throw notCarried(`${path}.content`, 'a tool cannot answer with audio');
  });
  const result: ToolResultPart = {
    kind: 'tool-result',
    callId,
    ...(typeof name === 'string' ? { name } : {}),
    isError: false,
    parts,
  };
  return withExtras(result, extrasOf(rest, resultFields, `${path}.`));
}
