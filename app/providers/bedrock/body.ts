import type { Headers } from '../../domain/headers.ts';
import { replaceMembers } from '../../protocols/json-members.ts';
import { scanObject } from '../../protocols/json-scan.ts';
import { type Fields, parseSmall } from '../../protocols/read-facts.ts';

const version = 'bedrock-2023-05-31';
/** What Bedrock's own version stands for. */
const sameVersion = '2023-06-01';

/** The model and the stream are in the path; the other two are said anew in front. */
const replaced: ReadonlySet<string> = new Set(['model', 'stream', 'anthropic_version', 'anthropic_beta']);

/** A Messages body as Bedrock wants it. */
export function toBedrockBody(body: Uint8Array, headers: Headers): Uint8Array {
  const fields = scanObject(body);
  const betas = betasOf(body, fields, headers['anthropic-beta']);
  const first = [
    `"anthropic_version":${JSON.stringify(versionOf(body, fields, headers['anthropic-version']))}`,
    ...(betas.length > 0 ? [`"anthropic_beta":${JSON.stringify(betas)}`] : []),
  ];
  return replaceMembers(body, fields, { without: replaced, first });
}

/** A newer version is passed on in the body, as Anthropic's own Bedrock SDK does. */
function versionOf(body: Uint8Array, fields: Fields, header: string | undefined): string {
  const named = parseSmall(body, fields.get('anthropic_version'));
  if (typeof named === 'string') return named;
  return header === undefined || header === sameVersion ? version : header;
}

/** Betas and the fields they allow travel in pairs: each one is kept, in its order, once. */
function betasOf(body: Uint8Array, fields: Fields, header = ''): string[] {
  const listed = parseSmall(body, fields.get('anthropic_beta'));
  const inBody = Array.isArray(listed) ? listed.filter((beta) => typeof beta === 'string') : [];
  const inHeader = header.split(',').map((beta) => beta.trim());
  return [...new Set([...inHeader, ...inBody])].filter((beta) => beta !== '');
}
