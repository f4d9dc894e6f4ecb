import { expect, test } from 'vitest';
import { answersJson } from '../support/fake-responses/answers.ts';
import { type OpenAIPool, startOpenAIPool } from '../support/openai-pool.ts';
import { exchange, requestBytes } from '../support/raw-http.ts';
import { TestApp } from '../support/test-app.ts';

const respond = ({ post }: OpenAIPool, body: Record<string, unknown>) =>
  post('/v1/responses', { model: 'gpt-6', ...body });

test('a call that names a stored response goes to the account that holds it', async () => {
  await using setting = await startOpenAIPool();
  for (let round = 0; round < 6; round += 1) {
    const first = await respond(setting, { input: `question ${round}`, prompt_cache_key: `session-${round}` });
    expect(first.status).toBe(200);
    const { id } = first.json();
    const second = await respond(setting, {
      input: 'and then?',
      previous_response_id: id,
      prompt_cache_key: `other-${round}`,
    });
    expect(second.status).toBe(200);
  }
  expect(setting.fakes.every(({ calls }) => calls.length > 0)).toBe(true);
});

test('a stored response is read, cancelled and deleted where it is, and nothing is billed for that', async () => {
  await using setting = await startOpenAIPool();
  const { relay } = setting;
  const ids: unknown[] = [];
  for (const input of ['one', 'two', 'three', 'four']) ids.push((await respond(setting, { input })).json()['id']);
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
    await using setting = await startOpenAIPool();
    const { relay } = setting;
    const { id } = (await respond(setting, { input: 'one' })).json();
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
    expect(relay.app.parts.accounts.all().map(({ health }) => health.breaker.failures)).toEqual([0, 0]);
  },
);

test('when the account that holds it is gone or paused, that is said and no other account is asked', async () => {
  await using setting = await startOpenAIPool();
  const { relay } = setting;
  const { accountRepository, accounts } = relay.app.parts;
  const { id } = (await respond(setting, { input: 'remember this' })).json();
  const holder = setting.fakes.findIndex(({ calls }) => calls.length > 0);
  const account = await accountRepository.findByName(`openai-${holder}`);
  await accountRepository.update(account?.id ?? '', { isEnabled: false });
  await accounts.reload();
  const reply = await respond(setting, { input: 'what was it?', previous_response_id: id });
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
