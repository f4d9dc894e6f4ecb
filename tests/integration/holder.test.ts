import { expect, test } from 'vitest';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { helloWhole, TestApp, type TestAppOptions } from '../support/test-app.ts';

const limits = (...texts: readonly string[]) => texts.map((text) => parseLimit(text, 'UTC'));

async function get(relay: TestApp, path: string, headers: Readonly<Record<string, string>> = {}) {
  return await relay.request({
    path,
    headers: { 'x-api-key': relay.secret, 'anthropic-version': '2023-06-01', ...headers },
  });
}

async function start(key: NonNullable<TestAppOptions['key']> = {}): Promise<TestApp> {
  return await TestApp.start({ key: { owner: 'Ada', note: 'CANARY note', tags: ['CANARY-tag'], ...key } });
}

test('the holder of a key sees what it may do, how its limits stand and when it was used', async () => {
  await using relay = await start({
    limits: limits('requests=5/day', 'cost=1usd/day,shadow'),
    models: ['claude-*'],
    services: ['anthropic'],
    maxConcurrent: 3,
  });
  await relay.messages(helloWhole);
  await relay.rowsOnce(1);
  const me = (await get(relay, '/v1/me')).json();
  expect(me).toEqual({
    ...{ id: relay.keyId, name: 'test', owner: 'Ada', prefix: relay.secret.slice(4, 12) },
    ...{ createdAt: expect.any(Number), services: ['anthropic'], models: ['claude-*'] },
    ...{ deniedModels: [], clients: [], maxConcurrent: 3 },
  });
  const info = (await get(relay, '/v1/key-info')).json();
  expect(info).toMatchObject({
    ...me,
    limits: [
      {
        measure: 'requests',
        amount: 5,
        spent: 1,
        held: 0,
        remaining: 4,
        resetsAt: expect.any(Number),
        isEnforced: true,
      },
      { measure: 'cost', amount: 1_000_000_000, isEnforced: false },
    ],
    lastUse: { at: expect.any(Number) },
  });
  expect(JSON.stringify(info)).not.toContain('CANARY');
});

test('a key that stands in the query, as Gemini’s clients send it, asks like any other', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  for (const path of ['/gemini/v1/me', '/gemini/key-info', '/gemini/usage?by=model', '/v1/me']) {
    const reply = await relay.request({ path: `${path}${path.includes('?') ? '&' : '?'}key=${relay.secret}` });
    expect([path, reply.status]).toEqual([path, 200]);
  }
});

test('usage is of the asking key alone, in the groups it asks for', async () => {
  await using relay = await start();
  const other = await relay.app.parts.keyRepository.create({ name: 'other' });
  await relay.messages(helloWhole);
  await relay.messages({ ...helloWhole, model: 'claude-haiku-4-5' });
  await relay.messages(helloWhole, { 'x-api-key': other.secret });
  const rows = (await relay.rowsOnce(3)).filter(({ keyId }) => keyId === relay.keyId);
  const byModel = (await get(relay, '/v1/usage?by=model')).json();
  expect(byModel).toMatchObject({
    by: 'model',
    timeZone: 'UTC',
    total: { calls: 2, costNanoUsd: rows.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0) },
  });
  expect(byModel['groups']).toMatchObject([
    { group: 'claude-sonnet-4-5', calls: 1 },
    { group: 'claude-haiku-4-5', calls: 1 },
  ]);
  const byDay = (await get(relay, `/v1/usage?since=${Date.now() - 1_000}&timeZone=Asia/Tokyo`)).json();
  expect(byDay).toMatchObject({ by: 'day', total: { calls: 2 } });
  expect((await get(relay, '/v1/usage?since=2020-01-01&before=2020-02-01')).json()).toMatchObject({
    total: { calls: 0 },
  });
});

test.each([
  '/api/v1/key-info',
  '/claude/v1/usage',
  '/openai/key-info',
  '/openai/v1/usage',
  '/gemini/usage',
  '/api/v1/me',
])('it is also where claude-relay-service has it: %s', async (path) => {
  await using relay = await start();
  expect((await get(relay, path)).status).toBe(200);
});

test('a holder at the limit may still ask, and asking counts for nothing', async () => {
  await using relay = await start({ limits: limits('requests=1/day') });
  await relay.messages(helloWhole);
  expect((await relay.messages(helloWhole)).status).toBe(429);
  for (let count = 0; count < 3; count += 1) {
    expect((await get(relay, '/v1/key-info')).json()).toMatchObject({ limits: [{ spent: 1, remaining: 0 }] });
  }
  expect(await relay.rows()).toHaveLength(1);
  expect(relay.upstream.calls).toHaveLength(1);
});

test('asking is bounded for each key, and says when to ask again', async () => {
  await using relay = await start();
  const statuses: number[] = [];
  for (let count = 0; count < 61; count += 1) statuses.push((await get(relay, '/v1/me')).status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(60);
  const refused = await get(relay, '/v1/me');
  expect([refused.status, Number(refused.header('retry-after')) > 0]).toEqual([429, true]);
  // Its calls go on.
  expect((await relay.messages(helloWhole)).status).toBe(200);
});

test.each([
  ['an unknown key', { 'x-api-key': `wsk_${'A'.repeat(43)}` }, 401, 'authentication_error'],
  ['no key', { 'x-api-key': '' }, 401, 'authentication_error'],
])('%s gets the error of its protocol', async (_, headers, status, type) => {
  await using relay = await start();
  const refused = await get(relay, '/v1/me', headers);
  expect(refused.status).toBe(status);
  expect(refused.json()).toMatchObject({ type: 'error', error: { type } });
});

test('a disabled and an expired key are told so', async () => {
  await using relay = await start();
  const { keyRepository: keys } = relay.app.parts;
  await keys.update(relay.keyId, { isEnabled: false });
  expect((await get(relay, '/v1/key-info')).text).toContain('disabled');
  await keys.update(relay.keyId, { isEnabled: true, expiresAt: Date.now() - 1_000 });
  expect((await get(relay, '/v1/key-info')).text).toContain('expired');
});

test('a client with an upstream credential of its own has no key to ask about', async () => {
  await using relay = await TestApp.start({ account: { provider: 'anthropic-passthrough', secretText: undefined } });
  const refused = await get(relay, '/v1/me', { 'x-api-key': 'sk-ant-own' });
  expect(refused.status).toBeGreaterThanOrEqual(400);
  expect(refused.text).toContain('send one in x-api-key');
});

test.each([
  ['/v1/me?role=admin', 'role'],
  ['/v1/key-info?keyId=key_other', 'keyId'],
  ['/v1/usage?key_id=key_other', 'key_id'],
  ['/v1/usage?by=account', 'by'],
  ['/v1/usage?by=day&by=model', 'by'],
  ['/v1/usage?timeZone=Nowhere/Land', 'timeZone'],
  ['/v1/usage?since=yesterday', 'since'],
  ['/v1/usage?cost=0&limit=99', 'cost'],
])('Q16 mass-assignment: %s is refused by the name of what it may not say', async (path, name) => {
  await using relay = await start();
  const refused = await get(relay, path);
  expect(refused.status).toBe(400);
  expect(refused.json()).toMatchObject({ error: { message: expect.stringContaining(name) } });
});

test.each(['POST', 'PATCH', 'PUT', 'DELETE'])('Q16 mass-assignment: %s changes nothing there', async (method) => {
  await using relay = await start({ limits: limits('requests=1/day') });
  for (const path of ['/v1/me', '/v1/key-info', '/v1/usage']) {
    const refused = await relay.request({
      ...{ method, path, body: JSON.stringify({ role: 'admin', cost: 0, limits: [] }) },
      headers: relay.headers(),
    });
    expect(refused.status).toBe(405);
  }
  expect((await get(relay, '/v1/key-info')).json()).toMatchObject({ limits: [{ amount: 1 }] });
});

test('nothing about accounts, their names or their providers is in any of it', async () => {
  await using relay = await TestApp.start({ account: { name: 'CANARY' } });
  await relay.messages(helloWhole);
  await relay.rowsOnce(1);
  for (const path of ['/v1/me', '/v1/key-info', '/v1/usage?by=model']) {
    expect((await get(relay, path)).text).not.toMatch(/CANARY|account|multipl|provider|127\.0\.0\.1:/i);
  }
});

test.each([
  ['/v1/messages', { ...helloWhole, stream: false }],
  ['/v1/messages', { ...helloWhole, stream: true }],
  ['/v1/chat/completions', { model: helloWhole.model, messages: helloWhole.messages }],
  ['/v1/responses', { model: helloWhole.model, input: 'Hello', store: false, stream: true }],
  [`/v1beta/models/${helloWhole.model}:generateContent`, { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] }],
])('every answer says how the tightest limit stands, a refusal too: %s', async (path, body) => {
  await using relay = await start({ limits: limits('requests=2/day', 'tokens=50m/day') });
  const ask = () => relay.request({ method: 'POST', path, body: JSON.stringify(body), headers: relay.headers() });
  const told = async () => {
    const reply = await ask();
    const [name, amount, remaining] = ['limit', 'limit-amount', 'limit-remaining'].map((header) =>
      reply.header(`x-waystation-${header}`),
    );
    expect(Date.parse(reply.header('x-waystation-limit-reset') ?? '')).toBeGreaterThan(Date.now());
    return [reply.status, name, amount, remaining];
  };
  expect(await told()).toEqual([200, expect.stringContaining('requests'), '2', '1']);
  expect(await told()).toEqual([200, expect.stringContaining('requests'), '2', '0']);
  expect(await told()).toEqual([429, expect.stringContaining('requests'), '2', '0']);
});
