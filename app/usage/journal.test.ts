import * as fs from 'node:fs';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { manualClock } from './__fixtures__/manual-clock.ts';
import { Journal } from './journal.ts';
import { JournalFile } from './journal-file.ts';
import { attemptLine, openedLine, parseLine } from './journal-lines.ts';

// Other files of this worker have read the journal with the real one.
vi.hoisted(() => vi.resetModules());
vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  return { ...real, writeSync: vi.fn(real.writeSync) };
});

let folder: string;
let warnings: string[];
const clock = manualClock();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waystation-journal-'));
  warnings = [];
});
afterEach(() => {
  vi.mocked(fs.writeSync).mockClear();
  rmSync(folder, { recursive: true });
});

function open(live: () => string = () => ''): Journal {
  return Journal.open({ folder, clock, warn: (message) => warnings.push(message), liveLines: live });
}

function linesOf(journal: Journal): string[] {
  return journal.leftovers().flatMap((file) => [...file.lines()].map(({ text }) => text));
}

function failWrites(times: number): void {
  for (let count = 0; count < times; count += 1) {
    vi.mocked(fs.writeSync).mockImplementationOnce(() => {
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    });
  }
}

test('each line is in the file when append returns, and is found by the next run', () => {
  const journal = open();
  const place = journal.append('["first"]\n');
  journal.append('["zweite ü"]\n');
  expect(readFileSync(join(folder, 'calls-000001.journal'), 'utf8')).toBe('["first"]\n["zweite ü"]\n');
  expect(place?.file.read(place)).toBe('["first"]\n');
  expect(linesOf(open())).toEqual(['["first"]', '["zweite ü"]']);
});

test('the files are private', () => {
  open().append('["x"]\n');
  expect(statSync(join(folder, 'calls-000001.journal')).mode & 0o777).toBe(0o600);
});

test('a torn last line is left out', () => {
  writeFileSync(join(folder, 'calls-000003.journal'), '["whole"]\n["torn');
  expect(linesOf(open())).toEqual(['["whole"]']);
});

test('an old file goes when the fresh one has begun, unless a row in it waits for SQL', () => {
  writeFileSync(join(folder, 'calls-000003.journal'), '["done"]\n');
  writeFileSync(join(folder, 'calls-000004.journal'), '["waits"]\n');
  const journal = open();
  const [, waits] = journal.leftovers();
  if (waits) waits.pins = 1;
  journal.append('["new"]\n');
  expect(readdirSync(folder).sort()).toEqual(['calls-000004.journal', 'calls-000005.journal']);
});

test('a large file gives way to a fresh one that begins with the calls on their way', () => {
  const journal = open(() => '["live"]\n');
  const line = `["${'x'.repeat(100_000)}"]\n`;
  for (let count = 0; count < 43; count += 1) journal.append(line);
  expect(readdirSync(folder)).toEqual(['calls-000002.journal']);
  expect(readFileSync(join(folder, 'calls-000002.journal'), 'utf8')).toMatch(/^\["live"\]\n/);
});

test('many calls on their way do not make it start over at every line', () => {
  const live = `["${'x'.repeat(5_000_000)}"]\n`;
  const journal = open(() => live);
  for (let count = 0; count < 100; count += 1) journal.append('["small"]\n');
  expect(readdirSync(folder)).toEqual(['calls-000001.journal']);
});

test('a full disk does not throw: it says so once and goes on in a fresh file when there is room', () => {
  const journal = open(() => '["live"]\n');
  expect(journal.append('["a"]\n')).toBeDefined();
  failWrites(2);
  expect(journal.append('["b"]\n')).toBeUndefined();
  expect(journal.append('["c"]\n')).toBeUndefined();
  clock.advance(1_000);
  expect(journal.append('["d"]\n')).toBeUndefined();
  clock.advance(1_000);
  expect(journal.append('["e"]\n')).toBeDefined();
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('ENOSPC');
  expect(readdirSync(folder)).toHaveLength(1);
  expect(linesOf(open())).toEqual(['["live"]', '["e"]']);
});

test('a line of which the disk took a part only is not followed by another in the same file', () => {
  const journal = open();
  vi.mocked(fs.writeSync).mockImplementationOnce(() => 3);
  expect(journal.append('["part"]\n')).toBeUndefined();
  clock.advance(1_000);
  journal.append('["whole"]\n');
  expect(linesOf(open())).toEqual(['["whole"]']);
});

test('a folder that cannot be made does not throw', () => {
  writeFileSync(join(folder, 'file'), '');
  const journal = Journal.open({
    ...{ folder: join(folder, 'file', 'journal'), clock, liveLines: () => '' },
    warn: (message) => warnings.push(message),
  });
  expect(journal.append('["x"]\n')).toBeUndefined();
  expect(warnings.length).toBeGreaterThan(0);
});

test('closing keeps what the next start needs and leaves nothing otherwise', () => {
  const first = open();
  first.append('["x"]\n');
  first.close(true);
  expect(readdirSync(folder)).toHaveLength(1);
  const second = open();
  second.append('["y"]\n');
  second.close(false);
  expect(readdirSync(folder)).toEqual([]);
});

test('any text that a client sends comes back from a line as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), fc.nat(), (model, requestBytes) => {
      const call = { requestId: 'req_1', startedAt: 1, keyId: 'key_1', protocol: 'anthropic', route: '/', model };
      const line = openedLine({ ...call, session: undefined, requestBytes });
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(parseLine(line)).toEqual({ kind: 'opened', call: { ...call, session: undefined, requestBytes } });
    }),
  );
});

test('a line cut anywhere is not mistaken for a whole one', () => {
  const line = attemptLine({ requestId: 'req_1', accountId: 'acc_1', startedAt: 123_456 }).trimEnd();
  expect(parseLine(line)?.kind).toBe('attempt');
  for (let length = 0; length < line.length; length += 1) expect(parseLine(line.slice(0, length))).toBeUndefined();
});

test('lines of another kind or shape are not ours', () => {
  for (const line of [
    '',
    '{}',
    'null',
    '["r"]',
    '["r",{"request_id":1},[]]',
    '["o","req_1"]',
    '["a",1,2,3]',
    '["z"]',
  ]) {
    expect(parseLine(line)).toBeUndefined();
  }
});

test('a file that is read while it grows has offsets in bytes', () => {
  const file = JournalFile.create(join(folder, 'calls-000009.journal'), 9);
  const places = ['["äöü"]\n', '["日本"]\n', '["x"]\n'].map((line) => file.append(line));
  expect([...file.lines()].map(({ text, offset, length }) => ({ text, offset, length }))).toEqual(
    places.map((place) => ({ text: file.read(place).trimEnd(), offset: place.offset, length: place.length })),
  );
});
