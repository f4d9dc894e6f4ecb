import type { Json } from '../../domain/json.ts';
import { scanObject } from '../json-scan.ts';
import { member, parseJson, textMember } from '../json-value.ts';
import { joinItems, type Remembered, type Turn } from './socket-message.ts';

/** A conversation that is longer than this is sent whole again by its client. */
export const maxRememberedBytes = 8 * 1024 * 1024;

/** Watches the events of one answer for what the next turn may build on. */
export class AnswerMemory {
  readonly #items: Buffer[] = [];
  #bytes = 0;
  #id: string | undefined;
  #isWhole: boolean;
  readonly #before: Buffer;

  constructor({ items }: Turn) {
    this.#isWhole = items !== undefined;
    this.#before = items ?? Buffer.alloc(0);
    this.#count(this.#before);
  }

  /** The JSON of one event. */
  take(type: string, data: Buffer): void {
    if (type === 'response.output_item.done') this.#keep(data);
    if (type === 'response.completed') this.#id = textMember(member(parseJson(data.toString()), 'response'), 'id');
  }

  /** Undefined when the answer did not end well, or the conversation is too long or not wholly known. */
  remembered(): Remembered | undefined {
    if (!this.#isWhole || this.#id === undefined) return undefined;
    return { id: this.#id, items: joinItems([this.#before, ...this.#items]), isWarmUp: false };
  }

  #keep(data: Buffer): void {
    if (!this.#isWhole) return;
    const item = itemOf(data);
    this.#isWhole = item !== undefined;
    if (!item) return;
    this.#count(item);
    this.#items.push(Buffer.from(item));
  }

  #count({ length }: Buffer): void {
    this.#bytes += length;
    if (this.#bytes <= maxRememberedBytes) return;
    this.#isWhole = false;
    this.#items.length = 0;
  }
}

function itemOf(data: Buffer): Buffer | undefined {
  try {
    const span = scanObject(data).get('item');
    return span && data.subarray(span.start, span.end);
  } catch {
    return undefined; // an upstream's event that is no JSON: its client sees it as it is, nothing builds on it
  }
}

/** What answers a warm-up: a response without output, which the next turn names. */
export function warmUpEvents(id: string, model: string, nowMs: number): readonly string[] {
  const response = { id, object: 'response', created_at: Math.floor(nowMs / 1_000), model, output: [], error: null };
  const none = {
    input_tokens: 0,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 0,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 0,
  };
  const event = (type: string, sequence: number, more: { readonly [name: string]: Json }) =>
    JSON.stringify({ type, sequence_number: sequence, response: { ...response, ...more } });
  return [
    event('response.created', 0, { status: 'in_progress', usage: null }),
    event('response.completed', 1, { status: 'completed', usage: none }),
  ];
}

/** An HTTP error as the message that takes its place. */
export function socketError(wire: {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}): string {
  const document = parseJson(wire.body);
  const error = member(document, 'error');
  const said = textMember(document, 'detail') ?? textMember(document, 'message');
  const plain = { type: 'invalid_request_error', code: null, message: said ?? `HTTP ${wire.status}`, param: null };
  const isObject = typeof error === 'object' && error !== null;
  return JSON.stringify({
    type: 'error',
    status: wire.status,
    error: isObject ? error : plain,
    headers: wire.headers,
  });
}

/** The answer to a turn that builds on something unknown: the client sends the whole conversation instead. */
export function previousGone(id: string): string {
  const error = {
    type: 'invalid_request_error',
    code: 'previous_response_not_found',
    message: `Previous response with id '${id}' not found.`,
    param: 'previous_response_id',
  };
  return JSON.stringify({ type: 'error', status: 400, error });
}
