import Anthropic from '@anthropic-ai/sdk';
import { expect, test } from 'vitest';
import { fetchGenAI } from '../support/genai-sdk.ts';
import { startOpenAIPool } from '../support/openai-pool.ts';
import { fetchOpenAI } from '../support/openai-sdk.ts';
import { TestApp } from '../support/test-app.ts';

/** The first run fetches the SDKs. */
const fetchTimeoutMs = 300_000;

async function idsOf(
  list: AsyncIterable<{ readonly id?: string; readonly name?: string }>,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id, name } of list) ids.push(id ?? name ?? '');
  return ids;
}

test(
  'each vendor’s SDK lists and finds the models that the key may use, aliases too',
  async () => {
    const makeOpenAI = await fetchOpenAI();
    const makeGenAI = await fetchGenAI();
    await using relay = await TestApp.start({ key: { models: ['claude-haiku-*'] } });
    await relay.app.parts.aliases.set({ name: 'small', target: 'claude-haiku-5-5' });
    await relay.app.parts.catalogue.reload();
    const url = `http://127.0.0.1:${relay.port}`;
    const expected = ['small', 'claude-haiku-5-5', 'claude-haiku-4-5'];

    const anthropic = new Anthropic({ apiKey: relay.secret, baseURL: url });
    expect(await idsOf(anthropic.models.list({ limit: 2 }))).toEqual(expected);
    const found = await anthropic.models.retrieve('claude-haiku-5-5');
    expect([found.display_name, found.max_input_tokens]).toEqual(['Claude Haiku 5.5', 1_000_000]);

    const openai = makeOpenAI({ apiKey: relay.secret, baseURL: `${url}/v1`, maxRetries: 0 });
    expect(await idsOf(openai.models.list())).toEqual(expected);
    expect((await openai.models.retrieve('small')).id).toBe('small');
    await expect(openai.models.retrieve('claude-opus-5-5')).rejects.toMatchObject({ status: 404 });

    const google = makeGenAI({ apiKey: relay.secret, httpOptions: { baseUrl: url } });
    expect(await idsOf(await google.models.list())).toEqual(expected.map((id) => `models/${id}`));
    expect((await google.models.get({ model: 'claude-haiku-5-5' })).inputTokenLimit).toBe(1_000_000);
  },
  fetchTimeoutMs,
);

test(
  'OpenAI’s SDK uploads a file, runs a batch of it, and reads the results where they are',
  async () => {
    const makeOpenAI = await fetchOpenAI();
    await using pool = await startOpenAIPool();
    const url = `http://127.0.0.1:${pool.relay.port}/v1`;
    const client = makeOpenAI({ apiKey: pool.relay.secret, baseURL: url, maxRetries: 0 });
    const line = JSON.stringify({
      custom_id: 'a',
      method: 'POST',
      url: '/v1/chat/completions',
      body: { model: 'gpt-6' },
    });
    const file = await client.files.create({ file: new File([`${line}\n`], 'batch.jsonl'), purpose: 'batch' });
    expect(await idsOf(client.files.list())).toEqual([file.id]);
    const made = await client.batches.create({
      input_file_id: file.id,
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
    });
    const batch = await client.batches.retrieve(made.id);
    const results = await (await client.files.content(batch.output_file_id)).text();
    expect(JSON.parse(results)).toMatchObject({ custom_id: 'a', response: { status_code: 200 } });
    const counted = (await pool.relay.rows()).filter(({ requestId }) => requestId.startsWith('bat_'));
    expect(counted.map(({ model, inputTokens, outputTokens }) => [model, inputTokens, outputTokens])).toEqual([
      ['gpt-6', 10, 5],
    ]);
    const { id } = await client.conversations.create({});
    expect(await client.conversations.delete(id)).toMatchObject({ deleted: true });
    expect(pool.seen().filter((count) => count > 0)).toHaveLength(1);
  },
  fetchTimeoutMs,
);
