import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClaudeCode, fetchClaudeCode } from '../support/claude-code.ts';
import { finalText, pieces } from '../support/claude-code-output.ts';
import { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { FakeBedrock } from '../support/fake-bedrock/fake-bedrock.ts';
import { rowsThatMatch } from '../support/matching-rows.ts';
import { addProviderAccount } from '../support/provider-account.ts';
import { RelayProcess } from '../support/relay-process.ts';

/** The first run fetches the CLI. */
const fetchTimeoutMs = 600_000;

let relay: RelayProcess;

beforeAll(async () => {
  await fetchClaudeCode();
  relay = await RelayProcess.start();
}, fetchTimeoutMs);

afterAll(() => relay[Symbol.asyncDispose]());

const secret = 'madeUpSecretMadeUpSecretMadeUpSecretMade';

interface Served extends AsyncDisposable {
  readonly model: FakeAnthropic;
  readonly account: Omit<Parameters<typeof addProviderAccount>[1], 'name'>;
}

async function bedrock(): Promise<Served> {
  const fake = await FakeBedrock.start({ accessKeys: { AKIAMADEUP: secret } });
  const flags = ['--set', 'region=us-east-1', '--set', `endpoint=${fake.url}`, '--allow-local-upstream'];
  const account = { provider: 'bedrock', secret: `AKIAMADEUP:${secret}`, flags };
  return { model: fake.model, account, [Symbol.asyncDispose]: () => fake.close() };
}

async function anthropic(): Promise<Served> {
  const model = await FakeAnthropic.start();
  const flags = ['--map', '*anthropic.*=claude-opus-5-5'];
  const account = { provider: 'anthropic', secret: 'sk-ant-first', baseUrl: model.url, flags };
  return { model, account, [Symbol.asyncDispose]: () => model.close() };
}

describe.each([
  ['a Bedrock account', bedrock],
  ['an account of Anthropic’s own API', anthropic],
])('the real Claude Code in its Bedrock mode, served by %s', (name, serve) => {
  test('streams its answer, and really reads a file', async () => {
    await using served = await serve();
    const skip = (await relay.usage()).length;
    const id = await addProviderAccount(relay.dataDir, { name, ...served.account });
    const { key } = await relay.createKey(name, ['--account', id]);
    const word = randomUUID();
    const result = await ClaudeCode.run({
      baseUrl: relay.url,
      token: '',
      prompt: 'What is the word? [[read notes.txt]]',
      files: { 'notes.txt': `The secret word is ${word}.\n` },
      env: {
        CLAUDE_CODE_USE_BEDROCK: '1',
        ANTHROPIC_BEDROCK_BASE_URL: relay.url,
        AWS_BEARER_TOKEN_BEDROCK: key,
        AWS_REGION: 'us-east-1',
      },
    });
    expect(finalText(result)).toContain(word);
    expect(pieces(result).length).toBeGreaterThan(2);
    const rows = await rowsThatMatch(relay, served.model, skip);
    expect(rows.length).toBeGreaterThanOrEqual(2);
    for (const row of rows)
      expect(row).toMatchObject({
        status: 'completed',
        basis: 'reported',
        model: expect.stringContaining('anthropic.'),
      });
  });
});
