import type { ListedModel } from '../domain/listed-model.ts';
import { bareModel } from '../domain/model-names.ts';
import { member, textMember } from '../protocols/json-value.ts';

/** How to ask an upstream which models it has. */
export interface ModelList {
  /** On the protocol's own root, with its query; one page holds everything. */
  readonly path: string;
  /** Undefined when the answer is no list. */
  read(answer: unknown): readonly ListedModel[] | undefined;
}

/** Longer lists are cut off: some gateways offer thousands. */
const maxModels = 2_000;
const maxNameLength = 200;

/** Anthropic's list. Relays of other makes answer at this path with OpenAI's, so both are read. */
export const anthropicModelList: ModelList = { path: '/v1/models?limit=1000', read: readEntries };

/** OpenAI's list, with what compatible vendors say beyond it. */
export const openAIModelList: ModelList = { path: '/v1/models', read: readEntries };

export const geminiModelList: ModelList = { path: '/v1beta/models?pageSize=1000', read: readGemini };

function readEntries(answer: unknown): readonly ListedModel[] | undefined {
  return listOf(answer, 'data')?.flatMap((entry) => {
    const id = textMember(entry, 'id');
    if (!isModelName(id)) return [];
    return {
      id,
      displayName: nameOf(textMember(entry, 'display_name') ?? textMember(entry, 'name')),
      createdAt: momentOf(textMember(entry, 'created_at')) ?? secondsOf(member(entry, 'created')),
      contextTokens: firstCount(entry, ['max_input_tokens', 'context_window', 'context_length', 'max_model_len']),
      maxOutputTokens: firstCount(entry, ['max_tokens', 'max_output_tokens', 'max_completion_tokens']),
    };
  });
}

function readGemini(answer: unknown): readonly ListedModel[] | undefined {
  return listOf(answer, 'models')?.flatMap((entry) => {
    const id = bareModel(textMember(entry, 'name') ?? '');
    if (!isModelName(id)) return [];
    return {
      id,
      displayName: nameOf(textMember(entry, 'displayName')),
      contextTokens: firstCount(entry, ['inputTokenLimit']),
      maxOutputTokens: firstCount(entry, ['outputTokenLimit']),
    };
  });
}

function listOf(answer: unknown, field: string): readonly unknown[] | undefined {
  const list = member(answer, field);
  return Array.isArray(list) ? list.slice(0, maxModels) : undefined;
}

function isModelName(id: string | undefined): id is string {
  return id !== undefined && id.length <= maxNameLength && /^[^\s\p{Cc}]+$/u.test(id);
}

function nameOf(text: string | undefined): string | undefined {
  return text === undefined || text === '' || /\p{Cc}/u.test(text) ? undefined : text.slice(0, maxNameLength);
}

/** The beginning of all time is how upstreams say that they do not know. */
function momentOf(text: string | undefined): number | undefined {
  const moment = Date.parse(text ?? '');
  return moment > 0 ? moment : undefined;
}

function secondsOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value * 1_000 : undefined;
}

function firstCount(entry: unknown, fields: readonly string[]): number | undefined {
  const values = fields.map((field) => member(entry, field));
  return values.find((value): value is number => Number.isSafeInteger(value) && Number(value) > 0);
}
