import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Account } from '../../app/accounts/account.ts';
import { overHttp } from '../../app/cli/client.ts';
import { oauthSetting } from '../../app/providers/oauth-table.ts';
import { FakeChatGPT } from '../support/fake-chatgpt/fake-chatgpt.ts';
import { codexHeaders, identityToken } from '../support/fake-chatgpt/login.ts';
import { FakeOAuth } from '../support/fake-oauth/fake-oauth.ts';
import { tooMany } from '../support/fake-oauth/faults.ts';
import { eventually, type Reply, TestApp } from '../support/test-app.ts';

// What renews sign-ins is held by sign-in-renewal.test.ts; here it is ChatGPT's way of it.

let oauth: FakeOAuth;
let chatGPT: FakeChatGPT;
let relay: TestApp;

beforeEach(async () => {
  oauth = await FakeOAuth.start({ encoding: 'form', extra: () => ({ id_token: identityToken() }) });
  chatGPT = await FakeChatGPT.start({ isGood: (token) => oauth.isGood(token) });
  relay = await TestApp.start({ upstreams: 0 });
  const loopback = { host: '127.0.0.1', path: '/auth/callback', ports: [] };
  const { settings, oauth: endpoints } = relay.app.parts;
  await settings.set(oauthSetting, JSON.stringify({ 'codex-subscription': { ...oauth.endpoints, loopback } }));
  await endpoints.reload();
});

afterEach(async () => {
  await relay[Symbol.asyncDispose]();
  await chatGPT.close();
  await oauth.close();
});

function newAccount() {
  return {
    name: 'plus',
    provider: 'codex-subscription' as const,
    settings: { baseUrl: chatGPT.baseUrl },
    allowLocalUpstream: true,
    acceptTerms: true,
  };
}

/** Somebody signed in before; `leftMs` of the token's life are left, as far as we know. */
async function signedIn(leftMs: number): Promise<Account> {
  const { accessToken, refreshToken } = oauth.issue();
  const secret = { accessToken, refreshToken, accountId: 'acct-made-up', expiresAt: Date.now() + leftMs };
  const { accountRepository, accounts } = relay.app.parts;
  const account = await accountRepository.create(newAccount(), { secret, signIn: { kind: 'browser' } });
  await accounts.reload();
  if (leftMs < 0) oauth.revoke(accessToken);
  return account;
}

function call(headers: Readonly<Record<string, string>> = codexHeaders): Promise<Reply> {
  const body = JSON.stringify({ model: 'gpt-6', input: 'Hello', stream: true, store: false });
  const authorized = { ...headers, 'content-type': 'application/json', authorization: `Bearer ${relay.secret}` };
  return relay.request({ method: 'POST', path: '/v1/responses', headers: authorized, body });
}

test('A01 refresh-stampede: 100 calls with an ended token are served by one renewal', async () => {
  await signedIn(-1);
  const replies = await Promise.all(Array.from({ length: 100 }, () => call()));
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
  expect(oauth.refreshes.map(({ encoding, fields }) => [encoding, fields['scope']])).toEqual([
    ['form', 'openid profile email'],
  ]);
  expect(new Set(chatGPT.calls.map(({ credential }) => credential)).size).toBe(1);
});

test('A03 refresh-429: the token that is still good is used, and nobody asks again before its time', async () => {
  await signedIn(60_000);
  oauth.script(tooMany(60));
  for (let round = 0; round < 3; round += 1) expect((await call()).status).toBe(200);
  await eventually(() => (oauth.asked > 0 ? true : undefined));
  for (let round = 0; round < 3; round += 1) expect((await call()).status).toBe(200);
  expect(oauth.asked).toBe(1);
});

test('A06 401-once: a token that ended before its time is renewed once and the call tried once more', async () => {
  const account = await signedIn(3_600_000);
  oauth.revoke(
    ((await relay.app.parts.accountRepository.openSecret(account.id)) as { accessToken: string }).accessToken,
  );
  expect((await call()).status).toBe(200);
  expect([oauth.refreshes.length, chatGPT.calls.length]).toEqual([1, 2]);
  const kept = await relay.app.parts.accountRepository.openSecret(account.id);
  expect(kept).toMatchObject({
    refreshToken: expect.stringMatching(/^refresh-2/),
    accountId: 'acct-made-up',
    plan: 'plus',
  });
});

test('a person signs in with a browser, and Codex is served', async () => {
  const admin = overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
  const { loginId, authorizeUrl } = await admin.startLogin({ target: newAccount() });
  await fetch(await oauth.consent(authorizeUrl));
  const { account } = await admin.finishLogin({ loginId });
  expect(account).toMatchObject({ name: 'plus', provider: 'codex-subscription' });
  expect((await call()).status).toBe(200);
  expect(chatGPT.calls[0]?.headers['chatgpt-account-id']).toBe('acct-made-up');
});

test('no other client is served, whatever key it has', async () => {
  await signedIn(3_600_000);
  const reply = await call({ 'user-agent': 'OpenAI/JS 7.57.0' });
  expect(reply.status).toBeGreaterThanOrEqual(400);
  expect(chatGPT.calls).toHaveLength(0);
});
