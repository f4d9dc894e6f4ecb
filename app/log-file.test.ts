import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LogFile } from './log-file.ts';

test('a full log file becomes an older one, and the oldest goes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waystation-log-'));
  const file = new LogFile({ folder, maxBytes: 10, maxFiles: 3 });
  for (let line = 1; line <= 7; line += 1) file.append(`line ${line}\n`);
  file.close();
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  expect(['waystation2.log', 'waystation1.log', 'waystation.log'].map(read)).toEqual([
    'line 3\nline 4\n',
    'line 5\nline 6\n',
    'line 7\n',
  ]);
  expect(existsSync(join(folder, 'waystation3.log'))).toBe(false);
});

test('lines that cannot be written are counted, and the log goes on when they can', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waystation-log-'));
  const inTheWay = join(folder, 'waystation.log');
  mkdirSync(inTheWay);
  const file = new LogFile({ folder, maxBytes: 1_000, maxFiles: 3 });
  file.append('one\n');
  file.append('two\nthree\n');
  rmdirSync(inTheWay);
  file.append('four\n');
  file.append('five\n');
  file.close();
  expect(readFileSync(inTheWay, 'utf8')).toBe('(3 lines are missing: the disk refused them)\nfour\nfive\n');
});
