import * as z from 'zod';
import { RelayError } from '../../domain/errors.ts';
import { member, parseJson, textMember } from '../../protocols/json-value.ts';
import { readClaims } from './claims.ts';

const token = z.string().regex(/^[!-~]+$/, 'It has a blank or another character that no token has.');

/** What a sign-in with ChatGPT leaves. */
export const codexSecret = z
  .strictObject({
    accessToken: token.meta({ title: 'Access token' }),
    refreshToken: token
      .optional()
      .meta({ title: 'Refresh token', description: 'Without one the account has to be signed in again in some days.' }),
    accountId: token.meta({ title: 'ChatGPT account id' }),
    plan: z.string().optional().meta({ title: 'Plan' }),
    organization: z.string().optional().meta({ title: 'Organization' }),
    /** Epoch milliseconds. */
    expiresAt: z.number().optional().meta({ title: 'Expires at' }),
  })
  .meta({ title: 'Sign-in', description: 'Kept in the vault; it is never shown again.' });

export type CodexSecret = z.infer<typeof codexSecret>;

/** Tokens as a token endpoint or Codex's own file names them. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
  /** Where the token's holder wrote it down beside the tokens. */
  readonly accountId?: string | undefined;
  /** Epoch milliseconds, when the endpoint said how long the token lives. */
  readonly expiresAt?: number | undefined;
}

/** Undefined when nothing tells which account the tokens belong to. */
export function secretOf(tokens: Tokens): CodexSecret | undefined {
  const identity = readClaims(tokens.idToken ?? '');
  const access = readClaims(tokens.accessToken);
  const accountId = tokens.accountId ?? identity.accountId ?? access.accountId;
  const { success, data } = codexSecret.safeParse({
    accessToken: tokens.accessToken,
    refreshToken: tokens.refreshToken,
    accountId,
    plan: identity.plan ?? access.plan,
    organization: identity.organization ?? access.organization,
    // The token itself knows best: the endpoint's own figure may be about another token.
    expiresAt: access.expiresAt ?? tokens.expiresAt,
  });
  return success ? data : undefined;
}

/**
 * The login in the text of Codex's `auth.json`; undefined when it has none, or an API key. NOTE: refresh tokens are good
 * for one use, so whoever renews first signs the other one out; Codex then asks for a new sign-in.
 */
export function readCliLogin(text: string): CodexSecret | undefined {
  const tokens = member(parseJson(text), 'tokens');
  const accessToken = textMember(tokens, 'access_token');
  if (!accessToken) return undefined;
  return secretOf({
    accessToken,
    refreshToken: textMember(tokens, 'refresh_token') || undefined,
    idToken: textMember(tokens, 'id_token'),
    accountId: textMember(tokens, 'account_id') || undefined,
  });
}

export function secretFromText(text: string): CodexSecret {
  const secret = readCliLogin(text);
  if (secret) return secret;
  throw new RelayError(
    'request-invalid',
    'This is no ChatGPT sign-in. Sign in with a browser, or give the whole text of Codex’s auth.json.',
  );
}
