import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RunJournal } from './run-journal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waystation-run-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const start = (now: number, version = '1.0.0') => new RunJournal(folder, { version, now });

test('a first start has nothing behind it', () => {
  expect(start(0).last).toEqual({ isCrashLoop: false, updatedFrom: undefined });
});

test('D20 crash-loop: three starts without an end within a minute lead to safe mode, once', () => {
  expect([0, 10_000, 20_000].map((now) => start(now).last.isCrashLoop)).toEqual([false, false, false]);
  expect(start(30_000).last.isCrashLoop).toBe(true);
  expect(start(31_000).last.isCrashLoop).toBe(false);
});

test('D20 crash-loop: a start that ended well, or crashes far apart, count for nothing', () => {
  for (const now of [0, 10_000]) start(now);
  start(20_000).ended();
  expect(start(30_000).last.isCrashLoop).toBe(false);
  expect([100_000, 200_000, 300_000].map((now) => start(now).last.isCrashLoop)).toEqual([false, false, false]);
});

test('an update that never ended well remembers what was before', () => {
  start(0, '1.0.0').ended();
  expect(start(1_000, '1.1.0').last.updatedFrom).toBe('1.0.0');
  const second = start(2_000, '1.1.0');
  expect(second.last.updatedFrom).toBe('1.0.0');
  second.ended();
  expect(start(3_000, '1.1.0').last.updatedFrom).toBeUndefined();
});

test('a broken file, or a folder that cannot be written, is no reason not to start', () => {
  writeFileSync(join(folder, 'desktop-run.json'), '{"phase":');
  expect(start(0).last.isCrashLoop).toBe(false);
  writeFileSync(join(folder, 'file'), '');
  expect(() => new RunJournal(join(folder, 'file', 'below'), { version: '1', now: 0 }).ended()).not.toThrow();
});
