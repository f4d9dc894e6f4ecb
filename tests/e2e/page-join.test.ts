import { expect, test } from 'vitest';
import { AdminPage } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { invitingRelay } from '../support/inviting-relay.ts';
import { textsOf } from '../support/page-texts.ts';
import { suiteThatNeeds } from '../support/required.ts';

const t = await textsOf('en');

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'adding another relay by its invite', () => {
  async function openDialog({ page }: AdminPage): Promise<void> {
    await page
      .getByRole('button', { name: t('accounts.add'), exact: true })
      .first()
      .click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: t('accounts.way-relay') })
      .click();
    await page.getByLabel(t('join.invite')).waitFor();
  }

  test('a pasted link shows its host and fingerprint, becomes an account by one click, and leaves no trace in an address', async () => {
    await using host = await invitingRelay();
    await using at = await AdminPage.start();
    const { page, relay } = at;
    const urls: string[] = [];
    page.on('request', (request) => urls.push(request.url()));
    const { link } = await host.invite('Ada');
    const { origin } = new URL(link);
    await at.signIn('/accounts');
    await openDialog(at);
    const dialog = page.getByRole('dialog');
    await at.picture('join by invite, asked, light, wide');
    expect(await at.barriers()).toEqual([]);
    await dialog.getByLabel(t('join.invite')).fill('https://relay.example.com/');
    await page.keyboard.press('Enter');
    await dialog.getByText('That is no invite.').waitFor();
    await dialog.getByLabel(t('join.invite')).fill(link.replace(/ca=.{4}/, 'ca=0000'));
    await page.keyboard.press('Enter');
    await dialog.getByText(/is not who invited you/).waitFor();

    await dialog.getByLabel(t('join.invite')).fill(link);
    await page.keyboard.press('Enter');
    await dialog.getByText(origin, { exact: true }).waitFor();
    await dialog.getByText(host.fingerprint).waitFor();
    await dialog.getByText(t('join.trust-named')).waitFor();
    for (const theme of ['light', 'dark'] as const) {
      for (const width of [1440, 360]) {
        await at.look({ theme, width });
        await at.picture(`join by invite, looked at, ${theme}, ${width}`);
        expect(await at.barriers()).toEqual([]);
        expect(await at.isCutOff()).toBe(false);
      }
    }
    expect(await relay.json(['account', 'list'])).toEqual([]);
    await dialog.getByLabel(t('accounts.name')).fill('friend');
    await dialog.getByRole('button', { name: t('join.join-named'), exact: true }).press('Enter');
    await page.getByRole('row').filter({ hasText: 'friend' }).waitFor();
    expect(await relay.json(['account', 'list'])).toMatchObject([{ name: 'friend', provider: 'relay' }]);
    const token = /t=([\w-]+)/.exec(link)?.[1] ?? link;
    expect(urls.filter((url) => url.includes(token))).toEqual([]);

    // Once: whoever comes later is told so, and no account is added.
    await openDialog(at);
    await dialog.getByLabel(t('join.invite')).fill(link);
    await page.keyboard.press('Enter');
    await dialog.getByLabel(t('accounts.name')).fill('again');
    await dialog.getByRole('button', { name: t('join.join-named'), exact: true }).click();
    await dialog.getByText(/used already/).waitFor();
    expect(await relay.json(['account', 'list'])).toHaveLength(1);
  });

  test('a code is asked where it is good, and its fingerprint is compared before anything is taken', async () => {
    await using host = await invitingRelay();
    await using at = await AdminPage.start();
    const { page, relay } = at;
    const { link, code } = await host.invite('Ada');
    await at.signIn('/accounts');
    await openDialog(at);
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(t('join.invite')).fill(code.toLowerCase());
    await dialog.getByLabel(t('join.at')).fill(new URL(link).origin);
    await page.keyboard.press('Enter');
    await dialog.getByText(t('join.trust-compare')).waitFor();
    await at.picture('join by code, looked at, light, wide');
    await dialog.getByRole('button', { name: t('join.join-compare') }).click();
    await page.getByRole('row').filter({ hasText: '127.0.0.2' }).first().waitFor();
    expect(await relay.json(['account', 'list'])).toMatchObject([{ name: '127.0.0.2' }]);
  });
});
