import { expect, test } from 'vitest';
import { targetOf } from './targets.ts';

test.each([
  ['messages', undefined, { provider: 'anthropic', settings: {} }],
  ['messages', 'https://api.anthropic.com/', { provider: 'anthropic', settings: {} }],
  [
    'messages',
    'https://a.example/claude/v1/messages',
    { provider: 'claude-console', settings: { baseUrl: 'https://a.example/claude' } },
  ],
  ['chat', undefined, 'no-address'],
  [
    'chat',
    'https://a.example/chat/completions',
    { provider: 'openai-compatible', settings: { baseUrl: 'https://a.example', version: 'none' } },
  ],
  [
    'chat',
    'https://a.example/api/v3',
    { provider: 'openai-compatible', settings: { baseUrl: 'https://a.example/api/v3' } },
  ],
  ['chat', 'https://api.openai.com/v1/chat/completions', { provider: 'openai', settings: {} }],
  [
    'responses',
    'https://a.example/v1/responses',
    { provider: 'openai', settings: { baseUrl: 'https://a.example/v1' } },
  ],
  ['gemini', 'https://generativelanguage.googleapis.com/v1beta/models/', { provider: 'gemini', settings: {} }],
  ['gemini', 'https://a.example/v1beta', { provider: 'gemini', settings: { baseUrl: 'https://a.example' } }],
  ['messages', 'not an address', 'address-unusable'],
] as const)('%s at %s', (dialect, address, target) => {
  expect(targetOf({ dialect, address })).toEqual(target);
});
