import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readFacts } from '../../app/backups/backup-file.ts';
import { AdminPage } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { FakeProxy } from '../support/fake-proxy.ts';
import { textsOf } from '../support/page-texts.ts';
import { suiteThatNeeds } from '../support/required.ts';

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'settings of this computer', () => {
  test('a backup is taken, saved and removed; a passphrase with a slip is seen before', async () => {
    await using at = await AdminPage.start();
    const text = await textsOf('en');
    await at.signIn('/settings?tab=data');
    const { page } = at;
    const panel = page.getByRole('region', { name: text('computer.backups'), exact: true });
    const first = panel.getByLabel(text('computer.backupPassphrase'), { exact: false }).first();
    const again = panel.getByLabel(text('computer.backupAgain'), { exact: false });
    await first.fill('four made-up words');
    await again.fill('four made-up wrods');
    await panel.getByText(text('computer.backupDiffers')).waitFor();
    await at.picture('backups, a slip in the passphrase');
    await again.fill('four made-up words');
    await panel.getByRole('button', { name: text('computer.backupNow') }).click();
    await panel.getByRole('status').waitFor();
    expect(await at.barriers()).toEqual([]);
    await at.picture('backups, one taken');
    await at.look({ theme: 'dark', width: 360 });
    expect(await at.isCutOff()).toBe(false);
    await at.picture('backups, dark, as small as a phone');
    const saving = page.waitForEvent('download');
    await panel.getByRole('link', { name: text('computer.backupSave') }).click();
    const saved = await saving;
    expect(saved.suggestedFilename()).toMatch(/^waystation-.*\.backup$/);
    const kept = join(at.relay.dataDir, 'backups', saved.suggestedFilename());
    expect(readFileSync(await saved.path()).equals(readFileSync(kept))).toBe(true);
    expect((await readFacts(kept)).version).toMatch(/^\d/);
    await panel.getByRole('button', { name: text('computer.restore') }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(text('computer.restoreNote')).waitFor();
    await dialog.getByText(`waystation backup restore ${kept} --data-dir ${at.relay.dataDir}`).waitFor();
    expect(await at.barriers()).toEqual([]);
    expect(await at.isCutOff()).toBe(false);
    await at.picture('backups, how to restore one, dark, as small as a phone');
    await page.keyboard.press('Escape');
    await panel.getByRole('button', { name: text('computer.backupRemove') }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: text('computer.backupRemove') })
      .click();
    await panel.getByRole('link', { name: text('computer.backupSave') }).waitFor({ state: 'detached' });
    expect(existsSync(kept)).toBe(false);
    expect(at.complaints).toEqual([]);
  });

  test('a proxy is used, tested and removed, its password never shown; a port that a flag says is not offered', async () => {
    await using proxy = await FakeProxy.http({ isClosed: true });
    await using at = await AdminPage.start();
    const text = await textsOf('en');
    await at.signIn('/settings?tab=network');
    const { page } = at;
    const panel = page.getByRole('region', { name: text('computer.proxy'), exact: true });
    await panel.getByText(text('computer.proxyNone')).waitFor();
    await panel.getByLabel(text('computer.proxyAddress')).fill('ftp://nowhere');
    await panel.getByRole('button', { name: text('computer.proxySet') }).click();
    await panel
      .getByText(/socks5:\/\/127\.0\.0\.1:1080 or http.*host:3128$/)
      .first()
      .waitFor();
    await at.picture('network, an address that is no proxy');
    const address = new URL(proxy.url);
    address.username = 'user';
    address.password = 'CANARY-password';
    await panel.getByLabel(text('computer.proxyAddress')).fill(address.href);
    await panel.getByRole('button', { name: text('computer.proxySet') }).click();
    await panel.getByText(text('computer.proxyInUseSecret', { proxy: `http://${address.host}` })).waitFor();
    await panel.getByRole('button', { name: text('computer.proxyTest') }).click();
    await panel.getByRole('status').waitFor();
    expect(await page.content()).not.toContain('CANARY-password');
    expect(await at.barriers()).toEqual([]);
    await at.picture('network, a proxy that refuses');
    await panel.getByRole('button', { name: text('computer.proxyClear') }).click();
    await panel.getByText(text('computer.proxyNone')).waitFor();
    // Here a flag says the port; what the file says would not count.
    await page.getByText(text('computer.portFromStart', { port: 0 })).waitFor();
    await at.look({ theme: 'dark', width: 360 });
    expect(await at.isCutOff()).toBe(false);
    await at.picture('network, dark, as small as a phone');
    // The address that was refused.
    expect(at.complaints).toEqual([expect.stringContaining('400 (Bad Request)')]);
  });

  test('what protects credentials is told with what it is worth, and the licences of others can be read', async () => {
    await using at = await AdminPage.start();
    const text = await textsOf('en');
    await at.signIn('/settings?tab=security');
    const { page } = at;
    await page.getByText(text('computer.key-file')).waitFor();
    await page.getByRole('tab', { name: text('settings.aboutTab') }).click();
    const library = page.getByRole('listitem').filter({ hasText: /^better-sqlite3 \d/ });
    await library.locator('summary').click();
    await library.getByText(/Permission is hereby granted/).waitFor();
    expect(await at.barriers()).toEqual([]);
    await at.picture('about, a licence open');
    expect(at.complaints).toEqual([]);
  });
});
