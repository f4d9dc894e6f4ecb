import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { mismatches } from '../support/fake-anthropic/ledger-match.ts';
import { FakeCodeAssist } from '../support/fake-code-assist/fake-code-assist.ts';
import { FakeGemini } from '../support/fake-gemini/fake-gemini.ts';
import { addCodeAssist, addGemini } from '../support/gemini-accounts.ts';
import { fetchGeminiCli, type GeminiCliResult, runGeminiCli } from '../support/gemini-cli.ts';
import { TestApp } from '../support/test-app.ts';

/** The first run fetches the CLI. */
const fetchTimeoutMs = 600_000;
const model = 'gemini-3.8-flash';

beforeAll(async () => {
  await fetchGeminiCli();
}, fetchTimeoutMs);

let relay: TestApp;
let fake: FakeCodeAssist | FakeGemini;

beforeEach(async () => {
  relay = await TestApp.start({ upstreams: 0 });
});
afterEach(async () => {
  await relay[Symbol.asyncDispose]();
  await fake.close();
});

/** As after a sign-in with Google, but for a relay's key in the place of the token: nobody has signed in. */
function run(prompt: string, more: { secret?: string; files?: Record<string, string> } = {}): Promise<GeminiCliResult> {
  return runGeminiCli({ ...options(prompt), model, ...more, key: more.secret ?? relay.secret });
}

function options(prompt: string) {
  return { mode: 'code-assist', baseUrl: `http://127.0.0.1:${relay.port}`, key: relay.secret, prompt } as const;
}

async function readsFile(secret?: string): Promise<void> {
  const word = randomUUID();
  const files = { 'notes.txt': `The secret word is ${word}.\n` };
  const prompt = 'What is the word? [[call read_file {"file_path":"notes.txt"}]]';
  const { stdout, stderr, exitCode } = await run(prompt, secret === undefined ? { files } : { files, secret });
  expect([exitCode, stdout, stderr]).toEqual([0, expect.stringContaining(word), expect.anything()]);
}

/** Rows of what was paid for are those of the ledger. */
async function expectRowsToMatch(count: number): Promise<void> {
  await Promise.all(fake.calls.map(({ ended }) => ended));
  const paid = (await relay.rows()).filter(({ route }) => route === 'assist-generate');
  expect(mismatches(paid, fake.ledger.entries())).toEqual([]);
  expect(paid.map(({ status, basis }) => [status, basis])).toEqual(
    Array.from({ length: count }, () => ['completed', 'reported']),
  );
}

describe('the real Gemini CLI in Code Assist mode, served by an account of Code Assist', () => {
  beforeEach(async () => {
    fake = await FakeCodeAssist.start();
    await addCodeAssist(relay, { url: fake.url, project: 'made-up-project-7' });
  });

  test('starts without a Google account behind it, and streams text', async () => {
    const { stdout, exitCode } = await run('[[say Grüße, 你好 🎉\u2028and more]]');
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Grüße, 你好 🎉\u2028and more')]);
    await expectRowsToMatch(1);
    const [seen] = fake.calls;
    expect(seen?.json()).toMatchObject({
      model,
      project: 'made-up-project-7',
      request: { session_id: expect.anything() },
    });
    expect(seen?.rawHeaders.join('\n')).not.toContain(relay.secret);
    expect(fake.requests).toHaveLength(1);
  });

  test('really reads a file, with its thought signature brought back unchanged', async () => {
    await readsFile();
    await expectRowsToMatch(2);
    expect(new Set((await relay.rows()).map(({ session }) => session)).size).toBe(1);
  });

  test('without a model it asks its router first, and both models are served', async () => {
    const { stdout, exitCode } = await runGeminiCli(options('[[say routed]]'));
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('routed')]);
    expect(new Set((await relay.rows()).map(({ model: asked }) => asked)).size).toBe(2);
  });

  test('with a key for that account alone, asks Code Assist itself who it is', async () => {
    const [view] = relay.app.parts.accounts.all();
    const { secret } = await relay.app.parts.keyRepository.create({ name: 'own', accountId: view?.account.id });
    await readsFile(secret);
    const verbs = fake instanceof FakeCodeAssist ? fake.verbs() : [];
    expect(verbs).toEqual(expect.arrayContaining(['loadCodeAssist', 'retrieveUserQuota', 'streamGenerateContent']));
    for (const { path, method } of fake.requests)
      expect([method, path]).toEqual(['POST', expect.stringMatching(/^\/v1internal:/)]);
  });
});

describe('the real Gemini CLI in Code Assist mode, served by an API key', () => {
  beforeEach(async () => {
    fake = await FakeGemini.start({ credentials: ['AIzaMadeUp'] });
    await addGemini(relay, fake, 'AIzaMadeUp');
  });

  test('streams text', async () => {
    const { stdout, exitCode } = await run('[[say Grüße, 你好 🎉\u2028and more]]');
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Grüße, 你好 🎉\u2028and more')]);
    await expectRowsToMatch(1);
  });

  test('really reads a file', async () => {
    await readsFile();
    await expectRowsToMatch(2);
  });
});

test('a wrong key is told at once', async () => {
  fake = await FakeCodeAssist.start();
  const { exitCode, stdout, stderr, elapsedMs } = await run('[[say nothing]]', { secret: 'wsk_wrong' });
  expect([exitCode, stdout + stderr]).toEqual([expect.not.stringMatching(/^0$/), expect.stringContaining('key')]);
  expect(exitCode).not.toBe(0);
  expect(elapsedMs).toBeLessThan(30_000);
});
