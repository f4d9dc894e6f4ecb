import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accessToken, cliLogin, idToken, jwt, secret } from './__fixtures__/tokens.ts';
import { readClaims } from './claims.ts';
import { codexSecret, readCliLogin, secretFromText, secretOf } from './credential.ts';

describe('a token’s claims', () => {
  test('tell the account, its plan and its own organisation', () => {
    expect(readClaims(idToken)).toEqual({
      accountId: 'acct-made-up',
      plan: 'plus',
      organization: 'org-own',
      expiresAt: undefined,
    });
  });

  test('tell nothing in what is no token, and never throw', () => {
    const nothing = { accountId: undefined, plan: undefined, organization: undefined, expiresAt: undefined };
    for (const text of ['', 'a.b.c', jwt({}), jwt({ 'https://api.openai.com/auth': 'x', exp: 'soon' })]) {
      expect(readClaims(text)).toEqual(nothing);
    }
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (text, value) => {
        readClaims(text);
        readClaims(jwt({ 'https://api.openai.com/auth': value, exp: value }));
      }),
    );
  });

  test('of an organisation without a default one are those of the first', () => {
    const auth = { organizations: [{ id: 'org-first' }, { id: 'org-second' }] };
    expect(readClaims(jwt({ 'https://api.openai.com/auth': auth })).organization).toBe('org-first');
  });
});

describe('a sign-in', () => {
  test('is read from the file that Codex keeps, without what renews it', () => {
    const { refreshToken: _, ...linked } = secret;
    expect(readCliLogin(cliLogin)).toEqual(linked);
  });

  test('can be pasted as that file, which moves it here, or as an access token that names its account', () => {
    expect(codexSecret.parse(secretFromText(`${cliLogin}\n`))).toEqual(secret);
    const named = jwt({ 'https://api.openai.com/auth': { chatgpt_account_id: 'acct-of-access' } });
    expect(codexSecret.parse(secretFromText(` ${named}\n`))).toEqual({
      accessToken: named,
      accountId: 'acct-of-access',
    });
  });

  test('is named by what is known, else by the identity token, else by the access token', () => {
    const access = jwt({ 'https://api.openai.com/auth': { chatgpt_account_id: 'acct-of-access' } });
    const tokens = { accessToken: access, idToken };
    expect(secretOf({ ...tokens, known: { accountId: 'acct-known' } })?.accountId).toBe('acct-known');
    expect(secretOf(tokens)?.accountId).toBe('acct-made-up');
    expect(secretOf({ accessToken: access })?.accountId).toBe('acct-of-access');
    expect(secretOf({ accessToken })).toBeUndefined();
  });

  test('without tokens is none: an API key, another tool’s file, no JSON', () => {
    const files = ['', 'sk-made-up', '{"OPENAI_API_KEY":"sk-made-up","tokens":null}', '{"tokens":{"access_token":""}}'];
    for (const text of files) {
      expect(readCliLogin(text)).toBeUndefined();
      expect(codexSecret.safeParse(secretFromText(text)).success).toBe(false);
    }
  });

  test('with a token that could break a header is none', () => {
    const tokens = { access_token: 'a\r\nx: y', account_id: 'acct' };
    expect(readCliLogin(JSON.stringify({ tokens }))).toBeUndefined();
  });
});
