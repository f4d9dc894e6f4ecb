import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Anthropic from '@anthropic-ai/sdk';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ClaudeCode, fetchClaudeCode } from '../support/claude-code.ts';
import type { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { mismatches } from '../support/fake-anthropic/ledger-match.ts';
import { FakeOAuth } from '../support/fake-oauth/fake-oauth.ts';
import { addProviderAccount } from '../support/provider-account.ts';
import { cleanEnvironment, RelayProcess } from '../support/relay-process.ts';
import { startUpstream } from '../support/subscription.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** The first run fetches the CLI. */
const fetchTimeoutMs = 600_000;

let oauth: FakeOAuth;
let upstream: FakeAnthropic;
let relay: RelayProcess;
let key: string;
/** Where Claude Code would keep its login on the relay's computer. */
let claudeFolder: string;

beforeAll(async () => {
  await fetchClaudeCode();
}, fetchTimeoutMs);

beforeEach(async () => {
  oauth = await FakeOAuth.start({ encoding: 'json' });
  upstream = await startUpstream(oauth);
  claudeFolder = temporaryFolder();
  relay = await RelayProcess.start({ env: { CLAUDE_CONFIG_DIR: claudeFolder } });
  const value = JSON.stringify({ 'claude-subscription': oauth.endpoints });
  await relay.json(['settings', 'set', 'oauth.endpoints', '--value', value]);
  ({ key } = await relay.createKey('claude-code'));
});
afterEach(async () => {
  await relay[Symbol.asyncDispose]();
  await upstream.close();
  await oauth.close();
});

const login = () => {
  const account = ['--provider', 'claude-subscription', '--name', 'max', '--accept-terms'];
  return ['account', 'login', ...account, '--base-url', upstream.url, '--allow-local-upstream'];
};

/** Signs in with the built command line, and a browser whose user says yes. */
async function signIn(): Promise<void> {
  const words = [...login(), '--no-browser', '--data-dir', relay.dataDir];
  const child = spawn(process.execPath, [program, ...words], {
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  let said = '';
  child.stdout.resume();
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  while (!/\/authorize\S+\n/.test(said)) await Promise.race([once(child.stderr, 'data'), ended]);
  await fetch(await oauth.consent(/http\S+\/authorize\S+/.exec(said)?.[0] ?? ''));
  await ended;
  expect([child.exitCode, said]).toEqual([0, expect.any(String)]);
}

function claudeCode(prompt: string, files: Readonly<Record<string, string>> = {}) {
  return ClaudeCode.run({ baseUrl: relay.url, token: key, prompt, files, flags: [] });
}

function sdk(): Anthropic {
  return new Anthropic({ baseURL: relay.url, apiKey: key, maxRetries: 0 });
}

const question = {
  model: 'claude-sonnet-5-5',
  max_tokens: 64,
  messages: [{ role: 'user' as const, content: 'Hello' }],
};

describe('the real Claude Code on a subscription', () => {
  test('that its owner signed in to in a browser reads a file, with the sign-in as its only credential', async () => {
    await signIn();
    const word = randomUUID();
    const result = await claudeCode('What is the word? [[read notes.txt]]', {
      'notes.txt': `The secret word is ${word}.\n`,
    });
    expect(result.stdout).toContain(word);
    expect(upstream.calls.length).toBeGreaterThan(1);
    for (const { headers, rawHeaders } of upstream.calls) {
      expect(headers.authorization).toMatch(/^Bearer access-1-/);
      expect(headers['x-api-key']).toBeUndefined();
      expect(headers['user-agent']).toMatch(/^claude-cli\//);
      expect(headers['anthropic-beta']).toMatch(/^claude-code-\d+,.*,oauth-2025-04-20$/);
      expect(rawHeaders.join('\n')).not.toContain(key);
    }
    await upstream.settled();
    expect(mismatches(await relay.usage(), upstream.ledger.entries())).toEqual([]);
  });

  test('does not notice that its token was taken back: it is renewed once', async () => {
    await signIn();
    await claudeCode('[[say one]]');
    oauth.revoke(upstream.calls[0]?.credential ?? '');
    const result = await claudeCode('[[say two]]');
    expect([result.exitCode, result.stdout.trim()]).toEqual([0, 'two']);
    expect(oauth.refreshes.map(({ status }) => status)).toEqual([200]);
    expect(upstream.calls.at(-1)?.credential).toMatch(/^access-2-/);
  });

  test('whose login Claude Code keeps on this computer is served, and is never renewed by us', async () => {
    const { accessToken, refreshToken } = oauth.issue();
    const kept = { accessToken, refreshToken, expiresAt: Date.now() + 60_000, scopes: ['user:inference'] };
    writeFileSync(join(claudeFolder, '.credentials.json'), JSON.stringify({ claudeAiOauth: kept }));
    await relay.json([...login(), '--from-cli']);
    expect((await claudeCode('[[say hello]]')).stdout.trim()).toBe('hello');
    expect(upstream.calls[0]?.credential).toBe(accessToken);
    expect(oauth.asked).toBe(0);
  });
});

describe('an SDK', () => {
  test('is told why the subscription is not for it', async () => {
    await signIn();
    const refused = await sdk()
      .messages.create(question)
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ status: 503 });
    expect(String(refused)).toContain('subscriptions for their provider’s own program alone');
    expect(upstream.calls).toEqual([]);
  });

  test('is served by an account with an API key beside it', async () => {
    await signIn();
    const { accessToken } = oauth.issue();
    await addProviderAccount(relay.dataDir, {
      provider: 'anthropic',
      name: 'key',
      secret: accessToken,
      baseUrl: upstream.url,
    });
    const answer = await sdk().messages.create(question);
    expect(answer.role).toBe('assistant');
    expect(upstream.calls.map(({ headers }) => headers['x-api-key'])).toEqual([accessToken]);
  });
});
