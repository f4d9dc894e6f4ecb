import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

// Written from AWS's documentation alone, without a look at the relay's own signing: what both agree on is right.

export interface Signed {
  readonly method: string;
  /** Path and query as they came over the wire. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

export interface Claim {
  readonly accessKeyId: string;
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** What an `authorization` header claims; undefined when it is no signature of version 4. */
export function readClaim(authorization: string): Claim | undefined {
  const fields = new Map(
    authorization
      .replace(/^AWS4-HMAC-SHA256\s+/, '')
      .split(/,\s*/)
      .map((field): [string, string] => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]),
  );
  const [accessKeyId = '', day = '', region = '', service = '', end] = (fields.get('Credential') ?? '').split('/');
  if (!authorization.startsWith('AWS4-HMAC-SHA256') || end !== 'aws4_request') return undefined;
  const signedHeaders = (fields.get('SignedHeaders') ?? '').split(';');
  return { accessKeyId, day, region, service, signedHeaders, signature: fields.get('Signature') ?? '' };
}

/** Whether the holder of the secret signed exactly this. */
export function isSignedWith(secret: string, claim: Claim, signed: Signed): boolean {
  const expected = Buffer.from(signatureOf(secret, claim, signed), 'hex');
  const given = Buffer.from(claim.signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function signatureOf(secret: string, { day, region, service, signedHeaders }: Claim, signed: Signed): string {
  const [path = '/', query = ''] = signed.target.split('?');
  const canonical = [
    signed.method,
    twiceEncoded(path),
    sortedQuery(query),
    ...signedHeaders.map((name) => `${name}:${oneSpaced(signed.headers[name])}`),
    '',
    signedHeaders.join(';'),
    createHash('sha256').update(signed.body).digest('hex'),
  ].join('\n');
  const toSign = [
    'AWS4-HMAC-SHA256',
    signed.headers['x-amz-date'],
    `${day}/${region}/${service}/aws4_request`,
    createHash('sha256').update(canonical).digest('hex'),
  ].join('\n');
  const byDay = mac(`AWS4${secret}`, day);
  return mac(mac(mac(mac(byDay, region), service), 'aws4_request'), toSign).toString('hex');
}

function mac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}

/** Every byte but unreserved ones and the slash, whatever the wire had encoded already. */
function twiceEncoded(path: string): string {
  return [...Buffer.from(path)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9\-._~/]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

function sortedQuery(query: string): string {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
    .sort()
    .join('&');
}

function oneSpaced(value: string | string[] | undefined): string {
  return [value ?? ''].flat().join(',').trim().replace(/\s+/g, ' ');
}
