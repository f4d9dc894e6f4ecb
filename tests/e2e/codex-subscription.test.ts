import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fetchCodex, finalText, runCodex } from '../support/codex.ts';
import { FakeChatGPT, usageLimitReached } from '../support/fake-chatgpt/fake-chatgpt.ts';
import { usualLimits } from '../support/fake-chatgpt/limits.ts';
import { chatGPTLogin, identityToken } from '../support/fake-chatgpt/login.ts';
import { FakeOAuth } from '../support/fake-oauth/fake-oauth.ts';
import { rowsThatMatch } from '../support/matching-rows.ts';
import { addProviderAccount } from '../support/provider-account.ts';
import { RelayProcess } from '../support/relay-process.ts';

/** The first run fetches the CLI. */
const fetchTimeoutMs = 600_000;

beforeAll(async () => {
  await fetchCodex();
}, fetchTimeoutMs);

let oauth: FakeOAuth;
let chatGPT: FakeChatGPT;
let relay: RelayProcess;
let key: string;
/** How often a token may still be used before it ends. */
let usesLeft: number;

beforeEach(async () => {
  usesLeft = Number.POSITIVE_INFINITY;
  oauth = await FakeOAuth.start({ encoding: 'form', extra: () => ({ id_token: identityToken() }) });
  chatGPT = await FakeChatGPT.start({ isGood });
  relay = await RelayProcess.start();
  const value = JSON.stringify({ 'codex-subscription': oauth.endpoints });
  await relay.json(['settings', 'set', 'oauth.endpoints', '--value', value]);
  ({ key } = await relay.createKey('codex'));
  const secret = chatGPTLogin(oauth.issue());
  const account = { provider: 'codex-subscription', name: 'plus', secret, baseUrl: chatGPT.baseUrl };
  await addProviderAccount(relay.dataDir, { ...account, flags: ['--accept-terms'] });
});

afterEach(async () => {
  await relay[Symbol.asyncDispose]();
  await chatGPT.close();
  await oauth.close();
});

function isGood(token: string): boolean {
  if (usesLeft === 0) oauth.revoke(token);
  usesLeft = usesLeft === 0 ? Number.POSITIVE_INFINITY : usesLeft - 1;
  return oauth.isGood(token);
}

describe.each([
  ['over HTTP', []],
  ['over a WebSocket', ['model_providers.fake.supports_websockets=true']],
])('the real Codex on a ChatGPT subscription, %s,', (_, settings) => {
  const codex = (prompt: string, files: Readonly<Record<string, string>> = {}) =>
    runCodex({ baseUrl: `${relay.url}/v1`, key, prompt, files, settings });

  test('reads a file while its token ends in the middle: it is renewed exactly once', async () => {
    usesLeft = 1;
    const word = randomUUID();
    const result = await codex('What is the word? [[read notes.txt]]', {
      'notes.txt': `The secret word is ${word}.\n`,
    });
    expect([finalText(result), result.exitCode]).toEqual([expect.stringContaining(word), 0]);
    expect(result.stdout).not.toContain('Reconnecting');
    expect(oauth.refreshes.map(({ status }) => status)).toEqual([200]);
    expect(chatGPT.calls.map(({ credential }) => credential?.slice(0, 9))).toEqual([
      'access-1-',
      'access-1-',
      'access-2-',
    ]);
    for (const { headers, rawHeaders } of chatGPT.calls) {
      expect(headers).toMatchObject({ 'chatgpt-account-id': 'acct-made-up', originator: 'codex_exec' });
      expect(rawHeaders.join('\n')).not.toContain(key);
    }
    expect(await rowsThatMatch(relay, chatGPT)).toMatchObject([{ status: 'completed' }, { status: 'completed' }]);
  });

  test('is told of a used-up plan with the time of its return, without another try', async () => {
    const limits = { ...usualLimits, primary: { usedPercent: 100, windowMinutes: 300, resetInSeconds: 7_200 } };
    chatGPT.script([usageLimitReached(limits, 7_200)]);
    const result = await codex('[[say nothing]]');
    expect(result.stdout).toMatch(/hit your usage limit\. Try again at/);
    expect([result.exitCode, chatGPT.calls.length]).toEqual([1, 1]);
  });
});
