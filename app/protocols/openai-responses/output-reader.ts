import type { EndReason, StreamEvent } from '../../domain/conversation.ts';
import type { Json } from '../../domain/json.ts';
import { textsOf } from './decode-input.ts';
import { extra, protocol } from './extras.ts';
import { flatName } from './tool-names.ts';
import { field, isList, isObject, type JsonObject, numberField, textField } from './values.ts';

type Kind = 'text' | 'refusal' | 'reasoning' | 'tool-call';

interface OpenPart {
  readonly index: number;
  readonly kind: Kind;
  /** How many characters have been passed on: what an end event says beyond them is passed on too. */
  length: number;
}

const separator = '\n\n';

/** Items that the provider worked off by itself: an answer without them still means the same. */
const ownWork: ReadonlySet<string> = new Set([
  'code_interpreter_call',
  'compaction',
  'file_search_call',
  'mcp_call',
  'mcp_list_tools',
  'web_search_call',
]);

const sounds: ReadonlySet<string> = new Set(['response.audio.delta', 'response.audio.transcript.delta']);

/** The output items of one answer as events, whether they come in pieces or whole. */
export class OutputReader {
  readonly #parts = new Map<string, OpenPart>();
  readonly #closed = new Set<string>();
  /** The section of each reasoning part that was read last. */
  readonly #sections = new Map<OpenPart, number>();
  readonly #done = new Set<number>();
  #nextIndex = 0;
  #hasCalls = false;
  #hasRefusal = false;
  #events: StreamEvent[] = [];

  get isEmpty(): boolean {
    return this.#nextIndex === 0 && this.#done.size === 0;
  }

  get endReason(): EndReason {
    if (this.#hasRefusal) return 'refusal';
    return this.#hasCalls ? 'tool-calls' : 'end-turn';
  }

  take(event: JsonObject): readonly StreamEvent[] {
    const type = textField(event, 'type') ?? '';
    // Sound stands in no item: nothing else would say that it is missing.
    if (sounds.has(type)) return [{ kind: 'extra', extra: extra('audio', event, false) }];
    const output = numberField(event, 'output_index') ?? 0;
    if (this.#done.has(output)) return [];
    if (type.startsWith('response.output_item.')) this.#takeItem(type, field(event, 'item'), output);
    else this.#takePiece(type, event, output);
    return this.#taken();
  }

  /** The items of an answer that is already whole. */
  takeAll(items: readonly Json[]): readonly StreamEvent[] {
    for (const [index, item] of items.entries()) if (isObject(item)) this.#endItem(item, index);
    return this.#taken();
  }

  /** Ends what is still open. */
  close(): readonly StreamEvent[] {
    for (const key of [...this.#parts.keys()]) this.#end(key);
    return this.#taken();
  }

  #taken(): readonly StreamEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #takeItem(type: string, item: Json | undefined, output: number): void {
    if (!isObject(item)) return;
    if (type === 'response.output_item.done') this.#endItem(item, output);
    else if (isCall(item)) this.#startCall(item, output);
  }

  #takePiece(type: string, event: JsonObject, output: number): void {
    const key = `${output}/${numberField(event, 'content_index') ?? 0}`;
    switch (type) {
      case 'response.content_part.added':
        this.#open(key, kindOfPart(field(event, 'part')));
        break;
      case 'response.output_text.delta':
        this.#append(key, 'text', textField(event, 'delta'));
        break;
      case 'response.refusal.delta':
        this.#append(key, 'refusal', textField(event, 'delta'));
        break;
      case 'response.reasoning_text.delta':
        this.#appendReasoning(output, false, event);
        break;
      case 'response.reasoning_summary_text.delta':
        this.#appendReasoning(output, true, event);
        break;
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        this.#append(`${output}/call`, 'tool-call', textField(event, 'delta'));
        break;
      case 'response.content_part.done':
        this.#endContent(key, field(event, 'part'));
        break;
      case 'response.output_text.annotation.added':
        this.#annotate(key, field(event, 'annotation'));
        break;
      default: // ends that the end of the part or of the item says again, progress of the provider's own tools
    }
  }

  #endItem(item: JsonObject, output: number): void {
    if (this.#done.has(output)) return;
    if (isCall(item)) this.#endCall(item, output);
    else if (textField(item, 'type') === 'message') this.#endMessage(item, output);
    else if (textField(item, 'type') === 'reasoning') this.#endReasoning(item, output);
    else this.#passOn(item, output);
    this.#done.add(output);
  }

  #startCall(item: JsonObject, output: number): void {
    const key = `${output}/call`;
    if (this.#parts.has(key)) return;
    this.#hasCalls = true;
    const { index } = this.#add(key, 'tool-call');
    this.#events.push({
      kind: 'tool-call-start',
      index,
      callId: textField(item, 'call_id') ?? textField(item, 'id') ?? '',
      name: flatName(textField(item, 'namespace'), textField(item, 'name') ?? ''),
      ...(textField(item, 'type') === 'custom_tool_call' ? { isFreeForm: true } : {}),
    });
  }

  #endCall(item: JsonObject, output: number): void {
    this.#startCall(item, output);
    this.#endWith(`${output}/call`, textField(item, 'arguments') ?? textField(item, 'input') ?? '');
  }

  #endMessage(item: JsonObject, output: number): void {
    const content = field(item, 'content');
    if (!isList(content)) return;
    for (const [index, part] of content.entries()) this.#endContent(`${output}/${index}`, part);
  }

  #endContent(key: string, part: Json | undefined): void {
    const kind = kindOfPart(part);
    if (!isObject(part) || kind === undefined || kind === 'reasoning' || this.#closed.has(key)) return;
    this.#open(key, kind);
    this.#endWith(key, textField(part, kind === 'refusal' ? 'refusal' : 'text') ?? '');
  }

  #endReasoning(item: JsonObject, output: number): void {
    const [content, summary] = [textsOf(field(item, 'content')), textsOf(field(item, 'summary'))];
    const hasContent =
      this.#parts.has(`${output}/content`) || (content !== '' && !this.#parts.has(`${output}/summary`));
    const key = `${output}/${hasContent ? 'content' : 'summary'}`;
    const part = this.#openReasoning(key, !hasContent);
    this.#appendRest(part, hasContent ? content : summary);
    const sealed = textField(item, 'encrypted_content');
    if (sealed) {
      this.#events.push({ kind: 'reasoning-signature', index: part.index, signature: { protocol, value: sealed } });
    }
    this.#end(key);
    if (hasContent) this.#end(`${output}/summary`);
  }

  #appendReasoning(output: number, isSummary: boolean, event: JsonObject): void {
    const part = this.#openReasoning(`${output}/${isSummary ? 'summary' : 'content'}`, isSummary);
    const section = numberField(event, isSummary ? 'summary_index' : 'content_index') ?? 0;
    const isNewSection = section > (this.#sections.get(part) ?? 0);
    this.#sections.set(part, section);
    this.#appendTo(part, (isNewSection ? separator : '') + (textField(event, 'delta') ?? ''));
  }

  #openReasoning(key: string, isSummary: boolean): OpenPart {
    const known = this.#parts.get(key);
    if (known) return known;
    const part = this.#add(key, 'reasoning');
    this.#events.push({ kind: 'reasoning-start', index: part.index, isSummary });
    return part;
  }

  #passOn(item: JsonObject, output: number): void {
    const type = textField(item, 'type') ?? '';
    this.#events.push({ kind: 'extra', extra: extra(`output[${output}]`, item, ownWork.has(type)) });
  }

  #annotate(key: string, annotation: Json | undefined): void {
    if (annotation === undefined || annotation === null) return;
    const [output, content] = key.split('/');
    const place = `output[${output}].content[${content}].annotations`;
    this.#events.push({ kind: 'extra', extra: extra(place, annotation, true) });
  }

  #open(key: string, kind: Kind | undefined): OpenPart | undefined {
    // Reasoning opens with its first text, because only that says whether it is a summary.
    if (kind === undefined || kind === 'reasoning') return undefined;
    const known = this.#parts.get(key);
    if (known) return known;
    const part = this.#add(key, kind);
    if (kind === 'text') this.#events.push({ kind: 'text-start', index: part.index });
    if (kind === 'refusal') this.#hasRefusal = true;
    return part;
  }

  #add(key: string, kind: Kind): OpenPart {
    const part = { index: this.#nextIndex, kind, length: 0 };
    this.#nextIndex += 1;
    this.#parts.set(key, part);
    return part;
  }

  #append(key: string, kind: Kind, text: string | undefined): void {
    const part = this.#open(key, kind);
    if (part && text) this.#appendTo(part, text);
  }

  #appendTo(part: OpenPart, text: string): void {
    if (text === '') return;
    part.length += text.length;
    const { index, kind } = part;
    this.#events.push(kind === 'tool-call' ? { kind: 'tool-call-delta', index, text } : deltaOf(kind, index, text));
  }

  #appendRest(part: OpenPart, whole: string): void {
    if (whole.length > part.length) this.#appendTo(part, whole.slice(part.length));
  }

  #endWith(key: string, whole: string): void {
    const part = this.#parts.get(key);
    if (part) this.#appendRest(part, whole);
    this.#end(key);
  }

  #end(key: string): void {
    const part = this.#parts.get(key);
    if (part === undefined || this.#closed.has(key)) return;
    this.#closed.add(key);
    this.#events.push({ kind: 'part-end', index: part.index });
  }
}

function deltaOf(kind: Exclude<Kind, 'tool-call'>, index: number, text: string): StreamEvent {
  switch (kind) {
    case 'text':
      return { kind: 'text-delta', index, text };
    case 'refusal':
      return { kind: 'refusal-delta', index, text };
    case 'reasoning':
      return { kind: 'reasoning-delta', index, text };
  }
}

function isCall(item: JsonObject): boolean {
  const type = textField(item, 'type');
  return type === 'function_call' || type === 'custom_tool_call';
}

function kindOfPart(part: Json | undefined): Kind | undefined {
  if (!isObject(part)) return undefined;
  switch (textField(part, 'type')) {
    case 'output_text':
      return 'text';
    case 'refusal':
      return 'refusal';
    case 'reasoning_text':
      return 'reasoning';
    default:
      return undefined;
  }
}
