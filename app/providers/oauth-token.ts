import * as z from 'zod';
import { RelayError } from '../domain/errors.ts';
import { member, parseJson, textMember } from '../protocols/json-value.ts';
import { readRetryAfter } from './anthropic/limits.ts';
import type { ControlReply, OAuthDeps } from './oauth.ts';

/** One question to a token endpoint. Vendors differ in how they want it written. */
export interface TokenQuestion {
  readonly encoding: 'json' | 'form';
  readonly fields: Readonly<Record<string, string | number>>;
}

/** What every vendor's answer has; `document` is the whole of it. */
export interface IssuedToken {
  readonly accessToken: string;
  /** Absent when the old one stays good. */
  readonly refreshToken: string | undefined;
  /** Epoch milliseconds. */
  readonly expiresAt: number | undefined;
  readonly scopes: readonly string[];
  readonly document: unknown;
}

export type TokenAnswer =
  | { readonly kind: 'issued'; readonly token: IssuedToken }
  /** The code or the refresh token is not good, and will not become so. */
  | { readonly kind: 'rejected'; readonly detail: string }
  /** Nothing was decided about it. */
  | { readonly kind: 'later'; readonly detail: string; readonly retryAfterMs?: number | undefined };

/** Asks `endpoints.tokenUrl`. Rejects only as `send` does. */
export async function askForToken(
  { endpoints, send, nowMs }: OAuthDeps,
  { encoding, fields }: TokenQuestion,
): Promise<TokenAnswer> {
  const isJson = encoding === 'json';
  const pairs = Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]);
  const reply = await send({
    url: endpoints.tokenUrl,
    method: 'POST',
    headers: {
      'content-type': isJson ? 'application/json' : 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: isJson ? JSON.stringify(fields) : new URLSearchParams(pairs).toString(),
  });
  return readTokenAnswer(reply, nowMs);
}

/** What every vendor needs to know of a refresh; `more` is what this one wants besides. */
export async function askToRenew(
  refreshToken: string | undefined,
  deps: OAuthDeps,
  { encoding, fields: more }: TokenQuestion,
): Promise<TokenAnswer> {
  if (refreshToken === undefined) return { kind: 'rejected', detail: 'there is nothing to renew it with' };
  const fields = {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: deps.endpoints.clientId,
    ...more,
  };
  return await askForToken(deps, { encoding, fields });
}

/** The token, or an error for the person who signs in. */
export function issuedOrThrow(answer: TokenAnswer): IssuedToken {
  if (answer.kind === 'issued') return answer.token;
  const next = answer.kind === 'rejected' ? 'Start the sign-in again; a code can be used once.' : 'Try again shortly.';
  throw new RelayError('request-invalid', `The provider did not accept the sign-in (${answer.detail}). ${next}`);
}

const issued = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).nullish(),
  expires_in: z.coerce.number().positive().nullish().catch(undefined),
  scope: z.string().nullish().catch(undefined),
});

/** RFC 6749 5.2, and what vendors say instead of `invalid_grant`. */
const spent =
  /^(?:invalid_grant|refresh_token_(?:expired|reused|invalidated|not_found)|token_(?:revoked|expired)|authentication_error)$/;

export function readTokenAnswer({ status, headers, body }: ControlReply, nowMs: number): TokenAnswer {
  const document = parseJson(body);
  if (status >= 200 && status < 300) return readIssued(document, nowMs);
  const code = errorCode(document);
  const detail = code === undefined ? `HTTP ${status}` : `HTTP ${status}, ${code}`;
  // A wall in front of the endpoint answers 403 too, and says nothing about the token.
  if (status === 401 || (status < 500 && code !== undefined && spent.test(code))) return { kind: 'rejected', detail };
  return { kind: 'later', detail, retryAfterMs: readRetryAfter(headers, nowMs) };
}

function readIssued(document: unknown, nowMs: number): TokenAnswer {
  const parsed = issued.safeParse(document);
  if (!parsed.success) return { kind: 'later', detail: 'it answered without a token' };
  const { access_token, refresh_token, expires_in, scope } = parsed.data;
  return {
    kind: 'issued',
    token: {
      accessToken: access_token,
      refreshToken: refresh_token ?? undefined,
      expiresAt: expires_in ? nowMs + Math.floor(expires_in * 1_000) : undefined,
      scopes: scope?.split(' ').filter((word) => word !== '') ?? [],
      document,
    },
  };
}

/** `{"error":"invalid_grant"}`, or an envelope that has the word one step further down. Only words: it is shown. */
function errorCode(document: unknown): string | undefined {
  const error = member(document, 'error');
  const found = typeof error === 'string' ? error : (textMember(error, 'code') ?? textMember(error, 'type'));
  return found !== undefined && /^[a-z0-9_.-]{1,64}$/i.test(found) ? found : undefined;
}

/** As much of an address as its owner needs to recognise it. */
export function maskEmail(address: string): string | undefined {
  const [, first, domain] = /^(.)[^@]*@([^@\s]{1,100})$/u.exec(address) ?? [];
  return first === undefined ? undefined : `${first}•••@${domain}`;
}
