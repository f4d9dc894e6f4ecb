import type { Answer, Question } from '../fake-anthropic/answers.ts';
import { countTokens } from '../fake-anthropic/charge.ts';
import { answersJson, embeds, modelOf, refuses } from './answers.ts';
import { converses } from './conversation.ts';
import { invalidityOf } from './validity.ts';

export const modelIds: readonly string[] = ['gemini-3.8-pro', 'gemini-3.8-flash', 'gemini-3.8-flash-lite'];

const methods = ['generateContent', 'countTokens', 'embedContent', 'batchEmbedContents'];

/** Verbs that work for money: such requests are in `calls` and in the ledger, and take scripted answers. */
const callVerbs: ReadonlySet<string> = new Set([
  'generateContent',
  'streamGenerateContent',
  'embedContent',
  'batchEmbedContents',
]);

/** Also of a Code Assist path, which names no model. */
export function verbOf(path: string): string {
  return /^\/v1(?:internal|(?:alpha|beta)?\/models\/[^:/?]+):(\w+)(?:\?|$)/.exec(path)?.[1] ?? '';
}

export function isCall(method: string, path: string): boolean {
  return method === 'POST' && callVerbs.has(verbOf(path));
}

/** What the real API does with a request that nobody scripted. */
export function routeOf(question: Question): Answer {
  const { method, path } = question.request;
  if (path.startsWith('/v1internal')) return notFound;
  if (method === 'GET') return modelRoute(path);
  const verb = method === 'POST' ? verbOf(path) : '';
  if (verb === '') return notFound;
  if (!question.request.json()) return refuses(400, { message: 'Invalid JSON payload received. Unexpected token.' });
  if (!modelOf(question).startsWith('gem')) {
    const message = `models/${modelOf(question)} is not found for API version v1beta, or is not supported for ${verb}.`;
    return refuses(404, { message });
  }
  return verbRoute(verb, question);
}

function verbRoute(verb: string, { body }: Question): Answer {
  switch (verb) {
    case 'generateContent':
    case 'streamGenerateContent': {
      const message = invalidityOf(body);
      return message === undefined ? converses : refuses(400, { message });
    }
    case 'countTokens': {
      const totalTokens = countTokens(JSON.stringify(body['contents'] ?? body['generateContentRequest'] ?? ''));
      return answersJson({ totalTokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: totalTokens }] });
    }
    case 'embedContent':
    case 'batchEmbedContents':
      return embeds;
    default:
      return notFound;
  }
}

const notFound: Answer = refuses(404, { message: 'Requested entity was not found.' });

function modelRoute(path: string): Answer {
  const [, id] = /^\/v1(?:alpha|beta)?\/models(?:\/([^?]+))?(?:\?|$)/.exec(path) ?? ['', 'none'];
  if (id === undefined) return answersJson({ models: modelIds.map(describe) });
  return modelIds.includes(id) ? answersJson(describe(id)) : notFound;
}

function describe(id: string) {
  return {
    name: `models/${id}`,
    version: '001',
    displayName: id.replaceAll('-', ' '),
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: methods,
    thinking: true,
  };
}
