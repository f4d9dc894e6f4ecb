import type { Headers } from '../../domain/headers.ts';
import { replaceMembers } from '../json-members.ts';
import { scanObject } from '../json-scan.ts';
import { parseSmall } from '../read-facts.ts';
import type { Invocation } from './path.ts';

const moved: ReadonlySet<string> = new Set(['model', 'stream', 'anthropic_version', 'anthropic_beta']);
/** Bedrock's own name for it. */
const bedrockVersion = /^bedrock-/;

/** The Messages request inside an invocation: what the path says goes into the body, versions go into headers. */
export function openRequest(
  body: Uint8Array,
  { model, isStream }: Invocation,
): { readonly body: Buffer; readonly headers: Headers } {
  const fields = scanObject(body);
  const version = parseSmall(body, fields.get('anthropic_version'));
  const betas = parseSmall(body, fields.get('anthropic_beta'));
  const listed = Array.isArray(betas) ? betas.filter(isHeaderText) : [];
  const isOwnVersion = isHeaderText(version) && !bedrockVersion.test(version);
  return {
    body: replaceMembers(body, fields, {
      without: moved,
      first: [`"model":${JSON.stringify(model)}`, `"stream":${isStream}`],
    }),
    headers: {
      'anthropic-version': isOwnVersion ? version : '2023-06-01',
      ...(listed.length > 0 ? { 'anthropic-beta': listed.join(',') } : {}),
    },
  };
}

function isHeaderText(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.:+-]{1,128}$/.test(value);
}
