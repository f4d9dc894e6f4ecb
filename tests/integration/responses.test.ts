import { expect, test } from 'vitest';
import { answersJson } from '../support/fake-responses/answers.ts';
import { FakeResponses } from '../support/fake-responses/fake-responses.ts';
import { exchange, requestBytes } from '../support/raw-http.ts';
import { TestApp } from '../support/test-app.ts';

interface Setting extends AsyncDisposable {
  readonly relay: TestApp;
  readonly fakes: readonly FakeResponses[];
  post(body: Record<string, unknown>): Promise<{ readonly status: number; json(): Record<string, unknown> }>;
}

/** Two OpenAI accounts of one priority: without a pin calls would alternate between them. */
async function start(): Promise<Setting> {
  const relay = await TestApp.start({ upstreams: 0 });
  const fakes = await Promise.all([FakeResponses.start(), FakeResponses.start()]);
  for (const [index, fake] of fakes.entries()) {
    await relay.app.parts.accountRepository.create({
      name: `openai-${index}`,
      provider: 'openai',
      settings: { baseUrl: `${fake.url}/v1` },
      secretText: `sk-made-up-${index}`,
      allowLocalUpstream: true,
    });
  }
  await relay.app.parts.accounts.reload();
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${relay.secret}` };
  return {
    relay,
    fakes,
    post: (body) =>
      relay.request({
        method: 'POST',
        path: '/v1/responses',
        headers,
        body: JSON.stringify({ model: 'gpt-6', ...body }),
      }),
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
      await Promise.all(fakes.map((fake) => fake.close()));
    },
  };
}

test('a call that names a stored response goes to the account that holds it', async () => {
  await using setting = await start();
  for (let round = 0; round < 6; round += 1) {
    const first = await setting.post({ input: `question ${round}`, prompt_cache_key: `session-${round}` });
    expect(first.status).toBe(200);
    const { id } = first.json();
    const second = await setting.post({
      input: 'and then?',
      previous_response_id: id,
      prompt_cache_key: `other-${round}`,
    });
    expect(second.status).toBe(200);
  }
  expect(setting.fakes.every(({ calls }) => calls.length > 0)).toBe(true);
});

test('a stored response is read, cancelled and deleted where it is, and nothing is billed for that', async () => {
  await using setting = await start();
  const { relay } = setting;
  const ids: unknown[] = [];
  for (const input of ['one', 'two', 'three', 'four']) ids.push((await setting.post({ input })).json()['id']);
  const headers = { authorization: `Bearer ${relay.secret}` };
  for (const id of ids) {
    const found = await relay.request({ path: `/v1/responses/${id}`, headers });
    expect([found.status, found.json()['id']]).toEqual([200, id]);
    expect((await relay.request({ method: 'DELETE', path: `/v1/responses/${id}`, headers })).status).toBe(200);
    expect((await relay.request({ path: `/v1/responses/${id}`, headers })).status).toBe(404);
  }
  expect((await relay.request({ method: 'PUT', path: `/v1/responses/${ids[0]}`, headers, body: '' })).status).toBe(405);
  const rows = await relay.rows();
  expect(
    rows
      .filter(({ route }) => route === 'responses-item')
      .every(({ costNanoUsd, outputTokens }) => !costNanoUsd && !outputTokens),
  ).toBe(true);
});

test.each(['failed', 'cancelled', 'incomplete'])(
  'a stored response that is %s is read as it is, and blames nobody',
  async (status) => {
    await using setting = await start();
    const { relay } = setting;
    const { id } = (await setting.post({ input: 'one' })).json();
    const error = { code: 'server_error', message: 'Broke' };
    for (const fake of setting.fakes) {
      fake.answer(({ request }) =>
        request.method === 'GET' ? answersJson({ id, object: 'response', status, error, output: [] }) : undefined,
      );
    }
    const headers = { authorization: `Bearer ${relay.secret}` };
    const found = await relay.request({ path: `/v1/responses/${id}`, headers });
    expect([found.status, found.json()['status']]).toEqual([200, status]);
    const [, row] = await relay.rows();
    expect(row).toMatchObject({ status: 'completed', outputTokens: 0, attempts: [{ status: 200 }] });
    expect(relay.app.parts.accounts.all().map(({ health }) => health.failures)).toEqual([0, 0]);
  },
);

test('when the account that holds it is gone or paused, that is said and no other account is asked', async () => {
  await using setting = await start();
  const { relay } = setting;
  const { accountRepository, accounts } = relay.app.parts;
  const { id } = (await setting.post({ input: 'remember this' })).json();
  const holder = setting.fakes.findIndex(({ calls }) => calls.length > 0);
  const account = await accountRepository.findByName(`openai-${holder}`);
  await accountRepository.update(account?.id ?? '', { isEnabled: false });
  await accounts.reload();
  const reply = await setting.post({ input: 'what was it?', previous_response_id: id });
  expect(reply.status).toBe(503);
  expect(reply.json()).toMatchObject({
    error: { message: expect.stringContaining('that holds what this call names') },
  });
  expect(setting.fakes[1 - holder]?.calls).toHaveLength(0);
});

test('a WebSocket upgrade is answered 426 at once, so that Codex goes on over HTTP', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'eA==',
  };
  for (const path of ['/v1/responses', '/responses', '/openai/responses']) {
    expect((await exchange(relay.port, requestBytes(relay.port, { path, headers }))).status).toBe(426);
  }
});
