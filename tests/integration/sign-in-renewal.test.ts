import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Account, Health } from '../../app/accounts/account.ts';
import { sentenceOf } from '../../app/accounts/reason.ts';
import { type ManualClock, manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { refuses } from '../support/fake-anthropic/answers.ts';
import type { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { FakeOAuth } from '../support/fake-oauth/fake-oauth.ts';
import { invalidGrant, tooMany, unwell } from '../support/fake-oauth/faults.ts';
import type { TokenPair } from '../support/fake-oauth/grants.ts';
import { addSubscription, claudeCodeHeaders, startUpstream } from '../support/subscription.ts';
import { eventually, helloWhole, type Reply, TestApp } from '../support/test-app.ts';
import { ticking } from '../support/ticking.ts';

const secondMs = 1_000;
const hourMs = 3_600_000;
const lifetimeMs = 8 * hourMs;

let clock: ManualClock;
let oauth: FakeOAuth;
let upstream: FakeAnthropic;
let relay: TestApp;
let pair: TokenPair;
let account: Account;

beforeEach(async () => {
  clock = manualClock();
  oauth = await FakeOAuth.start({ now: () => clock.now(), lifetimeMs });
  upstream = await startUpstream(oauth);
  relay = await TestApp.start({ upstreams: 0, ports: { clock } });
  pair = oauth.issue();
  account = await addSubscription(relay.app.parts, { oauth, upstream: upstream.url, pair });
});
afterEach(async () => {
  await ticking(clock, () => relay[Symbol.asyncDispose]());
  await upstream.close();
  await oauth.close();
});

function call(): Promise<Reply> {
  return relay.messages(helloWhole, claudeCodeHeaders());
}

function health(): Health {
  const view = relay.app.parts.accounts.get(account.id);
  if (!view) throw new Error('the account is gone');
  return view.health;
}

async function secret(): Promise<unknown> {
  return await relay.app.parts.accountRepository.openSecret(account.id);
}

/** So that this much of the token's life is left. */
function leave(ms: number): void {
  clock.advance(pair.expiresAt - clock.now() - ms);
}

function tokensUsed(): Set<string | undefined> {
  return new Set(upstream.calls.map(({ credential }) => credential));
}

describe('near its end', () => {
  test('A01 refresh-stampede: 100 calls with an ended token wait for one renewal, and all succeed with the new one', async () => {
    leave(-1);
    const gate = new Gate();
    oauth.script({ kind: 'wait', until: gate.opened, rotated: 'after' });
    const calls = Array.from({ length: 100 }, call);
    await oauth.arrived(1);
    gate.open();
    const replies = await Promise.all(calls);
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 100 }, () => 200));
    expect(oauth.refreshes).toHaveLength(1);
    expect(upstream.calls).toHaveLength(100);
    expect(tokensUsed()).toEqual(new Set([expect.stringMatching(/^access-2-/)]));
  });

  test('a call two minutes before uses the current token and has it renewed behind its back', async () => {
    leave(119 * secondMs);
    const gate = new Gate();
    oauth.script({ kind: 'wait', until: gate.opened, rotated: 'after' });
    expect((await call()).status).toBe(200);
    expect(tokensUsed()).toEqual(new Set([pair.accessToken]));
    gate.open();
    await eventually(async () => ((await secret()) as { accessToken: string }).accessToken !== pair.accessToken);
    expect((await call()).status).toBe(200);
    expect(tokensUsed().size).toBe(2);
    expect(oauth.refreshes).toHaveLength(1);
  });

  test('a call 30 seconds before waits for the new token', async () => {
    leave(30 * secondMs);
    expect((await call()).status).toBe(200);
    expect(tokensUsed()).toEqual(new Set([expect.stringMatching(/^access-2-/)]));
  });

  test('nobody asks while the token is young', async () => {
    leave(121 * secondMs);
    await call();
    expect(oauth.asked).toBe(0);
  });

  test('D16 clock-jump: a computer that slept finds the token ended and renews it first', async () => {
    clock.jump(lifetimeMs + hourMs);
    expect((await call()).status).toBe(200);
    expect(upstream.calls).toHaveLength(1);
    expect(oauth.refreshes).toHaveLength(1);
  });

  test('it is renewed without any call', async () => {
    leave(100 * secondMs);
    await eventually(() => oauth.refreshes.length === 1);
    await eventually(() => relay.app.parts.accounts.get(account.id)?.account.secretRevision === 1);
    expect(health().state).toBe('active');
  });

  test('A05 refresh-while-limited: an account at its weekly limit is renewed all the same, and stays limited', async () => {
    const fault = { kind: 'rate-limited', scope: 'account', retryAfterMs: 7 * 24 * hourMs } as const;
    relay.app.parts.accounts.apply(account.id, { kind: 'fault', fault, model: 'm' });
    leave(60 * secondMs);
    await eventually(() => relay.app.parts.accounts.get(account.id)?.account.secretRevision === 1);
    expect(health().state).toBe('limited');
    expect(oauth.refreshes).toHaveLength(1);
  });

  test('an account whose terms are not accepted is left alone', async () => {
    await relay.app.parts.accountRepository.update(account.id, { acceptTerms: false });
    await relay.app.parts.accounts.reload();
    leave(60 * secondMs);
    clock.advance(30 * secondMs);
    await relay.messages(helloWhole);
    expect(oauth.asked).toBe(0);
  });
});

describe('a token endpoint in trouble', () => {
  test('A03 refresh-429: it is asked once in its 60 seconds, and the current token serves as long as it lasts', async () => {
    leave(110 * secondMs);
    oauth.script(tooMany(60), tooMany(60));
    await eventually(() => oauth.requests.length === 1);
    for (let count = 0; count < 20; count += 1) expect((await call()).status).toBe(200);
    clock.advance(59 * secondMs);
    for (let count = 0; count < 5; count += 1) expect((await call()).status).toBe(200);
    expect(oauth.asked).toBe(1);
    expect(health().state).toBe('active');
    clock.advance(2 * secondMs);
    expect((await call()).status).toBe(200);
    await eventually(() => oauth.requests.length === 2);
    expect(tokensUsed()).toEqual(new Set([pair.accessToken]));
  });

  test('A03 refresh-429: once the token has ended, calls are told when to come back, and the endpoint is left in peace', async () => {
    leave(-1);
    oauth.script(tooMany(60));
    const reply = await call();
    expect([reply.status, reply.header('retry-after')]).toEqual([529, '60']);
    expect(health()).toMatchObject({
      state: 'cooling-down',
      reason: { kind: 'renewal-waits', detail: expect.stringContaining('HTTP 429') },
    });
    for (let count = 0; count < 5; count += 1) expect((await call()).status).toBe(529);
    expect(oauth.asked).toBe(1);
    clock.advance(61 * secondMs);
    expect((await call()).status).toBe(200);
    expect(upstream.calls).toHaveLength(1);
  });

  test('without a time it is asked half as often each time', async () => {
    const { rules } = relay.app.parts;
    // Calls would wait for the shorter ones.
    await rules.set({ ...rules.current, patienceMs: 0 });
    leave(-1);
    oauth.script(unwell, unwell, unwell);
    await call();
    for (const waitMs of [5, 10, 20]) {
      const asked = oauth.asked;
      clock.advance(waitMs * secondMs - 1);
      await call();
      expect(oauth.asked).toBe(asked);
      clock.advance(1);
      await call();
    }
    expect(oauth.refreshes.map(({ status }) => status)).toEqual([503, 503, 503, 200]);
  });

  test('a call waits for an endpoint that is in trouble for a moment only', async () => {
    leave(-1);
    oauth.script(unwell);
    expect((await call()).status).toBe(529);
    const reply = call();
    await eventually(() => relay.app.parts.accounts.queue.size === 1);
    expect(oauth.asked).toBe(1);
    clock.advance(5 * secondMs);
    expect((await reply).status).toBe(200);
    expect(oauth.asked).toBe(2);
  });

  test('A02 refresh-rotated-elsewhere: a spent token is nothing when the store has a newer one already', async () => {
    leave(-1);
    const gate = new Gate();
    oauth.script({ kind: 'wait', until: gate.opened, rotated: 'after' });
    const reply = call();
    await oauth.arrived(1);
    // Another process renews with the same token meanwhile, and stores what it got.
    const other = oauth.refreshElsewhere(pair.refreshToken);
    const newer = { accessToken: other.accessToken, refreshToken: other.refreshToken, expiresAt: other.expiresAt };
    expect(await relay.app.parts.accountRepository.renewSecret(account.id, { secret: newer, from: 0 })).toBe(true);
    gate.open();
    expect((await reply).status).toBe(200);
    expect(oauth.refreshes.map(({ status }) => status)).toEqual([400]);
    expect(tokensUsed()).toEqual(new Set([other.accessToken]));
    expect(await secret()).toEqual(newer);
    expect(health().state).toBe('active');
  });

  test('a revoked sign-in serves to its end, and then says who has to act', async () => {
    leave(100 * secondMs);
    oauth.revoke(pair.refreshToken);
    await eventually(() => oauth.requests.length === 1);
    expect((await call()).status).toBe(200);
    expect(health().state).toBe('active');
    clock.advance(101 * secondMs);
    await eventually(() => health().state === 'needs-sign-in');
    expect(sentenceOf(health().reason)).toBe(
      'The provider does not accept this sign-in any more (HTTP 400, invalid_grant). Sign in again: waystation account login NAME',
    );
    expect((await call()).status).toBe(503);
    expect(oauth.asked).toBe(1);
    expect((await relay.app.parts.accountRepository.loadHealth()).get(account.id)?.state).toBe('needs-sign-in');
  });

  test('an answer that is no token costs nothing that is there', async () => {
    leave(100 * secondMs);
    oauth.script({ kind: 'garbage' });
    await eventually(() => oauth.requests.length === 1);
    expect((await call()).status).toBe(200);
    expect(await secret()).toMatchObject({ refreshToken: pair.refreshToken });
  });
});

describe('a token that the upstream refuses', () => {
  test('A06 401-once: it is renewed once, and the call is served with the new one', async () => {
    oauth.revoke(pair.accessToken);
    expect((await call()).status).toBe(200);
    expect(oauth.refreshes).toHaveLength(1);
    expect(upstream.calls.map(({ credential }) => credential === pair.accessToken)).toEqual([true, false]);
    expect(health().state).toBe('active');
  });

  test('A06 401-once: when the new one is refused too, the account is paused until somebody signs in', async () => {
    upstream.script([refuses(401), refuses(401)]);
    const reply = await call();
    expect(reply.status).toBe(503);
    expect([upstream.calls.length, oauth.refreshes.length]).toEqual([2, 1]);
    expect(health()).toMatchObject({ state: 'needs-sign-in', reason: { kind: 'credential-rejected' } });
    expect((await call()).status).toBe(503);
    expect([upstream.calls.length, oauth.refreshes.length]).toEqual([2, 1]);
  });

  test('A06 401-once: 50 calls that are refused together have it renewed once', async () => {
    oauth.revoke(pair.accessToken);
    const replies = await Promise.all(Array.from({ length: 50 }, call));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(oauth.refreshes).toHaveLength(1);
  });

  test('A06 401-once: what cannot be renewed is not tried again, and another account serves', async () => {
    const spare = oauth.issue();
    await addSubscription(
      relay.app.parts,
      { oauth, upstream: upstream.url, pair: spare },
      { name: 'spare', priority: 9 },
    );
    oauth.revoke(pair.accessToken);
    oauth.script(invalidGrant);
    expect((await call()).status).toBe(200);
    expect(upstream.calls.map(({ credential }) => credential)).toEqual([pair.accessToken, spare.accessToken]);
    expect(health()).toMatchObject({
      state: 'needs-sign-in',
      reason: { kind: 'sign-in-ended', detail: expect.stringContaining('Sign in again') },
    });
  });

  test('A06 401-once: while it cannot be renewed now, the account waits without a mark that somebody has to lift', async () => {
    oauth.revoke(pair.accessToken);
    oauth.script(tooMany(60));
    expect((await call()).status).toBe(503);
    expect(health().state).toBe('cooling-down');
    clock.advance(61 * secondMs);
    expect((await call()).status).toBe(200);
  });
});
