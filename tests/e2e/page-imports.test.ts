import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AdminPage } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { card, writeCcSwitch } from '../support/foreign-data.ts';
import { textsOf } from '../support/page-texts.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const canary = 'made-up-canary-secret';

/** A computer with cc-switch in use, and with a login of Claude Code. */
function computer(): string {
  const home = temporaryFolder();
  const at = (name: string, url: string, secret: string) =>
    card.claude(name, { ANTHROPIC_BASE_URL: url, ANTHROPIC_AUTH_TOKEN: secret });
  writeCcSwitch(home, [
    at('Team relay', 'https://relay.example/api', canary),
    at('Own model', 'http://127.0.0.1:11434', `${canary}-2`),
    card.gemini('Gemini', { GEMINI_API_KEY: `${canary}-3` }),
    card.claude('Claude Official', {}),
  ]);
  mkdirSync(join(home, '.claude'));
  const login = { accessToken: 'made-up', expiresAt: Date.now() + 3_600_000, subscriptionType: 'max' };
  writeFileSync(join(home, '.claude', '.credentials.json'), JSON.stringify({ claudeAiOauth: login }));
  writeFileSync(join(home, '.claude.json'), '{"oauthAccount":{"emailAddress":"jane@example.com"}}');
  return home;
}

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'importing on the page', () => {
  test('the first step shows whose login it is and what cc-switch holds, and takes what is ticked', async () => {
    await using at = await AdminPage.start({ isFirstRun: true, env: { HOME: computer() } });
    const { page } = at;
    await at.signIn();
    await page.getByText('j•••@example.com · Max').waitFor();
    await page.getByText('3 accounts').waitFor();
    await at.picture('first run import light, English, wide');
    await page.getByRole('button', { name: 'Import from cc-switch…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Import from another program' });
    await dialog.getByText('A login of a subscription. Sign in to it here.').waitFor();
    expect(await dialog.getByRole('checkbox', { name: 'Own model' }).isChecked()).toBe(false);
    expect(await dialog.getByRole('checkbox', { name: 'Claude Official' }).isDisabled()).toBe(true);
    await at.picture('import dialog light, English, wide');
    expect([await at.barriers(), await dialog.innerText()]).toEqual([[], expect.not.stringContaining(canary)]);
    await dialog.getByRole('button', { name: 'Import 2 entries' }).click();
    // There are accounts now: it goes on by itself.
    await page.getByRole('heading', { name: 'Connect your tools', level: 2 }).waitFor();
    const accounts = await at.relay.json(['account', 'list']);
    expect(accounts).toMatchObject([{ name: 'Team relay' }, { name: 'Gemini' }]);
    expect(at.complaints).toEqual([]);
  });

  test('Settings has it too, with what was imported marked as there: Japanese, dark, 360 px', async () => {
    await using at = await AdminPage.start({ language: 'ja', theme: 'dark', width: 360, env: { HOME: computer() } });
    const { page } = at;
    const t = await textsOf('ja');
    await at.relay.json(['import', 'cc-switch', '--yes']);
    await at.signIn();
    await at.show('/settings?tab=data');
    await page.getByText(t('imports.accounts', { count: 1 })).waitFor();
    await at.picture('settings import dark, Japanese, 360');
    await page.getByRole('button', { name: t('imports.openOf', { name: 'cc-switch' }) }).click();
    await page.getByText(t('imports.reason-already-there')).first().waitFor();
    await page.getByRole('checkbox', { name: 'Own model' }).check();
    await at.picture('import dialog dark, Japanese, 360');
    expect([await at.barriers(), await at.isCutOff()]).toEqual([[], false]);
    await page.getByRole('button', { name: t('imports.take', { count: 1 }) }).click();
    await page.getByText(t('imports.done', { count: 1 })).waitFor();
    await page
      .getByRole('button', { name: t('action.close') })
      .last()
      .click();

    // A file that is none of it says so, and the way back is there.
    await page.getByRole('button', { name: t('imports.fromFile') }).click();
    await page.getByRole('textbox', { name: t('imports.file') }).fill('/nowhere/backup.json');
    await page.getByRole('button', { name: t('imports.look') }).click();
    await page.getByText('/nowhere/backup.json is not there.').waitFor();
    await page.getByRole('button', { name: t('imports.other') }).click();
    await page.getByRole('combobox', { name: t('imports.program') }).waitFor();
    expect(at.complaints.filter((one) => !one.includes('400'))).toEqual([]);
  });
});
