import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Desktop, findChromium, launchOnDouble, newProfile, removeProfile } from '../support/electron/driver.ts';
import { choose, menuOf, submenuOf, trayEnvironment } from '../support/electron/tray-menu.ts';
import { makeDataDir, runCli, runJson } from '../support/relay-process.ts';
import { suiteThatNeeds } from '../support/required.ts';

const patience = { timeout: 60_000 };
const original = '{\n  // mine\n  "model": "opus"\n}\n';

/** The desktop app on a computer of its own, where Claude Code is installed. */
suiteThatNeeds(findChromium() ? undefined : 'no Chromium on the PATH', 'the desktop app and connected tools', () => {
  let profile: string;
  let dataDir: string;
  let desktop: Desktop | undefined;
  beforeEach(async () => {
    [profile, dataDir] = [newProfile(), await makeDataDir()];
    mkdirSync(join(profile, 'home', '.claude'), { recursive: true });
    mkdirSync(join(profile, 'tools'));
    writeFileSync(join(profile, 'tools', 'claude'), '#!/bin/sh\necho 2.1.330\n');
    chmodSync(join(profile, 'tools', 'claude'), 0o755);
    writeFileSync(settings(), original);
  });
  afterEach(async () => {
    desktop?.kill('SIGKILL');
    await desktop?.exit;
    desktop = undefined;
    removeProfile(profile);
    rmSync(dataDir, { recursive: true, force: true });
  });

  const settings = () => join(profile, 'home', '.claude', 'settings.json');
  const written = () => readFileSync(settings(), 'utf8');
  async function open(): Promise<Desktop> {
    const tray = trayEnvironment(profile);
    const env = {
      ...tray,
      HOME: join(profile, 'home'),
      PATH: [join(profile, 'tools'), tray['PATH']].join(delimiter),
    };
    const given = ['--data-dir', dataDir, '--port', '0', '--secrets', 'key-file'];
    desktop = await launchOnDouble({ profile, env, args: [...given, '--hidden'] });
    await expect.poll(() => menuOf(desktop as Desktop), patience).toContainEqual(expect.stringMatching(/^Connected/));
    return desktop;
  }
  const connect = () => runCli(dataDir, ['connect', 'claude-code', '--yes']);
  const answerQuestions = (app: Desktop, response: number) =>
    app.evaluate(({ dialog }, answer) => {
      dialog.showMessageBox = async () => ({ response: answer, checkboxChecked: false });
    }, response);

  test('check 3: quitting gives tools their settings back; the next start offers them, and writes nothing by itself', async () => {
    const app = await open();
    expect(await menuOf(app)).toEqual(expect.arrayContaining(['Connected tools: 0', 'Share on LAN: Off', 'Quit']));
    expect((await connect()).exitCode).toBe(0);
    expect(written()).toContain('ANTHROPIC_BASE_URL');
    await expect.poll(() => menuOf(app), patience).toContain('Connected tools: 1');
    expect(await submenuOf(app, 'Connected tools: 1')).toEqual(
      expect.arrayContaining(['✓ Claude Code', '– Codex CLI', 'Disconnect all…']),
    );
    await choose(app, 'Quit (restores connected tools)');
    expect([await app.exit, written()]).toEqual([0, original]);

    const next = await open();
    expect(await menuOf(next)).toContain('Connected tools: 0');
    await choose(next, 'Open Waystation');
    const page = await next.firstWindow();
    await page.evaluate(() => localStorage.setItem('waystation.first-run', 'closed'));
    await page.goto(`${new URL(page.url()).origin}/admin/`);
    await page.getByText('Quitting disconnected Claude Code.').waitFor();
    await page.getByRole('button', { name: 'Connect again' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('"ANTHROPIC_BASE_URL"').waitFor();
    expect(written()).toBe(original);
    await dialog.getByRole('button', { name: 'Write these lines' }).click();
    await dialog.getByText('Waiting for its first request').waitFor();
    expect(written()).toContain('ANTHROPIC_BASE_URL');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByText('Quitting gave these tools').count()).toBe(0);
    expect(await runJson(dataDir, ['connect', '--list'])).toContainEqual(
      expect.objectContaining({ tool: 'claude-code', state: 'connected', isSetAside: false }),
    );
  });

  test('the tray disconnects all only when that is confirmed, and leads to the card of a tool', async () => {
    const app = await open();
    await connect();
    await expect.poll(() => menuOf(app), patience).toContain('Connected tools: 1');
    await choose(app, 'Connected tools: 1', 'Disconnect all…');
    await expect.poll(() => app.errors()).toContain('Disconnect all tools? | Every tool gets back');
    expect(written()).toContain('ANTHROPIC_BASE_URL');
    await answerQuestions(app, 0);
    await choose(app, 'Connected tools: 1', 'Disconnect all…');
    await expect.poll(() => menuOf(app), patience).toContain('Connected tools: 0');
    expect(written()).toBe(original);
    await choose(app, 'Connected tools: 0', '– Claude Code');
    const page = await app.firstWindow();
    await page.waitForURL(/#\/connections\?tool=claude-code$/);
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.textContent), patience)
      .toContain('Connect Claude Code');
    await choose(app, 'Share on LAN: Off', 'Turn on…');
    await page.waitForURL(/#\/team\?tab=sharing$/);
    expect(await page.getByText('Quitting').count()).toBe(0);
  });

  test('who chose so keeps connected tools over a quit', async () => {
    writeFileSync(join(dataDir, 'desktop.json'), JSON.stringify({ whenQuitting: 'leave' }));
    const app = await open();
    await connect();
    await expect.poll(() => menuOf(app), patience).toContain('Connected tools: 1');
    await choose(app, 'Quit');
    expect(await app.exit).toBe(0);
    expect(written()).toContain('ANTHROPIC_BASE_URL');
  });

  test('check 3: a process that is killed while it quits leaves no tool on a dead address without a word', async () => {
    const app = await open();
    await connect();
    app.kill('SIGTERM');
    await expect.poll(() => readFileSync(settings(), 'utf8'), { interval: 1, timeout: 60_000 }).toBe(original);
    app.kill('SIGKILL');
    await app.exit;
    const next = await open();
    expect(written()).toBe(original);
    expect(await menuOf(next)).toContain('Connected tools: 0');
    expect(await runJson(dataDir, ['connect', '--list'])).toContainEqual(
      expect.objectContaining({ tool: 'claude-code', state: 'not-connected', isSetAside: true }),
    );
  });
});
