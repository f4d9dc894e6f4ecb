import { expect, test } from 'vitest';
import { RelayError } from '../domain/errors.ts';
import type { ControlRequest, OAuthDeps } from './oauth.ts';
import { oauthTable } from './oauth-table.ts';
import { askForToken, issuedOrThrow, maskEmail, readTokenAnswer } from './oauth-token.ts';

const nowMs = Date.parse('2026-11-20T12:00:00Z');

function replied(status: number, body: unknown, headers: Record<string, string> = {}) {
  return readTokenAnswer({ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }, nowMs);
}

test('a token is read with its end, its scopes and whatever else the vendor says', () => {
  const document = { access_token: 'a', refresh_token: 'r', expires_in: 28_800, scope: 'one  two', id_token: 'i' };
  expect(replied(200, document)).toEqual({
    kind: 'issued',
    token: {
      accessToken: 'a',
      refreshToken: 'r',
      expiresAt: nowMs + 28_800_000,
      scopes: ['one', 'two'],
      document,
    },
  });
});

test('a token without an end, a refresh token or scopes is still a token', () => {
  const bare = { accessToken: 'a', refreshToken: undefined, expiresAt: undefined, scopes: [] };
  for (const more of [{}, { refresh_token: null, scope: null, expires_in: null }, { expires_in: 'soon', scope: 7 }]) {
    const document = { access_token: 'a', ...more };
    expect(replied(200, document)).toEqual({ kind: 'issued', token: { ...bare, document } });
  }
});

test.each([
  [400, { error: 'invalid_grant', error_description: 'Refresh token r-secret not found' }, 'HTTP 400, invalid_grant'],
  [401, { error: { code: 'refresh_token_reused', message: 'r-secret' } }, 'HTTP 401, refresh_token_reused'],
  [400, { error: { type: 'authentication_error' } }, 'HTTP 400, authentication_error'],
  [401, 'no', 'HTTP 401'],
])('%s %j means that somebody has to sign in', (status, body, detail) => {
  expect(replied(status, body)).toEqual({ kind: 'rejected', detail });
});

test.each([
  [429, { error: { type: 'rate_limit_error' } }, { 'retry-after': '60' }, 'HTTP 429, rate_limit_error', 60_000],
  [503, '<html>', {}, 'HTTP 503', undefined],
  [500, { error: 'invalid_grant' }, {}, 'HTTP 500, invalid_grant', undefined],
  [403, '<html>are you a robot?</html>', {}, 'HTTP 403', undefined],
  [400, { error: 'invalid_client' }, {}, 'HTTP 400, invalid_client', undefined],
  [302, '', { location: 'https://elsewhere.example' }, 'HTTP 302', undefined],
  [200, 'not json', {}, 'it answered without a token', undefined],
  [200, { access_token: '' }, {}, 'it answered without a token', undefined],
  [400, { error: 'a secret with blanks' }, {}, 'HTTP 400', undefined],
])('%s %j says nothing against the token', (status, body, headers, detail, retryAfterMs) => {
  const answer = replied(status, body, headers);
  expect(answer).toMatchObject({ kind: 'later', detail });
  expect(answer.kind === 'later' ? answer.retryAfterMs : 0).toBe(retryAfterMs);
});

test('it is asked in the encoding that the vendor wants', async () => {
  const seen: ControlRequest[] = [];
  const deps: OAuthDeps = {
    endpoints: oauthTable['claude-subscription'],
    nowMs,
    send: async (request) => {
      seen.push(request);
      return { status: 200, headers: {}, body: '{"access_token":"a"}' };
    },
  };
  const fields = { grant_type: 'refresh_token', expires_in: 5, scope: 'a b' };
  await askForToken(deps, { encoding: 'json', fields });
  await askForToken(deps, { encoding: 'form', fields });
  expect(seen.map(({ url, method, body }) => [url, method, body])).toEqual([
    [deps.endpoints.tokenUrl, 'POST', '{"grant_type":"refresh_token","expires_in":5,"scope":"a b"}'],
    [deps.endpoints.tokenUrl, 'POST', 'grant_type=refresh_token&expires_in=5&scope=a+b'],
  ]);
  expect(seen.map(({ headers }) => headers['content-type'])).toEqual([
    'application/json',
    'application/x-www-form-urlencoded',
  ]);
});

test('who signs in is told what happened and what to do', () => {
  const saying = (answer: Parameters<typeof issuedOrThrow>[0]) => {
    try {
      issuedOrThrow(answer);
    } catch (error) {
      return error instanceof RelayError ? `${error.kind}: ${error.message}` : error;
    }
    return undefined;
  };
  expect(saying({ kind: 'rejected', detail: 'HTTP 400, invalid_grant' })).toBe(
    'request-invalid: The provider did not accept the sign-in (HTTP 400, invalid_grant). Start the sign-in again; a code can be used once.',
  );
  expect(saying({ kind: 'later', detail: 'HTTP 503' })).toContain('Try again shortly.');
});

test.each([
  ['jane.doe@example.com', 'j•••@example.com'],
  ['x@y', 'x•••@y'],
  ['no address', undefined],
  ['two@at@example.com', undefined],
  ['', undefined],
])('%s is shown as %s', (address, masked) => {
  expect(maskEmail(address)).toBe(masked);
});
