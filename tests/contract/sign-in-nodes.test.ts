import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import type { Account } from '../../app/accounts/account.ts';
import { defaultPorts, openParts, type Parts } from '../../app/parts.ts';
import { createRefresher } from '../../app/sign-in-parts.ts';
import { openState } from '../../app/state/open.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { FakeOAuth } from '../support/fake-oauth/fake-oauth.ts';
import { invalidGrant, tooMany } from '../support/fake-oauth/faults.ts';
import { createTestDatabase, missingPostgres } from '../support/postgres.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { addSubscription } from '../support/subscription.ts';
import { createFolder } from '../support/temporary-folder.ts';
import { eventually, testConfig } from '../support/test-app.ts';
import { missingRedis, redisUrl, removeKeys, testPrefix } from './state-redis.ts';

interface Node {
  readonly parts: Parts;
  readonly refresher: ReturnType<typeof createRefresher>;
}

const prefix = testPrefix();

/** A relay's part in this, with a folder of its own: nodes share the database, the live state and a passphrase. */
async function openNode(databaseUrl: string, closing: AsyncDisposableStack): Promise<Node> {
  const { folder, remove } = createFolder();
  closing.defer(remove);
  const config = testConfig(folder, { config: { databaseUrl, secrets: 'passphrase', passphrase: 'of the nodes' } });
  const parts = await openParts(config, { ...defaultPorts, warn: () => undefined }, closing);
  const state = await openState({ engine: 'redis', url: redisUrl, prefix }, parts.ports.clock);
  closing.defer(() => state.close());
  const refresher = createRefresher(parts, { locks: state.locks, marks: state.marks, report: () => undefined });
  closing.defer(() => refresher.stop());
  return { parts, refresher };
}

const missing = (await missingPostgres()) ?? (await missingRedis());

suiteThatNeeds(missing, 'two nodes on one PostgreSQL and one Redis', () => {
  let closing: AsyncDisposableStack;
  let oauth: FakeOAuth;
  let here: Node;
  let there: Node;
  let account: Account;

  beforeEach(async () => {
    closing = new AsyncDisposableStack();
    const database = await createTestDatabase();
    closing.defer(() => database.drop());
    oauth = await FakeOAuth.start();
    closing.defer(() => oauth.close());
    here = await openNode(database.url, closing);
    there = await openNode(database.url, closing);
    const pair = { ...oauth.issue(), expiresAt: Date.now() - 1 };
    account = await addSubscription(here.parts, { oauth, upstream: 'http://127.0.0.1:9', pair });
    await there.parts.accounts.reload();
    await there.parts.oauth.reload();
  });
  afterEach(() => closing.disposeAsync());
  afterAll(() => removeKeys(prefix));

  function ask({ refresher }: Node): Promise<unknown> {
    return refresher.credential(account.id).then(
      ({ secret }) => secret,
      (error: unknown) => String(error),
    );
  }

  test('A01 refresh-stampede: 100 callers on both have one renewal, and all get the new token', async () => {
    const gate = new Gate();
    oauth.script({ kind: 'wait', until: gate.opened, rotated: 'before' });
    const callers = Array.from({ length: 50 }, () => [ask(here), ask(there)]).flat();
    await oauth.arrived(1);
    gate.open();
    const secrets = new Set((await Promise.all(callers)).map((secret) => JSON.stringify(secret)));
    expect([...secrets]).toEqual([expect.stringMatching(/"access-2-/)]);
    expect(oauth.refreshes).toHaveLength(1);
  });

  test('A02 refresh-rotated-elsewhere: a node that does not see the lock adopts what the other stored', async () => {
    const { parts } = there;
    const blind = createRefresher(parts, {
      locks: { tryRun: async (_name, _ttlMs, work) => ({ value: await work() }) },
      marks: { get: async () => undefined, set: async () => undefined },
      report: () => undefined,
    });
    const gate = new Gate();
    oauth.script({ kind: 'wait', until: gate.opened, rotated: 'after' });
    const late = ask({ parts, refresher: blind });
    await oauth.arrived(1);
    const first = await ask(here);
    gate.open();
    expect(await late).toEqual(first);
    expect(oauth.refreshes.map(({ status }) => status)).toEqual([200, 400]);
    expect(parts.accounts.get(account.id)?.health.state).toBe('active');
  });

  test('A03 refresh-429: the node that was sent away tells the other', async () => {
    oauth.script(tooMany(60), tooMany(60));
    expect(await ask(here)).toContain('HTTP 429');
    expect(await ask(there)).toContain('HTTP 429');
    expect(oauth.asked).toBe(1);
  });

  test('a sign-in that has ended on one node has ended on the other, until somebody signs in', async () => {
    oauth.script(invalidGrant);
    expect(await ask(here)).toContain('Sign in again');
    const stored = async () => (await here.parts.accountRepository.loadHealth()).get(account.id)?.state;
    await eventually(async () => (await stored()) === 'needs-sign-in');
    await there.parts.accounts.poll();
    expect(there.parts.accounts.get(account.id)?.health.state).toBe('needs-sign-in');
    const newer = { ...oauth.issue(), expiresAt: Date.now() + 3_600_000 };
    const { accessToken, refreshToken, expiresAt } = newer;
    await here.parts.accountRepository.signIn(account.id, {
      secret: { accessToken, refreshToken, expiresAt },
      signIn: { kind: 'browser' },
    });
    await there.parts.accounts.poll();
    expect(await ask(there)).toMatchObject({ accessToken });
    expect(there.parts.accounts.get(account.id)?.health.state).toBe('active');
  });
});
