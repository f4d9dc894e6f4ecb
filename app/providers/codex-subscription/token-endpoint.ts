import { member, parseJson, textMember } from '../../protocols/json-value.ts';
import type { ControlReply, ControlRequest } from '../oauth.ts';
import type { Tokens } from './credential.ts';

/** The endpoint takes forms, not JSON. */
export function formRequest(url: string, fields: Readonly<Record<string, string>>): ControlRequest {
  return {
    url,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams(fields).toString(),
  };
}

/** Undefined when the answer has no access token. */
export function readTokens({ status, body }: ControlReply, nowMs: number): Tokens | undefined {
  if (status !== 200) return undefined;
  const document = parseJson(body);
  const accessToken = textMember(document, 'access_token');
  if (!accessToken) return undefined;
  const seconds = member(document, 'expires_in');
  return {
    accessToken,
    refreshToken: textMember(document, 'refresh_token') || undefined,
    idToken: textMember(document, 'id_token') || undefined,
    expiresAt: typeof seconds === 'number' && seconds > 0 ? nowMs + seconds * 1_000 : undefined,
  };
}

/** The word for what is wrong: `{"error":"invalid_grant"}`, or OpenAI's own envelope. Never the text, which may quote. */
export function readErrorCode({ body }: ControlReply): string | undefined {
  const document = parseJson(body);
  const error = member(document, 'error');
  const code = typeof error === 'string' ? error : (textMember(error, 'code') ?? textMember(error, 'type'));
  const word = code ?? textMember(document, 'code');
  return word && /^\w{1,64}$/.test(word) ? word : undefined;
}
