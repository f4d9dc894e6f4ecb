import Anthropic, { toFile } from '@anthropic-ai/sdk';
import { expect, test } from 'vitest';
import { createApp } from '../../app/app.ts';
import { overHttp } from '../../app/cli/client.ts';
import { replies } from '../support/fake-anthropic/answers.ts';
import { hello, helloWhole, type Reply, TestApp, testConfig } from '../support/test-app.ts';

/** Two accounts of one priority: without a pin calls would alternate between them. */
async function start(key: Record<string, unknown> = {}): Promise<TestApp> {
  return await TestApp.start({ upstreams: 2, account: { priority: 50 }, key });
}

function sdk(relay: TestApp, apiKey = relay.secret): Anthropic {
  return new Anthropic({ apiKey, baseURL: `http://127.0.0.1:${relay.port}`, maxRetries: 0 });
}

async function otherKey(relay: TestApp, fields: Record<string, unknown> = {}): Promise<string> {
  return (await relay.app.parts.keyRepository.create({ name: 'other', ...fields })).secret;
}

const boundary = 'x-made-up-boundary';
/** No text at all, so that any change would show. */
const multipart = Buffer.concat([
  Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="ü.bin"\r\n\r\n`),
  Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  Buffer.from(`\r\n--${boundary}--\r\n`),
]);

function upload(relay: TestApp, body: Uint8Array = multipart, headers: Record<string, string> = {}): Promise<Reply> {
  const type = {
    'content-type': `multipart/form-data; boundary=${boundary}`,
    'anthropic-beta': 'files-api-2025-04-14',
  };
  return relay.request({ method: 'POST', path: '/v1/files', body, headers: relay.headers({ ...type, ...headers }) });
}

const get = (relay: TestApp, path: string, headers = relay.headers()) => relay.request({ path, headers });
const withFile = (file_id: unknown) => ({
  ...helloWhole,
  messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'file', file_id } }] }],
});
const holderOf = (relay: TestApp, path: RegExp) =>
  relay.upstreams.findIndex(({ requests }) => requests.some((request) => path.test(request.path)));
const batchOf = (...models: readonly string[]) => ({
  requests: models.map((model, index) => ({ custom_id: `r${index}`, params: { ...helloWhole, model } })),
});
const createBatch = (relay: TestApp, body: unknown, headers = relay.headers()) =>
  relay.request({ method: 'POST', path: '/v1/messages/batches', body: JSON.stringify(body), headers });

test('an upload passes byte for byte with its own content type, and costs nothing', async () => {
  await using relay = await start();
  const reply = await upload(relay);
  expect([reply.status, reply.json()['type']]).toEqual([200, 'file']);
  const [seen] = relay.upstreams.flatMap(({ requests }) => requests);
  expect(Buffer.from(seen?.body ?? []).equals(multipart)).toBe(true);
  expect(seen?.headers).toMatchObject({
    'content-type': `multipart/form-data; boundary=${boundary}`,
    'anthropic-beta': 'files-api-2025-04-14',
    'x-api-key': expect.stringContaining('sk-ant-upstream'),
  });
  const content = await get(relay, `/v1/files/${reply.json()['id']}/content`);
  expect([content.status, content.header('content-type')]).toEqual([200, 'application/octet-stream']);
  const rows = await relay.rows();
  expect(rows.map(({ route, costNanoUsd, basis }) => [route, costNanoUsd, basis])).toEqual([
    ['files', 0, 'none'],
    ['files', 0, 'none'],
  ]);
});

test('what a key stores stays together, and calls that name it go where it is', async () => {
  await using relay = await start();
  const files = [await upload(relay), await upload(relay), await upload(relay)];
  const holder = holderOf(relay, /files/);
  expect(relay.upstreams[1 - holder]?.requests).toHaveLength(0);
  for (const [index, file] of files.entries()) {
    const headers = { 'x-claude-code-session-id': `session-${index}` };
    expect((await relay.messages(withFile(file.json()['id']), headers)).status).toBe(200);
  }
  expect(relay.upstreams.map(({ calls }) => calls.length)).toEqual(holder === 0 ? [3, 0] : [0, 3]);
});

test('the vendor’s own SDK uploads, lists, reads and deletes', async () => {
  await using relay = await start();
  const client = sdk(relay);
  const made = await client.beta.files.upload({ file: await toFile(Buffer.from('contents'), 'a.txt') });
  const ids = [];
  for await (const { id } of client.beta.files.list()) ids.push(id);
  expect(ids).toEqual([made.id]);
  expect((await client.beta.files.retrieveMetadata(made.id)).id).toBe(made.id);
  expect(await (await client.beta.files.download(made.id)).text()).toContain('contents');
  await client.beta.files.delete(made.id);
  await expect(client.beta.files.retrieveMetadata(made.id)).rejects.toThrow('File not found');
});

test('A11 sticky-isolation: no key sees, reads or uses what another key stored on the same account', async () => {
  await using relay = await TestApp.start();
  const mine = (await upload(relay)).json()['id'];
  const batch = (await createBatch(relay, batchOf('claude-haiku-4-5'))).json()['id'];
  const other = relay.headers({ 'x-api-key': await otherKey(relay) });
  const theirs = (await upload(relay, multipart, { 'x-api-key': other['x-api-key'] ?? '' })).json()['id'];
  const before = relay.upstream.requests.length;
  for (const path of [`/v1/files/${mine}`, `/v1/files/${mine}/content`, `/v1/messages/batches/${batch}/results`]) {
    const refused = await get(relay, path, other);
    expect([path, refused.status, refused.text]).toEqual([path, 404, expect.stringContaining('made with another key')]);
  }
  const used = { method: 'POST', path: '/v1/messages', body: JSON.stringify(withFile(mine)), headers: other };
  expect((await relay.request(used)).status).toBe(404);
  expect(relay.upstream.requests).toHaveLength(before);
  const listed = async (path: string, headers: Record<string, string>) => {
    const { data } = (await get(relay, path, headers)).json();
    return Array.isArray(data) ? data.map(({ id }) => id) : data;
  };
  expect(await listed('/v1/files', relay.headers())).toEqual([mine]);
  expect(await listed('/v1/files?limit=10', other)).toEqual([theirs]);
  expect(await listed('/v1/messages/batches', other)).toEqual([]);
  expect(await listed('/v1/messages/batches', relay.headers())).toEqual([batch]);
});

test('pins outlive a restart', async () => {
  await using relay = await start();
  const { id } = (await upload(relay)).json();
  const holder = holderOf(relay, /files/);
  await relay.app.stop();
  const again = await createApp(testConfig(relay.dataDir), { warn: () => undefined });
  try {
    const { url } = await again.start();
    for (let round = 0; round < 4; round += 1) {
      const reply = await fetch(`${url}/v1/files/${id}`, { headers: relay.headers() });
      expect(reply.status).toBe(200);
    }
    expect(relay.upstreams[1 - holder]?.requests).toHaveLength(0);
  } finally {
    await again.stop();
  }
});

test('when the account that holds it is gone, that is said and no other account is asked', async () => {
  await using relay = await start();
  const { id } = (await upload(relay)).json();
  const holder = holderOf(relay, /files/);
  const admin = overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
  await admin.removeAccount({ id: relay.account(holder).account.id });
  for (const reply of [await get(relay, `/v1/files/${id}`), await relay.messages(withFile(id))]) {
    expect(reply.status).toBe(503);
    expect(reply.json()).toMatchObject({
      type: 'error',
      error: {
        message: expect.stringMatching(/that holds what this call names cannot be used now: it has been removed/),
      },
    });
  }
  expect(relay.upstreams[1 - holder]?.requests).toHaveLength(0);
  // What comes next has a place all the same.
  expect((await upload(relay)).status).toBe(200);
});

test('an id that nobody remembers is asked of the only account there is, and of none when there are more', async () => {
  await using one = await TestApp.start();
  const passed = await get(one, '/v1/files/file_made_elsewhere');
  expect([passed.status, passed.text]).toEqual([404, expect.stringContaining('File not found')]);
  await using two = await start();
  const refused = await get(two, '/v1/files/file_made_elsewhere');
  expect([refused.status, refused.json()['error']]).toEqual([
    404,
    { type: 'not_found_error', message: expect.stringContaining('Nobody here remembers') },
  ]);
  expect(two.upstreams.flatMap(({ requests }) => requests)).toHaveLength(0);
  // In a message it may be meant for a tool: the call goes where it goes.
  expect((await two.messages(withFile('file_made_elsewhere'))).status).toBe(200);
});

test('a key that is bound to another account since is told so', async () => {
  await using relay = await start();
  const { id } = (await upload(relay)).json();
  const holder = holderOf(relay, /files/);
  const accountId = relay.account(1 - holder).account.id;
  await relay.app.parts.keyRepository.update(relay.keyId, { accountId });
  const refused = await get(relay, `/v1/files/${id}`);
  expect([refused.status, refused.text]).toEqual([404, expect.stringContaining('may not use any more')]);
  expect((await upload(relay)).status).toBe(200);
  expect(relay.upstreams[1 - holder]?.requests).toHaveLength(1);
});

test('a key’s models hold for each request of a batch', async () => {
  await using relay = await start({ models: ['claude-haiku-*'] });
  const refused = await createBatch(relay, batchOf('claude-haiku-4-5', 'claude-opus-5-5'));
  expect([refused.status, refused.json()['error']]).toEqual([
    403,
    { type: 'permission_error', message: expect.stringContaining('claude-opus-5-5') },
  ]);
  expect(relay.upstreams.flatMap(({ requests }) => requests)).toHaveLength(0);
  expect((await createBatch(relay, batchOf('claude-haiku-4-5', 'claude-haiku-4-5-20251001'))).status).toBe(200);
});

test('a batch cannot use aliases, and goes to an account that serves all of its models', async () => {
  await using relay = await start();
  const admin = overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
  await admin.setAlias({ name: 'opus', target: 'claude-opus-5-5' });
  const refused = await createBatch(relay, batchOf('claude-haiku-4-5', 'opus'));
  expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('opus stands for claude-opus-5-5')]);
  await admin.updateAccount({ id: relay.account(0).account.id, models: ['claude-haiku-*'] });
  for (let round = 0; round < 3; round += 1) {
    expect((await createBatch(relay, batchOf('claude-haiku-4-5', 'claude-opus-5-5'))).status).toBe(200);
  }
  expect(relay.upstreams.map(({ requests }) => requests.length)).toEqual([0, 3]);
  await admin.updateAccount({ id: relay.account(1).account.id, modelMap: { 'claude-opus-5-5': 'renamed' } });
  const renamed = await createBatch(relay, batchOf('claude-opus-5-5'));
  expect([renamed.status, renamed.json()['error']]).toMatchObject([404, { type: 'not_found_error' }]);
});

test('the SDK reads a batch’s results through the relay, and what they consumed is counted once', async () => {
  await using relay = await start();
  const client = sdk(relay);
  const batch = await client.messages.batches.create({
    requests: ['claude-haiku-4-5', 'claude-haiku-4-5', 'claude-opus-5-5', 'no-such-model'].map((model, index) => ({
      custom_id: `r${index}`,
      params: { model, max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }] },
    })),
  });
  expect(batch.results_url).toBe(`/v1/messages/batches/${batch.id}/results`);
  const read = async () => {
    const found = [];
    for await (const { result } of await client.messages.batches.results(batch.id)) found.push(result.type);
    return found;
  };
  expect(await read()).toEqual(['succeeded', 'succeeded', 'succeeded', 'errored']);
  const counted = (await relay.rowsOnce(6)).filter(({ requestId }) => requestId.startsWith('bat_'));
  expect(
    counted.map(({ model, inputTokens, outputTokens, costNanoUsd, keyId }) => {
      return { model, inputTokens, outputTokens, costNanoUsd, isOurs: keyId === relay.keyId };
    }),
  ).toEqual(
    expect.arrayContaining([
      // Half of $1 and $5 for a million tokens, half of $4 and $20.
      { model: 'claude-haiku-4-5', inputTokens: 10, outputTokens: 5, costNanoUsd: 17_500, isOurs: true },
      { model: 'claude-opus-5-5', inputTokens: 10, outputTokens: 5, costNanoUsd: 70_000, isOurs: true },
    ]),
  );
  expect(counted).toHaveLength(3);
  expect(await read()).toHaveLength(4);
  expect((await relay.rows()).filter(({ requestId }) => requestId.startsWith('bat_'))).toHaveLength(3);
  const credentials = relay.upstreams.flatMap(({ requests }) => requests.map(({ credential }) => credential));
  expect(credentials.every((credential) => credential?.startsWith('sk-ant-upstream'))).toBe(true);
});

test('results of a batch that was made elsewhere are passed on, and are not this key’s cost', async () => {
  await using relay = await TestApp.start();
  const own = await fetch(`${relay.upstream.url}/v1/messages/batches`, {
    method: 'POST',
    headers: { 'x-api-key': 'sk-ant-upstream-0', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify(batchOf('claude-haiku-4-5')),
  });
  const { id } = JSON.parse(await own.text());
  for (let round = 0; round < 2; round += 1) {
    expect((await get(relay, `/v1/messages/batches/${id}/results`)).text).toContain('"custom_id":"r0"');
  }
  expect((await relay.rows()).map(({ route, costNanoUsd }) => [route, costNanoUsd])).toEqual([
    ['message-batches', 0],
    ['message-batches', 0],
  ]);
});

test('a container keeps the calls that use it on its account', async () => {
  await using relay = await start();
  const container = { id: 'container_made_up', expires_at: '2026-12-01T00:00:00Z' };
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    content: [],
    usage: { input_tokens: 1, output_tokens: 1 },
  };
  for (const upstream of relay.upstreams) {
    upstream.script([
      replies({ headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ...message, container }) }),
    ]);
  }
  await relay.messages(helloWhole, { 'x-claude-code-session-id': 'first' });
  const holder = holderOf(relay, /messages/);
  for (const upstream of relay.upstreams) upstream.script([]);
  for (const session of ['a', 'b', 'c', 'd']) {
    const headers = { 'x-claude-code-session-id': session };
    expect((await relay.messages({ ...hello, container: 'container_made_up' }, headers)).status).toBe(200);
    expect((await relay.messages({ ...hello, container: { id: 'container_made_up' } }, headers)).status).toBe(200);
  }
  expect(relay.upstreams[1 - holder]?.calls).toHaveLength(0);
});

test('asking about files moves no conversation to another account', async () => {
  await using relay = await start();
  const session = { 'x-claude-code-session-id': 'one' };
  await relay.messages(hello, session);
  const talking = holderOf(relay, /messages/);
  const { id } = relay.account(talking).account;
  await relay.app.parts.accountRepository.update(id, { isEnabled: false });
  await relay.app.parts.accounts.reload();
  await upload(relay, multipart, session);
  await relay.app.parts.accountRepository.update(id, { isEnabled: true });
  await relay.app.parts.accounts.reload();
  await get(relay, '/v1/files', relay.headers(session));
  await relay.messages(hello, session);
  expect(relay.upstreams[talking]?.calls).toHaveLength(2);
});

test('uploads have the size limit of all bodies, and only what is offered may be done', async () => {
  await using relay = await TestApp.start({ config: { limits: { maxBodyBytes: 1_000 } } });
  const large = await upload(relay, new Uint8Array(2_000));
  expect([large.status, large.json()['error']]).toMatchObject([413, { type: 'request_too_large' }]);
  const wrong = await relay.request({ method: 'PUT', path: '/v1/files/file_1', headers: relay.headers(), body: '' });
  expect(wrong.status).toBe(405);
  expect((await relay.request({ path: '/v1/files', headers: {} })).status).toBe(401);
});

test('a batch is billed as it was when it was made, also after a restart', async () => {
  await using relay = await TestApp.start({ key: { multiplier: 3 } });
  const first = (await createBatch(relay, batchOf('claude-haiku-4-5'))).json()['id'];
  const setMultiplier = async (multiplier: number | null) => {
    await relay.app.parts.keyRepository.update(relay.keyId, { multiplier });
    await relay.app.parts.keys.reload();
  };
  await setMultiplier(null);
  const second = (await createBatch(relay, batchOf('claude-haiku-4-5'))).json()['id'];
  await setMultiplier(5);
  await get(relay, '/v1/messages/batches');
  await get(relay, `/v1/messages/batches/${first}/results`);
  await using again = await relay.restart();
  await get(again, `/v1/messages/batches/${second}/results`);
  const counted = (await again.rowsOnce(7)).filter(({ requestId }) => requestId.startsWith('bat_'));
  expect(counted.map(({ billedNanoUsd, multiplier }) => [billedNanoUsd, multiplier]).toSorted()).toEqual([
    [17_500, 1],
    [52_500, 3],
  ]);
});
