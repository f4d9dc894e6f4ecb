import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Electron from 'electron';
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chooseShell, findElectron } from '../../scripts/launch/shell.mjs';
import {
  checkout,
  type Desktop,
  findChromium,
  type Launch,
  launchOnDouble,
  launchOnElectron,
  newProfile,
  removeProfile,
} from '../support/electron/driver.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { invitingRelay } from '../support/inviting-relay.ts';
import { addAccount, createKey, makeDataDir, RelayProcess, runJson } from '../support/relay-process.ts';
import { suiteThatNeeds } from '../support/required.ts';

/** What a window on a new profile shows. */
const firstRunOf = (page: Page) => page.getByRole('heading', { name: 'Where do tokens come from?' });

/** One specification for the double and for the real runtime; see tests/support/electron/README.md. */
function specification(launch: (options: Launch) => Promise<Desktop>): void {
  let profile: string;
  let dataDir: string;
  let desktop: Desktop | undefined;

  beforeEach(async () => {
    profile = newProfile();
    dataDir = await makeDataDir();
  });
  afterEach(async () => {
    desktop?.kill('SIGKILL');
    await desktop?.exit;
    desktop = undefined;
    removeProfile(profile);
    rmSync(dataDir, { recursive: true, force: true });
  });

  const given = () => ['--data-dir', dataDir, '--port', '0', '--secrets', 'key-file'];
  async function open(args: readonly string[] = []): Promise<Desktop> {
    desktop = await launch({ profile, args: [...given(), ...args] });
    return desktop;
  }
  const answerQuestions = (app: Desktop, response: number) =>
    app.evaluate(({ dialog }, answer) => {
      const asked: unknown[] = [];
      Reflect.set(globalThis, 'asked', asked);
      dialog.showMessageBox = async (...all: unknown[]) => {
        const { message, buttons } = all.at(-1) as Electron.MessageBoxOptions;
        asked.push({ message, buttons });
        return { response: answer, checkboxChecked: false };
      };
    }, response);
  const asked = (app: Desktop) => app.evaluate(() => Reflect.get(globalThis, 'asked'), undefined);

  test('check 10: boots a relay and opens its page in a locked window, signed in', async () => {
    const app = await open();
    const page = await app.firstWindow();
    await firstRunOf(page).waitFor();
    await page.getByText('Running at').waitFor();
    const { origin, hash } = new URL(page.url());
    expect((await fetch(`${origin}/health`)).status).toBe(200);
    expect(hash).not.toContain('ticket');
    const preferences = await app.evaluate(preferencesOfWindows, undefined);
    expect(preferences).toEqual([{ sandbox: true, contextIsolation: true, nodeIntegration: false }]);
    expect(
      await page.evaluate(() => [typeof Reflect.get(window, 'require'), typeof Reflect.get(window, 'process')]),
    ).toEqual(['undefined', 'undefined']);
  });

  test('the page cannot leave, and only listed https pages open in the browser', async () => {
    const app = await open();
    const page = await app.firstWindow();
    await firstRunOf(page).waitFor();
    const own = page.url();
    await app.evaluate(({ shell }) => {
      const opened: string[] = [];
      Reflect.set(globalThis, 'opened', opened);
      shell.openExternal = async (url) => void opened.push(url);
    }, undefined);
    await page.evaluate(() => {
      location.href = '/health';
    });
    for (const url of ['https://evil.example/', 'http://console.anthropic.com/', 'https://console.anthropic.com/']) {
      await page.evaluate((target) => void window.open(target), url);
    }
    await expect
      .poll(() => app.evaluate(() => Reflect.get(globalThis, 'opened'), undefined))
      .toEqual(['https://console.anthropic.com/']);
    expect(page.url()).toBe(own);
    await page.getByText('Running at').waitFor();
  });

  test('the page may copy and nothing else', async () => {
    const app = await open();
    const page = await app.firstWindow();
    await page.getByRole('banner').getByRole('button', { name: 'Copy address' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const states = await page.evaluate(async () => {
      const names = ['geolocation', 'notifications', 'clipboard-read'] as PermissionName[];
      return await Promise.all(names.map(async (name) => (await navigator.permissions.query({ name })).state));
    });
    expect(states).toEqual(['denied', 'denied', 'denied']);
  });

  test('a second start shows the first window and goes', async () => {
    const app = await open();
    await (await app.firstWindow()).getByText('Running at').waitFor();
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize(), undefined);
    const second = await launch({ profile, args: ['--data-dir', dataDir, '--port', '0', '--secrets', 'key-file'] });
    expect(await second.exit).toBe(0);
    await expect.poll(() => app.evaluate(stateOfWindows, undefined)).toEqual([{ isMinimized: false, isFocused: true }]);
  });

  // The drain limit is 30 s: a client that keeps its connection must not use it up.
  test('quitting closes the window at once and lets a running call end', async () => {
    await using upstream = await FakeAnthropic.start();
    const app = await open();
    const page = await app.firstWindow();
    const { origin } = new URL(page.url());
    await addAccount(dataDir, { name: 'main', baseUrl: upstream.url, secret: 'sk-ant-made-up' });
    const { key } = await createKey(dataDir, 'test');
    const gate = new Gate();
    upstream.script([gated(says('this answer is longer than the window lives'), { 'mid-content': gate })]);
    const reply = await fetch(`${origin}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' },
      body: JSON.stringify({
        model: 'claude-sonnet-4-5',
        max_tokens: 64,
        stream: true,
        messages: [{ role: 'user', content: 'Hello' }],
      }),
    });
    const closed = page.waitForEvent('close');
    await app.evaluate(({ app }) => app.quit(), undefined);
    app.kill('SIGTERM');
    await closed;
    gate.open();
    expect(await reply.text()).toContain('event: message_stop');
    expect(await app.exit).toBe(0);
    expect(await runJson(dataDir, ['usage', 'list'])).toMatchObject([{ status: 'completed', basis: 'reported' }]);
  });

  test('check 8: where there is no tray, closing is asked about once and never hides, and a second launch shows the window', async () => {
    const app = await open();
    await (await app.firstWindow()).getByText('Running at').waitFor();
    await answerQuestions(app, 1);
    const close = () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close(), undefined);
    await close();
    await expect.poll(() => app.evaluate(stateOfWindows, undefined)).toEqual([{ isMinimized: true, isFocused: false }]);
    await close();
    expect(await asked(app)).toEqual([
      { message: 'What should closing the window do?', buttons: ['Quit Waystation', 'Keep it running, minimised'] },
    ]);
    const second = await launch({ profile, args: given() });
    expect(await second.exit).toBe(0);
    await expect.poll(() => app.evaluate(stateOfWindows, undefined)).toEqual([{ isMinimized: false, isFocused: true }]);
    app.kill('SIGTERM');
    expect(await app.exit).toBe(0);
  });

  test('check 8: where there is no tray and that was chosen, closing quits, also the next time', async () => {
    const app = await open();
    await (await app.firstWindow()).getByText('Running at').waitFor();
    await answerQuestions(app, 0);
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close(), undefined);
    expect(await app.exit).toBe(0);
    const again = await open();
    await (await again.firstWindow()).getByText('Running at').waitFor();
    await again.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close(), undefined);
    expect(await again.exit).toBe(0);
  });

  test('check 10: the page may ask the desktop app what is the system’s, and nothing malformed', async () => {
    const app = await open();
    const page = await app.firstWindow();
    await page.getByText('Running at').waitFor();
    const ask = (name: string, input: unknown) =>
      page.evaluate(
        async ([call, given]) => {
          const bridge: unknown = Reflect.get(window, 'waystation');
          const method: unknown = typeof bridge === 'object' && bridge ? Reflect.get(bridge, String(call)) : undefined;
          return typeof method === 'function' ? await method(given) : 'no such thing';
        },
        [name, input] as const,
      );
    expect(await ask('show', {})).toMatchObject({ loginStart: 'off', canHide: false, update: { kind: 'off' } });
    expect(await ask('change', { loginStart: 'hidden' })).toMatchObject({ loginStart: 'hidden' });
    await expect(ask('change', { loginStart: 'hidden', shell: 'rm' })).rejects.toThrow('malformed');
    await expect(ask('change', { loginStart: 'perhaps' })).rejects.toThrow('malformed');
    expect(await ask('exec', {})).toBe('no such thing');
    expect(await page.evaluate(() => Object.keys(Reflect.get(window, 'waystation')).sort())).toEqual([
      'change',
      'checkForUpdate',
      'downloadUpdate',
      'installUpdate',
      'openDataFolder',
      'show',
      'takeInvite',
      'testNotification',
    ]);
  });

  test('B15 deep-link: a link is asked about, and shows a page and nothing else', async () => {
    const app = await open();
    const page = await app.firstWindow();
    await page.getByText('Running at').waitFor();
    await answerQuestions(app, 1);
    const follow = async (link: string) => await (await launch({ profile, args: [...given(), link] })).exit;
    await follow('waystation://open/usage');
    await expect.poll(() => asked(app)).toHaveLength(1);
    expect(page.url()).not.toContain('usage');
    await follow('waystation://open/javascript:alert(1)');
    await follow('waystation://connect/claude-code?key=wsk_0123456789');
    expect(await asked(app)).toHaveLength(1);
    await answerQuestions(app, 0);
    await follow('waystation://open/usage');
    await page.waitForURL(/#\/usage$/);
    expect(await asked(app)).toEqual([{ message: 'A link wants to open Waystation', buttons: ['Show it', 'Ignore'] }]);
  });

  test('B15 deep-link: an invite shows its host and fingerprint, and joins by one click; it stands in no address of the page', async () => {
    await using host = await invitingRelay();
    const { link } = await host.invite('Ada');
    const [, fragment = ''] = link.split('#');
    const { origin } = new URL(link);
    const app = await open();
    const page = await app.firstWindow();
    await page.getByText('Running at').waitFor();
    const visited: string[] = [];
    page.on('framenavigated', (frame) => visited.push(frame.url()));
    await answerQuestions(app, 0);
    const follow = async (target: string) => await (await launch({ profile, args: [...given(), target] })).exit;
    await follow(`waystation://join/${origin.replace('://', '/')}#key=wsk_01234567890123456789012345678901234567890`);
    await follow(`waystation://join/${origin.replace('://', '/')}/admin#${fragment}`);
    expect(await asked(app)).toEqual([]);
    await follow(`waystation://join/${origin.replace('://', '/')}#${fragment}`);
    const dialog = page.getByRole('dialog');
    await dialog.getByText(origin, { exact: true }).waitFor();
    await dialog.getByText(host.fingerprint).waitFor();
    expect(await runJson(dataDir, ['account', 'list'])).toEqual([]);
    await dialog.getByRole('button', { name: 'Join', exact: true }).click();
    await page.getByRole('row').filter({ hasText: '127.0.0.2' }).first().waitFor();
    expect(await runJson(dataDir, ['account', 'list'])).toMatchObject([{ name: '127.0.0.2', provider: 'relay' }]);
    expect(visited.filter((url) => url.includes(fragment.slice(2, 20)))).toEqual([]);
    expect(await page.evaluate(async () => await Reflect.get(window, 'waystation').takeInvite({}))).toEqual({
      invite: null,
    });
  });

  test('D20 crash-loop: a page that ends unexpectedly is loaded again, and the relay never notices', async () => {
    const app = await open();
    const page = await app.firstWindow();
    await page.getByText('Running at').waitFor();
    const { origin } = new URL(page.url());
    const crash = () =>
      app.evaluate(({ BrowserWindow }) => {
        const [window] = BrowserWindow.getAllWindows();
        window?.webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 1 });
      }, undefined);
    const reloaded = page.waitForEvent('load');
    await crash();
    await reloaded;
    await crash();
    await expect.poll(() => app.evaluate(stateOfWindows, undefined)).toEqual([]);
    expect((await fetch(`${origin}/health`)).status).toBe(200);
    expect(await (await launch({ profile, args: given() })).exit).toBe(0);
    await expect.poll(() => app.evaluate(stateOfWindows, undefined)).toHaveLength(1);
  });

  test('D20 crash-loop: a defect is kept in a file and a fresh process takes over; three in a minute lead to safe mode', async () => {
    const app = await open();
    await (await app.firstWindow()).getByText('Running at').waitFor();
    await app.evaluate(() => void setImmediate(() => Reflect.get(globalThis, 'missing').call()), undefined);
    expect(await app.exit).toBe(1);
    expect(readdirSync(join(dataDir, 'crashes'))).toHaveLength(1);
    // As if two more had followed at once.
    const journal = join(dataDir, 'desktop-run.json');
    const run: object = JSON.parse(readFileSync(journal, 'utf8'));
    writeFileSync(journal, JSON.stringify({ ...run, startedAt: Date.now(), crashes: [Date.now(), Date.now()] }));
    const looping = await open();
    expect(await looping.exit).toBe(0);
    expect(looping.errors()).toMatch(/\[relaunch\] .*--safe-mode --disable-gpu/);
    const safe = await open(['--safe-mode']);
    await (await safe.firstWindow()).getByText('Running at').waitFor();
    await expect.poll(() => safe.errors()).toContain('Waystation ended unexpectedly three times within a minute');
  });

  test('wrong settings end it with all of them and exit code 2', async () => {
    const app = await open(['--port', 'many', '--log-level', 'loud']);
    expect(await app.exit).toBe(2);
    expect(app.errors()).toMatch(/--port.*--log-level/s);
  });

  test('a relay that runs on the same data already is shown, and outlives the window', async () => {
    await using relay = await RelayProcess.start({ dataDir });
    const app = await open();
    const page = await app.firstWindow();
    await page.getByText('Running at').waitFor();
    expect(new URL(page.url()).origin).toBe(relay.url);
    await app.evaluate(({ app }) => app.quit(), undefined).catch(() => undefined);
    expect(await app.exit).toBe(0);
    expect((await fetch(`${relay.url}/health`)).status).toBe(200);
  });
}

/** As Electron keeps them; the method is there but in no typings. */
function preferencesOfWindows({ BrowserWindow }: typeof Electron): unknown {
  return BrowserWindow.getAllWindows().map(({ webContents }) => {
    const ask: unknown = Reflect.get(webContents, 'getLastWebPreferences');
    const preferences: unknown = typeof ask === 'function' ? ask.call(webContents) : {};
    return JSON.parse(JSON.stringify(preferences, ['sandbox', 'contextIsolation', 'nodeIntegration']));
  });
}

function stateOfWindows({ BrowserWindow }: typeof Electron): unknown {
  return BrowserWindow.getAllWindows().map((window) => ({
    isMinimized: window.isMinimized(),
    isFocused: window.isFocused(),
  }));
}

const noChromium = findChromium() ? undefined : 'no Chromium on the PATH';
suiteThatNeeds(noChromium, 'the desktop app on the double', () => specification(launchOnDouble));

// Not even on our own machines: the runtime is no part of the packages.
const electron = findElectron(checkout, process.env);
const { platform, env } = process;
const shell = chooseShell({ args: [], platform, env, isRoot: process.getuid?.() === 0, electron });
if (shell.kind === 'desktop') {
  describe('the desktop app on Electron', () => specification((options) => launchOnElectron(options, shell.electron)));
} else {
  describe.skip(`the desktop app on Electron (skipped: ${shell.reason})`, () => specification(launchOnDouble));
}
