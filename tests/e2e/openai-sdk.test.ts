import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as anthropic from '../support/fake-anthropic/answers.ts';
import { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import * as chat from '../support/fake-openai/answers.ts';
import { FakeOpenAI } from '../support/fake-openai/fake-openai.ts';
import * as responses from '../support/fake-responses/answers.ts';
import { FakeResponses } from '../support/fake-responses/fake-responses.ts';
import { callsFunction } from '../support/fake-responses/items.ts';
import { type Ledgered, rowsThatMatch } from '../support/matching-rows.ts';
import { type Answer, fetchOpenAI, type OpenAIClient, type OpenAIOptions } from '../support/openai-sdk.ts';
import { addProviderAccount } from '../support/provider-account.ts';
import { RelayProcess } from '../support/relay-process.ts';

/** The first run fetches the SDK. */
const fetchTimeoutMs = 300_000;

let relay: RelayProcess;
let makeClient: (options: OpenAIOptions) => OpenAIClient;

beforeAll(async () => {
  makeClient = await fetchOpenAI();
  relay = await RelayProcess.start();
}, fetchTimeoutMs);

afterAll(() => relay[Symbol.asyncDispose]());

const input = { path: 'ä/ü.txt' };
const text = 'Grüße, 世界 🎉, piece by piece';

/** An upstream, in the few words that these tests need. */
interface Upstream extends Ledgered {
  readonly url: string;
  close(): Promise<void>;
}

interface Scripted {
  readonly fake: Upstream;
  says(): void;
  callsTool(): void;
  refuses(status: number, message: string): void;
}

interface Served {
  readonly provider: string;
  readonly path: string;
  start(): Promise<Scripted>;
}

const byAnthropic: Served = {
  provider: 'anthropic',
  path: '',
  async start() {
    const fake = await FakeAnthropic.start();
    return {
      fake,
      says: () => fake.script([anthropic.says(text)]),
      callsTool: () => fake.script([anthropic.says([anthropic.toolUse('read_file', input)])]),
      refuses: (status, message) => fake.script([anthropic.refuses(status, { message })]),
    };
  },
};

const byChat: Served = {
  provider: 'openai-compatible',
  path: '/v1',
  async start() {
    const fake = await FakeOpenAI.start();
    return {
      fake,
      says: () => fake.script([chat.says(text)]),
      callsTool: () => fake.script([chat.says('', { calls: [chat.toolCall('read_file', input)] })]),
      refuses: (status, message) => fake.script([chat.refuses(status, { message })]),
    };
  },
};

const byResponses: Served = {
  provider: 'openai',
  path: '/v1',
  async start() {
    const fake = await FakeResponses.start();
    return {
      fake,
      says: () => fake.script([responses.says(text)]),
      callsTool: () => fake.script([responses.says([callsFunction('read_file', input)])]),
      refuses: (status, message) => fake.script([responses.refuses(status, { message })]),
    };
  },
};

const parameters = { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] };
const model = 'gpt-6';

let upstream: Scripted;
let client: OpenAIClient;
let rowsBefore: number;

/** A fresh upstream and a key for its account alone. */
function servedBy({ provider, path, start }: Served): void {
  beforeEach(async () => {
    upstream = await start();
    const baseUrl = upstream.fake.url + path;
    const name = `${provider} ${new URL(baseUrl).port}`;
    const account = { provider, name, secret: 'sk-upstream', baseUrl, flags: ['--model', '*', '--map', 'gpt-*=other'] };
    const id = await addProviderAccount(relay.dataDir, account);
    const { key } = await relay.createKey(name, ['--account', id]);
    client = makeClient({ apiKey: key, baseURL: `${relay.url}/v1`, maxRetries: 0 });
    rowsBefore = (await relay.usage()).length;
  });
  afterEach(() => upstream.fake.close());
}

async function errorOf(asked: Promise<unknown>): Promise<Answer> {
  return await asked.then(
    () => expect.fail('No error came'),
    (error: unknown) => error,
  );
}

async function list(events: AsyncIterable<Answer>): Promise<Answer[]> {
  const all: Answer[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe.each([byChat, byAnthropic])('chat completions served by $provider', (served) => {
  servedBy(served);
  const hello = { model, messages: [{ role: 'user', content: 'Hello' }] };
  const tools = [{ type: 'function', function: { name: 'read_file', description: 'Reads a file', parameters } }];

  test('text, whole', async () => {
    upstream.says();
    const completion = await client.chat.completions.create(hello);
    expect(completion.choices[0]).toMatchObject({
      message: { role: 'assistant', content: text },
      finish_reason: 'stop',
    });
    expect(completion.usage.completion_tokens).toBe(upstream.fake.ledger.entries()[0]?.charged.outputTokens);
    await rowsThatMatch(relay, upstream.fake, rowsBefore);
  });

  test('text, as a stream with usage', async () => {
    upstream.says();
    const chunks = await list(
      await client.chat.completions.create({ ...hello, stream: true, stream_options: { include_usage: true } }),
    );
    const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }: Answer) => delta.content ?? ''));
    expect(deltas.join('')).toBe(text);
    expect(deltas.filter((delta) => delta !== '').length).toBeGreaterThan(1);
    expect(chunks.at(-1).usage.completion_tokens).toBe(upstream.fake.ledger.entries()[0]?.charged.outputTokens);
    await rowsThatMatch(relay, upstream.fake, rowsBefore);
  });

  test('a tool call, whole and as a stream that the SDK puts together', async () => {
    const answers: Answer[] = [];
    upstream.callsTool();
    answers.push(await client.chat.completions.create({ ...hello, tools }));
    upstream.callsTool();
    answers.push(await client.chat.completions.stream({ ...hello, tools }).finalChatCompletion());
    for (const { choices } of answers) {
      expect(choices[0].finish_reason).toBe('tool_calls');
      const [call] = choices[0].message.tool_calls;
      expect([call.function.name, JSON.parse(call.function.arguments)]).toEqual(['read_file', input]);
    }
    await rowsThatMatch(relay, upstream.fake, rowsBefore);
  });

  test('a refusal of the upstream is the SDK’s own error', async () => {
    upstream.refuses(400, 'what is this?');
    const error = await errorOf(client.chat.completions.create(hello));
    expect([error.constructor.name, error.status]).toEqual(['BadRequestError', 400]);
    expect(error.message).toContain('what is this?');
    await rowsThatMatch(relay, upstream.fake, rowsBefore);
  });

  test('an unknown key is refused', async () => {
    const stranger = makeClient({ apiKey: `wsk_${'x'.repeat(43)}`, baseURL: `${relay.url}/v1`, maxRetries: 3 });
    const error = await errorOf(stranger.chat.completions.create(hello));
    expect(error.constructor.name).toBe('AuthenticationError');
    expect(error.message).toMatch(/key/i);
  });
});

describe.each([byResponses, byAnthropic])('responses served by $provider', (served) => {
  servedBy(served);
  const hello = { model, input: 'Hello', store: false };
  const tools = [{ type: 'function', name: 'read_file', description: 'Reads a file', parameters, strict: false }];

  test('text, whole', async () => {
    upstream.says();
    const response = await client.responses.create(hello);
    expect([response.status, response.output_text]).toEqual(['completed', text]);
    expect(response.usage.output_tokens).toBe(upstream.fake.ledger.entries()[0]?.charged.outputTokens);
    await rowsThatMatch(relay, upstream.fake, rowsBefore);
  });

  test('text, as a stream that the SDK puts together', async () => {
    upstream.says();
    const stream = client.responses.stream(hello);
    const events = await list(stream);
    const deltas = events.filter(({ type }) => type === 'response.output_text.delta').map(({ delta }) => delta);
    expect(deltas.join('')).toBe(text);
    expect(deltas.length).toBeGreaterThan(1);
    expect((await stream.finalResponse()).output_text).toBe(text);
    await rowsThatMatch(relay, upstream.fake, rowsBefore);
  });

  test('a tool call, whole and as a stream', async () => {
    const answers: Answer[] = [];
    upstream.callsTool();
    answers.push(await client.responses.create({ ...hello, tools }));
    upstream.callsTool();
    answers.push(await client.responses.stream({ ...hello, tools }).finalResponse());
    for (const { output } of answers) {
      const call = output.find(({ type }: Answer) => type === 'function_call');
      expect([call.name, JSON.parse(call.arguments)]).toEqual(['read_file', input]);
    }
    await rowsThatMatch(relay, upstream.fake, rowsBefore);
  });

  test('a refusal of the upstream is the SDK’s own error', async () => {
    upstream.refuses(400, 'what is this?');
    const error = await errorOf(client.responses.create(hello));
    expect([error.constructor.name, error.status]).toEqual(['BadRequestError', 400]);
    expect(error.message).toContain('what is this?');
    await rowsThatMatch(relay, upstream.fake, rowsBefore);
  });
});

describe('stored responses', () => {
  servedBy(byResponses);

  test('are read, cancelled and deleted where they are, and nothing is billed for that', async () => {
    const { id } = await client.responses.create({ model, input: 'Hello', background: true });
    expect((await client.responses.retrieve(id)).id).toBe(id);
    expect((await client.responses.inputItems.list(id)).data).toBeDefined();
    const cancelled = { id, object: 'response', status: 'cancelled', output: [] };
    answersCancel(cancelled);
    expect((await client.responses.cancel(id)).status).toBe('cancelled');
    await client.responses.delete(id);
    const error = await errorOf(client.responses.retrieve(id));
    expect([error.constructor.name, error.status]).toEqual(['NotFoundError', 404]);
    const rows = (await relay.usage()).slice(rowsBefore);
    expect(rows.map(({ route }) => route)).toEqual(['responses', ...Array(5).fill('responses-item')]);
    expect(rows.slice(1).every(({ costNanoUsd, outputTokens }) => !costNanoUsd && !outputTokens)).toBe(true);
  });

  function answersCancel(answer: object): void {
    if (!(upstream.fake instanceof FakeResponses)) throw new Error('another upstream');
    upstream.fake.answer(({ request }) =>
      request.path.endsWith('/cancel') ? responses.answersJson(answer) : undefined,
    );
  }
});

describe('embeddings', () => {
  servedBy(byChat);

  test('come through with their usage', async () => {
    const embedding = { model: 'text-embedding-3-small', input: ['one', '二'], encoding_format: 'float' };
    const { data, usage } = await client.embeddings.create(embedding);
    expect(data.map((one: Answer) => one.embedding.length)).toEqual([3, 3]);
    expect(usage.prompt_tokens).toBe(upstream.fake.ledger.entries()[0]?.charged.inputTokens);
    await rowsThatMatch(relay, upstream.fake, rowsBefore);
  });
});
