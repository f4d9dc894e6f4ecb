import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  checkout,
  type Desktop,
  findChromium,
  launchOnDouble,
  newProfile,
  removeProfile,
} from '../support/electron/driver.ts';
import { choose, menuOf as menu, trayEnvironment } from '../support/electron/tray-menu.ts';
import { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { addAccount, createKey, makeDataDir, runJson } from '../support/relay-process.ts';
import { suiteThatNeeds } from '../support/required.ts';

const patience = { timeout: 60_000 };

/** A Linux desktop whose session bus says that somebody draws tray icons. */
suiteThatNeeds(findChromium() ? undefined : 'no Chromium on the PATH', 'the desktop app in a tray', () => {
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

  async function open(args: readonly string[] = [], more: Readonly<Record<string, string>> = {}): Promise<Desktop> {
    const env = { ...trayEnvironment(profile), ...more };
    const given = ['--data-dir', dataDir, '--port', '0', '--secrets', 'key-file'];
    desktop = await launchOnDouble({ profile, env, args: [...given, ...args] });
    return desktop;
  }

  test('paused from the tray it refuses calls in a clear sentence until it is resumed there', async () => {
    await using upstream = await FakeAnthropic.start();
    const app = await open(['--hidden']);
    await expect.poll(() => menu(app), patience).toContain('Pause relay');
    const [status = ''] = await menu(app);
    const url = `http://${/127\.0\.0\.1:\d+/.exec(status)?.[0]}`;
    await addAccount(dataDir, { name: 'main', baseUrl: upstream.url, secret: 'sk-ant-made-up' });
    const { key } = await createKey(dataDir, 'test');
    const ask = () => call(url, key);
    await choose(app, 'Pause relay');
    await expect.poll(() => menu(app), patience).toContain('Resume relay');
    const refused = await ask();
    expect(refused.status).toBe(503);
    expect(await refused.text()).toContain('paused');
    await choose(app, 'Resume relay');
    await expect.poll(() => menu(app), patience).toContain('Pause relay');
    expect((await ask()).status).toBe(200);
  });

  test('where calls go is chosen in the tray, and said there', async () => {
    const app = await open(['--hidden']);
    await expect.poll(() => menu(app), patience).toContain('Routing…');
    for (const name of ['main', 'spare']) {
      await addAccount(dataDir, { name, baseUrl: 'http://127.0.0.1:9', secret: 'sk-ant-made-up' });
    }
    await expect.poll(() => menu(app), patience).toContain('Route: Automatic');
    await choose(app, 'Route: Automatic', 'Only spare');
    await expect.poll(() => menu(app), patience).toContain('Route: only spare');
    expect(await runJson(dataDir, ['routing', 'show'])).toMatchObject({ aim: { kind: 'only' } });
    await choose(app, 'Route: only spare', 'Automatic');
    await expect.poll(() => menu(app), patience).toContain('Route: Automatic');
  });

  test('check 8: start at login follows the choice, and an AppImage that was moved', async () => {
    const file = join(profile, 'config', 'autostart', 'io.waystation.desktop.desktop');
    const app = await open(['--hidden']);
    await expect.poll(() => menu(app), patience).toContain('Start at login');
    await choose(app, 'Start at login', 'In the tray');
    expect(readFileSync(file, 'utf8')).toContain(`Exec="${join(profile, 'W.AppImage')}" --started-at-login --hidden`);
    await choose(app, 'Quit');
    await app.exit;
    const moved = join(profile, 'Apps', 'W.AppImage');
    const again = await open(['--hidden'], { APPIMAGE: moved });
    await expect.poll(() => menu(again), patience).toContain('Start at login');
    expect(readFileSync(file, 'utf8')).toContain(`Exec="${moved}" --started-at-login --hidden`);
    await choose(again, 'Start at login', 'Off');
    expect(existsSync(file)).toBe(false);
  });

  test('what looks the same is not built again, and every picture is there in both themes', async () => {
    const app = await open(['--hidden']);
    await expect.poll(() => menu(app), patience).toContain('No account yet');
    const count = () =>
      app.evaluate((electron) => Reflect.get(Reflect.get(electron.Tray, 'all')[0], 'menusSet'), undefined);
    const before = await count();
    const image = await app.evaluate(({ nativeTheme, Tray }) => {
      Object.assign(nativeTheme, { shouldUseDarkColors: true });
      nativeTheme.emit('updated');
      return Reflect.get(Reflect.get(Tray, 'all')[0], 'image');
    }, undefined);
    expect(image).toBe(join(checkout, 'resources', 'icons', 'tray', 'dot-light.png'));
    expect(await count()).toBe(before);
  });

  test('D17 suspend-resume: the relay hears of a sleep', async () => {
    const app = await open(['--hidden']);
    await expect.poll(() => menu(app), patience).toContain('No account yet');
    await app.evaluate(({ powerMonitor }) => {
      powerMonitor.emit('suspend');
      powerMonitor.emit('resume');
    }, undefined);
    expect(await menu(app)).toContain('No account yet');
    app.kill('SIGTERM');
    expect(await app.exit).toBe(0);
    expect(app.errors()).not.toMatch(/error/i);
  });
});

async function call(url: string, key: string): Promise<Response> {
  return await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] }),
  });
}
