import { RelayError } from '../../domain/errors.ts';
import { member, parseJson, textMember } from '../../protocols/json-value.ts';
import type { LoginAsk, OAuthDeps, OAuthLogin, Renewal, SignInProfile } from '../oauth.ts';
import { askForToken, askToRenew, type IssuedToken, issuedOrThrow, maskEmail } from '../oauth-token.ts';
import { type ClaudeSecret, readCliLogin } from './credential.ts';

/** A setup token lasts a year (protocols.md 1.7). */
const setupTokenSeconds = 31_536_000;

export const claudeLogin: OAuthLogin<ClaudeSecret> = {
  hasSetupToken: true,
  authorizeUrl,
  async finish({ code, state, redirectUri, codeVerifier, isSetupToken }, deps) {
    const fields = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      client_id: deps.endpoints.clientId,
      code_verifier: codeVerifier,
      state,
      ...(isSetupToken ? { expires_in: setupTokenSeconds } : {}),
    };
    return toSecret(issuedOrThrow(await askForToken(deps, { encoding: 'json', fields })));
  },
  readCliLogin,
  readCliProfile,
  readProfile,
};

export const claudeRenewal: Renewal<ClaudeSecret> = {
  expiresAt: ({ expiresAt }) => expiresAt,
  canRenew: ({ refreshToken }) => refreshToken !== undefined,
  async renew(secret, deps) {
    const answer = await askToRenew(secret.refreshToken, deps, { encoding: 'json', fields: {} });
    if (answer.kind !== 'issued') return answer;
    return { kind: 'renewed', secret: { ...secret, ...toSecret(answer.token) } };
  },
};

function authorizeUrl({ endpoints, redirectUri, state, codeChallenge, isSetupToken }: LoginAsk): string {
  const url = new URL(endpoints.authorizeUrl);
  const scopes = isSetupToken ? (endpoints.setupScopes ?? endpoints.scopes) : endpoints.scopes;
  url.search = new URLSearchParams({
    // Asks the page to show a code to paste, should the browser not find its way back.
    code: 'true',
    client_id: endpoints.clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: scopes.join(' '),
    code_challenge: codeChallenge,
    code_challenge_method: 'S256',
    state,
  }).toString();
  return url.href;
}

/** Without what the answer did not say, so that what is known already stays. */
function toSecret({ accessToken, refreshToken, expiresAt, scopes }: IssuedToken): ClaudeSecret {
  return {
    accessToken,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(scopes.length === 0 ? {} : { scopes: [...scopes] }),
  };
}

const profileScope = 'user:profile';

async function readProfile(secret: ClaudeSecret, deps: OAuthDeps): Promise<SignInProfile | undefined> {
  const { profileUrl, capability } = deps.endpoints;
  if (profileUrl === undefined || secret.scopes?.includes(profileScope) === false) return undefined;
  const { status, body } = await deps.send({
    url: profileUrl,
    method: 'GET',
    headers: {
      authorization: `Bearer ${secret.accessToken}`,
      accept: 'application/json',
      ...(capability === undefined ? {} : { 'anthropic-beta': capability }),
    },
  });
  // A setup token may not ask.
  if (status === 403) return undefined;
  if (status !== 200) {
    throw new RelayError('upstream-broken', `The provider did not say who signed in (HTTP ${status}).`);
  }
  const document = parseJson(body);
  return {
    plan: planOf(member(document, 'organization')),
    email: maskEmail(textMember(member(document, 'account'), 'email') ?? ''),
  };
}

const plans: ReadonlyMap<string, string> = new Map([
  ['claude_pro', 'Pro'],
  ['claude_max', 'Max'],
  ['claude_team', 'Team'],
  ['claude_enterprise', 'Enterprise'],
]);

/** What Claude Code keeps beside its tokens, and in its own state file. */
function readCliProfile(text: string, state: string): SignInProfile {
  const login = member(parseJson(text), 'claudeAiOauth');
  const account = member(parseJson(state), 'oauthAccount');
  return {
    plan: planNamed(`claude_${textMember(login, 'subscriptionType')}`, textMember(login, 'rateLimitTier')),
    email: maskEmail(textMember(account, 'emailAddress') ?? ''),
  };
}

function planOf(organization: unknown): string | undefined {
  return planNamed(textMember(organization, 'organization_type') ?? '', textMember(organization, 'rate_limit_tier'));
}

function planNamed(type: string, tier = ''): string | undefined {
  const plan = plans.get(type);
  const [size] = /\d+x$/.exec(tier) ?? [];
  return plan === 'Max' && size !== undefined ? `${plan} ${size}` : plan;
}
