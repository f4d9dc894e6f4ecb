import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { createApp } from '../../app/app.ts';
import { overHttp } from '../../app/cli/client.ts';
import { keepDailyCopy } from '../../app/store/daily-copy.ts';
import { databaseFile } from '../../app/store/data-folder.ts';
import { findCopy } from '../../app/store/put-back.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { helloWhole, TestApp, testConfig } from '../support/test-app.ts';
import { run, runJson, ServeProcess } from './cli-run.ts';

const passphrase = 'four made-up words here';

function adminOf(relay: TestApp) {
  return overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
}

function restoreInto(dataDir: string, file: string, given = passphrase) {
  return run(['backup', 'restore', file, '--stdin', '--yes'], { dataDir, stdin: `${given}\n` });
}

test('D08 backup-restore: a backup opens on another computer with its passphrase, and accounts work there', async () => {
  const file = join(temporaryFolder(), 'mine.backup');
  const elsewhere = temporaryFolder();
  await using relay = await TestApp.start({ upstreams: 1 });
  expect((await relay.messages()).status).toBe(200);
  await relay.rowsOnce(1);
  const taken = await run(['backup', 'create', file, '--stdin'], {
    ...{ dataDir: relay.dataDir, stdin: `${passphrase}\n` },
  });
  expect([taken.exitCode, taken.stdout]).toEqual([0, expect.stringContaining(file)]);
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o077).toBe(0);
  const restored = await restoreInto(elsewhere, file);
  expect([restored.exitCode, restored.stderr]).toEqual([0, expect.not.stringContaining(passphrase)]);
  expect(restored.stdout).toContain('Everything is as it was');
  expect(readdirSync(elsewhere).filter((name) => name.endsWith('.part'))).toEqual([]);
  // The same upstream answers: its credential came along, and so did the key of the client.
  const other = await createApp(testConfig(elsewhere), { warn: () => undefined });
  try {
    const { port } = await other.start();
    const headers = { 'content-type': 'application/json', 'x-api-key': relay.secret };
    const asked = { method: 'POST', headers, body: JSON.stringify(helloWhole) };
    expect((await fetch(`http://127.0.0.1:${port}/v1/messages`, asked)).status).toBe(200);
    expect((await other.parts.usage.list({ limit: 10 })).length).toBeGreaterThanOrEqual(1);
  } finally {
    await other.stop();
  }
});

/** Where a line ends depends on how long the paths in it are. */
function unwrapped(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

test('D08 backup-restore: without its passphrase nothing of it can be read, and nothing that is there is touched', async () => {
  await using relay = await TestApp.start({ upstreams: 1, account: { name: 'CANARY-account' } });
  const admin = adminOf(relay);
  const { name, bytes } = await admin.takeBackup({ passphrase });
  const { folder, backups } = await admin.listBackups({});
  expect(backups).toMatchObject([{ name, bytes }]);
  const file = join(folder, name);
  const content = readFileSync(file);
  for (const hidden of ['CANARY-account', 'SQLite format', relay.secret, passphrase]) {
    expect([hidden, content.includes(hidden)]).toEqual([hidden, false]);
  }
  const dataDir = temporaryFolder();
  await runJson(['key', 'create', '--name', 'mine'], { dataDir });
  const before = readFileSync(databaseFile({ dataDir }));
  const changed = Buffer.from(content);
  changed.writeUInt8(content.readUInt8(content.length - 40) ^ 1, content.length - 40);
  const broken = {
    'another passphrase': {
      bytes: content,
      given: 'four other words here',
      says: /does not open with this passphrase/,
    },
    'one bit changed': { bytes: changed, given: passphrase, says: /or is damaged/ },
    'cut off': { bytes: content.subarray(0, content.length - 100), given: passphrase, says: /or is damaged/ },
    'only its beginning': {
      bytes: content.subarray(0, content.indexOf('\n') + 5),
      given: passphrase,
      says: /is cut off/,
    },
    'no backup': { bytes: randomBytes(500), given: passphrase, says: /is no backup/ },
    'an empty file': { bytes: Buffer.alloc(0), given: passphrase, says: /is no backup/ },
  };
  for (const [what, { bytes: written, given, says }] of Object.entries(broken)) {
    const bad = join(temporaryFolder(), 'bad.backup');
    writeFileSync(bad, written);
    const { exitCode, stderr } = await restoreInto(dataDir, bad, given);
    expect([what, exitCode, unwrapped(stderr)]).toEqual([what, 2, expect.stringMatching(says)]);
    expect(readFileSync(databaseFile({ dataDir })).equals(before)).toBe(true);
    expect(readdirSync(dataDir).filter((one) => one.endsWith('.part'))).toEqual([]);
  }
});

test('restoring is refused while a relay runs on the folder, and sets aside what was there otherwise', async () => {
  const dataDir = temporaryFolder();
  await runJson(['key', 'create', '--name', 'before'], { dataDir });
  const file = join(temporaryFolder(), 'kept.backup');
  const lines = { dataDir, stdin: `${passphrase}\n` };
  expect((await run(['backup', 'create', file, '--stdin'], lines)).exitCode).toBe(0);
  await runJson(['key', 'create', '--name', 'after'], { dataDir });
  {
    await using _relay = await ServeProcess.start(dataDir);
    const { exitCode, stderr } = await restoreInto(dataDir, file);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('Waystation runs on this data folder')]);
    // The running relay lists and removes them too.
    const listed = await run(['backup', 'list'], { dataDir });
    expect(listed.stdout).toMatch(/waystation-.*\.backup +\d{4}-.* kB/);
    const [name = ''] = readdirSync(join(dataDir, 'backups'));
    await runJson(['backup', 'remove', name], { dataDir });
    expect(readdirSync(join(dataDir, 'backups'))).toEqual([]);
  }
  const { exitCode, stdout } = await restoreInto(dataDir, file);
  expect(exitCode).toBe(0);
  const aside = join(dataDir, 'set-aside');
  expect(stdout).toContain(aside);
  const [folder = ''] = readdirSync(aside);
  expect(keysIn(join(aside, folder, 'waystation.sqlite'))).toEqual(['after', 'before']);
  expect(keysIn(databaseFile({ dataDir }))).toEqual(['before']);
});

function keysIn(file: string): readonly unknown[] {
  const database = new Database(file, { readonly: true });
  try {
    return database.prepare('select name from keys order by name').pluck().all();
  } finally {
    database.close();
  }
}

test('a backup of a newer Waystation is refused with what to do', async () => {
  await using relay = await TestApp.start({ upstreams: 1 });
  const live = new Database(databaseFile(relay));
  live.prepare("insert into migrations (id, applied_at) values ('9000-next', 1)").run();
  live.close();
  const admin = adminOf(relay);
  const { name } = await admin.takeBackup({ passphrase });
  const file = join((await admin.listBackups({})).folder, name);
  const { exitCode, stderr } = await restoreInto(temporaryFolder(), file);
  expect([exitCode, unwrapped(stderr)]).toEqual([2, expect.stringMatching(/newer than this one\. Install/)]);
});

test('calls go on while a backup is taken, and each of them is in the database afterwards', async () => {
  await using relay = await TestApp.start({ upstreams: 1 });
  const admin = adminOf(relay);
  const taking = admin.takeBackup({ passphrase });
  const answers = await Promise.all(Array.from({ length: 20 }, () => relay.messages()));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  await taking;
  await relay.rowsOnce(20);
});

test('D05 db-corrupt: a copy is made once a day and three stay; a database that cannot be read drops none of them', async () => {
  await using relay = await TestApp.start({ upstreams: 1 });
  const folder = temporaryFolder();
  const file = databaseFile(relay);
  const day = 86_400_000;
  const from = Date.UTC(2026, 0, 1);
  for (const hours of [0, 1, 23, 24, 47, 48, 72, 96]) await keepDailyCopy(file, folder, from + (hours / 24) * day);
  const copies = readdirSync(folder);
  expect(copies).toEqual([3, 4, 5].map((date) => `daily-2026-01-0${date}T00-00-00-000Z.sqlite`));
  expect(findCopy(folder)?.path).toMatch(/daily-/);
  const damaged = join(temporaryFolder(), 'damaged.sqlite');
  writeFileSync(damaged, 'this is no database, and was never one. '.repeat(200));
  await expect(keepDailyCopy(damaged, folder, from + 9 * day)).rejects.toThrow();
  expect(readdirSync(folder)).toEqual(copies);
  expect(existsSync(file)).toBe(true);
});
