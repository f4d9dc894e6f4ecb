import type { Extra, Part, ReasoningPart, Role, Signature, ToolResultPart, Turn } from '../../domain/conversation.ts';
import type { Json } from '../../domain/json.ts';
import { invalidField } from '../invalid-field.ts';
import { decodeContent } from './content.ts';
import { extra, leftovers } from './extras.ts';
import { unseal } from './sealed.ts';
import { flatName } from './tool-names.ts';
import { type DecodedTools, decodeTools } from './tools.ts';
import { field, isList, isObject, type JsonObject, textField } from './values.ts';

export interface DecodedInput extends DecodedTools {
  readonly turns: readonly Turn[];
}

interface OpenTurn {
  readonly role: Role;
  readonly parts: Part[];
}

const roles: readonly Role[] = ['user', 'assistant', 'system', 'developer'];

/** The items of a request as turns: all that the assistant did between two messages is one turn. */
export function decodeInput(input: Json | undefined): DecodedInput {
  if (input === undefined || input === null) return { turns: [], tools: [], extras: [] };
  if (typeof input === 'string') {
    return { turns: [{ role: 'user', parts: [{ kind: 'text', text: input }] }], tools: [], extras: [] };
  }
  if (!isList(input)) throw invalidField('input', 'text or a list of items');
  const reader = new InputReader();
  for (const [index, item] of input.entries()) reader.take(item, `input[${index}]`);
  return reader.read();
}

class InputReader {
  readonly #turns: OpenTurn[] = [];
  readonly #tools: DecodedTools[] = [];
  readonly #extras: Extra[] = [];
  /** Signatures that came ahead of their tool calls. */
  readonly #signatures = new Map<string, Signature>();

  read(): DecodedInput {
    return {
      turns: this.#turns,
      tools: this.#tools.flatMap(({ tools }) => tools),
      extras: [...this.#extras, ...this.#tools.flatMap(({ extras }) => extras)],
    };
  }

  take(item: Json, path: string): void {
    if (!isObject(item)) throw invalidField(path, 'an object');
    switch (textField(item, 'type') ?? 'message') {
      case 'message':
        this.#takeMessage(item, path);
        break;
      case 'function_call':
      case 'custom_tool_call':
        this.#turn('assistant').parts.push(this.#toolCall(item, path));
        break;
      case 'function_call_output':
      case 'custom_tool_call_output':
        this.#turn('user').parts.push(decodeResult(item, path));
        break;
      case 'reasoning':
        this.#takeReasoning(item, path);
        break;
      case 'additional_tools':
        this.#tools.push(decodeTools(field(item, 'tools'), { path: `${path}.tools` }));
        break;
      default: // what only the provider itself can do or read
        this.#extras.push(extra(path, item, false));
    }
  }

  #takeMessage(item: JsonObject, path: string): void {
    const role = roles.find((known) => known === textField(item, 'role'));
    if (role === undefined) throw invalidField(`${path}.role`, roles.join(', '));
    const parts = decodeContent(field(item, 'content'), `${path}.content`);
    const own = leftovers(item, ['type', 'role', 'content'], `${path}.`);
    const [first, ...rest] = parts;
    const marked = first && own.length > 0 ? [{ ...first, extras: [...own, ...(first.extras ?? [])] }, ...rest] : parts;
    const last = this.#turns.at(-1);
    const joins = last?.role === role && (role === 'assistant' || last.parts.at(-1)?.kind === 'tool-result');
    if (joins) last.parts.push(...marked);
    else this.#turns.push({ role, parts: [...marked] });
  }

  #toolCall(item: JsonObject, path: string): Part {
    const isFreeForm = textField(item, 'type') === 'custom_tool_call';
    const callId = requiredText(item, 'call_id', path);
    const namespace = textField(item, 'namespace');
    const input = requiredText(item, isFreeForm ? 'input' : 'arguments', path);
    const own = leftovers(item, ['type', 'call_id', 'name', 'arguments', 'input', 'namespace'], `${path}.`);
    const extras = namespace === undefined ? own : [...own, extra(`${path}.namespace`, namespace, true)];
    const signature = this.#signatures.get(callId);
    return {
      kind: 'tool-call',
      callId,
      name: flatName(namespace, requiredText(item, 'name', path)),
      input: isFreeForm || input !== '' ? input : '{}',
      ...(isFreeForm ? { isFreeForm } : {}),
      ...(signature ? { signature } : {}),
      ...(extras.length > 0 ? { extras } : {}),
    };
  }

  #takeReasoning(item: JsonObject, path: string): void {
    const sealed = textField(item, 'encrypted_content');
    const opened = sealed === undefined || sealed === '' ? undefined : unseal(sealed);
    if (opened?.callId !== undefined) this.#signatures.set(opened.callId, opened.signature);
    else this.#turn('assistant').parts.push(decodeReasoning(item, path, opened));
  }

  #turn(role: Role): OpenTurn {
    const last = this.#turns.at(-1);
    if (last?.role === role) return last;
    const opened: OpenTurn = { role, parts: [] };
    this.#turns.push(opened);
    return opened;
  }
}

function requiredText(item: JsonObject, name: string, path: string): string {
  const text = textField(item, name);
  if (text === undefined) throw invalidField(`${path}.${name}`, 'text');
  return text;
}

function decodeResult(item: JsonObject, path: string): ToolResultPart {
  const parts = decodeContent(field(item, 'output'), `${path}.output`).map((part, index) => {
    if (part.kind === 'text' || part.kind === 'image' || part.kind === 'document') return part;
    throw invalidField(`${path}.output[${index}].type`, 'text, an image or a file');
  });
  const name = textField(item, 'name');
  const extras = leftovers(item, ['type', 'call_id', 'name', 'output', 'namespace'], `${path}.`);
  return {
    kind: 'tool-result',
    callId: requiredText(item, 'call_id', path),
    ...(name === undefined ? {} : { name: flatName(textField(item, 'namespace'), name) }),
    isError: false,
    parts,
    ...(extras.length > 0 ? { extras } : {}),
  };
}

function decodeReasoning(
  item: JsonObject,
  path: string,
  opened: { readonly signature: Signature; readonly text: string } | undefined,
): ReasoningPart {
  const content = textsOf(field(item, 'content'));
  const summary = textsOf(field(item, 'summary'));
  const extras = leftovers(item, ['type', 'content', 'summary', 'encrypted_content'], `${path}.`);
  return {
    kind: 'reasoning',
    text: opened?.text || content || summary,
    isSummary: content === '' && (opened?.text ?? '') === '',
    ...(opened ? { signature: opened.signature } : {}),
    ...(extras.length > 0 ? { extras } : {}),
  };
}

/** Sections of a summary, or of the reasoning itself, as one text. */
export function textsOf(list: unknown): string {
  if (!isList(list)) return '';
  return list.map((part) => (isObject(part) ? (textField(part, 'text') ?? '') : '')).join('\n\n');
}
