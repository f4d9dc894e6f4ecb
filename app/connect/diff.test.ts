import { expect, test } from 'vitest';
import { diffOf, mask } from './diff.ts';

test('only what changes is shown, with two lines around it', () => {
  const before = ['1', '2', '3', '4', '5', '6', '7', '8'].join('\n');
  const after = ['1', '2', '3', '4', 'five', '6', '7', '8'].join('\n');
  expect(diffOf(before, after, []).map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    ...['skipped ', 'same 3', 'same 4', 'removed 5', 'added five', 'same 6', 'same 7', 'skipped '],
  ]);
});

test('values that were secret, and values of keys that sound like it, are masked on both sides', () => {
  const before = '{\n  "ANTHROPIC_AUTH_TOKEN": "sk-old-one",\n  "OTHER_API_KEY": "sk-canary-1"\n}';
  const after = '{\n  "ANTHROPIC_AUTH_TOKEN": "•",\n  "OTHER_API_KEY": "sk-canary-1"\n}';
  const shown = JSON.stringify(diffOf(before, after, ['sk-old-one']));
  expect(shown).toContain(mask);
  expect(shown).not.toMatch(/sk-old|canary/);
});

test('a variable in VS Code’s list is masked too', () => {
  const line = '{ "name": "ANTHROPIC_AUTH_TOKEN", "value": "sk-canary-2" }';
  expect(JSON.stringify(diffOf(`[${line}]`, `[${line}, 1]`, []))).not.toContain('canary');
});
