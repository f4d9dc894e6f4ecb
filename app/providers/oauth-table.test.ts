import { describe, expect, test } from 'vitest';
import { endpointsOf, isSafeUrl, oauthOverrides, oauthTable } from './oauth-table.ts';
import { challengeOf, newPkce, newState } from './pkce.ts';

describe('the table', () => {
  test.each(Object.entries(oauthTable))('%s names only addresses that a token may go to', (_, endpoints) => {
    const { authorizeUrl, tokenUrl, profileUrl, pasteRedirect } = endpoints;
    for (const url of [authorizeUrl, tokenUrl, profileUrl, pasteRedirect]) {
      if (url !== undefined) expect(url).toMatch(/^https:/);
    }
  });

  test('one field is replaced, the others stay', () => {
    const tokenUrl = 'https://moved.example/token';
    expect(endpointsOf('claude-subscription', { 'claude-subscription': { tokenUrl } })).toEqual({
      ...oauthTable['claude-subscription'],
      tokenUrl,
    });
    expect(endpointsOf('codex-subscription', { 'claude-subscription': { tokenUrl } })).toEqual(
      oauthTable['codex-subscription'],
    );
    expect(endpointsOf('anthropic')).toBeUndefined();
  });

  test.each([
    { 'claude-subscription': { tokenUrl: 'http://evil.example/token' } },
    { 'claude-subscription': { tokenUrl: 'https://user:password@evil.example/token' } },
    { 'claude-subscription': { tokenUrl: 'not an address' } },
    { 'claude-subscription': { scopes: [] } },
    { 'claude-subscription': { tokenURL: 'https://moved.example' } },
    { anthropic: { tokenUrl: 'https://moved.example' } },
  ])('the settings refuse %j', (overrides) => {
    expect(oauthOverrides.safeParse(overrides).success).toBe(false);
  });
});

test.each([
  ['https://vendor.example/token', true],
  ['http://127.0.0.1:9000/token', true],
  ['http://localhost:9000/token', true],
  ['http://[::1]:9000/token', true],
  ['http://127.0.0.1.evil.example/token', false],
  ['http://10.0.0.1/token', false],
  ['ftp://vendor.example', false],
])('%s may be told a token: %s', (url, isSafe) => {
  expect(isSafeUrl(url)).toBe(isSafe);
});

test('a proof key is 43 characters, never the same, and its challenge is the S256 of RFC 7636', () => {
  const made = Array.from({ length: 50 }, newPkce);
  expect(new Set(made.map(({ verifier }) => verifier)).size).toBe(50);
  for (const { verifier, challenge } of made) {
    expect(verifier).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(challenge).toBe(challengeOf(verifier));
  }
  expect(challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  );
  expect(newState()).not.toBe(newState());
});
