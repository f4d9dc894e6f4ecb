import { expect, test } from 'vitest';
import { mismatches } from '../support/fake-anthropic/ledger-match.ts';
import { FakeChatGPT, usageLimitReached } from '../support/fake-chatgpt/fake-chatgpt.ts';
import { usualLimits } from '../support/fake-chatgpt/limits.ts';
import { chatGPTLogin, codexHeaders } from '../support/fake-chatgpt/login.ts';
import { answersJson, errorsInside, failsInside, refuses, streams } from '../support/fake-responses/answers.ts';
import { type Reply, TestApp } from '../support/test-app.ts';

interface Setting extends AsyncDisposable {
  readonly relay: TestApp;
  readonly first: FakeChatGPT;
  readonly second: FakeChatGPT;
  /** How that account is. */
  state(index: number): string | undefined;
  call(fields?: Readonly<Record<string, unknown>>, path?: string): Promise<Reply>;
}

/** Two subscriptions, asked in this order. */
async function start(): Promise<Setting> {
  const relay = await TestApp.start({ upstreams: 0 });
  const fakes = await Promise.all([
    FakeChatGPT.start({ accountId: 'acct-0' }),
    FakeChatGPT.start({ accountId: 'acct-1' }),
  ]);
  for (const [index, fake] of fakes.entries()) {
    await relay.app.parts.accountRepository.create({
      name: `chatgpt-${index}`,
      provider: 'codex-subscription',
      settings: { baseUrl: fake.baseUrl },
      secretText: chatGPTLogin({ accessToken: `at-${index}`, accountId: fake.accountId }),
      acceptTerms: true,
      allowLocalUpstream: true,
      priority: 10 + index,
    });
  }
  await relay.app.parts.accounts.reload();
  const headers = { ...codexHeaders, 'content-type': 'application/json', authorization: `Bearer ${relay.secret}` };
  return {
    relay,
    first: fakes[0],
    second: fakes[1],
    state: (index) =>
      relay.app.parts.accounts.all().find(({ account }) => account.name === `chatgpt-${index}`)?.health.state,
    call: (fields = {}, path = '/v1/responses') => {
      const body = { model: 'gpt-6', input: 'Hello', stream: true, store: false, ...fields };
      return relay.request({ method: 'POST', path, headers, body: JSON.stringify(body) });
    },
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
      await Promise.all(fakes.map((fake) => fake.close()));
    },
  };
}

test('a call goes on as it came, with the account’s token and id in place of our key', async () => {
  await using setting = await start();
  const { relay, first, call } = setting;
  const reply = await call();
  expect(reply.status).toBe(200);
  expect(reply.text).toContain('You said: Hello');
  const [seen] = first.calls;
  expect(seen?.path).toBe('/backend-api/codex/responses');
  expect(seen?.headers).toMatchObject({
    ...codexHeaders,
    authorization: 'Bearer at-0',
    'chatgpt-account-id': 'acct-0',
  });
  expect(seen?.rawHeaders.join('\n')).not.toContain(relay.secret);
  expect(Buffer.from(seen?.body ?? []).toString()).toBe(
    '{"model":"gpt-6","input":"Hello","stream":true,"store":false}',
  );
  await seen?.ended;
  expect(mismatches(await relay.rowsOnce(1), first.ledger.entries())).toEqual([]);
});

test('what tells the plan’s limits reaches Codex untouched', async () => {
  await using setting = await start();
  const reply = await setting.call();
  expect(reply.header('x-codex-primary-used-percent')).toBe('42');
  expect(reply.text).toMatch(/^event: codex\.rate_limits\n/);
});

test('a conversation is compacted by the account, and counted', async () => {
  await using setting = await start();
  const fields = { store: undefined, stream: undefined, input: [] };
  const reply = await setting.call(fields, '/v1/responses/compact');
  expect([reply.status, reply.json()['object']]).toEqual([200, 'response.compaction']);
  expect((await setting.relay.rows()).map(({ route, status }) => [route, status])).toEqual([
    ['responses-compact', 'completed'],
  ]);
});

test('what would have to be stored is refused by the field’s name, and nobody is asked', async () => {
  await using setting = await start();
  for (const store of [true, undefined]) {
    const reply = await setting.call({ store });
    expect(reply.status).toBe(400);
    expect(reply.json()).toMatchObject({ error: { message: expect.stringContaining('field store as false') } });
  }
  expect(setting.first.calls.length + setting.second.calls.length).toBe(0);
});

test('a used-up plan is passed over until the time it names, and then both say so honestly', async () => {
  await using setting = await start();
  const { first, second, call } = setting;
  const limits = { ...usualLimits, primary: { usedPercent: 100, windowMinutes: 300, resetInSeconds: 900 } };
  first.script([usageLimitReached(limits, 900)]);
  expect((await call()).status).toBe(200);
  second.script([usageLimitReached(limits, 600)]);
  const reply = await call();
  expect(reply.status).toBe(429);
  expect(Number(reply.header('retry-after'))).toBeGreaterThan(590);
  expect(Number(reply.header('retry-after'))).toBeLessThan(640);
  expect([first.calls.length, second.calls.length]).toEqual([1, 2]);
  expect([setting.state(0), setting.state(1)]).toEqual(['limited', 'limited']);
});

test.each([
  ['failed', failsInside('server_is_overloaded', 'Our servers are currently overloaded.')],
  ['error', errorsInside('slow_down', 'Slow down')],
])('S04 error-event-in-200: an overload (%s) right after the handshake is passed over unseen', async (_, overload) => {
  await using setting = await start();
  setting.first.script([overload]);
  const reply = await setting.call();
  expect(reply.status).toBe(200);
  expect(reply.text).not.toMatch(/overload|slow/i);
  expect(reply.text.match(/event: response\.created/g)).toHaveLength(1);
  expect(reply.text).toContain('event: response.completed');
  expect([setting.first.calls.length, setting.second.calls.length]).toEqual([1, 1]);
});

test('S04 error-event-in-200: after content the failure goes on as it came, and nobody else is asked', async () => {
  await using setting = await start();
  setting.first.script([failsInside('server_is_overloaded', 'Overloaded', [{ type: 'text', text: 'So far' }])]);
  const reply = await setting.call();
  expect(reply.text).toContain('So far');
  expect(reply.text).toContain('event: response.failed');
  expect(setting.second.calls).toHaveLength(0);
});

const notInPlan = "The 'gpt-6' model is not supported when using Codex with a ChatGPT account.";

test.each([
  ['a plan without Codex', 'blocked', refuses(429, { type: 'usage_not_included' })],
  ['a closed workspace', 'blocked', answersJson({ detail: { code: 'deactivated_workspace' } }, 402)],
  ['a model that the plan lacks', 'active', answersJson({ detail: notInPlan }, 400)],
])('%s is passed over, and the account is then %s', async (_, state, answer) => {
  await using setting = await start();
  setting.first.script([answer]);
  expect((await setting.call()).status).toBe(200);
  expect(setting.second.calls).toHaveLength(1);
  expect(setting.state(0)).toBe(state);
});

test('S06 wrong-type: a page instead of a stream is passed over', async () => {
  await using setting = await start();
  setting.first.script([streams(['<html>Just a moment…</html>'], { 'content-type': 'text/html' })]);
  expect((await setting.call()).text).toContain('event: response.completed');
  expect(setting.second.calls).toHaveLength(1);
});

test('A16 upstream-origin: a client can choose neither address nor account', async () => {
  await using setting = await start();
  const { relay, first } = setting;
  const headers = {
    ...codexHeaders,
    'content-type': 'application/json',
    authorization: `Bearer ${relay.secret}`,
    'chatgpt-account-id': 'acct-1',
    'x-forwarded-host': 'evil.example',
  };
  const body = JSON.stringify({
    model: 'gpt-6',
    input: 'Hello',
    stream: true,
    store: false,
    base_url: 'https://evil.example',
  });
  expect((await relay.request({ method: 'POST', path: '/v1/responses', headers, body })).status).toBe(200);
  expect(first.calls[0]?.headers['chatgpt-account-id']).toBe('acct-0');
});
