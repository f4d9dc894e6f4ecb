import { expect, test } from 'vitest';
import { overHttp } from '../../app/cli/client.ts';
import { answersJson } from '../support/fake-openai/answers.ts';
import { FakeOpenAI } from '../support/fake-openai/fake-openai.ts';
import { hello, helloWhole, type Reply, TestApp } from '../support/test-app.ts';

function admin(relay: TestApp) {
  return overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
}

function asks(relay: TestApp, model: string): Promise<Reply> {
  return relay.messages({ ...helloWhole, model });
}

const sentModels = (relay: TestApp) => relay.upstream.calls.map((call) => call.json()?.['model']);

test('an alias leads to its model for everybody, and one field is all that changes on the way', async () => {
  await using relay = await TestApp.start();
  await admin(relay).setAlias({ name: 'opus', target: 'claude-opus-5-5' });
  await admin(relay).setAlias({ name: 'gpt-4*', target: 'opus' });
  const body = '{ "model" : "OPUS", "max_tokens": 64,  "messages":[{"role":"user","content":"Hello"}], "new": 1e2 }';
  const reply = await relay.messages(body);
  expect(reply.status).toBe(200);
  expect(Buffer.from(relay.upstream.calls[0]?.body ?? []).toString()).toBe(body.replace('OPUS', 'claude-opus-5-5'));
  expect((await asks(relay, 'gpt-4o-mini')).status).toBe(200);
  expect(sentModels(relay)).toEqual(['claude-opus-5-5', 'claude-opus-5-5']);
  const rows = await relay.rows();
  expect(rows.map(({ model, upstreamModel }) => [model, upstreamModel])).toEqual([
    ['OPUS', 'claude-opus-5-5'],
    ['gpt-4o-mini', 'claude-opus-5-5'],
  ]);
  expect(rows.every(({ costNanoUsd }) => costNanoUsd !== null)).toBe(true);
  await admin(relay).removeAlias({ name: 'opus' });
  expect((await asks(relay, 'opus')).status).toBe(200);
  expect(sentModels(relay).at(-1)).toBe('opus');
});

test('what an account maps comes after the aliases', async () => {
  await using relay = await TestApp.start({ account: { modelMap: { 'claude-opus-*': 'my-deployment' } } });
  await admin(relay).setAlias({ name: 'best', target: 'claude-opus-5-5' });
  await asks(relay, 'best');
  expect(sentModels(relay)).toEqual(['my-deployment']);
});

/** What is asked for, and whether a key for `claude-haiku-*` and `claude-sonnet-4-5` may have it. */
const permissions: readonly (readonly [asked: string, isAllowed: boolean])[] = [
  ['claude-haiku-4-5', true],
  ['CLAUDE-HAIKU-4-5', true],
  ['claude-haiku-4-5[1m]', true],
  ['models/claude-haiku-4-5', true],
  ['claude-sonnet-4-5-20250929', true],
  ['us.anthropic.claude-haiku-4-5-20251001-v1:0', true],
  ['small', true],
  ['SMALL[1m]', true],
  ['claude-opus-5-5', false],
  ['Claude-Opus-5-5', false],
  ['claude-opus-5-5[1m]', false],
  ['models/claude-opus-5-5', false],
  ['claude-opus-4-5-20251101', false],
  ['us.anthropic.claude-opus-5-5-v1:0', false],
  ['opus', false],
  // Its own name is in the key's list; what it stands for is not.
  ['claude-haiku-9', false],
  ['Models/CLAUDE-haiku-9[1M]', false],
  ['claude-haiku-9-20260101', true],
  ['claude-sonnet-4-5-1', false],
  ['models/../claude-opus-5-5', false],
];

test('a key’s models cannot be got round by an alias, letter case, a context mark, a date or a prefix', async () => {
  await using relay = await TestApp.start({ key: { models: ['claude-haiku-*', 'claude-sonnet-4-5'] } });
  await admin(relay).setAlias({ name: 'small', target: 'claude-haiku-4-5' });
  await admin(relay).setAlias({ name: 'opus', target: 'claude-opus-5-5' });
  await admin(relay).setAlias({ name: 'claude-haiku-9', target: 'claude-opus-5-5' });
  const seen: (readonly [string, boolean])[] = [];
  for (const [asked] of permissions) {
    const { status } = await asks(relay, asked);
    expect([asked, status]).toEqual([asked, status === 200 ? 200 : 403]);
    seen.push([asked, status === 200]);
  }
  expect(seen).toEqual(permissions);
  expect(sentModels(relay).join()).not.toContain('opus');
  const refused = await asks(relay, 'claude-haiku-9');
  expect(refused.text).toContain('claude-haiku-9, which stands for claude-opus-5-5 here');
});

test('the lists hold the aliases that a key may use, and facts only where they are known', async () => {
  await using relay = await TestApp.start({ key: { models: ['claude-haiku-*'] } });
  await admin(relay).setAlias({ name: 'small', target: 'claude-haiku-5-5' });
  await admin(relay).setAlias({ name: 'claude-haiku-9', target: 'claude-opus-5-5' });
  const get = async (path: string, headers: Record<string, string>) => (await relay.request({ path, headers })).json();
  const anthropic = { 'x-api-key': relay.secret, 'anthropic-version': '2023-06-01' };
  const list = await get('/v1/models?limit=1000', anthropic);
  const ids = Array.isArray(list['data']) ? list['data'].map(({ id }) => id) : [];
  expect(ids).toEqual(['small', 'claude-haiku-5-5', 'claude-haiku-4-5']);
  expect(list).toMatchObject({
    has_more: false,
    last_id: 'claude-haiku-4-5',
    data: [
      {
        type: 'model',
        display_name: 'small (Claude Haiku 5.5)',
        created_at: '2026-10-07T00:00:00Z',
        max_input_tokens: 1_000_000,
      },
      { display_name: 'Claude Haiku 5.5' },
      { display_name: 'Claude Haiku 4.5', created_at: '1970-01-01T00:00:00Z', max_tokens: 64_000 },
    ],
  });
  expect(await get('/v1/models?limit=1&after_id=small', anthropic)).toMatchObject({
    data: [{ id: 'claude-haiku-5-5' }],
    has_more: true,
  });
  const openai = { authorization: `Bearer ${relay.secret}` };
  expect(await get('/openai/v1/models', openai)).toMatchObject({
    object: 'list',
    data: [{ id: 'small', created: 1_791_331_200 }, { id: 'claude-haiku-5-5' }, { id: 'claude-haiku-4-5', created: 0 }],
  });
  expect(await get('/models?client_version=0.169.0', openai)).toEqual({ models: [] });
  expect(await get('/v1beta/models', { 'x-goog-api-key': relay.secret })).toMatchObject({
    models: [{ name: 'models/small', inputTokenLimit: 1_000_000 }, {}, { name: 'models/claude-haiku-4-5' }],
  });
});

test('one model is told by its name under every prefix, dated and aliased names included', async () => {
  await using relay = await TestApp.start({ key: { models: ['claude-haiku-*'] } });
  await admin(relay).setAlias({ name: 'small', target: 'claude-haiku-5-5' });
  const get = (path: string, headers: Record<string, string> = relay.headers()) => relay.request({ path, headers });
  for (const prefix of ['', '/api', '/claude']) {
    const found = await get(`${prefix}/v1/models/claude-haiku-4-5-20251001`);
    expect([prefix, found.json()['id'], found.json()['display_name']]).toEqual([
      prefix,
      'claude-haiku-4-5-20251001',
      'Claude Haiku 4.5',
    ]);
  }
  const openai = { authorization: `Bearer ${relay.secret}` };
  expect((await get('/openai/v1/models/small', openai)).json()).toMatchObject({ id: 'small', object: 'model' });
  const google = { 'x-goog-api-key': relay.secret };
  expect((await get('/v1beta/models/small', google)).json()).toMatchObject({ name: 'models/small' });
  const refused = await get('/v1/models/claude-opus-5-5');
  expect([refused.status, refused.json()['error']]).toMatchObject([404, { type: 'not_found_error' }]);
  expect((await get('/v1/models/no%2Fsuch', openai)).json()).toMatchObject({ error: { code: 'model_not_found' } });
  expect((await get('/v1/models/%E0%A4')).status).toBe(404);
  expect((await relay.request({ path: '/v1/models/small', headers: {} })).status).toBe(401);
});

test('a key without a service gets no list in its dialect either', async () => {
  await using relay = await TestApp.start({ key: { services: ['openai'] } });
  expect((await relay.request({ path: '/v1/models', headers: relay.headers() })).status).toBe(403);
  const bearer = { authorization: `Bearer ${relay.secret}` };
  expect((await relay.request({ path: '/v1/models', headers: bearer })).status).toBe(200);
});

test('an account that names no models serves what its upstream lists, once it was asked', async () => {
  await using relay = await TestApp.start();
  await using groq = await FakeOpenAI.start();
  groq.answer(({ request }) =>
    request.path.endsWith('/models')
      ? answersJson({ object: 'list', data: [{ id: 'llama-9', created: 1_790_000_000, context_window: 131_072 }] })
      : undefined,
  );
  const { id } = await admin(relay).createAccount({
    provider: 'openai-compatible',
    name: 'groq',
    secret: 'sk-made-up',
    settings: { baseUrl: `${groq.url}/v1` },
    allowLocalUpstream: true,
    priority: 1,
  });
  expect(await admin(relay).listAccountModels({ id })).toMatchObject({ canList: true, fetchedAt: null, listed: [] });
  expect(await admin(relay).refreshAccountModels({ id })).toMatchObject({
    listed: [{ id: 'llama-9', createdAt: 1_790_000_000_000, contextTokens: 131_072 }],
  });
  const offered = (await admin(relay).listModels({})).find((model) => model.id === 'llama-9');
  expect(offered).toMatchObject({ accountIds: [id], contextTokens: 131_072 });
  // Known to be Claude's: the account with the better priority is not even tried.
  expect((await relay.messages({ ...hello, model: 'claude-sonnet-4-5' })).status).toBe(200);
  const [row] = await relay.rows();
  expect(row?.attempts).toHaveLength(1);
  expect(row?.accountId).not.toBe(id);
  expect((await asks(relay, 'llama-9')).status).toBe(200);
  expect((await relay.rows()).at(-1)?.accountId).toBe(id);
});

test('an upstream that has no list says so to its owner, and nothing is changed', async () => {
  await using relay = await TestApp.start();
  relay.upstream.answer(({ request }) =>
    request.path.startsWith('/v1/models') ? answersJson({ error: 'no such thing' }) : undefined,
  );
  const { id } = relay.account(0).account;
  await expect(admin(relay).refreshAccountModels({ id })).rejects.toThrow('no list of models');
  expect((await admin(relay).listAccountModels({ id })).fetchedAt).toBeNull();
});

test('a test tells the way of a name: the rule, who serves it under which name, and why others do not', async () => {
  await using relay = await TestApp.start({ upstreams: 2, key: { models: ['claude-haiku-*'] } });
  const api = admin(relay);
  await api.setAlias({ name: 'opus', target: 'claude-opus-5-5' });
  const [first, second] = [relay.account(0).account.id, relay.account(1).account.id];
  await api.updateAccount({ id: first, modelMap: { 'claude-opus-*': 'deployed' } });
  await api.pauseAccount({ id: second });
  expect(await api.testModel({ model: 'opus', key: relay.keyId })).toEqual({
    asked: 'opus',
    model: 'claude-opus-5-5',
    via: [{ name: 'opus', target: 'claude-opus-5-5' }],
    isAllowed: false,
    accounts: [
      {
        accountId: first,
        serves: [
          { protocol: 'anthropic', upstreamModel: 'deployed', isTranslated: false },
          { protocol: 'openai-chat', upstreamModel: 'deployed', isTranslated: true },
          { protocol: 'openai-responses', upstreamModel: 'deployed', isTranslated: true },
          { protocol: 'gemini', upstreamModel: 'deployed', isTranslated: true },
        ],
      },
      { accountId: second, serves: [], skipped: 'paused' },
    ],
  });
  await expect(api.setAlias({ name: 'opus', target: 'OPUS' })).rejects.toThrow('would stand for itself');
  await expect(api.removeAlias({ name: 'gpt-*' })).rejects.toThrow('no such alias');
  await api.setAlias({ name: 'meta-llama/*?x=%', target: 'llama-9' });
  expect(await api.removeAlias({ name: 'Meta-Llama/*?x=%' })).toMatchObject({ removed: true });
  expect((await api.listAliases({})).map(({ name }) => name)).toEqual(['opus']);
});
