import type { Extra, Tool, ToolChoice } from '../../domain/conversation.ts';
import type { Json } from '../../domain/json.ts';
import { invalidField } from '../invalid-field.ts';
import { cannotCarry, extra, isOwn, leftovers, ownFields, refuseForeign } from './extras.ts';
import { flatName, innerName } from './tool-names.ts';
import { booleanField, compact, field, isList, isObject, type JsonObject, textField } from './values.ts';

/** `tools[3].format`, also inside a namespace. */
const toolField = /tools\[\d+\]\.([^.[\]]+)$/;

interface Namespace {
  readonly name: string;
  readonly description?: string | undefined;
}

/** Where a list of tools stands, and what it belongs to. */
interface Place {
  readonly path: string;
  readonly namespace?: Namespace | undefined;
}

/** Tools that the hub can say; those of the provider (search, shell …) become extras that nobody may drop. */
export interface DecodedTools {
  readonly tools: readonly Tool[];
  readonly extras: readonly Extra[];
}

/** The tools of the request, or of an `additional_tools` item; those inside namespaces come out one by one. */
export function decodeTools(list: Json | undefined, place: Place): DecodedTools {
  if (list === undefined || list === null) return { tools: [], extras: [] };
  if (!isList(list)) throw invalidField(place.path, 'a list of tools');
  const decoded = list.map((tool, index) => decodeTool(tool, { ...place, path: `${place.path}[${index}]` }));
  return { tools: decoded.flatMap(({ tools }) => tools), extras: decoded.flatMap(({ extras }) => extras) };
}

function decodeTool(tool: Json, place: Place): DecodedTools {
  if (!isObject(tool)) throw invalidField(place.path, 'an object');
  switch (textField(tool, 'type')) {
    case 'function':
      return { tools: [decodeFunction(tool, place)], extras: [] };
    case 'custom':
      return { tools: [decodeCustom(tool, place)], extras: [] };
    case 'namespace':
      return decodeTools(field(tool, 'tools'), {
        path: `${place.path}.tools`,
        namespace: { name: nameOf(tool, place), description: textField(tool, 'description') },
      });
    default:
      return { tools: [], extras: [extra(place.path, tool, false)] };
  }
}

function decodeFunction(tool: JsonObject, place: Place): Tool {
  const known = ['type', 'name', 'description', 'parameters', 'strict', 'allowed_callers'];
  const isStrict = booleanField(tool, 'strict');
  return {
    ...namedTool(tool, place),
    inputSchema: field(tool, 'parameters') ?? { type: 'object', properties: {} },
    ...(isStrict === undefined ? {} : { isStrict }),
    ...toolExtras(tool, known, place),
  };
}

function decodeCustom(tool: JsonObject, place: Place): Tool {
  const format = field(tool, 'format');
  const isPlain = format === undefined || format === null || (isObject(format) && textField(format, 'type') === 'text');
  const known = ['type', 'name', 'description', 'format', 'allowed_callers'];
  // A grammar narrows the input further than the description says; without it a model still knows what to write.
  const grammar = isPlain ? [] : [extra(`${place.path}.format`, format, true)];
  return { ...namedTool(tool, place), ...toolExtras(tool, known, place, grammar) };
}

function namedTool(tool: JsonObject, place: Place): Tool {
  const description = textField(tool, 'description');
  return {
    name: flatName(place.namespace?.name, nameOf(tool, place)),
    ...(description === undefined ? {} : { description }),
  };
}

function nameOf(tool: JsonObject, { path }: Place): string {
  const name = textField(tool, 'name');
  if (name === undefined || name === '') throw invalidField(`${path}.name`, 'the name of the tool');
  return name;
}

function toolExtras(
  tool: JsonObject,
  known: readonly string[],
  ...[{ path, namespace }, more]: readonly [Place, (readonly Extra[])?]
): { readonly extras?: readonly Extra[] } {
  const callers = field(tool, 'allowed_callers');
  const isDirect = !isList(callers) || callers.includes('direct');
  const extras = [
    ...leftovers(tool, known, `${path}.`),
    ...(isList(callers) ? [extra(`${path}.allowed_callers`, callers, isDirect)] : []),
    ...(namespace ? [extra(`${path}.namespace`, compact({ ...namespace }), true)] : []),
    ...(more ?? []),
  ];
  return extras.length > 0 ? { extras } : {};
}

/** The namespace a tool came in, when a client of this protocol defined it. */
export function namespaceOf(tool: Tool | undefined): string | undefined {
  const found = tool?.extras?.find((candidate) => isOwn(candidate) && candidate.field.endsWith('].namespace'));
  return found && isObject(found.value) ? textField(found.value, 'name') : undefined;
}

export function isFreeFormTool(tool: Tool | undefined): boolean {
  return tool !== undefined && tool.inputSchema === undefined;
}

/** Tools of one namespace are gathered in it; `hosted` are those that only this protocol knows. */
export function encodeTools(tools: readonly Tool[], hosted: readonly Extra[] = []): readonly Json[] {
  const namespaces = new Map<string, { readonly head: JsonObject; readonly tools: Json[] }>();
  const encoded: (() => Json)[] = [];
  for (const tool of tools) {
    const { namespace, ...own } = ownFields(tool.extras, toolField);
    const name = isObject(namespace) ? textField(namespace, 'name') : undefined;
    const body = encodeTool(tool, name, own);
    if (name === undefined || !isObject(namespace)) encoded.push(() => body);
    else if (namespaces.has(name)) namespaces.get(name)?.tools.push(body);
    else {
      const group = { head: { type: 'namespace', description: '', ...namespace }, tools: [body] };
      namespaces.set(name, group);
      encoded.push(() => ({ ...group.head, tools: group.tools }));
    }
  }
  return [...encoded.map((make) => make()), ...hosted.map(({ value }) => value)];
}

function encodeTool(tool: Tool, namespace: string | undefined, own: JsonObject): JsonObject {
  refuseForeign(tool.extras);
  const named = compact({
    name: namespace === undefined ? tool.name : innerName(namespace, tool.name),
    description: tool.description,
  });
  if (tool.inputSchema === undefined) return { type: 'custom', ...named, ...own };
  // Absent would mean true, and a schema that was not written for strict checking is then refused.
  return { type: 'function', ...named, parameters: tool.inputSchema, strict: tool.isStrict ?? false, ...own };
}

export interface DecodedChoice {
  readonly toolChoice?: ToolChoice;
  readonly extras: readonly Extra[];
}

export function decodeToolChoice(choice: Json | undefined): DecodedChoice {
  if (choice === undefined || choice === null) return { extras: [] };
  if (choice === 'auto' || choice === 'none') return { toolChoice: { kind: choice }, extras: [] };
  if (choice === 'required') return { toolChoice: { kind: 'any' }, extras: [] };
  const type = isObject(choice) ? textField(choice, 'type') : undefined;
  const name = isObject(choice) ? textField(choice, 'name') : undefined;
  const isNamed = (type === 'function' || type === 'custom') && name !== undefined;
  if (isNamed) return { toolChoice: { kind: 'tool', name }, extras: [] };
  // A choice among some tools, or of a tool of the provider.
  return { extras: [extra('tool_choice', choice, false)] };
}

export function encodeToolChoice(choice: ToolChoice | undefined, tools: readonly Tool[]): Json | undefined {
  if (choice === undefined) return undefined;
  if (choice.kind !== 'tool') return choice.kind === 'any' ? 'required' : choice.kind;
  const tool = tools.find(({ name }) => name === choice.name);
  if (tool === undefined) throw cannotCarry(`tool_choice with the undefined tool ${choice.name}`);
  const namespace = namespaceOf(tool);
  const name = namespace === undefined ? choice.name : innerName(namespace, choice.name);
  return { type: isFreeFormTool(tool) ? 'custom' : 'function', name };
}
