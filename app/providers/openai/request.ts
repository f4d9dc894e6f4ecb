import type { Headers } from '../../domain/headers.ts';
import { resolveAt } from '../base-url.ts';
import { bodyTypeOf } from '../body-type.ts';
import type { UpstreamCall, UpstreamRequest } from '../provider.ts';

/** What a client can never decide: where the request goes, how long it is, and whose credential and bill it carries. */
const neverForwarded: ReadonlySet<string> = new Set([
  'api-key',
  'authorization',
  'chatgpt-account-id',
  'content-length',
  'content-type',
  'cookie',
  'host',
  'openai-organization',
  'openai-project',
  'proxy-authorization',
  'x-api-key',
  'x-goog-api-key',
]);

/** A request as the client made it, with `own` as its only credential headers. `path` is not checked again. */
export function buildOpenAIRequest(
  call: UpstreamCall,
  target: { readonly origin: string; readonly path: string },
  own: Headers,
): UpstreamRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(call.headers)) {
    if (value !== undefined && !neverForwarded.has(name)) headers[name] = value;
  }
  if (call.body) headers['content-type'] = bodyTypeOf(call);
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined) headers[name] = value;
  }
  return { origin: target.origin, path: target.path, method: call.method, headers, body: call.body };
}

/**
 * Where a path leads at an address that is given as for OpenAI's own clients. With `isWhole` the address ends where the
 * API begins: the `/v1` of the client's path is then left out.
 */
export function resolveApi(
  base: string,
  path: string,
  isWhole: boolean,
): { readonly origin: string; readonly path: string } {
  const usual = resolveAt(base, path);
  if (!isWhole) return usual;
  const { pathname } = new URL(base);
  return { origin: usual.origin, path: pathname.replace(/\/+$/, '') + path.replace(/^\/v1(?=\/)/, '') };
}
