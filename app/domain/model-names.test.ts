import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spellings } from './model-names.ts';

test.each([
  ['Claude-Opus-5-5', ['claude-opus-5-5']],
  ['claude-opus-5-5[1M]', ['claude-opus-5-5[1m]', 'claude-opus-5-5']],
  ['models/gemini-3-pro', ['models/gemini-3-pro', 'gemini-3-pro']],
  ['claude-haiku-4-5-20251001', ['claude-haiku-4-5-20251001', 'claude-haiku-4-5']],
  ['gpt-5.1-2025-11-13', ['gpt-5.1-2025-11-13', 'gpt-5.1']],
  [
    'us.anthropic.claude-haiku-4-5-20251001-v1:0',
    ['us.anthropic.claude-haiku-4-5-20251001-v1:0', 'claude-haiku-4-5-20251001', 'claude-haiku-4-5'],
  ],
  ['gpt-5.1-2025-19-13', ['gpt-5.1-2025-19-13']],
  ['models/models/x', ['models/models/x', 'models/x', 'x']],
])('%s: %j', (model, expected) => {
  expect(spellings(model)).toEqual(expected);
});

test('a spelling never gains anything but the way it is written', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (model) => {
      const found = spellings(model);
      expect(found[0]).toBe(model.toLowerCase());
      expect(found.every((name) => model.toLowerCase().includes(name))).toBe(true);
    }),
  );
});
