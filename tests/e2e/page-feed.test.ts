import { expect, test } from 'vitest';
import * as z from 'zod';
import { AdminPage } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { suiteThatNeeds } from '../support/required.ts';

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'what happens while a page is open', () => {
  test('is on the page within two seconds, and nobody asks again and again', async () => {
    await using at = await AdminPage.start();
    const asked: string[] = [];
    at.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await at.signIn('/team?tab=keys');
    await at.page.getByText('No key yet').waitFor();
    expect(asked.filter((path) => path === '/admin/api/events')).toHaveLength(1);
    await at.relay.createKey('told by the feed');
    await at.page.getByText('told by the feed').waitFor({ timeout: 2_500 });
    expect(asked.filter((path) => path === '/admin/api/keys').length).toBeLessThan(5);
    expect(at.complaints).toEqual([]);
  });

  test('on every page it says that the relay is gone', async () => {
    await using at = await AdminPage.start();
    await at.relay.createKey('laptop');
    await at.signIn('/team?tab=keys');
    await at.page.getByText('laptop').waitFor();
    await at.relay.kill();
    await at.page.getByText('The relay does not answer. What you see is from before').waitFor();
    await at.page.getByText('laptop').waitFor();
    await at.picture('relay gone light, English, wide');
  });

  test('a session that is ended elsewhere leaves the page, and its password opens it again', async () => {
    await using at = await AdminPage.start();
    const { relay, page } = at;
    await at.signIn('/settings?tab=security');
    await page.getByLabel('New password').fill('made-up password');
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByText('A password is set.').waitFor();
    await page.getByRole('switch', { name: 'Let browsers in' }).click();
    await page.getByRole('button', { name: 'Save' }).first().click();
    await page.getByText('Saved').first().waitFor();
    await page.getByRole('button', { name: 'Lock now' }).click();
    await page.getByRole('heading', { name: 'This page is locked' }).waitFor();
    await at.picture('locked light, English, wide');
    expect(await at.barriers()).toEqual([]);
    await page.getByLabel('Admin password').fill('not this one');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This password is wrong.').waitFor();
    await page.getByLabel('Admin password').fill('made-up password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('navigation').waitFor();
    expect(z.object({ state: z.string() }).parse(await relay.json(['status'])).state).toBe('running');
  });
});
