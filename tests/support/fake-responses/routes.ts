import { listOf } from '../fake-anthropic/json.ts';
import { type Answer, answersJson, type Question, refuses } from './answers.ts';
import { sealed } from './items.ts';
import type { KeptResponses } from './kept.ts';
import { usageOf } from './response.ts';
import type { StoredThings } from './stored.ts';

export const modelIds: readonly string[] = ['gpt-6.1-sol', 'gpt-5.1', 'gpt-5.4-nano'];

export interface RouteOptions {
  readonly credentials: readonly string[] | undefined;
  readonly kept: KeptResponses;
  readonly stored: StoredThings;
  /** Answers a valid request for a response. */
  readonly converses: Answer;
}

/** `/v1/responses` and below, wherever the root is. */
const responsesPath = /\/responses(?:\/([^/]+)(?:\/(cancel|input_items))?)?$/;

export function isResponses(path: string): boolean {
  return responsesPath.exec(path)?.[0] === '/responses';
}

/** What the real API does with a request that nobody scripted. */
export function routeOf(question: Question, options: RouteOptions): Answer {
  const { method, credential, path } = question.request;
  const [root = ''] = path.split('?');
  const [found, id, verb] = responsesPath.exec(root) ?? [];
  // Codex asks for a socket first; at this answer it goes on over HTTP at once.
  if (found && method === 'GET' && id === undefined) return refuses(426, { message: 'Upgrade is not supported here' });
  if (!credential) return refuses(401, { message: 'Missing bearer authentication in header' });
  if (options.credentials && !options.credentials.includes(credential)) {
    return refuses(401, { message: 'Incorrect API key provided', code: 'invalid_api_key' });
  }
  if (found && method === 'POST' && id === undefined) return newResponse(question, options);
  if (found && method === 'POST' && id === 'compact') return compacted(question);
  if (found && id !== undefined) return keptResponse(question, options, { id, verb });
  const stored = options.stored.answer(question);
  if (stored) return stored;
  if (method === 'GET' && root.endsWith('/models')) return answersJson(modelList());
  return refuses(404, { message: `Unknown request URL: ${method} ${root}`, code: 'unknown_url' });
}

function newResponse({ request, body }: Question, { kept, stored, converses }: RouteOptions): Answer {
  if (!request.json()) return refuses(400, { message: 'We could not parse the JSON body of your request.' });
  if (typeof body['model'] !== 'string') return refuses(400, { message: "Missing required parameter: 'model'." });
  const previous = body['previous_response_id'];
  if (typeof previous === 'string' && !kept.find(request.credential ?? '', previous)) {
    const message = `Previous response with id '${previous}' not found.`;
    return refuses(400, { message, code: 'previous_response_not_found' });
  }
  const conversation = body['conversation'];
  if (typeof conversation === 'string' && !stored.has(request.credential ?? '', conversation)) {
    return refuses(404, { message: `Conversation with id '${conversation}' not found.` });
  }
  return converses;
}

function keptResponse(
  { request }: Question,
  { kept }: RouteOptions,
  { id, verb }: { readonly id: string; readonly verb: string | undefined },
): Answer {
  const credential = request.credential ?? '';
  const found = kept.find(credential, id);
  if (!found) return refuses(404, { message: `Response with id '${id}' not found.` });
  const route = `${request.method} ${verb ?? ''}`;
  if (route === 'GET ') return answersJson(found.response);
  if (route === 'POST cancel') return refuses(400, { message: 'Cannot cancel a completed response.' });
  if (route === 'GET input_items') {
    const data = listOf(found.input);
    return answersJson({ object: 'list', data, first_id: null, last_id: null, has_more: false });
  }
  if (route !== 'DELETE ') return refuses(405, { message: 'Not allowed to do that on this endpoint' });
  kept.remove(credential, id);
  return answersJson({ id, object: 'response', deleted: true });
}

/** The conversation so far as one sealed item. */
function compacted(question: Question): Answer {
  const charge = { ...question.chargePrompt(), outputTokens: 7 };
  return answersJson({
    id: `resp_${question.request.id.replace(/^req_/, '')}`,
    object: 'response.compaction',
    created_at: Math.floor(question.nowMs / 1_000),
    output: [{ id: 'cmp_1', type: 'compaction', encrypted_content: sealed('compacted') }],
    usage: usageOf(charge),
  });
}

function modelList() {
  return {
    object: 'list',
    data: modelIds.map((id) => ({ id, object: 'model', created: 1_795_000_000, owned_by: 'openai' })),
  };
}
