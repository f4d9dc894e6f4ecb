import * as z from 'zod';
import { member, parseJson, textMember } from '../../protocols/json-value.ts';
import { readClaims } from './claims.ts';

const token = z
  .string({ error: 'It is missing. Sign in with a browser, or paste the whole text of Codex’s auth.json.' })
  .regex(/^[!-~]+$/, 'It is empty, or has a blank or another character that none has.');

/** What a sign-in with ChatGPT leaves: from a browser, or the login of Codex itself. */
export const codexSecret = z
  .strictObject({
    accessToken: token.meta({ title: 'Access token', description: 'Or the text of auth.json. Kept in the vault.' }),
    /** Only what we signed in to ourselves is ours to renew. */
    refreshToken: token.optional(),
    /** ChatGPT's id of the account or workspace. */
    accountId: token,
    plan: z.string().optional(),
    organization: z.string().optional(),
    /** Epoch milliseconds. */
    expiresAt: z.number().optional(),
  })
  .meta({ title: 'Sign-in' });

export type CodexSecret = z.infer<typeof codexSecret>;

interface Known {
  readonly accountId?: string | undefined;
  readonly plan?: string | undefined;
  readonly organization?: string | undefined;
}

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken?: string | undefined;
  readonly idToken?: string | undefined;
  /** Epoch milliseconds, when it is said how long the token lives. */
  readonly expiresAt?: number | undefined;
  /** What is known of the account already. */
  readonly known?: Known | undefined;
}

/** Undefined when nothing tells which account the tokens belong to. */
export function secretOf({ accessToken, refreshToken, idToken = '', expiresAt, known = {} }: Tokens) {
  const identity = readClaims(idToken);
  const access = readClaims(accessToken);
  return codexSecret.safeParse({
    accessToken,
    refreshToken,
    accountId: known.accountId ?? identity.accountId ?? access.accountId,
    plan: identity.plan ?? access.plan ?? known.plan,
    organization: identity.organization ?? access.organization ?? known.organization,
    // The token itself knows best.
    expiresAt: access.expiresAt ?? expiresAt,
  }).data;
}

/** From Codex's own `auth.json`, without its refresh token: that one stays its own. Undefined for an API key. */
export function readCliLogin(text: string): CodexSecret | undefined {
  return readAuthFile(text, false);
}

/** The text of an `auth.json`, which moves the login here, or an access token. The schema says what is wrong with it. */
export function secretFromText(text: string): CodexSecret {
  const accessToken = text.trim();
  return readAuthFile(text, true) ?? secretOf({ accessToken }) ?? { accessToken, accountId: '' };
}

function readAuthFile(text: string, takesRefreshToken: boolean): CodexSecret | undefined {
  const tokens = member(parseJson(text), 'tokens');
  return secretOf({
    accessToken: textMember(tokens, 'access_token') ?? '',
    refreshToken: (takesRefreshToken && textMember(tokens, 'refresh_token')) || undefined,
    idToken: textMember(tokens, 'id_token'),
    known: { accountId: textMember(tokens, 'account_id') || undefined },
  });
}
