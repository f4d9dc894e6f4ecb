import type { Extra, Part, Role, ToolCallPart, ToolResultPart, Turn } from '../../domain/conversation.ts';
import type { Json } from '../../domain/json.ts';
import { invalidField } from '../invalid-field.ts';
import { extrasOf, fieldsOf, type JsonObject, listField, refuse, requiredText, textField } from './fields.ts';
import { decodeMedia } from './media.ts';

const roles: ReadonlyMap<string, Role> = new Map([
  ['user', 'user'],
  ['function', 'user'],
  ['model', 'assistant'],
]);

const known: ReadonlySet<string> = new Set([
  'text',
  'thought',
  'thoughtSignature',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
]);
/** Bookkeeping, how closely to look, and a proof that only Gemini can read. */
const mayDrop: ReadonlySet<string> = new Set(['partMetadata', 'mediaResolution', 'thought', 'thoughtSignature']);

export function decodeContents(value: Json | undefined): Turn[] {
  const calls = new Calls();
  return listField(value, 'contents').map((content, index) => {
    const path = `contents[${index}]`;
    const fields = fieldsOf(content, path);
    const role = roles.get(textField(fields['role'], `${path}.role`) ?? 'user');
    if (role === undefined) throw invalidField(`${path}.role`, 'user or model');
    const parts = listField(fields['parts'], `${path}.parts`);
    return { role, parts: parts.flatMap((part, at) => decodePart(part, `${path}.parts[${at}]`, calls)) };
  });
}

/** The tool calls so far. Results name them by id, or only by the name of the tool. */
class Calls {
  readonly #open: { readonly id: string; readonly name: string }[] = [];
  readonly #ids = new Set<string>();

  /** Ids that are missing are made up from the position, so that they stay the same as a conversation grows. */
  add(id: string | undefined, name: string, path: string): string {
    const callId = id ?? `call_${path.replace(/\D+/g, '_').replace(/^_|_$/g, '')}`;
    this.#open.push({ id: callId, name });
    this.#ids.add(callId);
    return callId;
  }

  /** Gemini CLI gives its results ids of its own when a call had none: those go to the first call of that name. */
  answer(id: string | undefined, name: string): string | undefined {
    const isKnown = id !== undefined && this.#ids.has(id);
    const at = this.#open.findIndex((call) => (isKnown ? call.id === id : call.name === name));
    const [call] = at === -1 ? [] : this.#open.splice(at, 1);
    return call?.id ?? id;
  }
}

function decodePart(part: Json, path: string, calls: Calls): Part[] {
  const fields = fieldsOf(part, path);
  const extras = extrasOf(fields, { known, mayDrop, path: `${path}.` });
  if (fields['text'] !== undefined) return decodeText(fields, path, extras);
  if (fields['functionCall'] !== undefined) return [decodeCall(fields, { path, extras, calls })];
  if (fields['functionResponse'] !== undefined) return [decodeResult(fields, { path, extras, calls })];
  const isMedia = fields['inlineData'] !== undefined || fields['fileData'] !== undefined;
  const media = isMedia ? decodeMedia(fields, path) : undefined;
  const mediaExtras = extrasOf(fields, { known: mediaKnown, mayDrop, path: `${path}.` });
  return [media ? { ...media, ...(mediaExtras.length > 0 && { extras: mediaExtras }) } : carrier(fields, path)];
}

const mediaKnown: ReadonlySet<string> = new Set(['inlineData', 'fileData']);

/** A part that only Gemini knows: its fields ride on an empty text, which keeps their place among the others. */
function carrier(fields: JsonObject, path: string): Part {
  return { kind: 'text', text: '', extras: extrasOf(fields, { known: new Set(), mayDrop, path: `${path}.` }) };
}

/** A signature behind text stands as reasoning of its own, sealed: that is the one part that can carry it. */
function decodeText(fields: JsonObject, path: string, extras: readonly Extra[]): Part[] {
  const text = requiredText(fields['text'], `${path}.text`);
  const value = textField(fields['thoughtSignature'], `${path}.thoughtSignature`);
  const signature = value === undefined ? undefined : ({ protocol: 'gemini', value } as const);
  const more = extras.length > 0 ? { extras } : {};
  if (fields['thought'] === true) return [{ kind: 'reasoning', text, isSummary: true, signature, ...more }];
  if (signature === undefined) return [{ kind: 'text', text, ...more }];
  const sealed: Part = { kind: 'reasoning', text: '', isSummary: true, signature };
  return text === '' ? [{ ...sealed, ...more }] : [{ kind: 'text', text, ...more }, sealed];
}

interface CallContext {
  readonly path: string;
  readonly extras: readonly Extra[];
  readonly calls: Calls;
}

const callKnown: ReadonlySet<string> = new Set(['id', 'name', 'args']);
const resultKnown: ReadonlySet<string> = new Set(['id', 'name', 'response', 'parts']);

function decodeCall(part: JsonObject, { path, extras, calls }: CallContext): ToolCallPart {
  const call = fieldsOf(part['functionCall'], `${path}.functionCall`);
  const name = requiredText(call['name'], `${path}.functionCall.name`);
  const value = textField(part['thoughtSignature'], `${path}.thoughtSignature`);
  const more = [...extras, ...extrasOf(call, { known: callKnown, path: `${path}.functionCall.` })];
  return {
    kind: 'tool-call',
    callId: calls.add(textField(call['id'], `${path}.functionCall.id`), name, path),
    name,
    input: JSON.stringify(fieldsOfArguments(call['args'], path)),
    ...(value !== undefined && value !== skippedSignature && { signature: { protocol: 'gemini', value } }),
    ...(more.length > 0 && { extras: more }),
  };
}

/**
 * What Google documents for calls that another model made: from Gemini 3 on a call without a signature is refused
 * (ai.google.dev/gemini-api/docs/thought-signatures).
 */
export const skippedSignature = 'skip_thought_signature_validator';

function fieldsOfArguments(args: Json | undefined, path: string): Json {
  if (args === undefined || args === null) return {};
  if (typeof args !== 'object' || Array.isArray(args)) throw invalidField(`${path}.functionCall.args`, 'an object');
  return args;
}

function decodeResult(part: JsonObject, { path, extras, calls }: CallContext): ToolResultPart {
  const field = `${path}.functionResponse`;
  const result = fieldsOf(part['functionResponse'], field);
  const name = requiredText(result['name'], `${field}.name`);
  const callId = calls.answer(textField(result['id'], `${field}.id`), name);
  if (callId === undefined) throw refuse(field, `no call of ${name} stands before it`);
  const { isError, parts } = decodeResponse(result['response'], field);
  const more = [...extras, ...extrasOf(result, { known: resultKnown, path: `${field}.` })];
  const media = listField(result['parts'], `${field}.parts`);
  return {
    kind: 'tool-result',
    callId,
    name,
    isError,
    parts: [...parts, ...media.map((inner, index) => decodeResultMedia(inner, `${field}.parts[${index}]`))],
    ...(more.length > 0 && { extras: more }),
  };
}

type ResultContent = ToolResultPart['parts'][number];

/** `output` and `error` are the names that Google's documentation proposes; any other object is the output itself. */
function decodeResponse(value: Json | undefined, field: string): { isError: boolean; parts: ResultContent[] } {
  const response = value ?? {};
  if (typeof response !== 'object' || Array.isArray(response)) throw invalidField(`${field}.response`, 'an object');
  const entries = Object.entries(response);
  const [name, inner = null] = entries.length === 1 ? (entries[0] ?? []) : [];
  if (name === 'output' || name === 'error') return { isError: name === 'error', parts: textsOf(inner) };
  return { isError: false, parts: entries.length === 0 ? [] : textsOf(response) };
}

function textsOf(value: Json): ResultContent[] {
  const isTexts = Array.isArray(value) && value.length > 1 && value.every((item) => typeof item === 'string');
  const texts: readonly Json[] = isTexts ? value : [value];
  return texts.map((text) => ({ kind: 'text', text: typeof text === 'string' ? text : JSON.stringify(text) }));
}

function decodeResultMedia(value: Json, path: string): ResultContent {
  const fields = fieldsOf(value, path);
  const media = (fields['inlineData'] ?? fields['fileData']) ? decodeMedia(fields, path) : undefined;
  if (media !== undefined && media.kind !== 'audio') return media;
  return { kind: 'text', text: '', extras: extrasOf(fields, { known: new Set(), path: `${path}.` }) };
}
