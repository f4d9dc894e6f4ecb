import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CredentialRefresher } from '../../app/accounts/refresher.ts';
import { defaultPorts, openParts, type Parts } from '../../app/parts.ts';
import { oauthSetting } from '../../app/providers/oauth-table.ts';
import { alone, refresherDeps } from '../../app/sign-in-parts.ts';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { identityToken } from '../support/fake-chatgpt/login.ts';
import { FakeOAuth, type FakeOAuthOptions } from '../support/fake-oauth/fake-oauth.ts';
import { createFolder } from '../support/temporary-folder.ts';
import { eventually, testConfig } from '../support/test-app.ts';

// sign-in-renewal and sign-in-crash hold renewal for Claude's accounts in full; here it is that of the other vendors.

const child = fileURLToPath(new URL('./sign-in-crash-child.ts', import.meta.url));

interface Vendor {
  readonly oauth: FakeOAuthOptions;
  /** What its credential has beside tokens. */
  readonly own: Readonly<Record<string, unknown>>;
}

const vendors = {
  'codex-subscription': {
    oauth: { encoding: 'form', extra: () => ({ id_token: identityToken() }) },
    own: { accountId: 'acct-made-up' },
  },
  'gemini-code-assist': { oauth: { encoding: 'form' }, own: { project: 'made-up-project-7' } },
} as const satisfies Readonly<Record<string, Vendor>>;

/** An account whose token ends in `leftMs`, on a store of its own. */
async function signedIn(provider: keyof typeof vendors, leftMs: number) {
  await using closing = new AsyncDisposableStack();
  const { own, oauth: options } = vendors[provider];
  const oauth = await FakeOAuth.start(options);
  closing.defer(() => oauth.close());
  const data = createFolder();
  closing.defer(() => data.remove());
  const { accessToken, refreshToken } = oauth.issue();
  const clock = manualClock(Date.now());
  const secret = { ...own, accessToken, refreshToken, expiresAt: clock.now() + leftMs };
  const withParts = async <T>(work: (parts: Parts, refresher: CredentialRefresher) => Promise<T>): Promise<T> => {
    await using open = new AsyncDisposableStack();
    const parts = await openParts(testConfig(data.folder), { ...defaultPorts, warn: () => undefined }, open);
    const refresher = new CredentialRefresher({ ...refresherDeps(parts, () => undefined), ...alone, clock });
    open.defer(() => refresher.stop());
    return await work(parts, refresher);
  };
  const { id } = await withParts(async ({ settings, accountRepository }) => {
    await settings.set(oauthSetting, JSON.stringify({ [provider]: oauth.endpoints }));
    const account = { name: 'mine', provider, settings: { baseUrl: 'http://127.0.0.1:9' }, allowLocalUpstream: true };
    return await accountRepository.create({ ...account, acceptTerms: true }, { secret, signIn: { kind: 'browser' } });
  });
  const open = closing.move();
  return { id, oauth, clock, secret, folder: data.folder, withParts, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

describe.each(Object.keys(vendors) as (keyof typeof vendors)[])('%s', (provider) => {
  test('A02 refresh-rotated-elsewhere: a spent token is nothing when the store has a newer one already', async () => {
    await using account = await signedIn(provider, -1);
    const { id, oauth, secret, withParts } = account;
    await withParts(async ({ accounts, accountRepository }, refresher) => {
      const gate = new Gate();
      oauth.script({ kind: 'wait', until: gate.opened, rotated: 'after' });
      const asked = refresher.credential(id);
      await oauth.arrived(1);
      const { accessToken, refreshToken, expiresAt } = oauth.refreshElsewhere(secret.refreshToken);
      const newer = { ...secret, accessToken, refreshToken, expiresAt };
      expect(await accountRepository.renewSecret(id, { secret: newer, from: 0 })).toBe(true);
      gate.open();
      expect((await asked).secret).toMatchObject({ accessToken });
      expect(oauth.refreshes.map(({ status }) => status)).toEqual([400]);
      expect(accounts.get(id)?.health.state).toBe('active');
    });
  });

  test('A04 refresh-crash: killed between receiving and saving, the next start uses the token that was received', async () => {
    await using account = await signedIn(provider, -1);
    const { id, oauth, folder, withParts } = account;
    const renewing = spawn(process.execPath, [child, folder, id, 'before-save'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = once(renewing, 'close');
    await Promise.race([
      once(renewing.stdout, 'data'),
      closed.then(() => Promise.reject(new Error('it ended by itself'))),
    ]);
    renewing.kill('SIGKILL');
    await closed;
    await withParts(async ({ accountRepository }, refresher) => {
      await refresher.start();
      const received = { accessToken: expect.stringMatching(/^access-2-/) };
      expect((await refresher.credential(id)).secret).toMatchObject(received);
      expect(await accountRepository.openSecret(id)).toMatchObject(received);
    });
    expect(oauth.refreshes).toHaveLength(1);
  });

  test('A05 refresh-while-limited: an account at its weekly limit is renewed all the same, and stays limited', async () => {
    await using account = await signedIn(provider, 60_000);
    const { id, oauth, clock, withParts } = account;
    await withParts(async ({ accounts }, refresher) => {
      const fault = { kind: 'rate-limited', scope: 'account', retryAfterMs: 7 * 24 * 3_600_000 } as const;
      accounts.apply(id, { kind: 'fault', fault, model: 'm' });
      await refresher.start();
      clock.advance(30_000);
      await eventually(() => accounts.get(id)?.account.secretRevision === 1);
      expect(accounts.get(id)?.health.state).toBe('limited');
    });
    expect(oauth.refreshes).toHaveLength(1);
  });
});
