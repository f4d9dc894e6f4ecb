import { RelayError } from '../../domain/errors.ts';
import { parseJson, textMember } from '../../protocols/json-value.ts';
import type {
  AccountDeps,
  LoginAnswer,
  LoginAsk,
  OAuthDeps,
  OAuthLogin,
  Renewal,
  Renewed,
  SignInProfile,
} from '../oauth.ts';
import { askForToken, type IssuedToken, issuedOrThrow, maskEmail, type TokenAnswer } from '../oauth-token.ts';
import { type CodeAssistSecret, readCliLogin } from './credential.ts';
import { onboard } from './onboarding.ts';
import { baseOf, settings } from './settings.ts';

export const login: OAuthLogin<CodeAssistSecret> = {
  hasSetupToken: false,
  authorizeUrl,
  finish,
  readCliLogin,
  readCliProfile,
  complete,
  readProfile,
};

export const renewal: Renewal<CodeAssistSecret> = {
  // Without a project it cannot be used yet: renewing completes it.
  expiresAt: ({ project, refreshToken, expiresAt }) => (project === undefined && refreshToken ? 0 : expiresAt),
  canRenew: ({ refreshToken }) => refreshToken !== undefined,
  renew,
};

function authorizeUrl({ endpoints, redirectUri, state, codeChallenge }: LoginAsk): string {
  const url = new URL(endpoints.authorizeUrl);
  const fields = {
    response_type: 'code',
    client_id: endpoints.clientId,
    redirect_uri: redirectUri,
    scope: endpoints.scopes.join(' '),
    code_challenge: codeChallenge,
    code_challenge_method: 'S256',
    state,
    // Google gives a refresh token only with both, and else only the first time that a person agrees.
    access_type: 'offline',
    prompt: 'consent',
  };
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  return url.href;
}

async function finish({ code, redirectUri, codeVerifier }: LoginAnswer, deps: OAuthDeps): Promise<CodeAssistSecret> {
  const asked = ask(deps, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: codeVerifier,
  });
  const token = issuedOrThrow(
    await asked.catch((cause: unknown) => {
      throw new RelayError('upstream-broken', 'Google’s sign-in could not be reached. Try again shortly.', { cause });
    }),
  );
  const lacking = deps.endpoints.scopes.filter((scope) => token.scopes.length > 0 && !token.scopes.includes(scope));
  if (lacking.length === 0) return tokensOf(token);
  throw new RelayError(
    'request-invalid',
    'Google’s page lets people leave boxes unticked, and Code Assist needs all of them. Sign in again and tick each.',
  );
}

async function renew(secret: CodeAssistSecret, deps: OAuthDeps): Promise<Renewed<CodeAssistSecret>> {
  const { refreshToken } = secret;
  if (refreshToken === undefined) return { kind: 'rejected', detail: 'there is nothing to renew it with' };
  const answer = await ask(deps, { grant_type: 'refresh_token', refresh_token: refreshToken });
  return answer.kind === 'issued' ? { kind: 'renewed', secret: { ...secret, ...tokensOf(answer.token) } } : answer;
}

async function complete(secret: CodeAssistSecret, deps: AccountDeps): Promise<Renewed<CodeAssistSecret>> {
  if (secret.project !== undefined) return { kind: 'renewed', secret };
  const account = settings.parse(deps.settings);
  const { accessToken } = secret;
  const answer = await onboard({ base: baseOf(account), accessToken, ownProject: account.project, send: deps.send });
  if (answer.kind === 'refused') return { kind: 'rejected', detail: answer.detail };
  if (answer.kind === 'later') return { kind: 'later', detail: answer.detail, retryAfterMs: 5_000 };
  const { project, tier, plan } = answer;
  return { kind: 'renewed', secret: { ...secret, project, tier, ...(plan === undefined ? {} : { plan }) } };
}

async function readProfile(
  { accessToken, plan }: CodeAssistSecret,
  deps: OAuthDeps,
): Promise<SignInProfile | undefined> {
  const { profileUrl } = deps.endpoints;
  if (profileUrl === undefined) return undefined;
  const headers = { authorization: `Bearer ${accessToken}`, accept: 'application/json' };
  const { status, body } = await deps.send({ url: profileUrl, method: 'GET', headers }).catch((cause: unknown) => {
    throw new RelayError('upstream-broken', 'Google could not be asked who signed in.', { cause });
  });
  if (status !== 200) throw new RelayError('upstream-broken', `Google does not say who signed in (HTTP ${status}).`);
  return { plan, email: maskEmail(textMember(parseJson(body), 'email') ?? '') };
}

/** Gemini CLI writes down whose login is in use. */
function readCliProfile(_: string, accounts: string): SignInProfile {
  return { email: maskEmail(textMember(parseJson(accounts), 'active') ?? '') };
}

function ask(deps: OAuthDeps, fields: Readonly<Record<string, string>>): Promise<TokenAnswer> {
  const { clientId, clientSecret } = deps.endpoints;
  const client = { client_id: clientId, ...(clientSecret === undefined ? {} : { client_secret: clientSecret }) };
  return askForToken(deps, { encoding: 'form', fields: { ...fields, ...client } });
}

function tokensOf({ accessToken, refreshToken, expiresAt }: IssuedToken) {
  return {
    accessToken,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
