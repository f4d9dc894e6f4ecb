import { hash } from 'node:crypto';
import { RelayError } from '../../domain/errors.ts';
import type { RequestFacts, Span } from '../../domain/facts.ts';
import { scanObject } from '../json-scan.ts';
import { withoutFields } from '../json-splice.ts';
import { type Fields, isName, parseSmall, readModel } from '../read-facts.ts';
import { type AssistTarget, requireAssistTarget } from './assist-path.ts';
import { readContent } from './content-facts.ts';

// Code Assist is the Gemini API in a wrapper: `{model, project, user_prompt_id, request: {contents, …, session_id}}`, with
// the model inside `request`, and with `models/` before it, where tokens are counted.

const openBrace = 0x7b;
/** Fields of the inner request that only Code Assist knows. The session is read before; the model goes into the path. */
const ownFields: ReadonlySet<string> = new Set(['session_id', 'sessionId', 'model']);

interface Opened {
  readonly inner: Uint8Array;
  readonly fields: Fields;
  readonly model: string;
  readonly modelSpan: Span | undefined;
}

export function readAssistFacts(body: Uint8Array, target: AssistTarget): RequestFacts {
  const { route, isStream } = target;
  if (route === 'assist-control') return controlFacts(body, target);
  const { inner, fields, model, modelSpan } = opened(body, route);
  const session = parseSmall(inner, fields.get('session_id') ?? fields.get('sessionId'));
  const bodySessionId = isName(session) ? session : undefined;
  return { model, modelSpan, isStream, bodySessionId, ...readContent(inner, fields) };
}

/** The request as the Gemini API takes it. */
export function openAssistRequest(
  body: Uint8Array,
  path: string,
): { readonly body: Uint8Array; readonly path: string } {
  const { route, verb, query } = requireAssistTarget(path);
  const { inner, fields, model } = opened(body, route);
  return {
    body: withoutFields(inner, fields, ownFields),
    path: `/v1beta/models/${encodeURIComponent(model)}:${verb}${query}`,
  };
}

function opened(body: Uint8Array, route: AssistTarget['route']): Opened {
  const outer = scanObject(body);
  const request = outer.get('request');
  if (request === undefined || body[request.start] !== openBrace) {
    throw new RelayError('request-invalid', 'The field request is missing or wrong. Send the request as an object.');
  }
  const inner = body.subarray(request.start, request.end);
  const fields = scanObject(inner);
  const isCount = route === 'assist-count';
  const { model, modelSpan } = isCount ? readModel(inner, fields) : readModel(body, outer);
  return { inner, fields, model: model.replace(/^models\//, ''), modelSpan: isCount ? undefined : modelSpan };
}

/** Control calls are about an account, and name no model. One that only looks has no body. */
function controlFacts(body: Uint8Array, { verb }: AssistTarget): RequestFacts {
  if (body.length > 0) scanObject(body);
  return { model: '', isStream: false, isThinking: false, contentHash: () => hash('sha256', `assist ${verb}`) };
}
