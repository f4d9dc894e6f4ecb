import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as chat from '../support/fake-openai/answers.ts';
import { FakeOpenAI } from '../support/fake-openai/fake-openai.ts';
import { FakeResponses } from '../support/fake-responses/fake-responses.ts';
import { type Ledgered, rowsThatMatch } from '../support/matching-rows.ts';
import {
  type Answer,
  type AzureOptions,
  fetchAzureOpenAI,
  fetchOpenAI,
  type OpenAIClient,
  type OpenAIOptions,
} from '../support/openai-sdk.ts';
import { addProviderAccount } from '../support/provider-account.ts';
import { RelayProcess } from '../support/relay-process.ts';

/** The first run fetches the SDK. */
const fetchTimeoutMs = 300_000;

let relay: RelayProcess;
let makeAzure: (options: AzureOptions) => OpenAIClient;
let makeClient: (options: OpenAIOptions) => OpenAIClient;
let rowsBefore: number;

beforeAll(async () => {
  makeAzure = await fetchAzureOpenAI();
  makeClient = await fetchOpenAI();
  relay = await RelayProcess.start();
}, fetchTimeoutMs);

afterAll(() => relay[Symbol.asyncDispose]());

beforeEach(async () => {
  rowsBefore = (await relay.usage()).length;
});

const text = 'Grüße, 世界 🎉, piece by piece';
const model = 'gpt-5.4';
const hello = { model, messages: [{ role: 'user', content: 'Hello' }] };

/** A key for one Azure account alone, whose deployment has another name than the model. */
async function keyFor(url: string, mode: string, more: readonly string[] = []): Promise<string> {
  const name = `azure ${mode} ${new URL(url).port}`;
  const flags = ['--set', `mode=${mode}`, '--map', 'gpt-*=my-deployment', '--map', 'text-*=my-vectors', ...more];
  const account = { provider: 'azure-openai', name, secret: 'azure-key', baseUrl: url, flags };
  const id = await addProviderAccount(relay.dataDir, account);
  return (await relay.createKey(name, ['--account', id])).key;
}

async function expectRowsToMatch(fake: Ledgered): Promise<void> {
  expect(await rowsThatMatch(relay, fake, rowsBefore)).toHaveLength(fake.calls.length);
}

async function list(events: AsyncIterable<Answer>): Promise<Answer[]> {
  const all: Answer[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe.each([
  ['classic', '/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21'],
  ['v1', '/openai/v1/chat/completions'],
])('OpenAI’s Azure client served by an Azure account in %s mode', (mode, path) => {
  let fake: FakeOpenAI;
  let azure: AzureOptions;

  beforeEach(async () => {
    fake = await FakeOpenAI.start({ credentials: ['azure-key'] });
    const apiKey = await keyFor(fake.url, mode);
    azure = { endpoint: relay.url, apiKey, apiVersion: '2024-10-21', maxRetries: 0 };
  });

  afterEach(() => fake.close());

  test('chat, whole and as a stream', async () => {
    const client = makeAzure(azure);
    fake.script([chat.says(text), chat.says(text)]);
    const completion = await client.chat.completions.create(hello);
    expect(completion.choices[0].message.content).toBe(text);
    const chunks = await list(await client.chat.completions.create({ ...hello, stream: true }));
    const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }: Answer) => delta.content ?? ''));
    expect(deltas.join('')).toBe(text);
    expect(fake.calls.map((call) => call.path)).toEqual([path, path]);
    expect(fake.calls[0]?.headers).toMatchObject({ 'api-key': 'azure-key' });
    expect(fake.calls[0]?.json()).toMatchObject({ model: 'my-deployment' });
    await expectRowsToMatch(fake);
  });

  test('a deployment in the path is enough: the body may leave the model blank', async () => {
    const client = makeAzure({ ...azure, deployment: model });
    fake.script([chat.says(text)]);
    const completion = await client.chat.completions.create({ ...hello, model: '' });
    expect(completion.choices[0].message.content).toBe(text);
    expect(fake.calls[0]?.json()).toMatchObject({ model: 'my-deployment' });
    expect(await rowsThatMatch(relay, fake, rowsBefore)).toMatchObject([{ model, upstreamModel: 'my-deployment' }]);
  });

  test('embeddings', async () => {
    const asked = { model: 'text-embedding-3-small', input: ['one', '二'], encoding_format: 'float' };
    const { data } = await makeAzure(azure).embeddings.create(asked);
    expect(data.map((one: Answer) => one.embedding.length)).toEqual([3, 3]);
    expect(fake.calls[0]?.path).toMatch(mode === 'v1' ? /^\/openai\/v1\/embeddings$/ : /\/my-vectors\/embeddings\?/);
    await expectRowsToMatch(fake);
  });

  test('a refusal of the upstream and an unknown key are the SDK’s own errors', async () => {
    fake.script([chat.refuses(400, { message: 'what is this?' })]);
    await expect(makeAzure(azure).chat.completions.create(hello)).rejects.toMatchObject({ status: 400 });
    const stranger = makeAzure({ ...azure, apiKey: `wsk_${'x'.repeat(43)}` });
    await expect(stranger.chat.completions.create(hello)).rejects.toMatchObject({ status: 401 });
  });

  test('OpenAI’s plain client at the v1 address', async () => {
    const client = makeClient({ apiKey: azure.apiKey, baseURL: `${relay.url}/openai/v1`, maxRetries: 0 });
    fake.script([chat.says(text)]);
    expect((await client.chat.completions.create(hello)).choices[0].message.content).toBe(text);
    expect(fake.calls[0]?.path).toBe(path);
  });
});

test.each(['classic', 'v1'])('responses of an Azure account in %s mode are made, read and deleted', async (mode) => {
  await using fake = await FakeResponses.start();
  const apiKey = await keyFor(fake.url, mode, ['--set', 'auth=bearer']);
  const client = makeAzure({ endpoint: relay.url, apiKey, apiVersion: '2025-04-01-preview', maxRetries: 0 });
  const { id } = await client.responses.create({ model, input: '[[say Hello from Azure]]' });
  expect((await client.responses.retrieve(id)).id).toBe(id);
  expect((await client.responses.inputItems.list(id)).data).toBeDefined();
  await client.responses.delete(id);
  await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
  const root = mode === 'v1' ? '/openai/v1/responses' : '/openai/responses';
  const query = mode === 'v1' ? '' : '?api-version=2024-10-21';
  expect(fake.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    `POST ${root}${query}`,
    `GET ${root}/${id}${query}`,
    `GET ${root}/${id}/input_items${query}`,
    `DELETE ${root}/${id}${query}`,
    `GET ${root}/${id}${query}`,
  ]);
});
