import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { AdminPage, type AdminPageOptions } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { fetchClaudeCode } from '../support/claude-code.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { textsOf } from '../support/page-texts.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** The first run fetches the CLI. */
const fetchTimeoutMs = 600_000;
const budgetMs = 60_000;
let program: string;

beforeAll(async () => {
  program = await fetchClaudeCode();
}, fetchTimeoutMs);

/** A computer with the real Claude Code, signed in, and with a Codex that no account would serve. */
async function startAtHome(options: AdminPageOptions = {}) {
  const home = temporaryFolder();
  for (const folder of ['bin', '.claude', 'work']) mkdirSync(join(home, folder), { recursive: true });
  symlinkSync(program, join(home, 'bin', 'claude'));
  writeFileSync(join(home, 'bin', 'codex'), '#!/bin/sh\necho 0.169.0\n', { mode: 0o755 });
  const login = { accessToken: 'made-up-access', refreshToken: 'made-up-refresh', expiresAt: Date.now() + 3_600_000 };
  const claudeAiOauth = { ...login, scopes: ['user:inference'], subscriptionType: 'max' };
  writeFileSync(join(home, '.claude', '.credentials.json'), JSON.stringify({ claudeAiOauth }));
  const env = { HOME: home, PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}`, TMPDIR: home, LANG: 'C.UTF-8' };
  const at = await AdminPage.start({ ...options, env, isFirstRun: true });
  onTestFinished(() => at[Symbol.asyncDispose]());
  // The vendor's address is the only thing that is not as at home.
  await at.page.route('**/linked-logins', async (route) => {
    const { target } = route.request().postDataJSON();
    const settings = { baseUrl: at.upstream.url };
    await route.continue({ postData: JSON.stringify({ target: { ...target, settings, allowLocalUpstream: true } }) });
  });
  return { at, env, settings: join(home, '.claude', 'settings.json'), work: join(home, 'work') };
}

/** In a new terminal. */
async function type(line: string, cwd: string, env: Readonly<Record<string, string>>): Promise<string> {
  const quiet = { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1', DISABLE_TELEMETRY: '1' };
  const child = spawn('sh', ['-c', line], {
    cwd,
    env: { ...env, ...quiet, NO_PROXY: '127.0.0.1,localhost' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      said += part;
    });
  }
  await once(child, 'close');
  return said;
}

/** Goes on with the Tab key until what is named has the focus. */
async function tabTo({ page }: AdminPage, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    const names = await page.evaluate(() => {
      const focused = document.activeElement;
      if (!(focused instanceof HTMLElement)) return [];
      const labels = focused instanceof HTMLInputElement ? [...(focused.labels ?? [])].map((one) => one.innerText) : [];
      return [focused.getAttribute('aria-label') ?? '', focused.innerText, ...labels].map((text) => text.trim());
    });
    if (names.includes(name)) return;
  }
  expect.fail(`the Tab key never comes to ${name}`);
}

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'the first run', () => {
  test('check 1: takes at most three clicks and 60 s from launch to the first relayed call of the real Claude Code', async () => {
    const startedAt = performance.now();
    const { at, env, settings, work } = await startAtHome();
    const { page, upstream } = at;
    await at.signIn();
    let clicks = 0;
    const click = async (name: string) => {
      await page.getByRole('button', { name }).click();
      clicks += 1;
    };
    await page.getByRole('heading', { name: 'Where do tokens come from?' }).waitFor();
    await page.getByRole('button', { name: 'Accept and use Claude subscription' }).waitFor();
    await at.picture('first run source light, English, wide');
    await click('Accept and use Claude subscription');

    await page.getByText('"ANTHROPIC_BASE_URL"').waitFor();
    expect(await page.getByRole('checkbox', { name: /^Claude Code/ }).isChecked()).toBe(true);
    // Nobody would answer it.
    expect(await page.getByRole('checkbox', { name: /^Codex/ }).isChecked()).toBe(false);
    expect(existsSync(settings)).toBe(false);
    await at.picture('first run tools light, English, wide');
    await click('Connect 1 tool');

    await page.getByText('Waiting for the first request').waitFor();
    await at.picture('first run try light, English, wide');
    await click('Copy command');
    upstream.script([says('hello indeed')]);
    const said = await type(await page.evaluate(() => navigator.clipboard.readText()), work, env);
    await page.getByText('Working.').waitFor();
    const tookMs = performance.now() - startedAt;
    process.stdout.write(`first run: ${clicks} clicks, ${(tookMs / 1_000).toFixed(1)} s to the first relayed call\n`);
    expect([said, clicks <= 3, tookMs <= budgetMs]).toEqual([expect.stringContaining('hello indeed'), true, true]);
    expect(readFileSync(settings, 'utf8')).toContain(at.relay.url);

    const way = page.getByRole('list').filter({ hasText: 'First byte' });
    await way.getByText('Claude subscription', { exact: true }).waitFor();
    await at.picture('first run working light, English, wide');
    expect(await at.barriers()).toEqual([]);
    await page.getByRole('button', { name: 'Go to Home' }).click();
    await page.getByRole('region', { name: 'Last calls' }).getByRole('row').nth(1).waitFor();
    expect(at.complaints).toEqual([]);
  });

  test('ticks a tool that an account serves also when the account is known a moment after the step began', async () => {
    const { at } = await startAtHome();
    const { page } = at;
    await at.signIn();
    await page.getByRole('button', { name: 'Accept and use Claude subscription' }).waitFor();
    const shown = Promise.withResolvers<void>();
    await page.route('**/admin/api/accounts', async (route) => {
      await shown.promise;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Accept and use Claude subscription' }).click();
    const tool = page.getByRole('checkbox', { name: /^Claude Code/ });
    await tool.waitFor();
    shown.resolve();
    await page.getByText('"ANTHROPIC_BASE_URL"').waitFor();
    expect(await tool.isChecked()).toBe(true);
    // What somebody chose stays.
    await tool.uncheck();
    await page.getByText('"ANTHROPIC_BASE_URL"').waitFor({ state: 'hidden' });
    expect(await tool.isChecked()).toBe(false);
  });

  test('can be walked with the keyboard alone, skipped, closed and taken up again: Japanese, dark, 360 px', async () => {
    const { at, settings, env } = await startAtHome({ language: 'ja', theme: 'dark', width: 360 });
    writeFileSync(join(env.HOME, '.zshrc'), 'export ANTHROPIC_API_KEY=sk-ant-canary\n');
    const t = await textsOf('ja');
    const { page } = at;
    const look = async (step: string) => {
      await at.picture(`first run ${step} dark, Japanese, 360`);
      expect([step, await at.barriers(), await at.isCutOff()]).toEqual([step, [], false]);
    };
    const press = async (name: string) => {
      await tabTo(at, name);
      await page.keyboard.press('Enter');
    };
    const use = t('first-run.useOf', { name: t('provider.claude-subscription') });
    await at.signIn();
    await page.getByRole('button', { name: use }).waitFor();
    await look('source');

    // Skipped to the end and closed: Home has the list, and a way back.
    await press(t('first-run.skip'));
    await page.getByRole('heading', { name: t('first-run.tools') }).waitFor();
    await press(t('first-run.skip'));
    await page.getByText(t('first-run.noneConnected')).waitFor();
    await press(t('first-run.later'));
    await page.getByRole('heading', { name: t('setup.heading') }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: t('setup.heading') }).waitFor();
    await press(t('setup.guide'));

    await page.getByRole('button', { name: use }).waitFor();
    await press(use);
    await page.getByText('"ANTHROPIC_BASE_URL"').waitFor();
    // What stands in the way is a row of its own.
    await page
      .getByText(/ANTHROPIC_API_KEY.*\.zshrc|\.zshrc.*ANTHROPIC_API_KEY/)
      .first()
      .waitFor();
    await look('tools');
    // What is done is known from what there is: it goes on here, whoever opens it.
    await at.go('/welcome');
    await page.getByText('"ANTHROPIC_BASE_URL"').waitFor();
    await press(t('first-run.connect', { count: 1 }));
    await page.getByText(t('first-run.waiting')).waitFor();
    expect(readFileSync(settings, 'utf8')).toContain(at.relay.url);
    await look('try');
    await press(t('first-run.send'));
    await page.getByText(t('first-run.working')).waitFor();
    await press(t('first-run.home'));
    await page.getByRole('heading', { name: t('setup.heading') }).waitFor();
    expect(at.complaints).toEqual([]);
  });
});
