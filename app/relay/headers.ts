import type { Headers } from '../domain/headers.ts';

/** One credential header as the client sent it. */
export interface Credential {
  readonly header: string;
  /** The header's value as it came. */
  readonly value: string;
  /** The credential itself, without `Bearer`. */
  readonly secret: string;
}

/** A client's headers, read once. */
export interface ClientHeaders {
  /** What may go upstream: nothing of the connection, the client's address, our keys, cookies or credentials. */
  readonly forward: Headers;
  readonly credentials: readonly Credential[];
  /** The key in our own header, which leaves the usual ones free for the client's upstream credential. */
  readonly waystationKeys: readonly string[];
  readonly contentEncoding: string | undefined;
  readonly acceptEncoding: string | undefined;
  readonly sessionId: string | undefined;
  readonly userAgent: string | undefined;
  /** The client's own label for what it works on, for usage; it goes no further. */
  readonly project: string | undefined;
}

const credentialHeaders: readonly string[] = ['authorization', 'x-api-key', 'x-goog-api-key', 'api-key'];
const ownKeyHeader = 'x-waystation-key';
const projectHeader = 'x-waystation-project';

/** Headers that end at the relay: hop-by-hop (RFC 9110 7.6.1), framing, addresses, browser state. */
const dropped = new Set([
  'content-length',
  'cookie',
  'cookie2',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'origin',
  'referer',
  'te',
  'trailer',
  'transfer-encoding',
  'true-client-ip',
  'upgrade',
  'via',
  'x-admin-token',
  'x-client-ip',
  'x-real-ip',
]);
const droppedStarts = ['x-forwarded-', 'x-waystation-', 'proxy-', 'sec-', 'cf-'] as const;

/** Session headers of the clients we know, the most specific first (clients.md). */
const sessionHeaders = ['x-claude-code-session-id', 'session-id', 'x-session-id'] as const;

/** Headers that mean something to the relay itself and are taken off. */
const taken = new Set([
  ownKeyHeader,
  projectHeader,
  ...credentialHeaders,
  'connection',
  'content-encoding',
  'accept-encoding',
]);

const maxProjectLength = 100;

/** Reads Node's `rawHeaders` (name, value, name, value …) in one pass. */
export function readClientHeaders(rawHeaders: readonly string[]): ClientHeaders {
  const forward: Record<string, string> = {};
  const ours: (readonly [name: string, value: string])[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    if (taken.has(name)) ours.push([name, value]);
    else if (mayForward(name, value)) forward[name] = name in forward ? `${forward[name]}, ${value}` : value;
  }
  const valuesOf = (wanted: string) => ours.filter(([name]) => name === wanted).map(([, value]) => value);
  dropNominated(forward, valuesOf('connection'));
  return {
    forward,
    credentials: ours.filter(([name]) => credentialHeaders.includes(name)).map(toCredential),
    waystationKeys: valuesOf(ownKeyHeader).map((value) => value.trim()),
    contentEncoding: joined(valuesOf('content-encoding')),
    acceptEncoding: joined(valuesOf('accept-encoding')),
    sessionId: sessionIdOf(forward),
    userAgent: forward['user-agent'],
    project: valuesOf(projectHeader)[0]?.trim().slice(0, maxProjectLength) || undefined,
  };
}

function toCredential([header, value]: readonly [string, string]): Credential {
  return { header, value, secret: secretOf(header, value) };
}

function joined(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : values.join(', ');
}

/** Google's clients may send the key in the query; it counts as a header then, and goes no further. */
export function withQueryKey(headers: ClientHeaders, query: string): ClientHeaders {
  const value = new URLSearchParams(query).get('key');
  if (!value) return headers;
  return { ...headers, credentials: [...headers.credentials, { header: 'x-goog-api-key', value, secret: value }] };
}

/** The answer's headers that the client gets. Those that identify a pooled account stay here. */
export function replyHeaders(upstream: Headers, forwardsClientCredential: boolean): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name in upstream) {
    const value = upstream[name];
    if (value === undefined || replyDropped.has(name) || name.startsWith('cf-')) continue;
    if (!forwardsClientCredential && (pooledDropped.has(name) || name.startsWith('anthropic-ratelimit-'))) continue;
    headers[name] = value;
  }
  return headers;
}

/** The upstream's own name for a request, for its support. */
export function upstreamRequestId(headers: Headers): string | undefined {
  for (const name of requestIdHeaders) if (headers[name] !== undefined) return headers[name];
  return undefined;
}

const requestIdHeaders = [
  'request-id',
  'x-request-id',
  'x-amzn-requestid',
  'apim-request-id',
  'x-cloudaicompanion-trace-id',
] as const;

const replyDropped = new Set([
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
  'access-control-expose-headers',
  'alt-svc',
  'connection',
  'content-encoding',
  'content-length',
  'date',
  'keep-alive',
  'proxy-authenticate',
  'server',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
]);
const pooledDropped = new Set(['anthropic-organization-id', 'anthropic-workspace-id']);

function secretOf(name: string, value: string): string {
  const trimmed = value.trim();
  return name === 'authorization' ? trimmed.replace(/^bearer\s+/i, '') : trimmed;
}

function mayForward(name: string, value: string): boolean {
  if (dropped.has(name) || name === '__proto__') return false;
  if (droppedStarts.some((start) => name.startsWith(start))) return false;
  return isPlainText(value);
}

/** Printable ASCII and tabs; anything else could mean something different to the next parser. */
function isPlainText(value: string): boolean {
  for (let index = 0; index < value.length; index += 1) {
    const code = value.charCodeAt(index);
    if ((code < 0x20 && code !== 0x09) || code > 0x7e) return false;
  }
  return true;
}

/** `Connection: name` makes that header belong to this hop only. */
function dropNominated(forward: Record<string, string>, connection: readonly string[]): void {
  for (const token of connection.join(',').split(',')) delete forward[token.trim().toLowerCase()];
}

function sessionIdOf(forward: Headers): string | undefined {
  for (const name of sessionHeaders) {
    const value = forward[name];
    if (value) return value.slice(0, 256);
  }
  return undefined;
}
