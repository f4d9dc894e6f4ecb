import { describe, expect, test } from 'vitest';
import type { Headers } from '../domain/headers.ts';
import { clientKindOf } from './client-kind.ts';

const session = 'f3655970-2aeb-4dba-a5f9-86f8d565d77e';
const facts = { bodySessionId: session };
const none = { bodySessionId: undefined };
/** As Claude Code 2.1.330 sends them. */
const claudeCode: Headers = {
  'user-agent': 'claude-cli/2.1.330 (external, sdk-cli)',
  'x-app': 'cli',
  'x-claude-code-session-id': session,
  'anthropic-beta': 'claude-code-20250219,interleaved-thinking-2025-05-14',
};

function without(name: string): Headers {
  return { ...claudeCode, [name]: undefined };
}

describe('Claude Code', () => {
  test('is recognised by everything that it sends of itself', () => {
    expect(clientKindOf(claudeCode, facts)).toBe('claude-code');
    const interactive = { ...claudeCode, 'user-agent': 'claude-cli/2.1.330 (external, cli)' };
    expect(clientKindOf(interactive, facts)).toBe('claude-code');
    expect(clientKindOf({ ...claudeCode, 'user-agent': 'claude-cli/2.2.0-beta.1 (external, cli, x)' }, facts)).toBe(
      'claude-code',
    );
  });

  test('is recognised without metadata when it counts tokens, and without its beta after it left some out', () => {
    expect(clientKindOf(claudeCode, none)).toBe('claude-code');
    expect(clientKindOf(without('anthropic-beta'), facts)).toBe('claude-code');
    expect(clientKindOf(without('anthropic-beta'), none)).toBeUndefined();
    expect(clientKindOf({ ...claudeCode, 'anthropic-beta': 'not-claude-code-1' }, none)).toBeUndefined();
  });

  test.each(['user-agent', 'x-app', 'x-claude-code-session-id'])('is not somebody without %s', (name) => {
    expect(clientKindOf(without(name), facts)).toBeUndefined();
  });

  test('is not somebody whose body names another session, or whose session is no such id', () => {
    expect(clientKindOf(claudeCode, { bodySessionId: '0b9f5c1e-2222-4333-8444-555566667777' })).toBeUndefined();
    expect(
      clientKindOf({ ...claudeCode, 'x-claude-code-session-id': 'mine' }, { bodySessionId: 'mine' }),
    ).toBeUndefined();
  });

  test('is not Qwen Code, which sends its user agent', () => {
    const qwen: Headers = { 'user-agent': 'claude-cli/0.24.4 (external, cli)', 'x-app': 'cli' };
    expect(clientKindOf(qwen, none)).toBeUndefined();
  });

  test('is not an SDK', () => {
    expect(clientKindOf({ 'user-agent': 'Anthropic/JS 1.12.0', 'x-stainless-lang': 'js' }, facts)).toBeUndefined();
    expect(clientKindOf({}, none)).toBeUndefined();
  });
});

test.each([
  [{ 'user-agent': 'codex_exec/0.169.0 (Linux; x86_64)', originator: 'codex_exec' }, 'codex'],
  [{ 'user-agent': 'codex_cli_rs/0.169.0 (Mac OS)', originator: 'codex_cli_rs' }, 'codex'],
  [{ 'user-agent': 'codex_cli_rs/0.169.0 (Mac OS)' }, undefined],
  [{ 'user-agent': 'codex_cli_rs/0.169.0', originator: 'else' }, undefined],
  [{ 'user-agent': 'GeminiCLI/0.61.0/gemini-3-pro (linux; x64)' }, 'gemini-cli'],
  [{ 'user-agent': 'GeminiCLI-vscode/0.61.0 (linux)' }, 'gemini-cli'],
  [{ 'user-agent': 'google-genai-sdk/3.1.0 gl-node/v24' }, undefined],
])('%j is %s', (headers: Headers, kind) => {
  expect(clientKindOf(headers, none)).toBe(kind);
});
