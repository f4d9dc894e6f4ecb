import { generatePath, pathWithModel, readTarget } from '../../protocols/gemini/path.ts';
import { resolveAt } from '../base-url.ts';
import type { UpstreamCall, UpstreamRequest } from '../provider.ts';

/** What a client can never decide: where the request goes, how long it is, whose credential it carries and who pays. */
const neverForwarded: ReadonlySet<string> = new Set([
  'api-key',
  'authorization',
  'content-length',
  'content-type',
  'cookie',
  'host',
  'proxy-authorization',
  'x-api-key',
  'x-goog-api-key',
  'x-goog-user-project',
]);

/** Google also reads credentials from the query. */
const queryCredential = /^(?:key|access_token|oauth_token)(?:=|$)/i;

/** A Gemini request with `apiKey` as its only credential. */
export function buildGeminiRequest(call: UpstreamCall, base: string, apiKey: string): UpstreamRequest {
  const headers = { ...forwardedHeaders(call), 'x-goog-api-key': apiKey };
  return { ...resolveAt(withoutVersion(base), pathOf(call)), method: call.method, headers, body: call.body };
}

/** The client's headers without any credential. */
export function forwardedHeaders(call: Pick<UpstreamCall, 'headers' | 'body'>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(call.headers)) {
    if (value !== undefined && !neverForwarded.has(name)) headers[name] = value;
  }
  if (call.body) headers['content-type'] = 'application/json';
  return headers;
}

/** The client's own path with the name that the upstream knows the model by, or a new one for another protocol's call. */
function pathOf({ path, model, isStream, body }: UpstreamCall): string {
  const target = readTarget(path);
  if (target) return withoutCredential(target.model === model ? path : pathWithModel(path, model));
  const isTranslated = body !== undefined && /^\/v1beta\/models\/?$/.test(path);
  return isTranslated ? generatePath(model, isStream) : withoutCredential(path);
}

export function withoutCredential(path: string): string {
  const at = path.indexOf('?');
  if (at === -1) return path;
  const fields = path.slice(at + 1).split('&');
  const kept = fields.filter((field) => !queryCredential.test(decoded(field)));
  if (kept.length === fields.length) return path;
  return kept.length === 0 ? path.slice(0, at) : `${path.slice(0, at)}?${kept.join('&')}`;
}

function decoded(field: string): string {
  try {
    return decodeURIComponent(field);
  } catch {
    return field; // a broken escape hides no name from Google either
  }
}

/** People paste addresses with the version that the path brings along anyway. */
function withoutVersion(base: string): string {
  return base.replace(/\/v1(?:alpha|beta)\/*$/, '');
}
