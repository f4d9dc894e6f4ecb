import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { packed } from './tar.ts';

test('the program of the system lists and reads what was packed', () => {
  const archive = packed(
    [
      { name: 'a/one.txt', text: 'ü'.repeat(600) },
      { name: 'empty.json', text: '' },
    ],
    Date.UTC(2026, 0, 1),
  );
  const tar = (...words: string[]) => execFileSync('tar', ['-z', ...words], { input: archive }).toString();
  expect(tar('-t').trim().split('\n')).toEqual(['a/one.txt', 'empty.json']);
  expect(tar('-xO', 'a/one.txt')).toBe('ü'.repeat(600));
});
