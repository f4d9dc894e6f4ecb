import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AdminPage } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { textsOf } from '../support/page-texts.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const secret = 'sk-ant-canary-secret';
const shell = `alias ll='ls -l'\nexport ANTHROPIC_API_KEY=${secret}\n`;

/** A computer with Claude Code, where the shell sets a key of its own, and so does whoever started the relay. */
function computer() {
  const home = temporaryFolder();
  for (const folder of ['bin', '.claude']) mkdirSync(join(home, folder));
  writeFileSync(join(home, 'bin', 'claude'), '#!/bin/sh\necho "2.1.330 (Claude Code)"\n', { mode: 0o755 });
  writeFileSync(join(home, '.zshrc'), shell);
  const env = { HOME: home, PATH: `${join(home, 'bin')}:/usr/bin:/bin`, CLAUDE_CODE_USE_BEDROCK: '1' };
  return { home, env, zshrc: join(home, '.zshrc') };
}

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'what stands in the way of a tool', () => {
  test('in a start-up file it is shown, commented out and kept; in the environment it is said what to do', async () => {
    const { env, zshrc } = computer();
    await using at = await AdminPage.start({ env });
    const { page } = at;
    await at.signIn();
    await at.show('/connections');
    await page
      .getByText(/CLAUDE_CODE_USE_BEDROCK is set where Waystation was started/)
      .first()
      .waitFor();
    await at.picture('connections conflict light, English, wide');
    await page
      .getByRole('button', { name: `Fix ANTHROPIC_API_KEY in ${zshrc}…` })
      .first()
      .click();
    const dialog = page.getByRole('dialog', { name: 'Take ANTHROPIC_API_KEY out of the way' });
    await dialog.getByText('# export ANTHROPIC_API_KEY=••••••••').waitFor();
    await at.picture('conflict fix light, English, wide');
    expect([await at.barriers(), await page.content(), readFileSync(zshrc, 'utf8')]).toEqual([
      [],
      expect.not.stringContaining(secret),
      shell,
    ]);
    await dialog.getByRole('button', { name: 'Comment the line out' }).click();
    await dialog.getByText(/The line is a comment now/).waitFor();
    expect(readFileSync(zshrc, 'utf8')).toBe(shell.replace('export', '# export'));
    const [dated] = readdirSync(join(at.relay.dataDir, 'backups', 'shell'));
    expect(readFileSync(join(at.relay.dataDir, 'backups', 'shell', String(dated), '0-.zshrc'), 'utf8')).toBe(shell);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: /Fix ANTHROPIC_API_KEY/ }).waitFor({ state: 'detached' });
    const log = await page.evaluate(async () => await (await fetch('/admin/api/audit')).text());
    expect([log.includes('fixConflict'), log.includes(secret)]).toEqual([true, false]);
    expect(at.complaints).toEqual([]);
  });

  test('the first run has the same button: Japanese, dark, 360 px', async () => {
    const { env, zshrc } = computer();
    await using at = await AdminPage.start({ env, language: 'ja', theme: 'dark', width: 360, isFirstRun: true });
    const { page } = at;
    const t = await textsOf('ja');
    await at.signIn();
    await page.getByRole('button', { name: t('first-run.skip') }).click();
    await page
      .getByRole('button', { name: t('connections.fixOf', { variable: 'ANTHROPIC_API_KEY', file: zshrc }) })
      .first()
      .click();
    await page.getByText('# export ANTHROPIC_API_KEY=••••••••').waitFor();
    await at.picture('conflict fix dark, Japanese, 360');
    expect([await at.barriers(), await at.isCutOff()]).toEqual([[], false]);
    await page.getByRole('button', { name: t('connections.commentOut') }).click();
    await page.getByText(t('connections.fixed')).waitFor();
    expect(readFileSync(zshrc, 'utf8')).toContain('# export ANTHROPIC_API_KEY');
    expect(at.complaints).toEqual([]);
  });
});
