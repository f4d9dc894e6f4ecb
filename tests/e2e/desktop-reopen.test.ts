import { rmSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Desktop, findChromium, launchOnDouble, newProfile, removeProfile } from '../support/electron/driver.ts';
import { choose, menuOf as menu, trayEnvironment } from '../support/electron/tray-menu.ts';
import { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { machinePace } from '../support/machine-pace.ts';
import { addAccount, createKey, makeDataDir, runJson } from '../support/relay-process.ts';
import { suiteThatNeeds } from '../support/required.ts';

const patience = { timeout: 60_000 };
const rounds = 4;

/** Held to a time, so it runs alone. */
suiteThatNeeds(findChromium() ? undefined : 'no Chromium on the PATH', 'the desktop app behind its tray icon', () => {
  let profile: string;
  let dataDir: string;
  let desktop: Desktop | undefined;
  beforeEach(async () => {
    [profile, dataDir] = [newProfile(), await makeDataDir()];
  });
  afterEach(async () => {
    desktop?.kill('SIGKILL');
    await desktop?.exit;
    removeProfile(profile);
    rmSync(dataDir, { recursive: true, force: true });
  });

  const windows = (app: Desktop) =>
    app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length, undefined);
  const close = (app: Desktop) =>
    app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close(), undefined);
  /** For us too, or the next window would be taken for the one that is going. */
  async function released(app: Desktop, page: Page): Promise<void> {
    await expect.poll(() => windows(app), patience).toBe(0);
    await expect.poll(() => page.isClosed(), patience).toBe(true);
  }
  async function reopened(app: Desktop): Promise<number> {
    const before = performance.now();
    await choose(app, 'Open Waystation');
    const page = await app.firstWindow();
    await page.getByText('Running at').waitFor();
    const ms = Math.round(performance.now() - before);
    await close(app);
    await released(app, page);
    return ms;
  }

  test('check 5: hidden it has no page, its totals are right, and it is back within a second', async () => {
    await using upstream = await FakeAnthropic.start();
    const given = ['--data-dir', dataDir, '--port', '0', '--secrets', 'key-file', '--hidden'];
    const app = await launchOnDouble({ profile, env: trayEnvironment(profile), args: given });
    desktop = app;
    await expect.poll(() => menu(app), patience).toContain('No account yet');
    const [status = ''] = await menu(app);
    const url = `http://${/127\.0\.0\.1:\d+/.exec(status)?.[0]}`;
    expect(await windows(app)).toBe(0);
    await addAccount(dataDir, { name: 'main', baseUrl: upstream.url, secret: 'sk-ant-made-up' });
    const { key } = await createKey(dataDir, 'test');
    await (await call(url, key)).text();
    await expect.poll(() => menu(app), patience).toContain('main  $0.00 today');
    await expect.poll(() => menu(app), patience).toContainEqual(expect.stringMatching(/^Today: 1 request/));
    // The same number as everywhere.
    expect(await runJson(dataDir, ['usage', 'today'])).toMatchObject({ total: { calls: 1 } });
    await choose(app, 'Open Waystation');
    const page = await app.firstWindow();
    await page.getByText('Running at').waitFor();
    const opened = await page.evaluate(
      async () => await Reflect.get(window, 'waystation').change({ releaseAfterMinutes: 0.01 }),
    );
    expect(opened).toMatchObject({ canHide: true });
    await close(app);
    expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible(), undefined)).toBe(
      false,
    );
    // Hidden long enough: no process draws a page that nobody sees, and the tray goes on.
    await released(app, page);
    // Nobody looks, and it goes on counting.
    await (await call(url, key)).text();
    await expect.poll(() => menu(app), patience).toContainEqual(expect.stringMatching(/^Today: 2 requests/));
    expect(await runJson(dataDir, ['usage', 'today'])).toMatchObject({ total: { calls: 2 } });
    const times: number[] = [];
    while (times.length < rounds) times.push(await reopened(app));
    // The best of them: what else this machine does meanwhile is not what is measured.
    const pace = machinePace();
    const found = `reopened in ${times.join(', ')} ms on a machine ${pace.toFixed(1)} times as slow as usual`;
    process.stdout.write(`${found}\n`);
    expect(Math.min(...times), found).toBeLessThanOrEqual(1_000 * pace);
    await choose(app, 'Live log');
    await (await app.firstWindow()).waitForURL(/#\/live$/);
    await choose(app, 'Quit');
    expect(await app.exit).toBe(0);
  });
});

async function call(url: string, key: string): Promise<Response> {
  return await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] }),
  });
}
