import { type Answer, type Question, refuses, replies } from './answers.ts';
import { promptTokens } from './prompt-cache.ts';
import { answersJson, type StoredThings } from './stored.ts';

export const modelIds: readonly string[] = ['claude-opus-5-5', 'claude-sonnet-5-5', 'claude-haiku-4-5-20251001'];

export interface RouteOptions {
  readonly credentials: readonly string[] | undefined;
  /** Answers a valid request for messages. */
  readonly converses: Answer;
  readonly stored: StoredThings;
}

/** What the real API does with a request that nobody scripted. */
export function routeOf(question: Question, options: RouteOptions): Answer {
  const { method, path } = question.request;
  const route = `${method} ${path.split('?')[0]}`;
  if (route === 'HEAD /' || route === 'HEAD /api/hello' || route === 'GET /api/hello') {
    return replies({ headers: { 'content-type': 'application/json' } });
  }
  return refusalOf(question, options) ?? knownRoute(route, question, options);
}

function knownRoute(route: string, question: Question, options: RouteOptions): Answer {
  if (route === 'POST /v1/messages')
    return invalidity(question, ['model', 'messages', 'max_tokens']) ?? options.converses;
  if (route === 'POST /v1/messages/count_tokens') {
    return invalidity(question, ['model', 'messages']) ?? answersJson({ input_tokens: promptTokens(question.body) });
  }
  const stored = options.stored.answer(question);
  if (stored) return stored;
  if (route === 'GET /v1/models') return answersJson(modelList());
  const [, id] = /^GET \/v1\/models\/(.+)$/.exec(route) ?? [];
  if (id !== undefined && modelIds.includes(id)) return answersJson(modelOf(id));
  return refuses(404, { message: 'Not found' });
}

function refusalOf({ request }: Question, { credentials }: RouteOptions): Answer | undefined {
  if (!request.credential) return refuses(401, { message: 'x-api-key header is required' });
  if (credentials && !credentials.includes(request.credential)) return refuses(401, { message: 'invalid x-api-key' });
  if (!request.headers['anthropic-version']) return refuses(400, { message: 'anthropic-version: header is required' });
  return undefined;
}

function invalidity({ request, body }: Question, required: readonly string[]): Answer | undefined {
  if (!request.json()) return refuses(400, { message: 'The request body is not valid JSON' });
  const missing = required.find((name) => body[name] === undefined);
  return missing ? refuses(400, { message: `${missing}: Field required` }) : undefined;
}

function modelList() {
  const data = modelIds.map(modelOf);
  return { data, has_more: false, first_id: modelIds[0], last_id: modelIds.at(-1) };
}

function modelOf(id: string) {
  return { type: 'model', id, display_name: id.replaceAll('-', ' '), created_at: '2026-01-01T00:00:00Z' };
}
