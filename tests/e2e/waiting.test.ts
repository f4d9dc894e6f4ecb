import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { AdminPage, type AdminPageOptions } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { makeDataDir, RelayProcess, runCli } from '../support/relay-process.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const asks = ['--on-trouble', 'ask'];
const noBus = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' };

/** A relay that cannot start, and the page on which it asks. */
async function ask(flags: readonly string[], dataDir: string, look: AdminPageOptions = {}): Promise<AdminPage> {
  const relay = RelayProcess.start({ dataDir, flags: [...asks, ...flags], isAsking: true, env: noBus });
  const at = await AdminPage.start({ ...look, relay });
  await at.page.goto(at.relay.url);
  await at.page.locator('main h1').waitFor();
  await at.page.locator('main details').waitFor();
  return at;
}

/** What everybody must be able to read and use, kept to be looked at. */
async function lookAt(at: AdminPage, name: string): Promise<void> {
  for (const width of [1440, 360]) {
    for (const theme of ['light', 'dark'] as const) {
      await at.look({ theme, width });
      await at.picture(`${name} ${theme}, ${width === 360 ? 'as small as a phone' : 'wide'}`);
      expect(await at.barriers()).toEqual([]);
      expect(await at.isCutOff()).toBe(false);
    }
  }
  expect(await at.page.getByRole('button').count()).toBe(2);
  await at.look({ theme: 'light', width: 1440 });
}

async function runs({ page }: AdminPage): Promise<void> {
  await page.getByRole('navigation').waitFor();
  await page.getByText('Running').first().waitFor();
}

async function occupy(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { server, port: typeof address === 'object' && address ? address.port : 0 };
}

/** Data as one of our relays leaves it. */
async function usedData(flags: readonly string[] = []): Promise<string> {
  const dataDir = await makeDataDir();
  const relay = await RelayProcess.start({ dataDir, flags, env: noBus });
  await relay.stop();
  return dataDir;
}

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'a relay that cannot start asks on a page', () => {
  test('D19 port-taken: it moves to another port only when that is chosen, and starts at its own once that is free', async () => {
    const { server, port } = await occupy();
    const dataDir = temporaryFolder();
    await using at = await ask(['--port', String(port)], dataDir);
    await at.page.getByRole('heading', { name: 'Another program uses the port' }).waitFor();
    await lookAt(at, 'port taken');
    await at.page.keyboard.press('Tab');
    await at.page.keyboard.press('Tab');
    await at.page.keyboard.press('Enter');
    await at.page.waitForResponse((response) => response.url().endsWith('/waiting'));
    await at.page.getByRole('heading', { name: 'Another program uses the port' }).waitFor();
    await new Promise((resolve) => server.close(resolve));
    await at.page.getByRole('button', { name: 'Try again' }).click();
    await runs(at);
    expect(new URL(at.page.url()).port).toBe(String(port));
  });

  test('D19 port-taken: another port, once', async () => {
    const { server, port } = await occupy();
    await using at = await ask(['--port', String(port)], temporaryFolder());
    await at.page.getByRole('button', { name: 'Use another port once' }).click();
    await runs(at);
    expect(new URL(at.page.url()).port).not.toBe(String(port));
    await new Promise((resolve) => server.close(resolve));
  });

  test('a database of a newer version stays as it is, and the copy from before is opened when that is chosen', async () => {
    const dataDir = await usedData();
    const file = join(dataDir, 'waystation.sqlite');
    mkdirSync(join(dataDir, 'snapshots'), { recursive: true });
    const newer = new Database(file);
    newer.pragma('wal_checkpoint(truncate)');
    copyFileSync(file, join(dataDir, 'snapshots', 'before-9000-next-2026-11-01T00-00-00-000Z.sqlite'));
    newer.prepare('insert into migrations (id, applied_at) values (?, ?)').run('9000-next', 1);
    newer.close();
    await using at = await ask([], dataDir);
    await at.page.getByRole('heading', { name: 'Your data is from a newer Waystation' }).waitFor();
    await lookAt(at, 'newer database');
    const told = await runCli(dataDir, ['account', 'list']);
    expect(told.stderr).toContain('waystation open');
    await at.page.getByRole('button', { name: 'Open the backup' }).click();
    await runs(at);
    const [folder = ''] = readdirSync(join(dataDir, 'set-aside'));
    const kept = new Database(join(dataDir, 'set-aside', folder, 'waystation.sqlite'), { readonly: true });
    expect(kept.prepare("select id from migrations where id = '9000-next'").get()).toEqual({ id: '9000-next' });
    kept.close();
  });

  test('D05 db-corrupt: what cannot be read is kept, and nothing is changed by whoever quits', async () => {
    const dataDir = await usedData();
    const file = join(dataDir, 'waystation.sqlite');
    writeFileSync(file, 'not a database, and longer than its header would be'.repeat(40));
    const before = readFileSync(file);
    await using at = await ask([], dataDir);
    await at.page.getByRole('heading', { name: 'The database is damaged' }).waitFor();
    await lookAt(at, 'damaged database');
    await at.page.getByRole('button', { name: 'Quit' }).click();
    await at.page.getByRole('heading', { name: 'Waystation has ended' }).waitFor();
    expect(await at.relay.exit()).toBe(1);
    expect(readFileSync(file).equals(before)).toBe(true);
    await using again = await ask([], dataDir);
    await again.page.getByRole('button', { name: 'Start with an empty database' }).click();
    await runs(again);
    const [folder = ''] = readdirSync(join(dataDir, 'set-aside'));
    expect(readFileSync(join(dataDir, 'set-aside', folder, 'waystation.sqlite')).equals(before)).toBe(true);
  });

  test('D06 db-readonly / moved home: a folder that cannot be used is said, with what to do', async () => {
    const place = join(temporaryFolder(), 'moved');
    writeFileSync(place, 'a file where the folder was');
    await using at = await ask([], join(place, 'waystation'));
    await at.page.getByRole('heading', { name: 'The data folder cannot be written' }).waitFor();
    await lookAt(at, 'folder unusable');
  });

  test('D21 keychain-locked: it waits, takes no other key, and shows the rest without the accounts when that is chosen', async () => {
    const dataDir = temporaryFolder();
    await using at = await ask(['--secrets', 'keychain'], dataDir);
    await at.page.getByRole('heading', { name: 'Your keychain is locked' }).waitFor();
    await lookAt(at, 'locked keychain');
    const refused = await fetch(`${new URL(at.page.url()).origin}/v1/messages`, { method: 'POST', body: '{}' });
    expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining('keychain')]);
    await at.page.getByRole('button', { name: 'Start without accounts' }).click();
    await at.page.getByRole('navigation').waitFor();
    await at.page.getByText('Waystation runs without its accounts').waitFor();
    await at.picture('without accounts light, wide');
    const { origin } = new URL(at.page.url());
    const call = await fetch(`${origin}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': 'wsk_any' },
      body: '{}',
    });
    expect(call.status).toBe(503);
    expect(readdirSync(dataDir).filter((name) => name.endsWith('.key'))).toEqual([]);
    expect(existsSync(join(dataDir, 'waystation.sqlite'))).toBe(true);
  });

  test('D21 keychain-locked: a passphrase is asked for, a wrong one opens nothing, the right one everything', async () => {
    const secret = join(temporaryFolder(), 'passphrase');
    writeFileSync(secret, 'correct horse battery');
    const dataDir = await usedData(['--secrets', 'passphrase', '--passphrase-file', secret]);
    await using at = await ask(['--secrets', 'auto'], dataDir, { language: 'ja' });
    await at.page.getByRole('heading', { name: 'パスフレーズが必要です' }).waitFor();
    await lookAt(at, 'passphrase needed Japanese');
    await at.page.getByLabel('パスフレーズ').fill('wrong horse battery');
    await at.page.keyboard.press('Enter');
    await at.page.waitForResponse(
      (response) => response.url().endsWith('/waiting') && response.request().method() === 'GET',
    );
    await at.page.getByLabel('パスフレーズ').fill('correct horse battery');
    await at.page.keyboard.press('Enter');
    await at.page.getByRole('navigation').waitFor();
  });
});
