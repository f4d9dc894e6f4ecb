import { describe, expect, test } from 'vitest';
import type { Headers } from '../../domain/headers.ts';
import type { ControlReply, ControlRequest, OAuthDeps } from '../oauth.ts';
import { oauthTable } from '../oauth-table.ts';
import type { UpstreamCall } from '../provider.ts';
import { claudeSubscription } from './index.ts';
import { claudeLogin, claudeRenewal } from './sign-in.ts';

const endpoints = oauthTable['claude-subscription'];
const nowMs = Date.parse('2026-11-20T12:00:00Z');
const secret = { accessToken: 'access-1', refreshToken: 'refresh-1', expiresAt: nowMs, scopes: ['user:inference'] };

function built(headers: Headers, more: Partial<UpstreamCall> = {}) {
  return claudeSubscription.buildRequest({
    settings: {},
    secret: { accessToken: 'access-1' },
    method: 'POST',
    route: 'messages',
    model: 'claude-opus-5-5',
    isStream: true,
    path: '/v1/messages?beta=true',
    headers,
    clientCredential: undefined,
    body: Buffer.from('{}'),
    ...more,
  } as Parameters<typeof claudeSubscription.buildRequest>[0]);
}

describe('a request', () => {
  test('carries the sign-in as Bearer and never as a key', () => {
    const { headers } = built({ 'anthropic-beta': 'claude-code-20250219' });
    expect(headers['authorization']).toBe('Bearer access-1');
    expect(headers['x-api-key']).toBeUndefined();
  });

  test.each([
    [undefined, 'oauth-2025-04-20'],
    ['', 'oauth-2025-04-20'],
    ['claude-code-20250219', 'claude-code-20250219,oauth-2025-04-20'],
    ['a-1, oauth-2025-04-20, b-2', 'a-1, oauth-2025-04-20, b-2'],
  ])('whose betas are %s says %s', (own, said) => {
    expect(built({ 'anthropic-beta': own }).headers['anthropic-beta']).toBe(said);
  });

  test('says what the owner’s settings name instead', () => {
    const moved = { ...endpoints, capability: 'oauth-2027-01-01' };
    expect(built({}, { endpoints: moved }).headers['anthropic-beta']).toBe('oauth-2027-01-01');
  });

  test('names no client of our own', () => {
    expect(built({}).headers['user-agent']).toBeUndefined();
  });
});

test('the sign-in page is asked for what was wished, with a proof key and a state', () => {
  const ask = { endpoints, redirectUri: 'http://localhost:1/callback', state: 's', codeChallenge: 'c' };
  const url = new URL(claudeLogin.authorizeUrl({ ...ask, isSetupToken: false }));
  expect(url.origin + url.pathname).toBe('https://claude.com/cai/oauth/authorize');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    code: 'true',
    client_id: endpoints.clientId,
    response_type: 'code',
    redirect_uri: 'http://localhost:1/callback',
    scope: 'user:profile user:inference user:sessions:claude_code user:mcp_servers user:file_upload',
    code_challenge: 'c',
    code_challenge_method: 'S256',
    state: 's',
  });
  const setup = new URL(claudeLogin.authorizeUrl({ ...ask, isSetupToken: true }));
  expect(setup.searchParams.get('scope')).toBe('user:inference');
});

/** Answers once, and keeps what it was asked. */
function answering(reply: Partial<ControlReply>): OAuthDeps & { readonly asked: ControlRequest[] } {
  const asked: ControlRequest[] = [];
  return {
    asked,
    endpoints,
    nowMs,
    send: async (request) => {
      asked.push(request);
      return { status: 200, headers: {}, body: '{}', ...reply };
    },
  };
}

const issued = {
  body: JSON.stringify({ access_token: 'access-2', refresh_token: 'refresh-2', expires_in: 60, scope: 'user:profile' }),
};
const answer = { code: 'code', state: 's', redirectUri: 'http://localhost:1/callback', codeVerifier: 'v' };

test('a code is exchanged with everything that proves whose it is', async () => {
  const deps = answering(issued);
  expect(await claudeLogin.finish({ ...answer, isSetupToken: false }, deps)).toEqual({
    accessToken: 'access-2',
    refreshToken: 'refresh-2',
    expiresAt: nowMs + 60_000,
    scopes: ['user:profile'],
  });
  expect(JSON.parse(deps.asked[0]?.body ?? '')).toEqual({
    grant_type: 'authorization_code',
    code: 'code',
    redirect_uri: 'http://localhost:1/callback',
    client_id: endpoints.clientId,
    code_verifier: 'v',
    state: 's',
  });
});

test('a setup token is asked for with its year', async () => {
  const deps = answering(issued);
  await claudeLogin.finish({ ...answer, isSetupToken: true }, deps);
  expect(JSON.parse(deps.asked[0]?.body ?? '')).toMatchObject({ expires_in: 31_536_000 });
});

describe('a renewal', () => {
  test('sends the refresh token as JSON, and keeps what the answer does not replace', async () => {
    const deps = answering({ body: JSON.stringify({ access_token: 'access-2', expires_in: 60 }) });
    expect(await claudeRenewal.renew(secret, deps)).toEqual({
      kind: 'renewed',
      secret: { ...secret, accessToken: 'access-2', expiresAt: nowMs + 60_000 },
    });
    expect(deps.asked[0]).toMatchObject({ url: endpoints.tokenUrl, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(deps.asked[0]?.body ?? '')).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh-1',
      client_id: endpoints.clientId,
    });
  });

  test('is refused for good, or for now', async () => {
    const spent = answering({ status: 400, body: '{"error":"invalid_grant"}' });
    expect(await claudeRenewal.renew(secret, spent)).toMatchObject({ kind: 'rejected' });
    const busy = answering({ status: 429, headers: { 'retry-after': '60' }, body: '' });
    expect(await claudeRenewal.renew(secret, busy)).toMatchObject({ kind: 'later', retryAfterMs: 60_000 });
  });

  test('is not for a setup token', async () => {
    const setupToken = { accessToken: 'sk-ant-oat01-x' };
    expect([claudeRenewal.canRenew(setupToken), claudeRenewal.expiresAt(setupToken)]).toEqual([false, undefined]);
    const deps = answering({});
    expect(await claudeRenewal.renew(setupToken, deps)).toMatchObject({ kind: 'rejected' });
    expect(deps.asked).toEqual([]);
  });
});

describe('the login of Claude Code', () => {
  const login = { accessToken: 'access-1', refreshToken: 'refresh-1', expiresAt: nowMs, scopes: ['user:inference'] };

  test('is used without its refresh token', () => {
    const text = JSON.stringify({ claudeAiOauth: { ...login, subscriptionType: 'max' }, mcpOAuth: {} });
    expect(claudeLogin.readCliLogin?.(text)).toEqual({
      accessToken: 'access-1',
      expiresAt: nowMs,
      scopes: ['user:inference'],
    });
  });

  test.each(['', 'no json', '{}', '{"claudeAiOauth":null}', '{"claudeAiOauth":{"accessToken":""}}', '[]'])(
    '%j is none',
    (text) => expect(claudeLogin.readCliLogin?.(text)).toBeUndefined(),
  );
});

describe('who signed in', () => {
  const profiled = { ...secret, scopes: ['user:profile'] };

  test('is told by plan and a masked address', async () => {
    const deps = answering({
      body: JSON.stringify({
        account: { uuid: 'u', email: 'jane@example.com', full_name: 'Jane' },
        organization: { organization_type: 'claude_max', rate_limit_tier: 'default_claude_max_5x' },
      }),
    });
    expect(await claudeLogin.readProfile?.(profiled, deps)).toEqual({ plan: 'Max 5x', email: 'j•••@example.com' });
    expect(deps.asked[0]).toMatchObject({ method: 'GET', headers: { authorization: 'Bearer access-1' } });
  });

  test('is not asked with a token that may not', async () => {
    const deps = answering({});
    expect(await claudeLogin.readProfile?.(secret, deps)).toBeUndefined();
    expect(deps.asked).toEqual([]);
    expect(await claudeLogin.readProfile?.(profiled, answering({ status: 403 }))).toBeUndefined();
  });

  test('stays unknown when the answer has another shape, and is an error when there is none', async () => {
    expect(await claudeLogin.readProfile?.(profiled, answering({ body: '<html>' }))).toEqual({});
    await expect(claudeLogin.readProfile?.(profiled, answering({ status: 500 }))).rejects.toThrow(/HTTP 500/);
  });
});

test('an API key that is pasted by mistake is named as one', () => {
  const parsed = claudeSubscription.secret?.safeParse(claudeSubscription.secretFromText?.('sk-ant-api03-x'));
  expect(parsed?.error?.issues[0]?.message).toMatch(/API key/);
});

test('a call that its terms do not cover is for another account', () => {
  const body = Buffer.from(
    JSON.stringify({
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message:
          'This credential is only authorized for use with Claude Code and cannot be used for other API requests.',
      },
    }),
  );
  expect(claudeSubscription.classify({ status: 400, headers: {}, body, facts: undefined, nowMs })).toEqual({
    kind: 'not-carried',
  });
});
