import { RelayError } from '../../domain/errors.ts';
import type { Span } from '../../domain/facts.ts';
import { assistPath } from '../../protocols/gemini/assist-path.ts';
import { readTarget } from '../../protocols/gemini/path.ts';
import { parseSpan, scanObject } from '../../protocols/json-scan.ts';
import { applyEdits, type Edit, insertFirst } from '../../protocols/json-splice.ts';
import type { Fields } from '../../protocols/read-facts.ts';
import { resolveAt } from '../base-url.ts';
import { forwardedHeaders, withoutCredential } from '../gemini/request.ts';
import type { UpstreamCall, UpstreamRequest } from '../provider.ts';

export interface CodeAssistAccount {
  readonly base: string;
  readonly accessToken: string;
  /** What calls are billed to, when it is known: the account's, whatever the client says. */
  readonly project: string | undefined;
}

/** A request of Code Assist as it came, but for its project; or one of the Gemini API in a wrapper of ours. */
export function buildCodeAssistRequest(call: UpstreamCall, account: CodeAssistAccount): UpstreamRequest {
  // Who looks at an operation sends nothing.
  const sent = call.body?.length ? call.body : undefined;
  const headers = { ...forwardedHeaders({ ...call, body: sent }), authorization: `Bearer ${account.accessToken}` };
  const { path, body } = sent ? questionOf({ ...call, body: sent }, account.project) : { path: call.path, body: sent };
  return { ...resolveAt(account.base, withoutCredential(path)), method: call.method, headers, body };
}

type Asked = UpstreamCall & { readonly body: Uint8Array };
type Question = Pick<Asked, 'path' | 'body'>;

function questionOf(call: Asked, project: string | undefined): Question {
  const { route, path, body, model } = call;
  switch (route) {
    case 'generate':
      return { path: generatePath(call), body: wrapped(body, model, project) };
    case 'gemini-count':
      return { path: assistPath('countTokens'), body: wrappedCount(body, model) };
    case 'assist-generate':
      return { path, body: withProject(body, project) };
    case 'assist-count':
      return { path, body: withCountedModel(body, model) };
    default:
      return { path, body: withOwnProject(body, project) };
  }
}

/** Streamed in the form that the client reads, or as server-sent events where it is translated. */
function generatePath({ path, isStream }: Asked): string {
  if (!isStream) return assistPath('generateContent');
  return assistPath('streamGenerateContent', readTarget(path)?.isSse ?? true);
}

function wrapped(request: Uint8Array, model: string, project: string | undefined): Uint8Array {
  const billed = project === undefined ? '' : `"project":${JSON.stringify(project)},`;
  return joined(`{"model":${JSON.stringify(model)},${billed}"request":`, request, '}');
}

/** Code Assist counts contents and nothing else. */
function wrappedCount(body: Uint8Array, model: string): Uint8Array {
  const whole = scanObject(body);
  const nested = whole.get('generateContentRequest') ?? whole.get('generate_content_request');
  const source = nested ? body.subarray(nested.start, nested.end) : body;
  const fields = nested ? scanObject(source) : whole;
  const other = [...fields.keys()].find((name) => name !== 'contents' && name !== 'model');
  if (other !== undefined) {
    throw new RelayError(
      'request-invalid',
      `The field ${other} cannot be counted by this account. Count contents only.`,
    );
  }
  const contents = fields.get('contents');
  const counted = contents ? source.subarray(contents.start, contents.end) : '[]';
  return joined(`{"request":{"model":${JSON.stringify(`models/${model}`)},"contents":`, counted, '}}');
}

function withProject(body: Uint8Array, project: string | undefined): Uint8Array {
  if (project === undefined) return body;
  const span = scanObject(body).get('project');
  if (span === undefined) return insertFirst(body, 0, `"project":${JSON.stringify(project)}`);
  return applyEdits(body, edited(body, span, project));
}

/** The name that the upstream knows the model by stands two levels deep. */
function withCountedModel(body: Uint8Array, model: string): Uint8Array {
  const span = innerSpan(body, scanObject(body), ['request', 'model']);
  return span ? applyEdits(body, edited(body, span, `models/${model}`)) : body;
}

/** Where a question about the account names a project, it is the account's own. */
function withOwnProject(body: Uint8Array, project: string | undefined): Uint8Array {
  if (project === undefined) return body;
  const fields = scanObject(body);
  const spans = [
    fields.get('project'),
    fields.get('cloudaicompanionProject'),
    innerSpan(body, fields, ['metadata', 'duetProject']),
  ];
  return applyEdits(
    body,
    spans.flatMap((span) => (span ? edited(body, span, project) : [])),
  );
}

function innerSpan(body: Uint8Array, fields: Fields, [outer, inner]: readonly [string, string]): Span | undefined {
  const object = fields.get(outer);
  if (object === undefined || body[object.start] !== 0x7b) return undefined;
  const span = scanObject(body.subarray(object.start, object.end)).get(inner);
  return span && { start: object.start + span.start, end: object.start + span.end };
}

/** Nothing changes where the text is already the one that is wanted. */
function edited(body: Uint8Array, span: Span, text: string): readonly Edit[] {
  return parseSpan(body, span) === text ? [] : [{ span, text: JSON.stringify(text) }];
}

function joined(...pieces: readonly (string | Uint8Array)[]): Uint8Array {
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
}
