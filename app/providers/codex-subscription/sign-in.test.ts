import { describe, expect, test } from 'vitest';
import type { ControlReply, ControlRequest, OAuthEndpoints } from '../oauth.ts';
import { accessToken, idToken, jwt, secret } from './__fixtures__/tokens.ts';
import { codexLogin, codexRenewal } from './sign-in.ts';

const nowMs = Date.parse('2026-11-20T12:00:00Z');
const endpoints: OAuthEndpoints = {
  authorizeUrl: 'https://auth.example/oauth/authorize',
  tokenUrl: 'https://auth.example/oauth/token',
  clientId: 'app_made_up',
  scopes: ['openid', 'profile', 'email', 'offline_access'],
  profileUrl: 'https://chat.example/usage',
  loopback: { host: 'localhost', path: '/auth/callback', ports: [1455, 1457] },
};

function answering(status: number, body: unknown, headers = {}) {
  const asked: ControlRequest[] = [];
  const send = async (request: ControlRequest): Promise<ControlReply> => {
    asked.push(request);
    return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
  };
  return { asked, deps: { endpoints, send, nowMs } };
}

const granted = { access_token: accessToken, refresh_token: 'rt-made-up', id_token: idToken, expires_in: 10 };

describe('signing in', () => {
  const answer = {
    code: 'code-made-up',
    state: 'state',
    redirectUri: 'http://localhost:1455/auth/callback',
    codeVerifier: 'verifier-made-up',
    isSetupToken: false,
  };

  test('begins at the vendor’s page, with PKCE and what puts the account into the identity token', () => {
    const url = new URL(
      codexLogin.authorizeUrl({
        endpoints,
        redirectUri: answer.redirectUri,
        state: 's/t=1',
        codeChallenge: 'challenge',
        isSetupToken: false,
      }),
    );
    expect(url.origin + url.pathname).toBe('https://auth.example/oauth/authorize');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'app_made_up',
      redirect_uri: 'http://localhost:1455/auth/callback',
      scope: 'openid profile email offline_access',
      code_challenge: 'challenge',
      code_challenge_method: 'S256',
      id_token_add_organizations: 'true',
      codex_cli_simplified_flow: 'true',
      state: 's/t=1',
    });
  });

  test('exchanges the code with a form', async () => {
    const { asked, deps } = answering(200, granted);
    expect(await codexLogin.finish(answer, deps)).toEqual(secret);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      url: endpoints.tokenUrl,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.body))).toEqual({
      grant_type: 'authorization_code',
      code: 'code-made-up',
      redirect_uri: answer.redirectUri,
      client_id: 'app_made_up',
      code_verifier: 'verifier-made-up',
    });
  });

  test.each([
    ['a refused code', 400, { error: 'invalid_grant', error_description: 'code-made-up is spent' }, /invalid_grant/],
    ['a page', 403, '<html>code-made-up</html>', /HTTP 403\)/],
    ['tokens without an account', 200, { access_token: 'opaque', refresh_token: 'rt' }, /which ChatGPT account/],
    ['an answer without tokens', 200, {}, /did not accept/],
  ])('says what went wrong after %s, and quotes nothing', async (_, status, body, message) => {
    const failed = await codexLogin.finish(answer, answering(status, body).deps).catch((error: Error) => error);
    expect(failed).toMatchObject({ name: 'RelayError', message: expect.stringMatching(message) });
    expect(JSON.stringify(failed)).not.toContain('code-made-up');
  });
});

describe('who signed in', () => {
  test('is asked where Codex asks for its limits, by the account’s own id', async () => {
    const { asked, deps } = answering(200, { plan_type: 'pro', email: 'jane@example.com', rate_limit: {} });
    expect(await codexLogin.readProfile?.(secret, deps)).toEqual({ plan: 'Pro', email: 'j•••@example.com' });
    expect(asked).toEqual([
      {
        url: 'https://chat.example/usage',
        method: 'GET',
        headers: {
          authorization: `Bearer ${accessToken}`,
          'chatgpt-account-id': 'acct-made-up',
          accept: 'application/json',
        },
      },
    ]);
  });

  test('stays what the token said when the answer has another shape, and unknown behind a wall', async () => {
    const ask = (status: number, body: unknown) => codexLogin.readProfile?.(secret, answering(status, body).deps);
    expect(await ask(200, '<html>')).toEqual({ plan: 'Plus', email: undefined });
    expect(await ask(200, { plan_type: '<b>', email: 'nobody' })).toEqual({ plan: undefined, email: undefined });
    expect(await ask(403, '<html>')).toBeUndefined();
    await expect(ask(401, {})).rejects.toThrow(/did not take the sign-in/);
  });
});

describe('renewing', () => {
  test('asks with a form, and takes the new refresh token', async () => {
    const newAccess = accessToken.replace(/\.c2ln$/, '.bmV3');
    const { asked, deps } = answering(200, { access_token: newAccess, refresh_token: 'rt-next' });
    expect(await codexRenewal.renew(secret, deps)).toEqual({
      kind: 'renewed',
      secret: { ...secret, accessToken: newAccess, refreshToken: 'rt-next' },
    });
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.body))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'rt-made-up',
      client_id: 'app_made_up',
      scope: 'openid profile email',
    });
  });

  test('keeps the old refresh token, account and plan when the answer names none', async () => {
    const { deps } = answering(200, { access_token: 'opaque', expires_in: 3_600 });
    expect(await codexRenewal.renew(secret, deps)).toEqual({
      kind: 'renewed',
      secret: { ...secret, accessToken: 'opaque', expiresAt: nowMs + 3_600_000 },
    });
  });

  test('takes a changed plan', async () => {
    const upgraded = jwt({ 'https://api.openai.com/auth': { chatgpt_plan_type: 'pro' } });
    const { deps } = answering(200, { ...granted, id_token: upgraded });
    expect(await codexRenewal.renew(secret, deps)).toMatchObject({
      secret: { plan: 'pro', accountId: 'acct-made-up' },
    });
  });

  test.each([
    [400, { error: 'invalid_grant' }, 'rejected'],
    [401, { error: { code: 'refresh_token_reused', message: 'rt-made-up' } }, 'rejected'],
    [401, { error: { code: 'refresh_token_expired' } }, 'rejected'],
    [400, { error: { type: 'refresh_token_invalidated' } }, 'rejected'],
    [401, 'rt-made-up', 'rejected'],
    [400, { error: 'invalid_client' }, 'later'],
    [403, '<html>', 'later'],
    [500, { error: 'invalid_grant' }, 'later'],
    [200, { refresh_token: 'rt-made-up' }, 'later'],
    [200, 'rt-made-up', 'later'],
    [302, '', 'later'],
  ])('HTTP %i with %j means %s', async (status, body, kind) => {
    const renewed = await codexRenewal.renew(secret, answering(status, body).deps);
    expect(renewed.kind).toBe(kind);
    expect(JSON.stringify(renewed)).not.toContain('rt-made-up');
  });

  test('A03 refresh-429: waits as long as the endpoint asks', async () => {
    const { deps } = answering(429, {}, { 'retry-after': '60' });
    expect(await codexRenewal.renew(secret, deps)).toMatchObject({ kind: 'later', retryAfterMs: 60_000 });
  });

  test('is not possible without a refresh token', async () => {
    const { refreshToken: _, ...alone } = secret;
    const { asked, deps } = answering(200, granted);
    expect([codexRenewal.canRenew(secret), codexRenewal.canRenew(alone)]).toEqual([true, false]);
    expect((await codexRenewal.renew(alone, deps)).kind).toBe('rejected');
    expect(asked).toEqual([]);
    expect(codexRenewal.expiresAt(secret)).toBe(secret.expiresAt);
  });
});
