import fc from 'fast-check';
import { expect, test } from 'vitest';
import { takeBack, writeKeys } from '../../../app/connect/edits.ts';
import type { ToolId } from '../../../app/connect/tool-id.ts';
import { toolOf } from '../../../app/connect/tools.ts';
import { asKept, dotenvText, jsoncTexts, manners, tomlText } from './configs.ts';

const link = { address: 'http://127.0.0.1:8484', secret: 'ws_secret' };
const computer = { home: '/nowhere', platform: 'linux', env: {} } as const;
const cases: readonly (readonly [ToolId, number, fc.Arbitrary<string>])[] = [
  ['claude-code', 0, jsoncTexts['claude-code']],
  ['vs-code', 0, jsoncTexts['vs-code']],
  ['qwen-code', 0, jsoncTexts['qwen-code']],
  ['opencode', 0, jsoncTexts.opencode],
  ['gemini-cli', 0, dotenvText],
  ['codex', 0, tomlText],
];

test.each(cases)('%s: taking our keys back leaves the text as it was before', (id, index, texts) => {
  const file = toolOf(id)?.files(computer)[index];
  if (!file) throw new Error('no file');
  fc.assert(
    fc.property(texts, manners, (plain, manner) => {
      const text = asKept(plain, manner);
      const written = writeKeys(text, file, link);
      expect(written.text).not.toBe(text);
      const again = takeBack(written.text, file, written.keys);
      expect(again).toEqual({ text, kept: [] });
    }),
    { numRuns: 500 },
  );
});
