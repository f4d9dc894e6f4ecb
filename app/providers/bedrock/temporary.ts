import { textMember } from '../../protocols/json-value.ts';
import type { FoundSecret } from './search.ts';

/** A new one is fetched this long before the old one ends, as AWS's own tools do. */
const renewBeforeMs = 300_000;

/** A credential that AWS has just given out for a while; undefined when the answer is none. */
export function temporary(
  { key, expiresAt }: { readonly key: unknown; readonly expiresAt: number },
  nowMs: number,
): FoundSecret | undefined {
  const accessKeyId = textMember(key, 'accessKeyId');
  const secretAccessKey = textMember(key, 'secretAccessKey');
  const sessionToken = textMember(key, 'sessionToken');
  if (!accessKeyId || !secretAccessKey || !sessionToken || !Number.isFinite(expiresAt)) return undefined;
  // One that hardly lasts is used up rather than fetched with every call.
  const lookAgainAt = Math.max(expiresAt - renewBeforeMs, nowMs + (expiresAt - nowMs) / 2);
  return { kind: 'found', secret: { kind: 'aws', accessKeyId, secretAccessKey, sessionToken }, lookAgainAt, expiresAt };
}
