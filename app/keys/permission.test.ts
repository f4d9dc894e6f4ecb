import { expect, test } from 'vitest';
import { coversModel } from './permission.ts';

test.each([
  [[], 'anything', true],
  [['claude-haiku-*'], 'claude-haiku-4-5', true],
  [['CLAUDE-haiku-*'], 'Claude-Haiku-4-5[1M]', true],
  [['gemini-3-pro'], 'models/gemini-3-pro', true],
  [['models/gemini-3-pro'], 'models/gemini-3-pro', true],
  [['models/gemini-3-pro'], 'gemini-3-pro', false],
  [['claude-sonnet-4-5'], 'claude-sonnet-4-5-20250929', true],
  [['claude-sonnet-4-5'], 'claude-sonnet-4-5@20250929', true],
  [['gpt-5.1'], 'gpt-5.1-2025-11-13', true],
  [['gpt-5.1'], 'gpt-5.1-mini', false],
  [['claude-sonnet-4-5-20250929'], 'claude-sonnet-4-5', false],
  [['claude-sonnet-4-5-20250929'], 'claude-sonnet-4-5-20261231', false],
  [['claude-opus-5-5'], 'us.anthropic.claude-opus-5-5-v1:0', true],
  [
    ['claude-opus-5-5'],
    'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-opus-5-5-v1:0',
    true,
  ],
  [['claude-opus-5-5'], 'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc', false],
  [['claude-opus-*'], 'x-claude-opus-5-5', false],
])('a list of %j covers %s: %s', (models, model, expected) => {
  expect(coversModel({ models }, model)).toBe(expected);
});
