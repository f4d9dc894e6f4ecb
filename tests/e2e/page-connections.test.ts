import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { overHttp } from '../../app/cli/client.ts';
import { readRuntime } from '../../app/instance.ts';
import { AdminPage } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { suiteThatNeeds } from '../support/required.ts';

const original = '{\n  // mine\n  "model": "opus",\n}\n';

/** A computer with Claude Code and Codex, one of which has a variable in its way. */
function homeWithTools() {
  const home = mkdtempSync(join(tmpdir(), 'waystation-home-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(join(home, 'bin'));
  for (const [name, version] of [
    ['claude', '2.1.330'],
    ['codex', '0.169.0'],
  ]) {
    const program = join(home, 'bin', name ?? '');
    writeFileSync(program, `#!/bin/sh\necho ${version}\n`);
    chmodSync(program, 0o755);
  }
  mkdirSync(join(home, '.claude'));
  const settings = join(home, '.claude', 'settings.json');
  writeFileSync(settings, original);
  return { home, settings, env: { HOME: home, PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}` } };
}

async function ask(at: AdminPage, key: string): Promise<void> {
  const response = await fetch(`${at.relay.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] }),
  });
  await response.text();
}

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'the Connections page', () => {
  test('a tool is connected with every line shown before, its first request is seen, and it gets back what it had', async () => {
    const { settings, env } = homeWithTools();
    await using at = await AdminPage.start({ env });
    const { page, relay, upstream } = at;
    await relay.addAccount({ name: 'main', baseUrl: upstream.url, secret: 'sk-ant-made-up' });
    await at.signIn('/connections');
    const card = page.getByRole('region', { name: /^Claude Code/ });
    await card.getByText('Not connected').waitFor();
    await at.picture('connections before light, English, wide');

    await card.getByRole('button', { name: 'Connect Claude Code' }).press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('"ANTHROPIC_BASE_URL"').waitFor();
    expect(await dialog.innerText()).toContain('"ANTHROPIC_AUTH_TOKEN": "••••••••"');
    expect(await at.barriers()).toEqual([]);
    await at.picture('connections change light, English, wide');
    expect(readFileSync(settings, 'utf8')).toBe(original);

    await dialog.getByRole('button', { name: 'Write these lines' }).press('Enter');
    await dialog.getByText('Waiting for its first request').waitFor();
    const [, key = ''] = /"ANTHROPIC_AUTH_TOKEN": "([^"]+)"/.exec(readFileSync(settings, 'utf8')) ?? [];
    await ask(at, key);
    await dialog.getByText('It works.').waitFor();
    await at.picture('connections seen light, English, wide');
    await dialog.getByRole('button', { name: 'Done' }).press('Enter');
    await card.getByText('Connected', { exact: true }).waitFor();

    // Another program writes the file: the page says so by itself, and nobody writes it back.
    const theirs = readFileSync(settings, 'utf8').replace(/http:[^"]+/, 'http://elsewhere.example');
    writeFileSync(settings, theirs);
    await card.getByText('Changed by something else').waitFor();
    await at.picture('connections drifted light, English, wide');
    expect(readFileSync(settings, 'utf8')).toBe(theirs);

    await card.getByRole('button', { name: 'Backups' }).click();
    await dialog
      .getByRole('button', { name: /^Restore the backup of/ })
      .first()
      .click();
    await card.getByText('Not connected').waitFor();
    expect(readFileSync(settings, 'utf8')).toBe(original);

    await card.getByRole('button', { name: 'Connect Claude Code' }).click();
    await dialog.getByRole('button', { name: 'Write these lines' }).click();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await card.getByRole('button', { name: 'Disconnect Claude Code' }).click();
    await card.getByText('Not connected').waitFor();
    expect(readFileSync(settings, 'utf8')).toBe(original);
    expect(at.complaints).toEqual([]);
  });

  test('what stands in the way is said with its place, in every language, theme and width', async () => {
    const { home, settings, env } = homeWithTools();
    writeFileSync(join(home, '.zshrc'), 'export ANTHROPIC_API_KEY=sk-ant-canary\n');
    writeFileSync(settings, '{ "env": [] }');
    await using at = await AdminPage.start({ env, language: 'ja' });
    await at.relay.json(['connect', 'codex', '--yes']);
    await at.signIn('/connections');
    for (const [theme, width] of [
      ['light', 1440],
      ['dark', 360],
    ] as const) {
      await at.look({ theme, width });
      await at.page
        .getByText(/ANTHROPIC_API_KEY/)
        .first()
        .waitFor();
      await at.picture(`connections conflict ${theme}, Japanese, ${width}`);
      expect([await at.barriers(), await at.isCutOff()]).toEqual([[], false]);
    }
    expect(await at.page.content()).not.toContain('canary');
    await at.page.getByRole('button', { name: 'Claude Code を接続' }).click();
    await at.page
      .getByRole('alert')
      .getByText(/line 1, column 10: env is no object/)
      .waitFor();
  });

  test('what quitting disconnected is offered on Home and here, shown before it is written, and left on request', async () => {
    const { settings, env } = homeWithTools();
    await using at = await AdminPage.start({ env });
    const { page, relay } = at;
    for (const tool of ['claude-code', 'codex']) await relay.json(['connect', tool, '--yes']);
    const runtime = readRuntime(relay.dataDir);
    if (!runtime) throw new Error('no relay runs');
    await overHttp(runtime).setToolsAside({});
    expect(readFileSync(settings, 'utf8')).toBe(original);
    await at.signIn('/');
    await page.getByText('Quitting disconnected Claude Code, Codex CLI.').waitFor();
    await at.picture('home tools set aside light, English, wide');
    await at.show('/connections');
    const notice = page.getByRole('region', { name: 'Disconnected by quitting' });
    for (const [theme, width] of [
      ['light', 1440],
      ['dark', 360],
    ] as const) {
      await at.look({ theme, width });
      await notice.waitFor();
      await at.picture(`connections set aside ${theme}, English, ${width}`);
      expect([await at.barriers(), await at.isCutOff()]).toEqual([[], false]);
    }
    await notice.getByRole('button', { name: 'Connect Claude Code again…' }).press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('"ANTHROPIC_BASE_URL"').waitFor();
    expect(readFileSync(settings, 'utf8')).toBe(original);
    await dialog.getByRole('button', { name: 'Write these lines' }).press('Enter');
    await dialog.getByText('Waiting for its first request').waitFor();
    await page.keyboard.press('Escape');
    await notice.getByText('Quitting gave these tools their own settings back: Codex CLI.').waitFor();
    await notice.getByRole('button', { name: 'Leave them disconnected' }).press('Enter');
    await notice.waitFor({ state: 'detached' });
    expect(await relay.json(['connect', '--list'])).toMatchObject([
      { tool: 'claude-code', state: 'connected', isSetAside: false },
      { tool: 'codex', state: 'not-connected', isSetAside: false },
      ...Array(4).fill({ isSetAside: false }),
    ]);
    expect(at.complaints).toEqual([]);
  });
});
