import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ClaudeCode, fetchClaudeCode } from '../support/claude-code.ts';
import { finalText, pieces } from '../support/claude-code-output.ts';
import { FakeGemini } from '../support/fake-gemini/fake-gemini.ts';
import { FakeOpenAI } from '../support/fake-openai/fake-openai.ts';
import { FakeResponses } from '../support/fake-responses/fake-responses.ts';
import { type Ledgered, rowsThatMatch } from '../support/matching-rows.ts';
import { addProviderAccount } from '../support/provider-account.ts';
import { RelayProcess } from '../support/relay-process.ts';

/** The first run fetches the CLI. */
const fetchTimeoutMs = 600_000;

beforeAll(async () => {
  await fetchClaudeCode();
}, fetchTimeoutMs);

interface Upstream extends Ledgered {
  readonly url: string;
  close(): Promise<void>;
}

interface Elsewhere {
  readonly provider: string;
  readonly model: string;
  readonly start: () => Promise<Upstream>;
  /** Follows the upstream's origin. */
  readonly path: string;
  /** What makes its fake ask for a file. */
  readonly read: string;
}

const call = '[[call Read {"file_path":"notes.txt"}]]';
const elsewhere: readonly Elsewhere[] = [
  { provider: 'openai-compatible', model: 'gpt-6', start: () => FakeOpenAI.start(), path: '/v1', read: call },
  { provider: 'openai', model: 'gpt-6', start: () => FakeResponses.start(), path: '/v1', read: '[[read notes.txt]]' },
  { provider: 'gemini', model: 'gemini-3-pro', start: () => FakeGemini.start(), path: '', read: call },
];

describe.each(elsewhere)('the real Claude Code served by $provider', ({ provider, model, start, path, read }) => {
  let fake: Upstream;
  let relay: RelayProcess;
  let key: { readonly id: string; readonly key: string };

  beforeEach(async () => {
    fake = await start();
    relay = await RelayProcess.start();
    const flags = ['--map', `claude-*=${model}`];
    await addProviderAccount(relay.dataDir, {
      provider,
      name: 'elsewhere',
      secret: 'sk-elsewhere',
      baseUrl: fake.url + path,
      flags,
    });
    key = await relay.createKey('claude-code');
  });

  afterEach(async () => {
    await relay[Symbol.asyncDispose]();
    await fake.close();
  });

  test('streams text piece by piece, and its tokens are counted', async () => {
    const prompt = 'Please [[say Grüße, 你好 🎉 and some more words to stream]]';
    const result = await ClaudeCode.run({ baseUrl: relay.url, token: key.key, prompt });
    expect(finalText(result)).toBe('Grüße, 你好 🎉 and some more words to stream');
    expect(result.exitCode).toBe(0);
    expect(pieces(result).join('')).toBe('Grüße, 你好 🎉 and some more words to stream');
    expect(pieces(result).length).toBeGreaterThan(2);
    const rows = await rowsThatMatch(relay, fake);
    expect(rows).toMatchObject([{ keyId: key.id, status: 'completed', basis: 'reported', upstreamModel: model }]);
    expect(rows[0]?.inputTokens).toBeGreaterThan(1_000);
  });

  test('really reads a file', async () => {
    const word = randomUUID();
    const files = { 'notes.txt': `The secret word is ${word}.\n` };
    const prompt = `What is the word? ${read}`;
    const result = await ClaudeCode.run({ baseUrl: relay.url, token: key.key, prompt, files });
    expect(finalText(result)).toContain(word);
    expect(result.exitCode).toBe(0);
    expect(await rowsThatMatch(relay, fake)).toMatchObject([{ status: 'completed' }, { status: 'completed' }]);
  });
});
