import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Desktop, findChromium, launchOnDouble, newProfile, removeProfile } from '../support/electron/driver.ts';
import { makeDataDir, RelayProcess, runJson } from '../support/relay-process.ts';
import { suiteThatNeeds } from '../support/required.ts';

const patience = { timeout: 60_000 };

/** A start that its owner has to decide something about is asked about in the window, with two choices. */
suiteThatNeeds(findChromium() ? undefined : 'no Chromium on the PATH', 'a desktop app that cannot start', () => {
  let profile: string;
  let dataDir: string;
  let desktop: Desktop | undefined;
  beforeEach(async () => {
    [profile, dataDir] = [newProfile(), await makeDataDir()];
  });
  afterEach(async () => {
    desktop?.kill('SIGKILL');
    await desktop?.exit;
    desktop = undefined;
    removeProfile(profile);
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function open(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    const app = await launchOnDouble({
      profile,
      env,
      args: ['--data-dir', dataDir, '--port', '0', '--secrets', 'key-file', ...args],
    });
    desktop = app;
    const page = await app.firstWindow();
    return { app, page };
  }
  async function choices(page: Page, heading: string): Promise<readonly string[]> {
    await page.getByRole('heading', { name: heading }).waitFor();
    return await page.getByRole('button').allInnerTexts();
  }
  const runs = (page: Page) => page.getByText('Running at').waitFor();

  /** Data with one key in it, as this version leaves it; then as a newer one does. */
  async function newerData({ hasCopy }: { readonly hasCopy: boolean }): Promise<string> {
    const relay = await RelayProcess.start({ dataDir });
    await relay.createKey('laptop');
    await relay.stop();
    const file = join(dataDir, 'waystation.sqlite');
    const newer = new Database(file);
    newer.pragma('wal_checkpoint(truncate)');
    if (hasCopy) {
      mkdirSync(join(dataDir, 'snapshots'), { recursive: true });
      copyFileSync(file, join(dataDir, 'snapshots', 'before-9000-next-2026-11-01T00-00-00-000Z.sqlite'));
    }
    newer.exec('create table from_the_future (thing text) strict');
    newer.prepare('insert into from_the_future values (?)').run('kept');
    newer.prepare('insert into migrations (id, applied_at) values (?, ?)').run('9000-next', 1);
    newer.pragma('wal_checkpoint(truncate)');
    newer.close();
    return file;
  }
  /** What the newer version wrote, wherever it lies now. */
  function keptIn(file: string): unknown {
    const kept = new Database(file, { readonly: true });
    try {
      return kept.prepare('select thing from from_the_future').get();
    } finally {
      kept.close();
    }
  }
  function setAside(): string {
    const [folder = ''] = readdirSync(join(dataDir, 'set-aside'));
    return join(dataDir, 'set-aside', folder, 'waystation.sqlite');
  }
  const keys = async () => (await runJson(dataDir, ['key', 'list'])) as readonly { readonly name: string }[];

  test('check 12: data of a newer version is asked about with both exits; to quit leaves every byte of it', async () => {
    const file = await newerData({ hasCopy: true });
    const before = readFileSync(file);
    const { app, page } = await open(['--hidden']);
    expect(await choices(page, 'Your data is from a newer Waystation')).toEqual(['Open the backup', 'Quit']);
    await page.getByRole('button', { name: 'Quit' }).click();
    expect(await app.exit).toBe(0);
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(existsSync(join(dataDir, 'set-aside'))).toBe(false);
  });

  test('check 12: the backup is opened in the same window, and the newer data is kept for the way back', async () => {
    await newerData({ hasCopy: true });
    const { app, page } = await open();
    await page.getByRole('heading', { name: 'Your data is from a newer Waystation' }).waitFor();
    await page.getByRole('button', { name: 'Open the backup' }).click();
    await runs(page);
    expect(await keys()).toMatchObject([{ name: 'laptop' }]);
    expect(keptIn(setAside())).toEqual({ thing: 'kept' });
    // From here on it is the window of the relay, and the only one.
    expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length, undefined)).toBe(1);
    expect(await page.evaluate(async () => await Reflect.get(window, 'waystation').show({}))).toMatchObject({
      isSafe: false,
    });
    app.kill('SIGTERM');
    expect(await app.exit).toBe(0);
  });

  test('check 12: without a backup an empty database is offered, and the newer data is kept', async () => {
    await newerData({ hasCopy: false });
    const { page } = await open();
    expect(await choices(page, 'Your data is from a newer Waystation')).toEqual([
      'Start with an empty database',
      'Quit',
    ]);
    await page.getByRole('button', { name: 'Start with an empty database' }).click();
    await runs(page);
    expect(await keys()).toEqual([]);
    expect(keptIn(setAside())).toEqual({ thing: 'kept' });
  });

  test('D21 keychain-locked: the window asks, no other key is taken, and the rest is shown without the accounts', async () => {
    const { page } = await open(['--secrets', 'keychain'], {
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent',
    });
    expect(await choices(page, 'Your keychain is locked')).toEqual(['Try again', 'Start without accounts']);
    await page.getByRole('button', { name: 'Start without accounts' }).click();
    await page.getByText('Waystation runs without its accounts').waitFor();
    expect(readdirSync(dataDir).filter((name) => name.endsWith('.key'))).toEqual([]);
  });

  test('D21 keychain-denied: a passphrase is asked for in the window, and a wrong one opens nothing', async () => {
    const secret = join(profile, 'passphrase');
    writeFileSync(secret, 'correct horse battery');
    const flags = ['--secrets', 'passphrase', '--passphrase-file', secret];
    await (await RelayProcess.start({ dataDir, flags })).stop();
    // At a port of its own, as it is outside of tests: there the page asks again by itself.
    const { page } = await open(['--secrets', 'auto', '--port', String(await freePort())], {
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent',
    });
    await page.getByLabel('Passphrase').fill('wrong horse battery');
    const looked = page.waitForResponse((answer) => isLook(answer.url(), answer.request().method()));
    await page.keyboard.press('Enter');
    await looked;
    await page.getByLabel('Passphrase').fill('correct horse battery');
    await page.keyboard.press('Enter');
    await runs(page);
  });

  test('D19 port-taken: the window asks, goes on at another port once, and no other one is taken silently', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { app, page } = await open(['--port', String(port)]);
    expect(await choices(page, 'Another program uses the port')).toEqual(['Use another port once', 'Try again']);
    expect(app.errors()).toContain(`Port ${port} on 127.0.0.1 is taken by another program.`);
    await page.getByRole('button', { name: 'Use another port once' }).click();
    await expect.poll(() => page.getByText('Running at').count(), patience).toBeGreaterThan(0);
    const { origin } = new URL(page.url());
    expect(origin).not.toContain(`:${port}`);
    expect((await fetch(`${origin}/health`)).status).toBe(200);
    other.close();
  });

  test('D06 moved home: a data folder that cannot be made is told with its path, and to close the window is to quit', async () => {
    const file = join(dataDir, 'file');
    writeFileSync(file, '');
    const { app, page } = await open(['--data-dir', join(file, 'below')]);
    expect(await choices(page, 'The data folder cannot be written')).toEqual(['Try again', 'Quit']);
    await page.locator('summary').click();
    await page.getByText(join(file, 'below')).first().waitFor();
    await app
      .evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close(), undefined)
      .catch(() => undefined);
    expect(await app.exit).toBe(0);
  });
});

function isLook(url: string, method: string): boolean {
  return url.endsWith('/waiting') && method === 'GET';
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
