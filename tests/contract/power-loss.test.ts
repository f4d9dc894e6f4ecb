import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { openStore } from '../../app/store/open.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const frameHeaderBytes = 24;
const commits = 5;

interface Image {
  readonly database: Buffer;
  readonly wal: Buffer;
  /** Where the WAL ended after each commit. */
  readonly ends: readonly number[];
}

/** What is on the disk after some commits that nothing was copied back of: the files of a computer that stops here. */
async function runningImage(): Promise<Image> {
  const file = join(temporaryFolder(), 'waystation.sqlite');
  const store = await openStore({ engine: 'sqlite', file });
  const insert = store.prepareInsert('settings', ['name', 'value']);
  const ends: number[] = [];
  for (let commit = 1; commit <= commits; commit += 1) {
    await insert([`commit ${commit}`, 'x'.repeat(9_000)]);
    ends.push(readFileSync(`${file}-wal`).length);
  }
  const image = { database: readFileSync(file), wal: readFileSync(`${file}-wal`), ends };
  await store.close();
  return image;
}

/** Opens the files as the next start does, and answers which commits are there and whether SQLite finds them whole. */
async function openedAgain({ database }: Image, wal: Buffer): Promise<{ commits: number; integrity: unknown }> {
  const file = join(temporaryFolder(), 'waystation.sqlite');
  writeFileSync(file, database);
  writeFileSync(`${file}-wal`, wal);
  const store = await openStore({ engine: 'sqlite', file });
  const rows = await store.db.selectFrom('settings').select('name').where('name', 'like', 'commit %').execute();
  expect(rows.map(({ name }) => name).sort()).toEqual(rows.map((_, index) => `commit ${index + 1}`));
  await store.close();
  const raw = new Database(file, { readonly: true });
  const integrity = raw.pragma('integrity_check', { simple: true });
  raw.close();
  return { commits: rows.length, integrity };
}

/**
 * NOTE: no file system here drops what was written and not synced. These tests make by hand the files that such a loss
 * leaves: a WAL whose end is missing, torn or other bytes. What the disk itself keeps of a sync they do not show.
 */
test('D02 power-loss: of a WAL whose end was not written, whatever of it, every commit before that is there', async () => {
  const image = await runningImage();
  const pageBytes = image.database.readUInt16BE(16);
  const frameBytes = frameHeaderBytes + pageBytes;
  for (let end = image.wal.length; end >= (image.ends.at(-3) ?? 0); end -= Math.floor(frameBytes / 3)) {
    const whole = image.ends.filter((one) => one <= end).length;
    expect(await openedAgain(image, image.wal.subarray(0, end))).toEqual({ commits: whole, integrity: 'ok' });
  }
});

test('D02 power-loss: a piece of the WAL that was never written, or is other bytes, loses what came after it and nothing else', async () => {
  const image = await runningImage();
  for (const [index, start] of image.ends.slice(0, -1).entries()) {
    for (const piece of [Buffer.alloc(512), Buffer.alloc(512, 0xa5)]) {
      const wal = Buffer.from(image.wal);
      piece.copy(wal, start + frameHeaderBytes);
      expect(await openedAgain(image, wal)).toEqual({ commits: index + 1, integrity: 'ok' });
    }
  }
});
