import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { noAmount } from '../../app/domain/alert.ts';
import { notificationState } from '../../app/server/admin/contract-settings.ts';
import { databaseFile } from '../../app/store/data-folder.ts';
import { AdminPage } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { textsOf } from '../support/page-texts.ts';
import { suiteThatNeeds } from '../support/required.ts';

/** A chat that takes the second message, and not the first. */
async function chat() {
  const taken: unknown[] = [];
  const server = createServer(async (request, response) => {
    taken.push(await json(request));
    response.writeHead(taken.length === 1 ? 404 : 200).end('no_service');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ taken, url: `http://127.0.0.1:${port}/services/T0/secret-part` },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As if it had been told while nobody looked. */
function tell(dataDir: string, count: number): void {
  const database = new Database(databaseFile({ dataDir }));
  const add = database.prepare('insert into alerts (id, state_key, at, detail, recovered_at) values (?, ?, ?, ?, 1)');
  for (let id = 1; id <= count; id += 1) {
    const subject = { subjectId: 'a', subjectName: `Max ${id}`, otherName: 'Console' };
    const kind = id % 4 === 0 ? 'account-needs-sign-in' : 'failed-over';
    add.run(id, `test ${id}`, Date.now() - (count - id) * 3_600_000, JSON.stringify({ ...noAmount, ...subject, kind }));
  }
  database.close();
}

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'what is told, in the window', () => {
  test('is chosen by type, with quiet hours, and sent to a chat', async () => {
    const t = await textsOf('en');
    await using slack = await chat();
    await using at = await AdminPage.start();
    const { page } = at;
    await at.signIn();
    await at.show('/settings?tab=notifications');
    const limits = page.getByRole('switch', { name: t('notifications.type-limits') });
    const drifted = page.getByRole('switch', { name: t('notifications.type-tool-drifted') });
    const checked = async () => [await limits.isChecked(), await drifted.isChecked()];
    expect(await checked()).toEqual([false, true]);
    await page.getByText(t('notifications.browser')).waitFor();
    await page.getByText(t('webhooks.empty')).waitFor();
    expect(await at.barriers()).toEqual([]);
    expect(await at.isCutOff()).toBe(false);
    await at.picture('notifications light, English, wide');

    // By the keyboard, and two at once: neither undoes the other.
    await limits.focus();
    await page.keyboard.press('Space');
    await drifted.click();
    await expect.poll(checked).toEqual([true, false]);
    await page.getByRole('switch', { name: t('notifications.quietOn') }).click();
    await page.getByRole('textbox', { name: t('notifications.from'), exact: true }).fill('23:00');
    await page.getByRole('textbox', { name: t('notifications.to'), exact: true }).fill('23:00');
    await page.getByRole('button', { name: t('notifications.saveQuiet') }).click();
    await page.getByText(t('notifications.sameTime')).waitFor();
    await page.getByRole('textbox', { name: t('notifications.to'), exact: true }).fill('06:30');
    await page.getByLabel(t('notifications.zone')).fill('Mars/Olympus');
    await page.getByRole('button', { name: t('notifications.saveQuiet') }).click();
    await page.getByText('must be a time zone such as Europe/Berlin').waitFor();
    await page.getByLabel(t('notifications.zone')).fill('Asia/Tokyo');
    await page.getByRole('button', { name: t('notifications.saveQuiet') }).click();
    const stored = async () => {
      const settings = await page.evaluate(async () => (await fetch('/admin/api/settings/notifications')).json());
      return notificationState.parse(settings);
    };
    await expect
      .poll(async () => (await stored()).quiet)
      .toEqual({ from: '23:00', to: '06:30', timeZone: 'Asia/Tokyo' });
    await page.getByText(t('settings.saved')).waitFor();
    expect((await stored()).types).toMatchObject({ limits: true, 'tool-drifted': false, 'failed-over': true });

    await page.getByRole('button', { name: t('webhooks.create') }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: t('webhooks.name'), exact: true }).fill('ops');
    await dialog.getByRole('textbox', { name: t('webhooks.url'), exact: true }).fill(slack.url);
    await dialog.getByRole('button', { name: t('action.save') }).click();
    await dialog.getByRole('alert').filter({ hasText: 'https://' }).waitFor();
    await dialog.getByRole('switch', { name: t('webhooks.allowLocal') }).click();
    expect(await at.barriers()).toEqual([]);
    await at.picture('webhook dialog light, English, wide');
    await at.look({ theme: 'dark', width: 360 });
    expect(await at.barriers()).toEqual([]);
    expect(await at.isCutOff()).toBe(false);
    await at.picture('webhook dialog dark, English, as small as a phone');
    await dialog.getByRole('button', { name: t('action.save') }).click();
    await dialog.waitFor({ state: 'detached' });
    const test = page.getByRole('button', { name: t('webhooks.testOf', { name: 'ops' }) });
    await test.click();
    await page.getByText('It answered 404 and did not take the message: no_service').waitFor();
    await at.picture('webhooks dark, English, as small as a phone');
    await test.click();
    await page.getByText(t('webhooks.arrived', { name: 'ops' })).waitFor();
    expect(slack.taken).toHaveLength(2);
    expect(await page.content()).not.toContain('secret-part');
    expect(await at.barriers()).toEqual([]);
    expect(await at.isCutOff()).toBe(false);
    await page.getByRole('button', { name: t('webhooks.removeOf', { name: 'ops' }) }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: t('webhooks.remove'), exact: true })
      .click();
    await page.getByText(t('webhooks.empty')).waitFor();
    // The relay refused what was wrong, which a browser takes for an error.
    expect(at.complaints.filter((text) => !/400/.test(text))).toEqual([]);
  });

  test('what was told lately is listed in the language of the page, the newest first, and names can be masked', async () => {
    await using at = await AdminPage.start({ language: 'ja' });
    const t = await textsOf('ja');
    const { page } = at;
    await at.signIn();
    await at.show('/settings?tab=notifications');
    const panel = page.getByRole('region', { name: t('notifications.told') });
    await panel.getByText(t('notifications.toldNothing')).waitFor();
    tell(at.relay.dataDir, 12);
    await page.reload();
    const items = panel.getByRole('listitem');
    await expect.poll(() => items.count()).toBe(10);
    expect(await items.first().textContent()).toContain('Max 12 はリクエストを受け付けていません');
    await panel.getByRole('button', { name: t('notifications.toldMore') }).click();
    await expect.poll(() => items.count()).toBe(12);
    expect(await at.barriers()).toEqual([]);
    await at.picture('notifications light, Japanese, wide');
    await at.look({ theme: 'dark', width: 360 });
    expect(await at.isCutOff()).toBe(false);
    expect(await at.barriers()).toEqual([]);
    await at.picture('notifications dark, Japanese, as small as a phone');
    await at.look({ theme: 'dark', width: 1440 });
    await page.getByRole('button', { name: t('nav.mask') }).click();
    await expect.poll(() => items.first().textContent()).toContain('M•••••');
    expect(await panel.textContent()).not.toMatch(/Max|Console/);
    expect(at.complaints).toEqual([]);
  });
});
