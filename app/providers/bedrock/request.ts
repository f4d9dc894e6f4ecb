import { buildMessagesRequest } from '../anthropic/request.ts';
import { resolveAt } from '../base-url.ts';
import type { UpstreamCall, UpstreamRequest } from '../provider.ts';
import { toBedrockBody } from './body.ts';
import type { BedrockSecret } from './credential.ts';
import type { BedrockSettings } from './settings.ts';
import { encodePathPart, signedHeaders } from './sigv4.ts';

/** The path and the body say what these say elsewhere. */
const notForwarded: ReadonlySet<string> = new Set(['accept', 'anthropic-beta', 'anthropic-version']);

export function endpointOf({ region, endpoint }: BedrockSettings): string {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return endpoint ?? `https://bedrock-runtime.${region}.${domain}`;
}

/** The client's Messages request as a model invocation, signed or with the API key. */
export function buildRequest(call: UpstreamCall<BedrockSettings, BedrockSecret>): UpstreamRequest {
  const { settings, headers, body } = call;
  const base = endpointOf(settings);
  const plain = buildMessagesRequest({ ...call, path: '/' }, base, {});
  const request = {
    ...plain,
    ...resolveAt(base, invocationPath(call)),
    headers: Object.fromEntries(Object.entries(plain.headers).filter(([name]) => mayForward(name))),
    body: body && toBedrockBody(body, headers),
  };
  request.headers['accept'] = call.isStream ? 'application/vnd.amazon.eventstream' : 'application/json';
  Object.assign(request.headers, credentialOf(request, call));
  return request;
}

/** A client cannot bring headers that would be part of the account's signature. */
function mayForward(name: string): boolean {
  return !notForwarded.has(name) && !name.startsWith('x-amz-');
}

/** An id may be an ARN with `:` and `/`: one part of the path all the same. */
function invocationPath({ model, isStream }: UpstreamCall): string {
  return `/model/${encodePathPart(model)}/${isStream ? 'invoke-with-response-stream' : 'invoke'}`;
}

function credentialOf(
  request: UpstreamRequest,
  { secret, settings, nowMs }: UpstreamCall<BedrockSettings, BedrockSecret>,
): Record<string, string> {
  if (secret.kind === 'api-key') return { authorization: `Bearer ${secret.token}` };
  if (secret.kind === 'default-chain') throw new Error('the credential was not looked for');
  const { method, origin, path, headers, body = '' } = request;
  const contentType = headers['content-type'];
  return signedHeaders(
    { method, origin, path, headers: contentType === undefined ? {} : { 'content-type': contentType }, body },
    { key: secret, scope: { region: settings.region, service: 'bedrock' }, nowMs: nowMs ?? Date.now() },
  );
}
