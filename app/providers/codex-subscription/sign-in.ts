import { RelayError } from '../../domain/errors.ts';
import { member, parseJson, textMember } from '../../protocols/json-value.ts';
import type { LoginAsk, OAuthDeps, OAuthLogin, Renewal, SignInProfile } from '../oauth.ts';
import { askForToken, askToRenew, type IssuedToken, issuedOrThrow, maskEmail } from '../oauth-token.ts';
import { readClaims } from './claims.ts';
import { type CodexSecret, readCliLogin, secretOf } from './credential.ts';

export const codexLogin: OAuthLogin<CodexSecret> = {
  hasSetupToken: false,
  authorizeUrl,
  async finish({ code, redirectUri, codeVerifier }, deps) {
    const fields = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      client_id: deps.endpoints.clientId,
      code_verifier: codeVerifier,
    };
    const secret = toSecret(issuedOrThrow(await askForToken(deps, { encoding: 'form', fields })));
    if (secret) return secret;
    throw new RelayError(
      'request-invalid',
      'The sign-in did not say which ChatGPT account it is for. Start it again, and choose a workspace that has Codex.',
    );
  },
  readCliLogin,
  readCliProfile,
  readProfile,
};

/** A refresh asks for less than the first sign-in. */
const refreshScope = 'openid profile email';

export const codexRenewal: Renewal<CodexSecret> = {
  expiresAt: ({ expiresAt }) => expiresAt,
  canRenew: ({ refreshToken }) => refreshToken !== undefined,
  async renew(secret, deps) {
    const answer = await askToRenew(secret.refreshToken, deps, { encoding: 'form', fields: { scope: refreshScope } });
    if (answer.kind !== 'issued') return answer;
    const renewed = toSecret(answer.token, secret);
    if (!renewed) return { kind: 'later', detail: 'it answered with something that is no token' };
    return { kind: 'renewed', secret: renewed };
  },
};

function authorizeUrl({ endpoints, redirectUri, state, codeChallenge }: LoginAsk): string {
  const url = new URL(endpoints.authorizeUrl);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: endpoints.clientId,
    redirect_uri: redirectUri,
    scope: endpoints.scopes.join(' '),
    code_challenge: codeChallenge,
    code_challenge_method: 'S256',
    // Puts the account, its plan and its organisations into the id token.
    id_token_add_organizations: 'true',
    codex_cli_simplified_flow: 'true',
    state,
  }).toString();
  return url.href;
}

/** What the answer does not say stays as it is known. */
function toSecret(token: IssuedToken, known?: CodexSecret): CodexSecret | undefined {
  return secretOf({
    accessToken: token.accessToken,
    refreshToken: token.refreshToken ?? known?.refreshToken,
    idToken: textMember(token.document, 'id_token'),
    expiresAt: token.expiresAt,
    known,
  });
}

/** Where Codex itself asks how much of the plan is used: it costs nothing. */
async function readProfile(secret: CodexSecret, { endpoints, send }: OAuthDeps): Promise<SignInProfile | undefined> {
  if (endpoints.profileUrl === undefined) return undefined;
  const { status, body } = await send({
    url: endpoints.profileUrl,
    method: 'GET',
    headers: {
      authorization: `Bearer ${secret.accessToken}`,
      'chatgpt-account-id': secret.accountId,
      accept: 'application/json',
    },
  });
  if (status === 401) throw new RelayError('upstream-broken', 'The provider did not take the sign-in (HTTP 401).');
  // A wall in front of it says nothing about the sign-in.
  if (status !== 200) return undefined;
  const document = parseJson(body);
  return {
    plan: planOf(textMember(document, 'plan_type') ?? secret.plan),
    email: maskEmail(textMember(document, 'email') ?? ''),
  };
}

/** What the identity token beside the others says. */
function readCliProfile(text: string): SignInProfile {
  const tokens = member(parseJson(text), 'tokens');
  const { plan, email } = readClaims(textMember(tokens, 'id_token') ?? '');
  return { plan: planOf(plan), email: maskEmail(email ?? '') };
}

/** `plus` is what people know as Plus. */
function planOf(name: string | undefined): string | undefined {
  return name && /^[\w -]{1,40}$/.test(name) ? name.charAt(0).toUpperCase() + name.slice(1) : undefined;
}
