import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { overHttp } from '../../app/cli/client.ts';
import { account } from '../../app/server/admin/contract.ts';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import type { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { FakeOAuth } from '../support/fake-oauth/fake-oauth.ts';
import { addSubscription, claudeCodeHeaders, startUpstream } from '../support/subscription.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { eventually, helloWhole, TestApp } from '../support/test-app.ts';
import { ticking } from '../support/ticking.ts';
import { Keyboard, run, runJson } from './cli-run.ts';

const profile = {
  account: { email: 'jane@example.com' },
  organization: { organization_type: 'claude_max', rate_limit_tier: 'default_claude_max_20x' },
};

let oauth: FakeOAuth;
let upstream: FakeAnthropic;
let dataDir: string;

beforeEach(async () => {
  oauth = await FakeOAuth.start({ profile, encoding: 'json' });
  upstream = await startUpstream(oauth);
  dataDir = temporaryFolder();
  const value = JSON.stringify({ 'claude-subscription': oauth.endpoints });
  await runJson(['settings', 'set', 'oauth.endpoints', '--value', value], { dataDir });
});
afterEach(async () => {
  await upstream.close();
  await oauth.close();
});

const login = ['account', 'login', '--allow-local-upstream', '--no-browser'];
const newAccount = ['--provider', 'claude-subscription', '--name', 'me'];

function address(said: string): string | undefined {
  return /^http\S*\/authorize\S*$/m.exec(said)?.[0];
}

/** Goes to the page as soon as it is named, says yes, and hands on what comes of it. */
function browsing(then: (outcome: string) => unknown): (said: string) => void {
  let isDone = false;
  return (said) => {
    const url = address(said);
    if (isDone || url === undefined) return;
    isDone = true;
    void oauth.consent(url).then(then);
  };
}

const comesBack = browsing.bind(undefined, (location) => fetch(location));

async function listed(): Promise<z.infer<typeof account>[]> {
  return z.array(account).parse(await runJson(['account', 'list'], { dataDir }));
}

describe('the command line', () => {
  test('signs in through the browser of this computer', async () => {
    const words = [...login, ...newAccount, '--accept-terms', '--base-url', upstream.url];
    const result = await run(words, { dataDir, onAside: comesBack() });
    expect([result.exitCode, result.stderr]).toEqual([0, expect.stringContaining('/authorize?')]);
    const shown = result.stdout.replace(/\s+/g, ' ');
    expect(shown).toContain('Signed in in a browser (Max 20x, j•••@example.com)');
    expect(shown).toContain('Terms accepted');
    expect(shown).toContain('Serves this computer only');
    expect(oauth.requests).toMatchObject([{ grant: 'authorization_code', status: 200 }]);
    expect(await runJson(['account', 'test', 'me'], { dataDir })).toMatchObject({
      ok: true,
      message: 'The sign-in works (Max 20x, j•••@example.com).',
    });
    expect(upstream.calls).toEqual([]);
  });

  test('signs in with a code that is pasted, and asks for the owner’s word first', async () => {
    const keyboard = new Keyboard();
    const paste = browsing((shown) => keyboard.write(`${shown}\r`));
    const onAside = (said: string) => {
      if (/\[y\/N\] $/.test(said)) keyboard.write('y\n');
      paste(said);
    };
    const words = [...login, ...newAccount, '--paste', '--base-url', upstream.url];
    const { exitCode, stdout, stderr } = await run(words, { dataDir, keyboard, columns: 100, onAside });
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('forbid')]);
    expect(stdout).toContain('accepted');
    expect((await listed())[0]?.subscription).toMatchObject({ signIn: 'browser', termsAcceptedAt: expect.any(Number) });
  });

  test('a script that does not accept the terms gets an account that is off, and the note', async () => {
    const result = await run([...login, ...newAccount, '--base-url', upstream.url], { dataDir, onAside: comesBack() });
    expect(result.exitCode).toBe(0);
    expect(result.stderr.replace(/\s+/g, ' ')).toContain('Providers have suspended accounts for that.');
    expect(result.stdout).toContain('--accept-terms');
    const [made] = await listed();
    expect(made?.subscription).toMatchObject({ termsAcceptedAt: null, isShared: false });
    await run(['account', 'update', 'me', '--accept-terms', '--share'], { dataDir });
    const shared = (await listed())[0]?.subscription;
    expect(shared).toMatchObject({ termsAcceptedAt: expect.any(Number), isShared: true });
    await run(['account', 'update', 'me', '--withdraw-terms', '--no-share'], { dataDir });
    expect((await listed())[0]?.subscription).toMatchObject({ termsAcceptedAt: null, isShared: false });
  });

  test('signs in again to an account that is there, and asks for the word that is missing', async () => {
    await run([...login, ...newAccount, '--base-url', upstream.url], { dataDir, onAside: comesBack() });
    const [before] = await listed();
    const again = await run(['account', 'login', 'me', '--accept-terms', '--no-browser'], {
      dataDir,
      onAside: comesBack(),
    });
    expect(again.exitCode).toBe(0);
    const [after] = await listed();
    expect(after).toMatchObject({ id: before?.id, subscription: { termsAcceptedAt: expect.any(Number) } });
    expect(oauth.requests.filter(({ status }) => status === 200)).toHaveLength(2);
  });

  test('asks for a setup token, which can do less', async () => {
    const words = [...login, ...newAccount, '--accept-terms', '--setup-token', '--base-url', upstream.url];
    const result = await run(words, { dataDir, onAside: comesBack() });
    expect(result.exitCode).toBe(0);
    expect(oauth.requests[0]?.fields).toMatchObject({ expires_in: '31536000' });
    expect(decodeURIComponent(address(result.stderr) ?? '')).toContain('scope=user:inference&');
    expect((await listed())[0]?.subscription).toMatchObject({ signIn: 'setup-token' });
    expect(await runJson(['account', 'test', 'me'], { dataDir })).toMatchObject({ ok: true });
  });

  test('takes a setup token that somebody pastes as a credential', async () => {
    const words = ['account', 'add', ...newAccount, '--secret-stdin', '--accept-terms'];
    await runJson(words, { dataDir, stdin: 'sk-ant-oat01-made-up' });
    expect((await listed())[0]).toMatchObject({ hasSecret: true, subscription: { signIn: null } });
  });

  test.each([
    [[...newAccount, '--from-cli', '--paste'], /leave --paste and --setup-token out/],
    [['--name', 'me'], /Name an account, or --provider/],
    [['--provider', 'anthropic', '--name', 'me'], /claude-subscription/],
    [['nobody'], /There is no account/],
  ])('refuses %j with a sentence', async (words, sentence) => {
    const { exitCode, stderr } = await run([...login, ...words], { dataDir });
    expect(exitCode).toBeGreaterThan(0);
    expect(stderr.replace(/\s+/g, ' ')).toMatch(sentence);
    expect(oauth.asked).toBe(0);
  });
});

describe('through a running relay', () => {
  let relay: TestApp;

  beforeEach(async () => {
    relay = await TestApp.start({ upstreams: 0, config: { toolPlaces: toolPlaces(temporaryFolder()) } });
  });
  afterEach(() => relay[Symbol.asyncDispose]());

  function toolPlaces(folder: string) {
    return { claudeFolder: folder, claudeKeychainItem: 'none', codexFolder: folder, geminiFolder: folder };
  }

  function admin() {
    return overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
  }

  const target = () => ({
    name: 'me',
    provider: 'claude-subscription' as const,
    settings: { baseUrl: upstream.url },
    allowLocalUpstream: true,
    acceptTerms: true,
  });

  async function configure(): Promise<void> {
    await admin().changeSetting({ name: 'oauth.endpoints', value: { 'claude-subscription': oauth.endpoints } });
  }

  test('an account that is signed in serves Claude Code at once, and its owner signs in again when it has ended', async () => {
    await configure();
    const started = await admin().startLogin({ target: target() });
    await fetch(await oauth.consent(started.authorizeUrl));
    const { account: made } = await admin().finishLogin({ loginId: started.loginId });
    expect((await relay.messages(helloWhole, claudeCodeHeaders())).status).toBe(200);

    // Revoked at the provider: the account needs its owner.
    const [call] = upstream.calls;
    oauth.revoke(call?.credential ?? '');
    oauth.script({ kind: 'refuse', status: 400, error: 'invalid_grant' });
    expect((await relay.messages(helloWhole, claudeCodeHeaders())).status).toBe(503);
    expect(await admin().showAccount({ id: made?.id ?? '' })).toMatchObject({ health: { state: 'needs-sign-in' } });

    const again = await admin().startLogin({ target: { accountId: made?.id ?? '' } });
    await fetch(await oauth.consent(again.authorizeUrl));
    const { account: mended } = await admin().finishLogin({ loginId: again.loginId });
    expect(mended).toMatchObject({ id: made?.id, health: { state: 'active' } });
    expect((await relay.messages(helloWhole, claudeCodeHeaders())).status).toBe(200);
  });

  test('nobody is sent to a browser for an account that could not be saved', async () => {
    await configure();
    await admin().createAccount({ name: 'me', provider: 'anthropic', secret: 'sk-ant-x' });
    await expect(admin().startLogin({ target: target() })).rejects.toThrow(/another account has this name/);
    await expect(admin().startLogin({ target: { ...target(), name: 'two', provider: 'anthropic' } })).rejects.toThrow();
    await expect(admin().startLogin({ target: { accountId: 'acc_none' } })).rejects.toThrow(/no such account/);
  });

  test('who comes back without our state is turned away, and the right one is still waited for', async () => {
    await configure();
    const { loginId, authorizeUrl } = await admin().startLogin({ target: target() });
    const back = new URL(await oauth.consent(authorizeUrl));
    const code = back.searchParams.get('code');
    for (const query of ['', `?code=${code}`, `?code=${code}&state=guessed`, `?error=access_denied&state=guessed`]) {
      expect((await fetch(`${back.origin}${back.pathname}${query}`)).status).toBe(400);
    }
    expect((await fetch(`${back.origin}/elsewhere`)).status).toBe(404);
    expect((await fetch(back, { method: 'POST' })).status).toBe(404);
    const page = await fetch(back);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await admin().finishLogin({ loginId })).account?.name).toBe('me');
    // It waits for nobody any more.
    await expect(fetch(back)).rejects.toThrow();
    await expect(admin().finishLogin({ loginId })).rejects.toThrow(/This sign-in is over/);
  });

  test('who says no in the browser is told so here', async () => {
    await configure();
    const { loginId, authorizeUrl } = await admin().startLogin({ target: target() });
    const url = new URL(authorizeUrl);
    const state = url.searchParams.get('state');
    await fetch(`${url.searchParams.get('redirect_uri')}?error=access_denied&state=${state}`);
    await expect(admin().finishLogin({ loginId })).rejects.toThrow(/not allowed in the browser \(access_denied\)/);
    expect(await admin().listAccounts({})).toEqual([]);
  });

  test('what is pasted must be of this sign-in, as a code or as the page’s address', async () => {
    await configure();
    const { loginId, authorizeUrl } = await admin().startLogin({ target: target(), way: 'paste' });
    const shown = await oauth.consent(authorizeUrl);
    const [code = '', state = ''] = shown.split('#');
    await expect(admin().finishLogin({ loginId, pasted: `${code}#other` })).rejects.toThrow(/another sign-in/);
    await expect(admin().finishLogin({ loginId, pasted: 'two words' })).rejects.toThrow(
      /not what the sign-in page shows/,
    );
    const pasted = `${oauth.endpoints.pasteRedirect}?code=${code}&state=${state}`;
    expect((await admin().finishLogin({ loginId, pasted })).account?.name).toBe('me');
  });

  test('a code that the provider does not take ends the sign-in with its reason', async () => {
    await configure();
    const { loginId } = await admin().startLogin({ target: target(), way: 'paste' });
    await expect(admin().finishLogin({ loginId, pasted: 'made-up' })).rejects.toThrow(
      /invalid_grant.*Start the sign-in again/,
    );
    await expect(admin().finishLogin({ loginId, pasted: 'made-up' })).rejects.toThrow(/This sign-in is over/);
  });

  test('a sign-in is given up by hand', async () => {
    await configure();
    const { loginId, authorizeUrl } = await admin().startLogin({ target: target() });
    await admin().cancelLogin({ loginId });
    const redirect = new URL(authorizeUrl).searchParams.get('redirect_uri') ?? '';
    await expect(fetch(redirect)).rejects.toThrow();
    await expect(admin().finishLogin({ loginId })).rejects.toThrow(/This sign-in is over/);
  });

  test('a provider’s few ports are tried in their order, and the message names them when all are taken', async () => {
    const taken = createServer(() => undefined);
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const loopback = { host: '127.0.0.1', path: '/back', ports: [port] };
    const value = { 'claude-subscription': { ...oauth.endpoints, loopback } };
    await admin().changeSetting({ name: 'oauth.endpoints', value });
    await expect(admin().startLogin({ target: target() })).rejects.toThrow(new RegExp(`port ${port} .*--paste`));
    taken.close();
    await eventually(() => !taken.listening);
    const { authorizeUrl } = await admin().startLogin({ target: target() });
    // Who starts again takes the port over.
    const second = await admin().startLogin({ target: target() });
    const redirects = [authorizeUrl, second.authorizeUrl].map((url) => new URL(url).searchParams.get('redirect_uri'));
    expect(redirects).toEqual(Array.from({ length: 2 }, () => `http://127.0.0.1:${port}/back`));
  });

  test('settings refuse what is no safe address, and go back to what is built in', async () => {
    const wrong = { 'claude-subscription': { tokenUrl: 'http://evil.example/token' } };
    await expect(admin().changeSetting({ name: 'oauth.endpoints', value: wrong })).rejects.toThrow(/https/);
    await expect(admin().changeSetting({ name: 'unknown', value: {} })).rejects.toThrow(/There is no setting/);
    await configure();
    expect((await admin().listSettings({}))[0]?.value).toEqual({ 'claude-subscription': oauth.endpoints });
    expect(await admin().resetSetting({ name: 'oauth.endpoints' })).toMatchObject({ value: null });
    const { authorizeUrl } = await admin().startLogin({ target: target() });
    expect(new URL(authorizeUrl).host).toBe('claude.com');
  });
});

describe('the login of Claude Code on this computer', () => {
  function keep(folder: string, expiresAt: number, pair = oauth.issue()) {
    mkdirSync(folder, { recursive: true });
    const { accessToken, refreshToken, scope } = pair;
    const login = { accessToken, refreshToken, expiresAt, scopes: scope.split(' '), subscriptionType: 'max' };
    writeFileSync(join(folder, '.credentials.json'), JSON.stringify({ claudeAiOauth: login }));
    return pair;
  }

  test('is used without its refresh token, and read again when the tool has renewed it', async () => {
    const folder = temporaryFolder();
    const places = { claudeFolder: folder, claudeKeychainItem: 'none', codexFolder: folder, geminiFolder: folder };
    await using relay = await TestApp.start({ upstreams: 0, config: { toolPlaces: places } });
    const admin = overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
    await admin.changeSetting({ name: 'oauth.endpoints', value: { 'claude-subscription': oauth.endpoints } });
    const target = {
      name: 'linked',
      provider: 'claude-subscription' as const,
      settings: { baseUrl: upstream.url },
      allowLocalUpstream: true,
      acceptTerms: true,
    };
    await expect(admin.linkLogin({ target })).rejects.toThrow(/No login for Claude subscription was found/);

    const first = keep(folder, Date.now() + 20_000);
    const made = await admin.linkLogin({ target });
    expect(made.subscription).toMatchObject({ signIn: 'linked', plan: 'Max 20x' });
    const secret = await relay.app.parts.accountRepository.openSecret(made.id);
    expect(JSON.stringify(secret)).not.toContain(first.refreshToken);
    expect((await relay.messages(helloWhole, claudeCodeHeaders())).status).toBe(200);

    const second = keep(folder, Date.now() + 3_600_000);
    expect((await relay.messages(helloWhole, claudeCodeHeaders())).status).toBe(200);
    expect(upstream.calls.map(({ credential }) => credential)).toEqual([first.accessToken, second.accessToken]);
    expect(oauth.refreshes).toEqual([]);
  });

  test.each(['ended', 'refused'])(
    'that has %s asks for the tool, and serves again by itself once it was used',
    async (how) => {
      const folder = temporaryFolder();
      const clock = manualClock(Date.now());
      const places = { claudeFolder: folder, claudeKeychainItem: 'none', codexFolder: folder, geminiFolder: folder };
      const relay = await TestApp.start({ upstreams: 0, config: { toolPlaces: places }, ports: { clock } });
      const expiresAt = how === 'ended' ? clock.now() - 1 : clock.now() + 3_600_000;
      const pair = keep(folder, expiresAt);
      if (how === 'refused') oauth.revoke(pair.accessToken);
      const { scopes, accessToken } = { ...pair, scopes: pair.scope.split(' ') };
      const { id } = await addSubscription(
        relay.app.parts,
        { oauth, upstream: upstream.url, pair },
        { signIn: 'linked' },
      );
      await relay.app.parts.accountRepository.renewSecret(id, { secret: { accessToken, expiresAt, scopes }, from: 0 });
      await relay.app.parts.accounts.reload();

      expect((await relay.messages(helloWhole, claudeCodeHeaders())).status).toBe(503);
      const health = () => relay.app.parts.accounts.get(id)?.health;
      expect(health()).toMatchObject({
        state: 'needs-sign-in',
        reason: { kind: 'sign-in-ended', detail: expect.stringMatching(/(Start|Use) the tool once/) },
      });
      keep(folder, clock.now() + 7_200_000);
      clock.advance(15_000);
      await eventually(() => health()?.state === 'active');
      expect((await relay.messages(helloWhole, claudeCodeHeaders())).status).toBe(200);
      expect(oauth.asked).toBe(0);
      await ticking(clock, () => relay[Symbol.asyncDispose]());
    },
  );

  test('is found where Claude Code itself keeps it', async () => {
    const home = temporaryFolder();
    const named = join(home, 'named');
    keep(join(home, '.claude'), Date.now() + 3_600_000);
    const words = [
      'account',
      'login',
      '--from-cli',
      '--accept-terms',
      '--allow-local-upstream',
      '--base-url',
      upstream.url,
    ];
    await runJson([...words, '--provider', 'claude-subscription', '--name', 'one'], { dataDir, env: { HOME: home } });
    const nowhere = { HOME: home, CLAUDE_CONFIG_DIR: named };
    const second = [...words, '--provider', 'claude-subscription', '--name', 'two'];
    expect((await run(second, { dataDir, env: nowhere })).exitCode).toBe(1);
    keep(named, Date.now() + 3_600_000);
    await runJson(second, { dataDir, env: nowhere });
    expect((await listed()).map(({ name }) => name)).toEqual(['one', 'two']);
  });
});
