import { createHmac, hash } from 'node:crypto';

/** What AWS Signature Version 4 signs. Sign last: whatever changes after it makes the signature wrong. */
export interface SignedRequest {
  readonly method: string;
  /** As it goes on the wire, already percent-encoded; without a query. */
  readonly path: string;
  /** As it goes on the wire: sorted, and percent-encoded once. */
  readonly query?: string | undefined;
  /** Exactly the headers to sign, `host` and `x-amz-date` among them, with lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Hex SHA-256 of the body. */
  readonly bodyHash: string;
}

export interface SigningKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly service: string;
}

export interface Signing {
  readonly key: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    /** Of temporary credentials. */
    readonly sessionToken?: string | undefined;
  };
  readonly scope: Pick<SigningKey, 'region' | 'service'>;
  readonly nowMs: number;
}

export interface Unsigned {
  readonly method: string;
  readonly origin: string;
  /** Percent-encoded as it goes on the wire; without a query. */
  readonly path: string;
  /** Further headers to sign. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

/** The headers that make a request a signed one, those that were given among them. */
export function signedHeaders(unsigned: Unsigned, signing: Signing): Record<string, string> {
  const { method, path, headers } = unsigned;
  const bodyHash = sha256(unsigned.body);
  const added: Record<string, string> = {
    ...headers,
    'x-amz-content-sha256': bodyHash,
    'x-amz-date': amzDate(signing.nowMs),
    ...(signing.key.sessionToken === undefined ? {} : { 'x-amz-security-token': signing.key.sessionToken }),
  };
  const request = { method, path, headers: { ...added, host: new URL(unsigned.origin).host }, bodyHash };
  return { ...added, authorization: authorization(request, { ...signing.key, ...signing.scope }) };
}

const algorithm = 'AWS4-HMAC-SHA256';

export function sha256(body: Uint8Array | string): string {
  return hash('sha256', body);
}

/** `20261123T120000Z` */
export function amzDate(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/[-:]|\.\d+/g, '');
}

/** The value of the `authorization` header. */
export function authorization(request: SignedRequest, key: SigningKey): string {
  const date = request.headers['x-amz-date'] ?? '';
  const scope = `${date.slice(0, 8)}/${key.region}/${key.service}/aws4_request`;
  const text = [algorithm, date, scope, sha256(canonicalRequest(request))].join('\n');
  const signature = hmac(derivedKey(key, date.slice(0, 8)), text).toString('hex');
  const credential = `${key.accessKeyId}/${scope}`;
  return `${algorithm} Credential=${credential}, SignedHeaders=${signedNames(request).join(';')}, Signature=${signature}`;
}

export function canonicalRequest(request: SignedRequest): string {
  const names = signedNames(request);
  return [
    request.method,
    canonicalPath(request.path),
    request.query ?? '',
    ...names.map((name) => `${name}:${canonicalValue(request.headers[name] ?? '')}`),
    '',
    names.join(';'),
    request.bodyHash,
  ].join('\n');
}

/** Every service but S3 signs the path encoded once more: `%3A` on the wire is `%253A` here. */
function canonicalPath(path: string): string {
  return path.split('/').map(encodePathPart).join('/');
}

/** RFC 3986: everything but letters, digits, `-`, `.`, `_` and `~`. */
export function encodePathPart(part: string): string {
  const encoded = encodeURIComponent(part.toWellFormed());
  return encoded.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

function signedNames({ headers }: SignedRequest): string[] {
  return Object.keys(headers).sort();
}

function canonicalValue(value: string): string {
  return value.trim().replace(/ +/g, ' ');
}

function derivedKey({ secretAccessKey, region, service }: SigningKey, day: string): Buffer {
  return [day, region, service, 'aws4_request'].reduce(hmac, Buffer.from(`AWS4${secretAccessKey}`));
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
