import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Account } from '../../app/accounts/account.ts';
import { sentenceOf } from '../../app/accounts/reason.ts';
import { CredentialRefresher } from '../../app/accounts/refresher.ts';
import { defaultPorts, openParts, type Parts } from '../../app/parts.ts';
import { alone, createRefresher, refresherDeps } from '../../app/sign-in-parts.ts';
import { StoreBusy } from '../../app/store/store.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { FakeOAuth } from '../support/fake-oauth/fake-oauth.ts';
import type { TokenPair } from '../support/fake-oauth/grants.ts';
import { addSubscription } from '../support/subscription.ts';
import { createFolder } from '../support/temporary-folder.ts';
import { testConfig } from '../support/test-app.ts';

const child = fileURLToPath(new URL('./sign-in-crash-child.ts', import.meta.url));

let folder: ReturnType<typeof createFolder>;
let oauth: FakeOAuth;
let account: Account;
let pair: TokenPair;
let never: Gate;

beforeEach(async () => {
  folder = createFolder();
  oauth = await FakeOAuth.start();
  never = new Gate();
  await withParts(async (parts) => {
    const { accessToken, refreshToken, scope } = oauth.issue();
    // Ended a moment ago, so that whoever asks for it has to renew it.
    pair = { accessToken, refreshToken, scope, expiresAt: Date.now() - 1 };
    account = await addSubscription(parts, { oauth, upstream: 'http://127.0.0.1:9', pair });
  });
});
afterEach(async () => {
  never.open();
  await oauth.close();
  await folder.remove();
});

async function withParts<T>(work: (parts: Parts) => Promise<T>): Promise<T> {
  await using closing = new AsyncDisposableStack();
  return await work(await openParts(testConfig(folder.folder), { ...defaultPorts, warn: () => undefined }, closing));
}

/** A process that renews and is killed once `reached`. */
async function killed(where: string, reached: (renewing: ChildProcess) => Promise<unknown>): Promise<void> {
  const renewing = spawn(process.execPath, [child, folder.folder, account.id, where], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(renewing, 'close');
  await Promise.race([reached(renewing), closed.then(() => Promise.reject(new Error('it ended by itself')))]);
  renewing.kill('SIGKILL');
  await closed;
  expect(renewing.signalCode).toBe('SIGKILL');
}

const said = (renewing: ChildProcess) => once(renewing.stdout ?? renewing, 'data');

interface Recovered {
  readonly token: unknown;
  readonly state: string;
  readonly reason: string;
}

/** What the next start makes of it: the credential that a call would get, and what the account's state says. */
async function restarted(): Promise<Recovered> {
  return await withParts(async (parts) => {
    const refresher = createRefresher(parts, { ...alone, report: () => undefined });
    await refresher.start();
    const credential = await refresher.credential(account.id).catch((error: unknown) => error);
    await refresher.stop();
    const { state = '', reason } = parts.accounts.get(account.id)?.health ?? {};
    const secret = credential instanceof Error ? credential.message : (credential as { secret: unknown }).secret;
    return { token: secret, state, reason: sentenceOf(reason) };
  });
}

function journal(): readonly string[] {
  return readdirSync(join(folder.folder, 'renewals'));
}

test('A04 refresh-crash: killed between receiving and saving, the next start uses the token that was received', async () => {
  await killed('before-save', said);
  const [file = ''] = journal();
  expect(readFileSync(join(folder.folder, 'renewals', file), 'utf8')).not.toMatch(/access-|refresh-/);
  const { token, state } = await restarted();
  expect(token).toMatchObject({ accessToken: expect.stringMatching(/^access-2-/) });
  expect(state).toBe('active');
  expect(oauth.refreshes).toHaveLength(1);
  await withParts(async ({ accountRepository }) => {
    expect(await accountRepository.openSecret(account.id)).toEqual(token);
  });
});

test('A04 refresh-crash: when the received token turns out to be spent, the one before it is tried too', async () => {
  await killed('before-save', said);
  const received = await withParts(async ({ renewalJournal }) => renewalJournal.read(account.id)?.received?.secret);
  // As if the endpoint had forgotten what it gave out, and still took the old one.
  const { refreshToken = '', accessToken = '' } = received as { refreshToken?: string; accessToken?: string };
  oauth.revoke(refreshToken);
  oauth.revoke(accessToken);
  oauth.restore(pair.refreshToken);
  await restarted();
  const renewed = await withParts(async (parts) => {
    const refresher = createRefresher(parts, { ...alone, report: () => undefined });
    const after = await refresher.refused(account.id, 1);
    return { after, secret: await parts.accountRepository.openSecret(account.id) };
  });
  expect(oauth.refreshes.map(({ status }) => status)).toEqual([200, 400, 200]);
  expect(renewed.after).toBe('renewed');
  expect(oauth.isGood((renewed.secret as { accessToken: string }).accessToken)).toBe(true);
  expect(journal()).toEqual([]);
});

test('A04 refresh-crash: killed before the endpoint changed anything, the next start renews with the same token', async () => {
  oauth.script({ kind: 'wait', until: never.opened, rotated: 'after' });
  await killed('', () => oauth.arrived(1));
  const { token, state } = await restarted();
  expect(token).toMatchObject({ accessToken: expect.stringMatching(/^access-2-/) });
  expect(state).toBe('active');
});

test('A04 refresh-crash: killed while the only answer is on its way, the account says what happened and what to do', async () => {
  oauth.script({ kind: 'wait', until: never.opened, rotated: 'before' });
  await killed('', () => oauth.arrived(1));
  const { token, state, reason } = await restarted();
  expect(state).toBe('needs-sign-in');
  expect(reason).toBe(
    'Its renewal was interrupted before the answer arrived, and the old one is spent (HTTP 400, invalid_grant). Sign in again: waystation account login NAME',
  );
  expect(token).toBe(reason);
  expect(journal()).toEqual([]);
});

test('A04 refresh-crash: a token received before the crash does not replace one that was stored since', async () => {
  await killed('before-save', said);
  const newer = { accessToken: 'access-newer', refreshToken: 'refresh-newer', expiresAt: Date.now() + 3_600_000 };
  await withParts(async ({ accountRepository }) => {
    await accountRepository.signIn(account.id, { secret: newer, signIn: { kind: 'browser' } });
  });
  expect((await restarted()).token).toEqual(newer);
  expect(journal()).toEqual([]);
});

test('A04 refresh-crash: while the database is away the new token serves from memory, and is stored when it is back', async () => {
  await withParts(async (parts) => {
    const { accountRepository: repository } = parts;
    let isAway = true;
    const refresher = new CredentialRefresher({
      ...alone,
      ...refresherDeps(parts, () => undefined),
      repository: {
        openCredential: (id) => repository.openCredential(id),
        renewSecret: (id, renewed) =>
          isAway ? Promise.reject(new StoreBusy('away')) : repository.renewSecret(id, renewed),
      },
    });
    const renewed = await refresher.credential(account.id);
    expect(renewed.secret).toMatchObject({ accessToken: expect.stringMatching(/^access-2-/) });
    await refresher.look();
    expect(await repository.openCredential(account.id)).toMatchObject({ revision: 0 });
    expect(await refresher.credential(account.id)).toEqual(renewed);
    isAway = false;
    await refresher.look();
    expect(await repository.openCredential(account.id)).toMatchObject({ secret: renewed.secret, revision: 1 });
    expect(oauth.refreshes).toHaveLength(1);
  });
});
