import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as anthropic from '../support/fake-anthropic/answers.ts';
import { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import * as gemini from '../support/fake-gemini/answers.ts';
import { FakeGemini } from '../support/fake-gemini/fake-gemini.ts';
import { type Answer, fetchGenAI, type GenAIClient, type GenAIOptions } from '../support/genai-sdk.ts';
import { type Ledgered, rowsThatMatch } from '../support/matching-rows.ts';
import { addProviderAccount } from '../support/provider-account.ts';
import { RelayProcess } from '../support/relay-process.ts';

/** The first run fetches the SDK. */
const fetchTimeoutMs = 300_000;

let relay: RelayProcess;
let makeClient: (options: GenAIOptions) => GenAIClient;

beforeAll(async () => {
  makeClient = await fetchGenAI();
  relay = await RelayProcess.start();
}, fetchTimeoutMs);

afterAll(() => relay[Symbol.asyncDispose]());

const args = { path: 'ä/ü.txt' };
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
  start(): Promise<Scripted>;
}

const byGemini: Served = {
  provider: 'gemini',
  async start() {
    const fake = await FakeGemini.start();
    return {
      fake,
      says: () => fake.script([gemini.says(text)]),
      callsTool: () => fake.script([gemini.says('', { calls: [{ name: 'read_file', args }] })]),
      refuses: (status, message) => fake.script([gemini.refuses(status, { message })]),
    };
  },
};

const byAnthropic: Served = {
  provider: 'anthropic',
  async start() {
    const fake = await FakeAnthropic.start();
    return {
      fake,
      says: () => fake.script([anthropic.says(text)]),
      callsTool: () => fake.script([anthropic.says([anthropic.toolUse('read_file', args)])]),
      refuses: (status, message) => fake.script([anthropic.refuses(status, { message })]),
    };
  },
};

let upstream: Scripted;
let client: GenAIClient;
let rowsBefore: number;

/** A fresh upstream and a key for its account alone. */
function servedBy({ provider, start }: Served): void {
  beforeEach(async () => {
    upstream = await start();
    const name = `${provider} ${new URL(upstream.fake.url).port}`;
    const flags = provider === 'gemini' ? [] : ['--map', 'gemini-*=claude-opus-5-5'];
    const account = { provider, name, secret: 'sk-upstream', baseUrl: upstream.fake.url, flags };
    const id = await addProviderAccount(relay.dataDir, account);
    const { key } = await relay.createKey(name, ['--account', id]);
    client = clientWith(key);
    rowsBefore = (await relay.usage()).length;
  });
  afterEach(() => upstream.fake.close());
}

function clientWith(apiKey: string): GenAIClient {
  return makeClient({ apiKey, httpOptions: { baseUrl: relay.url } });
}

async function errorOf(asked: Promise<unknown>): Promise<Answer> {
  return await asked.then(
    () => expect.fail('No error came'),
    (error: unknown) => error,
  );
}

async function list(chunks: AsyncIterable<Answer>): Promise<Answer[]> {
  const all: Answer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

const parameters = { type: 'OBJECT', properties: { path: { type: 'STRING' } }, required: ['path'] };
const config = { tools: [{ functionDeclarations: [{ name: 'read_file', description: 'Reads a file', parameters }] }] };
const hello = { model: 'gemini-3-pro', contents: 'Hello' };

describe.each([byGemini, byAnthropic])('generated content served by $provider', (served) => {
  servedBy(served);

  test('text, whole', async () => {
    upstream.says();
    const response = await client.models.generateContent(hello);
    expect(response.text).toBe(text);
    expect(response.candidates[0].finishReason).toBe('STOP');
    expect(response.usageMetadata.candidatesTokenCount).toBe(upstream.fake.ledger.entries()[0]?.charged.outputTokens);
    await rowsThatMatch(relay, upstream.fake, rowsBefore);
  });

  test('text, as a stream', async () => {
    upstream.says();
    const chunks = await list(await client.models.generateContentStream(hello));
    expect(chunks.map((chunk) => chunk.text ?? '').join('')).toBe(text);
    expect(chunks.length).toBeGreaterThan(1);
    expect(chunks.at(-1).candidates[0].finishReason).toBe('STOP');
    await rowsThatMatch(relay, upstream.fake, rowsBefore);
  });

  test('a tool call, whole and as a stream, and its result', async () => {
    upstream.callsTool();
    const whole = await client.models.generateContent({ ...hello, config });
    upstream.callsTool();
    const stream = await list(await client.models.generateContentStream({ ...hello, config }));
    const calls = [whole, ...stream].flatMap(({ functionCalls }) => functionCalls ?? []);
    expect(calls).toMatchObject([
      { name: 'read_file', args },
      { name: 'read_file', args },
    ]);
    const result = { functionResponse: { id: calls[0].id, name: 'read_file', response: { output: 'PLUM' } } };
    const contents = [
      { role: 'user', parts: [{ text: 'Read it' }] },
      whole.candidates[0].content,
      { role: 'user', parts: [result] },
    ];
    expect((await client.models.generateContent({ ...hello, config, contents })).text).toContain('PLUM');
    await rowsThatMatch(relay, upstream.fake, rowsBefore);
  });

  test('a refusal of the upstream is the SDK’s own error', async () => {
    upstream.refuses(400, 'what is this?');
    const error = await errorOf(client.models.generateContent(hello));
    expect([error.name, error.status]).toEqual(['ApiError', 400]);
    expect(error.message).toContain('what is this?');
    await rowsThatMatch(relay, upstream.fake, rowsBefore);
  });

  test('an unknown key is refused', async () => {
    const error = await errorOf(clientWith(`wsk_${'x'.repeat(43)}`).models.generateContent(hello));
    expect(error.name).toBe('ApiError');
    expect(error.message).toMatch(/key/i);
  });
});

describe('what only Gemini serves', () => {
  servedBy(byGemini);

  test('tokens are counted', async () => {
    expect((await client.models.countTokens(hello)).totalTokens).toBeGreaterThan(0);
  });

  test('embeddings come through', async () => {
    const request = { model: 'gemini-embedding-001', contents: ['one', '二'] };
    const { embeddings } = await client.models.embedContent(request);
    expect(embeddings.map(({ values }: Answer) => values.length > 0)).toEqual([true, true]);
    await rowsThatMatch(relay, upstream.fake, rowsBefore);
  });
});
