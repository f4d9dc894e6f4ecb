import { RelayError } from '../../domain/errors.ts';
import type { ControlReply, LoginAnswer, LoginAsk, OAuthDeps, OAuthLogin } from '../oauth.ts';
import { type CodexSecret, readCliLogin, secretOf } from './credential.ts';
import { formRequest, readErrorCode, readTokens } from './token-endpoint.ts';

export const login: OAuthLogin<CodexSecret> = { hasSetupToken: false, authorizeUrl, finish, readCliLogin };

function authorizeUrl({ endpoints, redirectUri, state, codeChallenge }: LoginAsk): string {
  const url = new URL(endpoints.authorizeUrl);
  const fields = {
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
  };
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  return url.href;
}

async function finish(answer: LoginAnswer, { endpoints, send, nowMs }: OAuthDeps): Promise<CodexSecret> {
  const request = formRequest(endpoints.tokenUrl, {
    grant_type: 'authorization_code',
    code: answer.code,
    redirect_uri: answer.redirectUri,
    client_id: endpoints.clientId,
    code_verifier: answer.codeVerifier,
  });
  const reply = await send(request).catch((cause: unknown) => {
    throw new RelayError('upstream-broken', 'OpenAI’s sign-in could not be reached; try again shortly.', { cause });
  });
  const tokens = readTokens(reply, nowMs);
  if (!tokens) throw refusal(reply);
  const secret = secretOf(tokens);
  if (secret) return secret;
  throw new RelayError(
    'upstream-broken',
    'OpenAI’s sign-in did not say which ChatGPT account it is for. Sign in again, and choose a workspace with Codex.',
  );
}

function refusal(reply: ControlReply): RelayError {
  const { status } = reply;
  if (status === 429 || status >= 500) {
    return new RelayError('upstream-broken', `OpenAI’s sign-in is busy (HTTP ${status}); try again shortly.`);
  }
  const code = readErrorCode(reply);
  const said = code === undefined ? `HTTP ${status}` : `HTTP ${status}, ${code}`;
  return new RelayError('request-invalid', `OpenAI refused the sign-in (${said}). Start it again from the beginning.`);
}
