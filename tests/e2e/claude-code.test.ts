import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ClaudeCode, fetchClaudeCode } from '../support/claude-code.ts';
import { eventsOf, finalText, pieces } from '../support/claude-code-output.ts';
import { refuses, says } from '../support/fake-anthropic/answers.ts';
import { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { cut, gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { rowsThatMatch } from '../support/matching-rows.ts';
import { RelayProcess } from '../support/relay-process.ts';

/** The first run fetches the CLI. */
const fetchTimeoutMs = 600_000;

let fake: FakeAnthropic;
let relay: RelayProcess;
let key: { readonly id: string; readonly key: string };

beforeAll(async () => {
  await fetchClaudeCode();
}, fetchTimeoutMs);

beforeEach(async () => {
  fake = await FakeAnthropic.start();
  relay = await RelayProcess.start();
  await relay.addAccount({ name: 'first', baseUrl: fake.url, secret: 'sk-ant-first', flags: ['--priority', '1'] });
  key = await relay.createKey('claude-code');
});

afterEach(async () => {
  await relay[Symbol.asyncDispose]();
  await fake.close();
});

function through(prompt: string, more: Partial<Parameters<typeof ClaudeCode.run>[0]> = {}) {
  return { baseUrl: relay.url, token: key.key, prompt, ...more };
}

describe('the real Claude Code through the built relay', () => {
  test('streams text piece by piece, and its cost is known to the token', async () => {
    const result = await ClaudeCode.run(through('Please [[say Grüße, 你好 🎉 and some more words to stream]]'));
    expect(finalText(result)).toBe('Grüße, 你好 🎉 and some more words to stream');
    expect(result.exitCode).toBe(0);
    expect(pieces(result).length).toBeGreaterThan(2);
    const rows = await rowsThatMatch(relay, fake);
    expect(rows).toHaveLength(fake.ledger.entries().length);
    expect(rows[0]).toMatchObject({ keyId: key.id, status: 'completed', basis: 'reported', model: 'claude-opus-5-5' });
    expect(rows[0]?.cacheWrite5mTokens).toBeGreaterThan(1_000);
    expect(rows[0]?.costNanoUsd).toBeGreaterThan(0);
  });

  test('really reads a file, and the second turn reads the first one’s cache', async () => {
    const word = randomUUID();
    const files = { 'notes.txt': `The secret word is ${word}.\n` };
    const result = await ClaudeCode.run(through('What is the word? [[read notes.txt]]', { files }));
    expect(finalText(result)).toContain(word);
    const rows = await rowsThatMatch(relay, fake);
    expect(rows).toHaveLength(2);
    expect(rows[1]?.cacheReadTokens).toBe(rows[0]?.cacheWrite5mTokens);
    expect(new Set(fake.calls.map(({ headers }) => headers['x-claude-code-session-id'])).size).toBe(1);
  });

  test('sends its own body, betas and version to the upstream, and our key to nobody', async () => {
    await ClaudeCode.run(through('[[say hello]]'));
    const [call] = fake.calls;
    expect(call?.path).toBe('/v1/messages?beta=true');
    expect(String(call?.headers['anthropic-beta']).split(',').length).toBeGreaterThan(3);
    expect(call?.headers['user-agent']).toContain('claude-cli/');
    expect(call?.credential).toBe('sk-ant-first');
    expect(call?.rawHeaders.join('\n')).not.toContain(key.key);
  });
});

describe('trouble that Claude Code does not notice', () => {
  test('a 429 of the first account becomes an answer of the second', async () => {
    await relay.addAccount({ name: 'second', baseUrl: fake.url, secret: 'sk-ant-second', flags: ['--priority', '2'] });
    fake.script([refuses(429, { headers: { 'retry-after': '120' } })], 'sk-ant-first');
    const result = await ClaudeCode.run(through('[[say all is well]]'));
    expect(finalText(result)).toBe('all is well');
    expect(pieces(result).join('')).toBe('all is well');
    expect(eventsOf(result).filter(({ subtype }) => subtype === 'api_retry')).toEqual([]);
    expect(fake.calls.map(({ credential }) => credential)).toEqual(['sk-ant-first', 'sk-ant-second']);
    const [row] = await rowsThatMatch(relay, fake);
    expect(row).toMatchObject({ status: 'completed', attempts: [{ fault: 'rate-limited' }, { status: 200 }] });
  });

  test('an upstream cut in mid-stream ends well, with the text once', async () => {
    fake.script([cut(says('the first try never gets to its end'), 'mid-data'), says('the second try does')]);
    const result = await ClaudeCode.run(through('Say something'));
    expect(finalText(result)).toBe('the second try does');
    expect(result.exitCode).toBe(0);
    const rows = await rowsThatMatch(relay, fake);
    expect(rows).toMatchObject([
      { status: 'failed', basis: 'estimated' },
      { status: 'completed', basis: 'reported' },
    ]);
  });
});

describe('leaving', () => {
  test('a Claude Code killed in mid-stream stops the upstream, and what it had is on the bill', async () => {
    fake.script([gated(says('half of the answer, then the power fails'), { 'before-usage': new Gate() })]);
    const claude = await ClaudeCode.start(through('Tell me a story'));
    await claude.printed('half of the');
    claude.kill();
    const killedAt = performance.now();
    const [call] = fake.calls;
    const end = await call?.ended;
    expect(end?.how).toBe('aborted');
    expect((end?.at ?? 0) - killedAt).toBeLessThan(1_500);
    await claude.ended;
    const [row] = await rowsThatMatch(relay, fake);
    expect(row).toMatchObject({ status: 'aborted', basis: 'estimated' });
    expect(row?.cacheWrite5mTokens).toBe(fake.ledger.entries()[0]?.charged.cacheWrite5mTokens);
    expect(row?.outputTokens).toBeGreaterThan(0);
  });
});
