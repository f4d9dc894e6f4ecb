import { readRetryAfter } from '../anthropic/limits.ts';
import type { ControlReply, OAuthDeps, Renewal, Renewed } from '../oauth.ts';
import { type CodexSecret, secretOf } from './credential.ts';
import { formRequest, readErrorCode, readTokens } from './token-endpoint.ts';

export const renewal: Renewal<CodexSecret> = {
  expiresAt: (secret) => secret.expiresAt,
  canRenew: (secret) => secret.refreshToken !== undefined,
  renew,
};

/** A refresh asks for less than the first sign-in. */
const refreshScope = 'openid profile email';

/** Words that mean that this refresh token will never be taken again. */
const spent: Readonly<Record<string, string>> = {
  invalid_grant: 'OpenAI does not take the refresh token any more.',
  refresh_token_expired: 'The sign-in has expired.',
  refresh_token_reused: 'Another program has used the refresh token; each is good for one use.',
  refresh_token_invalidated: 'The sign-in was revoked.',
};

async function renew(secret: CodexSecret, { endpoints, send, nowMs }: OAuthDeps): Promise<Renewed<CodexSecret>> {
  const { refreshToken } = secret;
  if (refreshToken === undefined) return { kind: 'rejected', detail: 'The sign-in has no refresh token.' };
  const request = formRequest(endpoints.tokenUrl, {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: endpoints.clientId,
    scope: refreshScope,
  });
  // No answer is a reason to wait; the port says so by rejecting.
  const reply = await send(request).catch(() => undefined);
  if (!reply) return { kind: 'later', detail: 'OpenAI’s sign-in could not be reached.' };
  const tokens = readTokens(reply, nowMs);
  if (!tokens) return refused(reply, nowMs);
  const renewed = secretOf({
    ...tokens,
    refreshToken: tokens.refreshToken ?? refreshToken,
    accountId: secret.accountId,
  });
  if (!renewed) return { kind: 'later', detail: 'OpenAI answered the refresh with something else than tokens.' };
  const { plan = secret.plan, organization = secret.organization } = renewed;
  return { kind: 'renewed', secret: { ...renewed, plan, organization } };
}

function refused(reply: ControlReply, nowMs: number): Renewed<CodexSecret> {
  const code = readErrorCode(reply) ?? '';
  const detail = Object.hasOwn(spent, code) ? spent[code] : undefined;
  if (detail && reply.status < 500) return { kind: 'rejected', detail };
  if (reply.status === 401) return { kind: 'rejected', detail: 'OpenAI rejected the refresh token.' };
  return {
    kind: 'later',
    detail: `OpenAI’s sign-in answered HTTP ${reply.status}.`,
    retryAfterMs: readRetryAfter(reply.headers, nowMs),
  };
}
