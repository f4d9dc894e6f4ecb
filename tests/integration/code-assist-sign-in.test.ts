import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Account } from '../../app/accounts/account.ts';
import { oauthSetting } from '../../app/providers/oauth-table.ts';
import { checkSignIn } from '../../app/server/admin/check-sign-in.ts';
import { alone, createRefresher, createSignIns } from '../../app/sign-in-parts.ts';
import type { Person } from '../support/fake-code-assist/control.ts';
import { FakeCodeAssist } from '../support/fake-code-assist/fake-code-assist.ts';
import { FakeOAuth } from '../support/fake-oauth/fake-oauth.ts';
import { geminiCliAgent } from '../support/gemini-accounts.ts';
import { type Reply, TestApp } from '../support/test-app.ts';

let home: string;
let oauth: FakeOAuth;
let relay: TestApp;
let fake: FakeCodeAssist;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'waystation-google-'));
  oauth = await FakeOAuth.start({ rotates: false, encoding: 'form', profile: { email: 'jane.doe@example.com' } });
  const places = { claudeFolder: home, claudeKeychainItem: 'none', codexFolder: home, geminiFolder: home };
  relay = await TestApp.start({ upstreams: 0, config: { toolPlaces: places } });
  const { settings, oauth: known } = relay.app.parts;
  await settings.set(oauthSetting, JSON.stringify({ 'gemini-code-assist': oauth.endpoints }));
  await known.reload();
  await start();
});
afterEach(async () => {
  await relay[Symbol.asyncDispose]();
  await Promise.all([fake.close(), oauth.close(), rm(home, { recursive: true })]);
});

async function start(person: Partial<Person> = {}): Promise<void> {
  await fake?.close();
  fake = await FakeCodeAssist.start({ person, isGood: (token) => oauth.isGood(token) });
}

function signIns() {
  const { parts } = relay.app;
  return createSignIns(parts, createRefresher(parts, { ...alone, report: () => undefined }));
}

const account = (settings: object = {}) => ({
  name: 'google',
  provider: 'gemini-code-assist',
  settings: { baseUrl: fake.url, ...settings },
  allowLocalUpstream: true,
  acceptTerms: true,
});

/** A person who pastes what Google's page shows. */
async function signIn(settings: object = {}): Promise<Account | undefined> {
  const ins = signIns();
  const { id, authorizeUrl } = await ins.start({
    target: { account: account(settings) },
    way: 'paste',
    isSetupToken: false,
  });
  return await ins.finish(id, { pasted: await oauth.consent(authorizeUrl), waitMs: 0 });
}

function ask(): Promise<Reply> {
  const body = {
    model: 'gemini-3.8-flash',
    project: 'waystation',
    request: { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
  };
  return relay.request({
    method: 'POST',
    path: '/v1internal:streamGenerateContent?alt=sse',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${relay.secret}`,
      'user-agent': geminiCliAgent,
    },
    body: JSON.stringify(body),
  });
}

async function secretOf(id: string | undefined): Promise<unknown> {
  return await relay.app.parts.accountRepository.openSecret(id ?? '');
}

describe('signing in with Google', () => {
  test('asks Code Assist for the project once, keeps it with the account, and serves', async () => {
    const signedIn = await signIn();
    expect(signedIn?.signIn).toEqual({
      kind: 'browser',
      profile: { plan: 'Gemini Code Assist', email: 'j•••@example.com' },
    });
    expect(await secretOf(signedIn?.id)).toMatchObject({ project: fake.project, tier: 'free-tier' });
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 200]);
    expect(fake.verbs()).toEqual(['loadCodeAssist', 'streamGenerateContent', 'streamGenerateContent']);
  });

  test('is checked by asking Google, who also says what is left for each model', async () => {
    const resetTime = new Date(Date.now() + 3_600_000).toISOString();
    await start({
      buckets: [{ modelId: 'gemini-3.8-pro', tokenType: 'REQUESTS', remainingFraction: 0.25, resetTime }],
    });
    await signIn();
    const { parts } = relay.app;
    const refresher = createRefresher(parts, { ...alone, report: () => undefined });
    const [view] = parts.accounts.all();
    const { ok, message } = await checkSignIn({ ...parts, refresher }, view ?? expect.fail('no account'));
    expect([ok, message]).toEqual([
      true,
      `The sign-in works (Gemini Code Assist, j•••@example.com). Left: gemini-3.8-pro requests 25 % until ${resetTime}.`,
    ]);
    expect(fake.calls).toEqual([]);
  });

  test('of somebody new has Google make a project, and waits for it', async () => {
    await start({ isOnboarded: false, polls: 1 });
    await signIn();
    expect((await ask()).status).toBe(200);
    expect(fake.verbs()).toEqual(['loadCodeAssist', 'onboardUser', 'operations', 'streamGenerateContent']);
  });

  test('comes back to this computer by itself', async () => {
    const ins = signIns();
    const { id, authorizeUrl } = await ins.start({
      target: { account: account() },
      way: 'loopback',
      isSetupToken: false,
    });
    const back = await oauth.consent(authorizeUrl);
    expect(new URL(back).pathname).toBe('/oauth2callback');
    await fetch(back);
    expect((await ins.finish(id, { waitMs: 5_000 }))?.name).toBe('google');
    expect((await ask()).status).toBe(200);
  });

  test('says what the owner has to do where Google asks for a project, and works once it is named', async () => {
    await start({ bringsProject: true, tier: 'standard-tier', project: 'my-project-8' });
    await expect(signIn()).rejects.toThrow(/Google Cloud project of its owner.*--set project=ID/);
    expect(await relay.app.parts.accountRepository.list()).toEqual([]);
    await signIn({ project: 'my-project-8' });
    expect((await ask()).status).toBe(200);
  });

  test('says in Google’s own words why an account gets no Code Assist', async () => {
    await start({ ineligible: [{ reasonMessage: 'Your location is not supported.' }] });
    await expect(signIn()).rejects.toThrow(/Your location is not supported/);
  });
});

describe('renewing', () => {
  const text = (pair: { accessToken: string; refreshToken: string }, expiry_date: number) =>
    JSON.stringify({ access_token: pair.accessToken, refresh_token: pair.refreshToken, expiry_date });

  /** The text of Gemini CLI's file, handed over. */
  async function add(expiry: number): Promise<string> {
    const { parts } = relay.app;
    const { id } = await parts.accountRepository.create({ ...account(), secretText: text(oauth.issue(), expiry) });
    await parts.accounts.reload();
    return id;
  }

  test('A01 refresh-stampede: a login without a project is completed once, for everybody who asks', async () => {
    const id = await add(Date.now() + 3_600_000);
    const replies = await Promise.all(Array.from({ length: 50 }, ask));
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    expect(oauth.refreshes).toHaveLength(1);
    expect(fake.verbs().filter((verb) => verb === 'loadCodeAssist')).toHaveLength(1);
    expect(await secretOf(id)).toMatchObject({ project: fake.project, refreshToken: expect.any(String) });
  });

  test('A06 401-once: a token that Google refuses is renewed once, and the call served', async () => {
    const signedIn = await signIn();
    const before = (await secretOf(signedIn?.id)) as { accessToken: string; refreshToken: string };
    oauth.revoke(before.accessToken);
    expect((await ask()).status).toBe(200);
    expect(await secretOf(signedIn?.id)).toMatchObject({ refreshToken: before.refreshToken, project: fake.project });
    expect(oauth.refreshes).toHaveLength(1);
  });

  test('a login that is taken back needs its owner, and the client is told so in Google’s shape', async () => {
    const id = await add(Date.now() - 1);
    const { refreshToken } = (await secretOf(id)) as { refreshToken: string };
    oauth.revoke(refreshToken);
    const reply = await ask();
    expect([reply.status, reply.json()]).toMatchObject([503, { error: { code: 503, status: 'UNAVAILABLE' } }]);
    expect(relay.app.parts.accounts.get(id)?.health.state).toBe('needs-sign-in');
    expect(fake.requests).toEqual([]);
  });
});

describe('the login of Gemini CLI on this computer', () => {
  const file = () => join(home, 'oauth_creds.json');

  test('is used as it is, with the project that Code Assist names for it', async () => {
    const pair = oauth.issue();
    const login = { access_token: pair.accessToken, refresh_token: pair.refreshToken, expiry_date: pair.expiresAt };
    await writeFile(file(), JSON.stringify(login));
    const linked = await signIns().link({ account: account() });
    expect(await secretOf(linked.id)).toEqual({
      accessToken: pair.accessToken,
      expiresAt: pair.expiresAt,
      project: fake.project,
      tier: 'free-tier',
      plan: 'Gemini Code Assist',
    });
    expect((await ask()).status).toBe(200);
    expect(oauth.refreshes).toEqual([]);
  });

  test('is read again once the CLI has renewed it', async () => {
    const first = oauth.issue();
    await writeFile(file(), JSON.stringify({ access_token: first.accessToken, expiry_date: first.expiresAt }));
    const linked = await signIns().link({ account: account() });
    const second = oauth.issue();
    await writeFile(file(), JSON.stringify({ access_token: second.accessToken, expiry_date: second.expiresAt }));
    oauth.revoke(first.accessToken);
    expect((await ask()).status).toBe(200);
    expect(await secretOf(linked.id)).toMatchObject({ accessToken: second.accessToken, project: fake.project });
  });

  test('that has ended is not taken', async () => {
    await writeFile(file(), JSON.stringify({ access_token: 'ya29.old', expiry_date: 1 }));
    await expect(signIns().link({ account: account() })).rejects.toThrow(/start that once/);
  });
});

test('who is not Gemini CLI is not served, and neither is anybody before the terms are accepted', async () => {
  await signIn();
  const other = await relay.request({
    method: 'POST',
    path: '/v1/messages',
    headers: relay.headers(),
    body: JSON.stringify({ model: 'gemini-3.8-flash', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] }),
  });
  expect(other.status).toBeGreaterThanOrEqual(400);
  const [view] = relay.app.parts.accounts.all();
  await relay.app.parts.accountRepository.update(view?.account.id ?? '', { acceptTerms: false });
  await relay.app.parts.accounts.reload();
  expect((await ask()).status).toBeGreaterThanOrEqual(400);
  expect(fake.calls).toEqual([]);
});
