import type { Extra, StreamEvent } from '../../domain/conversation.ts';
import type { Json } from '../../domain/json.ts';
import { noUsage, type Usage } from '../../domain/usage.ts';
import { parseJson } from '../json-value.ts';
import { compact, isObject, type JsonObject } from './fields.ts';
import { finishReasons } from './finish.ts';
import { toMetadata } from './usage.ts';

interface OpenCall {
  readonly callId: string;
  readonly name: string;
  readonly signature: string | undefined;
  input: string;
}

/** What one event adds to an answer. */
export interface Written {
  readonly parts: readonly JsonObject[];
  /** Fields of the candidate, beside its content. */
  readonly candidate?: JsonObject;
  readonly error?: JsonObject;
}

const nothing: Written = { parts: [] };

/** Turns events into what Gemini says with them: parts, remarks, an end, an error. */
export class ReplyWriter {
  id = '';
  usage: Usage = noUsage;
  readonly #calls = new Map<number, OpenCall>();
  /** Reasoning that has shown no text yet. */
  readonly #sealed = new Set<number>();

  take(event: StreamEvent): Written {
    switch (event.kind) {
      case 'response-start':
        this.id = event.id;
        return nothing;
      case 'usage':
        this.usage = event.usage;
        return nothing;
      case 'text-start':
        return nothing;
      case 'text-delta':
      case 'refusal-delta':
        return event.text === '' ? nothing : { parts: [{ text: event.text }] };
      case 'reasoning-start':
        this.#sealed.add(event.index);
        return nothing;
      case 'reasoning-delta':
        if (event.text === '') return nothing;
        this.#sealed.delete(event.index);
        return { parts: [{ text: event.text, thought: true }] };
      case 'reasoning-signature':
        return this.#sign(event);
      case 'tool-call-start':
        this.#startCall(event);
        return nothing;
      case 'tool-call-delta':
        return this.#growCall(event);
      case 'part-end':
        return this.#endPart(event.index);
      case 'response-end':
        return { parts: [], candidate: { finishReason: finishReasons[event.reason] } };
      case 'error':
        return { parts: [], error: errorOf(event.type, event.message) };
      case 'extra':
        return writeExtra(event.extra);
    }
  }

  #sign({ index, signature }: Extract<StreamEvent, { readonly kind: 'reasoning-signature' }>): Written {
    if (signature.protocol !== 'gemini') return nothing;
    const thought = this.#sealed.has(index) ? {} : { thought: true };
    return { parts: [{ text: '', ...thought, thoughtSignature: signature.value }] };
  }

  #startCall({ index, callId, name, signature }: Extract<StreamEvent, { readonly kind: 'tool-call-start' }>): void {
    const own = signature?.protocol === 'gemini' ? signature.value : undefined;
    this.#calls.set(index, { callId, name, signature: own, input: '' });
  }

  #growCall({ index, text }: Extract<StreamEvent, { readonly kind: 'tool-call-delta' }>): Written {
    const call = this.#calls.get(index);
    if (call) call.input += text;
    return nothing;
  }

  /** Gemini's calls come whole: an input that is cut short cannot be told, and must not be run. */
  #endPart(index: number): Written {
    const call = this.#calls.get(index);
    if (call === undefined) return nothing;
    this.#calls.delete(index);
    const { callId, name, signature, input } = call;
    const args = parseJson(input === '' ? '{}' : input);
    if (!isObject(args))
      return { parts: [], error: errorOf('INTERNAL', `The input of the tool ${name} is not whole.`) };
    return { parts: [{ functionCall: { id: callId, name, args }, ...compact({ thoughtSignature: signature }) }] };
  }
}

function writeExtra({ protocol, field, value, mayDrop }: Extra): Written {
  if (protocol !== 'gemini') {
    if (mayDrop) return nothing;
    return { parts: [], error: errorOf('INTERNAL', `The answer has a field that Gemini cannot carry: ${field}.`) };
  }
  if (field.startsWith('candidates[0].content.')) return isObject(value) ? { parts: [value] } : nothing;
  return { parts: [], candidate: { [field.slice(field.lastIndexOf('.') + 1)]: value } };
}

/** Error types of all protocols by the status that Google gives them; anything else is the upstream's own trouble. */
const statuses: readonly (readonly [RegExp, number, string])[] = [
  [/overloaded|unavailable/i, 503, 'UNAVAILABLE'],
  [/rate_limit|resource_exhausted|insufficient_quota|billing|usage_limit/i, 429, 'RESOURCE_EXHAUSTED'],
  [/authentication|unauthenticated|invalid_api_key/i, 401, 'UNAUTHENTICATED'],
  [/permission/i, 403, 'PERMISSION_DENIED'],
  [/not_found/i, 404, 'NOT_FOUND'],
  [/timeout|deadline/i, 504, 'DEADLINE_EXCEEDED'],
  [/invalid_request|invalid_argument|invalid_prompt|too_large/i, 400, 'INVALID_ARGUMENT'],
];

function errorOf(type: string, message: string): JsonObject {
  const [, code, status] = statuses.find(([pattern]) => pattern.test(type)) ?? [/$/, 500, 'INTERNAL'];
  return { code, message, status };
}

export interface Reply {
  readonly parts: readonly JsonObject[];
  readonly candidate: JsonObject;
  readonly model: string;
  readonly id: string;
  /** Undefined while more is to come. */
  readonly usage: Usage | undefined;
}

/** One response object, as it stands in a stream and alone. */
export function encodeResponse({ parts, candidate, model, id, usage }: Reply): Json {
  return {
    candidates: [{ content: { parts, role: 'model' }, ...candidate, index: 0 }],
    ...(usage && { usageMetadata: toMetadata(usage) }),
    modelVersion: model,
    ...(id !== '' && { responseId: id }),
  };
}
