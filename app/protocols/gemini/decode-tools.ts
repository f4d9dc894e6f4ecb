import type { Conversation, Extra, Tool, ToolChoice } from '../../domain/conversation.ts';
import type { Json } from '../../domain/json.ts';
import { invalidField } from '../invalid-field.ts';
import { extrasOf, fieldsOf, listField, requiredText, textField } from './fields.ts';
import { toJsonSchema } from './schema.ts';

interface Tools {
  readonly tools: readonly Tool[];
  /** Tools that Google runs itself. */
  readonly extras: readonly Extra[];
}

const noParameters: Json = { type: 'object', properties: {} };
const declarationKnown: ReadonlySet<string> = new Set(['name', 'description', 'parameters', 'parametersJsonSchema']);

export function decodeTools(value: Json | undefined): Tools {
  const decoded = listField(value, 'tools').map((tool, index) => {
    const path = `tools[${index}]`;
    const fields = fieldsOf(tool, path);
    const declarations = listField(fields['functionDeclarations'], `${path}.functionDeclarations`);
    return {
      tools: declarations.map((declaration, at) => decodeTool(declaration, `${path}.functionDeclarations[${at}]`)),
      extras: extrasOf(fields, { known: new Set(['functionDeclarations']), path: `${path}.` }),
    };
  });
  return { tools: decoded.flatMap(({ tools }) => tools), extras: decoded.flatMap(({ extras }) => extras) };
}

function decodeTool(value: Json, path: string): Tool {
  const fields = fieldsOf(value, path);
  const { parameters, parametersJsonSchema } = fields;
  const extras = extrasOf(fields, { known: declarationKnown, path: `${path}.` });
  return {
    name: requiredText(fields['name'], `${path}.name`),
    description: textField(fields['description'], `${path}.description`),
    inputSchema: parametersJsonSchema ?? (parameters === undefined ? noParameters : toJsonSchema(parameters)),
    ...(extras.length > 0 && { extras }),
  };
}

type Choice = Pick<Conversation, 'tools' | 'toolChoice' | 'extras'>;

const calling = 'toolConfig.functionCallingConfig';

/** VALIDATED is the free choice with calls that are sure to fit their schema: strict tools, in neutral words. */
export function decodeToolConfig(value: Json | undefined, tools: readonly Tool[]): Choice {
  const config = fieldsOf(value, 'toolConfig');
  const { mode, allowedFunctionNames, ...more } = fieldsOf(config['functionCallingConfig'], calling);
  const names = listField(allowedFunctionNames, `${calling}.allowedFunctionNames`);
  const extras = [
    ...extrasOf(config, { known: new Set(['functionCallingConfig']), path: 'toolConfig.' }),
    ...extrasOf(more, { known: new Set(), path: `${calling}.` }),
  ];
  const { toolChoice, isStrict } = choiceOf(textField(mode, `${calling}.mode`), names);
  const isSaid = names.length === 0 || toolChoice?.kind === 'tool';
  return {
    tools: isStrict ? tools.map((tool) => ({ ...tool, isStrict })) : tools,
    toolChoice,
    extras: isSaid ? extras : [...extras, ...listExtra(names)],
  };
}

/** One name can be said in neutral words, several cannot. */
function listExtra(names: readonly Json[]): Extra[] {
  return extrasOf({ allowedFunctionNames: names }, { known: new Set(), path: `${calling}.` });
}

function choiceOf(mode: string | undefined, names: readonly Json[]): { toolChoice?: ToolChoice; isStrict?: true } {
  switch (mode) {
    case undefined:
    case 'MODE_UNSPECIFIED':
      return {};
    case 'AUTO':
      return { toolChoice: { kind: 'auto' } };
    case 'VALIDATED':
      return { toolChoice: { kind: 'auto' }, isStrict: true };
    case 'NONE':
      return { toolChoice: { kind: 'none' } };
    case 'ANY':
      return { toolChoice: oneOf(names) };
    default:
      throw invalidField(`${calling}.mode`, 'AUTO, ANY, NONE or VALIDATED');
  }
}

function oneOf(names: readonly Json[]): ToolChoice {
  const [name] = names;
  return names.length === 1 && typeof name === 'string' ? { kind: 'tool', name } : { kind: 'any' };
}
