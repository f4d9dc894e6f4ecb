import { expect, test } from 'vitest';
import { coversModel, mayUse, restrictsModels } from './permission.ts';

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

test.each([
  [['claude-opus-*'], 'claude-opus-5-5', false],
  [['CLAUDE-OPUS-*'], 'us.anthropic.claude-opus-5-5-v1:0', false],
  [['claude-opus-*'], 'claude-sonnet-4-5', true],
  [['models/gemini-3-pro'], 'gemini-3-pro', false],
  [['models/gemini-*'], 'Gemini-3-Pro', false],
  [['gemini-3-pro'], 'models/gemini-3-pro', false],
  [['claude-sonnet-4-5'], 'claude-sonnet-4-5-20250929', false],
  // The upstream may take the name without a date for the snapshot that is denied.
  [['claude-sonnet-4-5-20250929'], 'claude-sonnet-4-5', false],
  [['claude-sonnet-4-5-20250929'], 'claude-sonnet-4-5[1m]', false],
  [['claude-sonnet-4-5-20250929'], 'claude-sonnet-4-5-20261231', true],
  [['*-20250929'], 'claude-sonnet-4-5', true],
  [['*-20250929'], 'claude-sonnet-4-5-20250929', false],
  [['claude-opus-*'], 'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc', false],
  [['claude-opus-*'], 'arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-haiku-4-5-v1:0', true],
  [['claude-opus-*'], 'arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-opus-5-5-v1:0', false],
])('a key that is denied %j may use %s: %s', (deniedModels, model, expected) => {
  expect(mayUse({ models: [], deniedModels }, model)).toBe(expected);
});

test('what is denied wins over what is allowed, and both restrict', () => {
  const key = { models: ['claude-*'], deniedModels: ['claude-opus-*'] };
  expect(['claude-haiku-4-5', 'claude-opus-5', 'gpt-6'].map((model) => mayUse(key, model))).toEqual([
    true,
    false,
    false,
  ]);
  expect(
    [key, { ...key, models: [] }, { ...key, deniedModels: [] }, { models: [], deniedModels: [] }].map(restrictsModels),
  ).toEqual([true, true, true, false]);
});
