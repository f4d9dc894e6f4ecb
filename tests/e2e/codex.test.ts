import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fetchCodex, finalText, runCodex } from '../support/codex.ts';
import { says, toolUse } from '../support/fake-anthropic/answers.ts';
import { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { refuses } from '../support/fake-responses/answers.ts';
import { FakeResponses } from '../support/fake-responses/fake-responses.ts';
import { rowsThatMatch } from '../support/matching-rows.ts';
import { addProviderAccount } from '../support/provider-account.ts';
import { RelayProcess } from '../support/relay-process.ts';

/** The first run fetches the CLI. */
const fetchTimeoutMs = 600_000;

beforeAll(async () => {
  await fetchCodex();
}, fetchTimeoutMs);

let relay: RelayProcess;
let key: { readonly id: string; readonly key: string };

beforeEach(async () => {
  relay = await RelayProcess.start();
  key = await relay.createKey('codex');
});

afterEach(async () => {
  await relay[Symbol.asyncDispose]();
});

function through(prompt: string, more: Partial<Parameters<typeof runCodex>[0]> = {}) {
  return runCodex({ baseUrl: `${relay.url}/v1`, key: key.key, prompt, ...more });
}

/** OpenAI's Responses with an account on them. */
async function startPlatform(): Promise<FakeResponses> {
  const fake = await FakeResponses.start();
  const account = { provider: 'openai', name: 'platform', secret: 'sk-first', baseUrl: `${fake.url}/v1` };
  await addProviderAccount(relay.dataDir, account);
  return fake;
}

describe('the real Codex served by OpenAI’s Responses', () => {
  let fake: FakeResponses;

  beforeEach(async () => {
    fake = await startPlatform();
  });

  afterEach(() => fake.close());

  test('streams text, and its tokens are counted', async () => {
    const result = await through('Please [[say Grüße, 你好 🎉 and more]]');
    expect(finalText(result)).toBe('Grüße, 你好 🎉 and more');
    expect(result.exitCode).toBe(0);
    expect(await rowsThatMatch(relay, fake)).toMatchObject([{ keyId: key.id, status: 'completed', basis: 'reported' }]);
    expect(fake.calls[0]?.credential).toBe('sk-first');
    expect(fake.calls[0]?.rawHeaders.join('\n')).not.toContain(key.key);
  });

  /** The default model calls tools through a free-form one, the older one through functions. */
  test.each([undefined, 'gpt-5.4'])('really reads a file, with the tools of model %s', async (model) => {
    const word = randomUUID();
    const files = { 'notes.txt': `The secret word is ${word}.\n` };
    const result = await through('What is the word? [[read notes.txt]]', { files, ...(model && { model }) });
    expect(finalText(result)).toContain(word);
    expect(await rowsThatMatch(relay, fake)).toMatchObject([{ status: 'completed' }, { status: 'completed' }]);
  });
});

describe('the real Codex served by Anthropic', () => {
  let fake: FakeAnthropic;

  beforeEach(async () => {
    fake = await FakeAnthropic.start();
    const flags = ['--map', 'gpt-*=claude-opus-5-5'];
    const account = { provider: 'anthropic', name: 'claude', secret: 'sk-ant-first', baseUrl: fake.url, flags };
    await addProviderAccount(relay.dataDir, account);
  });

  afterEach(() => fake.close());

  test.each(['gpt-5.4', 'claude-opus-5-5'])('streams text as model %s, and its tokens are counted', async (model) => {
    const result = await through('Please [[say Grüße, 你好 🎉 and more]]', { model });
    expect(finalText(result)).toBe('Grüße, 你好 🎉 and more');
    expect(result.exitCode).toBe(0);
    expect(await rowsThatMatch(relay, fake)).toMatchObject([{ model, status: 'completed', basis: 'reported' }]);
    expect(fake.ledger.entries()).toMatchObject([{ model: 'claude-opus-5-5' }]);
  });

  test.each(['gpt-5.4', 'claude-opus-5-5'])('really reads a file as model %s', async (model) => {
    const word = randomUUID();
    const files = { 'notes.txt': `The secret word is ${word}.\n` };
    fake.script([says([toolUse('exec_command', { cmd: 'cat notes.txt' })])]);
    const result = await through('What is the word?', { files, model });
    expect(finalText(result)).toContain(word);
    expect(await rowsThatMatch(relay, fake)).toMatchObject([{ status: 'completed' }, { status: 'completed' }]);
  });

  test('brings the free-form tool of its default model along as a function with one text', async () => {
    const result = await through('[[say hello]]');
    expect(finalText(result)).toBe('hello');
    expect(fake.calls[0]?.json()).toMatchObject({
      tools: expect.arrayContaining([
        expect.objectContaining({ name: 'exec', input_schema: expect.objectContaining({ required: ['input'] }) }),
      ]),
    });
  });
});

describe('the real Codex, when every account is at its limit for long,', () => {
  test.each([
    ['over HTTP', []],
    ['over a WebSocket', ['model_providers.fake.supports_websockets=true']],
  ])('stops at once and says when to try again: %s', async (_, settings) => {
    await using fake = await startPlatform();
    fake.script([refuses(429, { headers: { 'retry-after': '7200' } })]);
    const result = await through('[[say nothing]]', { settings });
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toMatch(/hit your usage limit\. Try again at/);
    expect(result.elapsedMs).toBeLessThan(6_000);
    expect(fake.calls).toHaveLength(1);
  });
});

describe('the real Codex over a WebSocket', () => {
  const settings = ['model_providers.fake.supports_websockets=true'];
  let fake: FakeResponses;

  beforeEach(async () => {
    fake = await startPlatform();
  });

  afterEach(() => fake.close());

  /** What Codex says of itself only over a socket. */
  const cameOverSocket = () =>
    fake.calls.map((call) => JSON.stringify(call.json()?.['client_metadata']).includes('x-codex-ws-stream'));

  test('streams text, and its tokens are counted', async () => {
    const result = await through('Please [[say Grüße, 你好 🎉 and more]]', { settings });
    expect(finalText(result)).toBe('Grüße, 你好 🎉 and more');
    expect(result.exitCode).toBe(0);
    expect(await rowsThatMatch(relay, fake)).toMatchObject([{ keyId: key.id, status: 'completed', basis: 'reported' }]);
    expect(cameOverSocket()).toEqual([true]);
  });

  /** Each turn says only what is new: the relay completes it, as the upstream keeps nothing. */
  test.each([undefined, 'gpt-5.4'])('really reads a file, with the tools of model %s', async (model) => {
    const word = randomUUID();
    const files = { 'notes.txt': `The secret word is ${word}.\n` };
    const result = await through('What is the word? [[read notes.txt]]', { files, settings, ...(model && { model }) });
    expect(finalText(result)).toContain(word);
    expect(await rowsThatMatch(relay, fake)).toMatchObject([{ status: 'completed' }, { status: 'completed' }]);
    expect(cameOverSocket()).toEqual([true, true]);
    const [first, second] = fake.calls.map((call) => call.json());
    expect(second).not.toHaveProperty('previous_response_id');
    const inputs = [first, second].map((body) => JSON.stringify(body?.['input']).slice(1, -1));
    expect(inputs[1]?.startsWith(inputs[0] ?? '?')).toBe(true);
  });

  test('is refused with 426 at once where it cannot be had, at which Codex goes on over HTTP', async () => {
    const startedAt = performance.now();
    const headers = { connection: 'Upgrade', upgrade: 'websocket', authorization: 'Bearer wsk_wrong' };
    const asked = request(`${relay.url}/v1/responses`, { headers }).end();
    const [response] = await once(asked, 'response');
    response.resume();
    expect(response.statusCode).toBe(426);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});
