import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { refuses } from '../support/fake-anthropic/answers.ts';
import type { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { FakeOAuth } from '../support/fake-oauth/fake-oauth.ts';
import type { TokenPair } from '../support/fake-oauth/grants.ts';
import { addSubscription, claudeCodeHeaders, startUpstream } from '../support/subscription.ts';
import { hello, helloWhole, TestApp } from '../support/test-app.ts';

const session = 'f3655970-2aeb-4dba-a5f9-86f8d565d77e';
const claudeCode = claudeCodeHeaders(session);

let oauth: FakeOAuth;
let upstream: FakeAnthropic;
let relay: TestApp;
let pair: TokenPair;

beforeEach(async () => {
  oauth = await FakeOAuth.start();
  upstream = await startUpstream(oauth);
  relay = await TestApp.start({ upstreams: 0 });
  pair = oauth.issue();
});
afterEach(async () => {
  await relay[Symbol.asyncDispose]();
  await upstream.close();
  await oauth.close();
});

function subscribe(fields: Parameters<typeof addSubscription>[2] = {}) {
  return addSubscription(relay.app.parts, { oauth, upstream: upstream.url, pair }, fields);
}

/** An API key on the same upstream, which takes its "key" because the authorization server holds it good. */
async function addKeyAccount(): Promise<string> {
  const { accessToken } = oauth.issue();
  await relay.app.parts.accountRepository.create({
    name: 'key',
    provider: 'anthropic',
    settings: { baseUrl: upstream.url },
    secretText: accessToken,
    allowLocalUpstream: true,
    priority: 90,
  });
  await relay.app.parts.accounts.reload();
  return accessToken;
}

const explained = z.object({ verdicts: z.array(z.object({ skipped: z.string().optional() })) });

async function whySkipped(): Promise<string | undefined> {
  const [row] = (await relay.rows()).toReversed();
  const entry = await relay.app.parts.usage.find(row?.requestId ?? '');
  return explained.parse(entry?.explanation).verdicts[0]?.skipped;
}

describe('Claude Code on a Claude subscription', () => {
  test('A16 upstream-origin: the request goes out as it came, with the sign-in as its only credential', async () => {
    await subscribe();
    const body = `{"model": "claude-sonnet-4-5",  "max_tokens": 64, "metadata": {"user_id": "{\\"device_id\\":\\"d\\",\\"account_uuid\\":\\"\\",\\"session_id\\":\\"${session}\\"}"}, "messages": [{"role":"user","content":"Hello"}], "new_field": 1.0}`;
    const reply = await relay.messages(body, { ...claudeCode, 'x-base-url': 'https://evil.example', cookie: 'a=b' });
    expect(reply.status).toBe(200);
    const [call] = upstream.calls;
    expect(Buffer.from(call?.body ?? []).toString()).toBe(body);
    expect(call?.headers).toMatchObject({
      authorization: `Bearer ${pair.accessToken}`,
      'user-agent': claudeCode['user-agent'],
      'x-app': 'cli',
      'x-claude-code-session-id': session,
      'anthropic-beta': `${claudeCode['anthropic-beta']},oauth-2025-04-20`,
    });
    expect(call?.headers['x-api-key']).toBeUndefined();
    expect(call?.headers.cookie).toBeUndefined();
    expect(call?.rawHeaders.join('\n')).not.toContain(relay.secret);
  });

  test('streams, counts tokens, and says nothing of the account to the client', async () => {
    await subscribe();
    const stream = await relay.messages(hello, claudeCode);
    expect(stream.status).toBe(200);
    expect(stream.text).toContain('message_stop');
    const path = '/v1/messages/count_tokens?beta=true';
    const body = JSON.stringify({ model: 'claude-sonnet-4-5', messages: helloWhole.messages });
    const counted = await relay.request({ method: 'POST', path, body, headers: relay.headers(claudeCode) });
    expect([counted.status, counted.json()]).toEqual([200, { input_tokens: expect.any(Number) }]);
    expect(counted.text + stream.text).not.toContain(pair.accessToken);
    expect(stream.header('anthropic-ratelimit-unified-status')).toBeUndefined();
  });
});

describe('everybody else', () => {
  const others: readonly [string, Record<string, string>][] = [
    ['a plain SDK', { 'user-agent': 'Anthropic/JS 1.12.0', 'x-stainless-lang': 'js' }],
    ['a tool that borrows the user agent', { 'user-agent': 'claude-cli/0.24.4 (external, cli)', 'x-app': 'cli' }],
    ['a client without a name', {}],
  ];

  test.each(others)('%s is told why, at once and without a try', async (_, headers) => {
    await subscribe();
    const reply = await relay.messages(helloWhole, headers);
    expect([reply.status, reply.header('x-should-retry')]).toEqual([503, 'false']);
    expect(reply.json()).toMatchObject({
      type: 'error',
      error: { message: expect.stringContaining('subscriptions for their provider’s own program alone') },
    });
    expect(await whySkipped()).toBe('client-not-served');
    expect(upstream.calls).toEqual([]);
  });

  test.each(others)('%s is served by another account', async (_, headers) => {
    await subscribe();
    const key = await addKeyAccount();
    expect((await relay.messages(helloWhole, headers)).status).toBe(200);
    expect(upstream.calls.map(({ credential }) => credential)).toEqual([key]);
    expect((await relay.messages(helloWhole, claudeCode)).status).toBe(200);
    expect(upstream.calls.at(-1)?.credential).toBe(pair.accessToken);
  });

  test('a client of another protocol is not served either', async () => {
    await subscribe();
    const body = JSON.stringify({ model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: 'Hi' }] });
    const headers = { ...relay.headers(), authorization: `Bearer ${relay.secret}` };
    const reply = await relay.request({ method: 'POST', path: '/v1/chat/completions', body, headers });
    expect([reply.status, upstream.calls.length]).toEqual([503, 0]);
  });

  test('when the upstream says that a call is not Claude Code’s, another account serves it and nobody is marked', async () => {
    const { id } = await subscribe();
    const key = await addKeyAccount();
    const message =
      'This credential is only authorized for use with Claude Code and cannot be used for other API requests.';
    upstream.script([refuses(400, { type: 'invalid_request_error', message })], pair.accessToken);
    expect((await relay.messages(helloWhole, claudeCode)).status).toBe(200);
    expect(upstream.calls.map(({ credential }) => credential)).toEqual([pair.accessToken, key]);
    expect(relay.app.parts.accounts.get(id)?.health.state).toBe('active');
  });
});

test('when nobody else can serve such a call, the upstream’s own words are what the client gets', async () => {
  await subscribe();
  const message =
    'This credential is only authorized for use with Claude Code and cannot be used for other API requests.';
  upstream.script([refuses(400, { type: 'invalid_request_error', message })]);
  const reply = await relay.messages(helloWhole, claudeCode);
  expect([reply.status, reply.json()]).toMatchObject([400, { error: { message } }]);
});

describe('its owner’s word', () => {
  test('comes first: until then it serves nobody, and says so', async () => {
    const { id } = await subscribe({ isAccepted: false });
    const reply = await relay.messages(helloWhole, claudeCode);
    expect(reply.status).toBe(503);
    expect(reply.text).toContain('off until its owner accepts the provider’s terms');
    expect(await whySkipped()).toBe('terms-not-accepted');
    await relay.app.parts.accountRepository.update(id, { acceptTerms: true });
    await relay.app.parts.accounts.reload();
    expect((await relay.messages(helloWhole, claudeCode)).status).toBe(200);
  });

  test('is asked of a key that is bound to it too', async () => {
    const { id } = await subscribe({ isAccepted: false });
    const { secret } = await relay.app.parts.keyRepository.create({ name: 'bound', accountId: id });
    await relay.app.parts.keys.reload();
    const reply = await relay.messages(helloWhole, { ...claudeCode, 'x-api-key': secret });
    expect(reply.text).toContain('it is off until its owner accepts the provider’s terms');
  });
});
