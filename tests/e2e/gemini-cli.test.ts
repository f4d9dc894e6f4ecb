import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { says, toolUse } from '../support/fake-anthropic/answers.ts';
import { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { FakeGemini } from '../support/fake-gemini/fake-gemini.ts';
import { fetchGeminiCli, runGeminiCli } from '../support/gemini-cli.ts';
import { rowsThatMatch } from '../support/matching-rows.ts';
import { addProviderAccount } from '../support/provider-account.ts';
import { RelayProcess } from '../support/relay-process.ts';

/** The first run fetches the CLI. */
const fetchTimeoutMs = 600_000;

let relay: RelayProcess;
let rowsBefore: number;

beforeAll(async () => {
  await fetchGeminiCli();
  relay = await RelayProcess.start();
}, fetchTimeoutMs);

afterAll(() => relay[Symbol.asyncDispose]());

beforeEach(async () => {
  rowsBefore = (await relay.usage()).length;
});

/** A key for one account alone. */
async function keyFor(account: Omit<Parameters<typeof addProviderAccount>[1], 'name'>): Promise<string> {
  const name = `${account.provider} ${randomUUID()}`;
  const id = await addProviderAccount(relay.dataDir, { ...account, name });
  return (await relay.createKey(name, ['--account', id])).key;
}

describe('the real Gemini CLI, with a key, served by Gemini', () => {
  let fake: FakeGemini;
  let key: string;

  beforeEach(async () => {
    fake = await FakeGemini.start({ credentials: ['gemini-key'] });
    key = await keyFor({ provider: 'gemini', secret: 'gemini-key', baseUrl: fake.url });
  });

  afterEach(() => fake.close());

  test('streams text, and its tokens are counted', async () => {
    const model = 'gemini-3.8-flash';
    const result = await runGeminiCli({ baseUrl: relay.url, key, prompt: '[[say Grüße, 你好 🎉 and more]]', model });
    expect(result.stdout).toContain('Grüße, 你好 🎉 and more');
    expect(result.exitCode).toBe(0);
    expect(await rowsThatMatch(relay, fake, rowsBefore)).toMatchObject([
      { model, status: 'completed', basis: 'reported', route: 'generate' },
    ]);
    expect(fake.calls[0]?.rawHeaders.join('\n')).not.toContain(key);
  });

  test('really reads a file, with its thought signature brought back unchanged', async () => {
    const word = randomUUID();
    const files = { 'notes.txt': `The secret word is ${word}.\n` };
    const prompt = 'What is the word? [[call read_file {"file_path":"notes.txt"}]]';
    const result = await runGeminiCli({ baseUrl: relay.url, key, prompt, files, model: 'gemini-3.8-flash' });
    expect(result.stdout).toContain(word);
    expect(result.exitCode).toBe(0);
    expect(await rowsThatMatch(relay, fake, rowsBefore)).toMatchObject([
      { status: 'completed' },
      { status: 'completed' },
    ]);
  });

  test('without a model it asks its router first, and both models are served', async () => {
    const result = await runGeminiCli({ baseUrl: relay.url, key, prompt: '[[say routed]]' });
    expect(result.stdout).toContain('routed');
    expect(result.exitCode).toBe(0);
    const rows = await rowsThatMatch(relay, fake, rowsBefore);
    expect(rows.length).toBeGreaterThanOrEqual(2);
    expect(new Set(rows.map(({ model }) => model)).size).toBe(2);
  });
});

test('the real Gemini CLI served by Anthropic really reads a file', async () => {
  await using fake = await FakeAnthropic.start();
  const flags = ['--map', 'gemini-*=claude-opus-5-5'];
  const key = await keyFor({ provider: 'anthropic', secret: 'sk-ant-first', baseUrl: fake.url, flags });
  const word = randomUUID();
  fake.script([says([toolUse('read_file', { file_path: 'notes.txt' })])]);
  const files = { 'notes.txt': `The secret word is ${word}.\n` };
  const options = { baseUrl: relay.url, key, prompt: 'What is the word?', files, model: 'gemini-3.8-flash' };
  expect((await runGeminiCli(options)).stdout).toContain(word);
  expect(await rowsThatMatch(relay, fake, rowsBefore)).toMatchObject([
    { status: 'completed', upstreamModel: 'claude-opus-5-5' },
    { status: 'completed', upstreamModel: 'claude-opus-5-5' },
  ]);
});
