import { expect, test } from 'vitest';
import { says } from '../support/fake-responses/answers.ts';
import { reasons } from '../support/fake-responses/items.ts';
import { type OpenAIPool, startOpenAIPool } from '../support/openai-pool.ts';

const jsonl = ['gpt-6', 'gpt-6', 'gpt-6-mini']
  .map((model, index) =>
    JSON.stringify({ custom_id: `r${index}`, method: 'POST', url: '/v1/chat/completions', body: { model } }),
  )
  .join('\n');
const uploadType = { 'content-type': 'multipart/form-data; boundary=b' };
const upload = ({ post }: OpenAIPool, path = '/v1/files') =>
  post(path, `--b\r\ncontent-disposition: form-data; name="file"\r\n\r\n${jsonl}\r\n--b--\r\n`, uploadType);

test('files are OpenAI’s for whom sends OpenAI’s headers, under every prefix', async () => {
  await using setting = await startOpenAIPool();
  for (const prefix of ['', '/openai', '/api']) {
    const made = await upload(setting, `${prefix}/v1/files`);
    expect([prefix, made.json()['object']]).toEqual([prefix, 'file']);
    expect((await setting.get(`${prefix}/v1/files/${made.json()['id']}`)).status).toBe(200);
  }
  expect(setting.fakes.flatMap(({ requests }) => requests).every(({ path }) => path.startsWith('/v1/files'))).toBe(
    true,
  );
  const anthropic = await setting.post('/claude/v1/files', 'x', uploadType);
  expect([anthropic.status, anthropic.json()['type']]).toEqual([503, 'error']);
});

test('a batch goes to the account that has its file, and so do its results, which are counted once', async () => {
  await using setting = await startOpenAIPool();
  const { relay } = setting;
  const file = (await upload(setting)).json()['id'];
  const made = await setting.post('/v1/batches', { input_file_id: file, endpoint: '/v1/chat/completions' });
  expect(made.status).toBe(200);
  const batch = (await setting.get(`/v1/batches/${made.json()['id']}`)).json();
  for (let round = 0; round < 2; round += 1) {
    const results = await setting.get(`/v1/files/${batch['output_file_id']}/content`);
    expect([results.status, results.text.split('\n')]).toEqual([200, expect.objectContaining({ length: 4 })]);
  }
  const counted = (await relay.rows()).filter(({ requestId }) => requestId.startsWith('bat_'));
  expect(counted.map(({ model, inputTokens, outputTokens }) => [model, inputTokens, outputTokens]).sort()).toEqual([
    ['gpt-6', 10, 5],
    ['gpt-6', 10, 5],
    ['gpt-6-mini', 10, 5],
  ]);
  expect(setting.seen().filter((count) => count > 0)).toHaveLength(1);
});

test('the results of a batch are found by its list too', async () => {
  await using setting = await startOpenAIPool();
  const file = (await upload(setting)).json()['id'];
  await setting.post('/v1/batches', { input_file_id: file });
  const listed = (await setting.get('/v1/batches')).json();
  expect(listed).toMatchObject({ object: 'list', data: [{ object: 'batch', status: 'completed' }] });
  const [batch] = Array.isArray(listed['data']) ? listed['data'] : [];
  expect((await setting.get(`/v1/files/${batch.output_file_id}/content`)).status).toBe(200);
  expect((await setting.relay.rows()).filter(({ requestId }) => requestId.startsWith('bat_'))).toHaveLength(3);
});

test('a file of one’s own that looks like results is not counted', async () => {
  await using setting = await startOpenAIPool();
  const line = {
    custom_id: 'a',
    response: { status_code: 200, body: { model: 'gpt-6', usage: { prompt_tokens: 1e6 } } },
  };
  const file = (await setting.post('/v1/files', JSON.stringify(line), uploadType)).json()['id'];
  expect((await setting.get(`/v1/files/${file}/content`)).text).toContain('1000000');
  expect((await setting.relay.rows()).every(({ inputTokens }) => inputTokens === 0)).toBe(true);
});

test('a key with a list of models makes no batch, whose models nobody here can see', async () => {
  await using setting = await startOpenAIPool({ models: ['gpt-6-mini'] });
  const file = (await upload(setting)).json()['id'];
  const before = setting.seen();
  const refused = await setting.post('/v1/batches', { input_file_id: file, endpoint: '/v1/chat/completions' });
  expect([refused.status, refused.json()['error']]).toEqual([
    403,
    expect.objectContaining({ code: 'model_not_allowed', message: expect.stringContaining('gpt-6-mini') }),
  ]);
  expect(setting.seen()).toEqual(before);
});

test('a key with a list of models must name one for an image, and every further one for a chat', async () => {
  await using setting = await startOpenAIPool({ models: ['gpt-6-mini'] });
  expect((await setting.post('/v1/images/generations', { prompt: 'a cat' })).status).toBe(403);
  const chat = { model: 'gpt-6-mini', messages: [], models: ['gpt-6-mini', 'gpt-6'] };
  const refused = await setting.post('/v1/chat/completions', chat);
  expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('model gpt-6.')]);
  expect(setting.seen()).toEqual([0, 0]);
});

test('a batch of a file that nobody remembers is refused, rather than sent anywhere', async () => {
  await using setting = await startOpenAIPool();
  const refused = await setting.post('/v1/batches', { input_file_id: 'file-elsewhere' });
  expect([refused.status, refused.json()['error']]).toEqual([
    404,
    expect.objectContaining({ code: 'not_found', message: expect.stringContaining('Nobody here remembers') }),
  ]);
  expect(setting.seen()).toEqual([0, 0]);
});

test('a conversation and the responses that use it stay on the account that made it', async () => {
  await using setting = await startOpenAIPool();
  for (let round = 0; round < 4; round += 1) {
    const made = await setting.post('/v1/conversations', {});
    const conversation = made.json()['id'];
    const body = { model: 'gpt-6', input: 'Hi', conversation, prompt_cache_key: `round-${round}` };
    expect((await setting.post('/v1/responses', body)).status).toBe(200);
    expect((await setting.get(`/v1/conversations/${conversation}/items`)).status).toBe(200);
    const deleted = await setting.relay.request({
      method: 'DELETE',
      path: `/openai/v1/conversations/${conversation}`,
      headers: { authorization: `Bearer ${setting.relay.secret}` },
    });
    expect(deleted.json()).toMatchObject({ deleted: true });
  }
});

test.each([false, true])('an item that stands for a stored one leads to its account (streamed: %s)', async (stream) => {
  await using setting = await startOpenAIPool();
  for (const fake of setting.fakes) {
    fake.answer(({ request }) => (request.method === 'POST' ? says([reasons('thinking')]) : undefined));
  }
  const first = await setting.post('/v1/responses', { model: 'gpt-6', input: 'Hi', stream });
  const before = setting.seen();
  const [, item = ''] = /"id":"(rs_[^"]+)"/.exec(first.text) ?? [];
  for (const session of ['a', 'b', 'c', 'd']) {
    const input = [
      { type: 'item_reference', id: item },
      { role: 'user', content: `again ${session}` },
    ];
    await setting.post('/v1/responses', { model: 'gpt-6', input, prompt_cache_key: session });
  }
  expect(setting.seen()).toEqual(before.map((count) => count * 5));
});

test('an answer that is not stored leaves no pin behind', async () => {
  await using setting = await startOpenAIPool();
  await setting.post('/v1/responses', { model: 'gpt-6', input: 'Hi', store: false });
  await setting.post('/v1/responses', { model: 'gpt-6', input: 'Hi' });
  const { db } = setting.relay.app.parts.store;
  const rows = await db.selectFrom('server_state').select(['id', 'kind', 'is_made']).execute();
  expect(rows.map(({ id, kind, is_made }) => [id.slice(0, 4), kind, is_made]).sort()).toEqual([
    ['msg_', 'responses', 1],
    ['resp', 'responses', 1],
  ]);
});
