import type { Headers } from '../../domain/headers.ts';
import { resolveAt } from '../base-url.ts';
import { bodyTypeOf } from '../body-type.ts';
import type { UpstreamCall, UpstreamRequest } from '../provider.ts';

/** For the few clients that name no version: the oldest that all upstreams speak. */
const defaultVersion = '2023-06-01';

/** What a client can never decide: where the request goes, how long it is, and whose credential it carries. */
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
]);

/** A Messages request as the client made it, with `credential` as its only credential headers. */
export function buildMessagesRequest(call: UpstreamCall, base: string, credential: Headers): UpstreamRequest {
  const headers: Record<string, string> = { 'anthropic-version': defaultVersion };
  for (const [name, value] of Object.entries(call.headers)) {
    if (value !== undefined && !neverForwarded.has(name)) headers[name] = value;
  }
  if (call.body) headers['content-type'] = bodyTypeOf(call);
  for (const [name, value] of Object.entries(credential)) {
    if (value !== undefined) headers[name] = value;
  }
  return { ...resolveAt(base, call.path), method: call.method, headers, body: call.body };
}
