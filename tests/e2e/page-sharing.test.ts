import type { BrowserContext } from 'playwright-core';
import { expect, test } from 'vitest';
import * as z from 'zod';
import en from '../../renderer/join/texts/en.json' with { type: 'json' };
import ja from '../../renderer/join/texts/ja.json' with { type: 'json' };
import { AdminPage } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { textsOf } from '../support/page-texts.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { address, ask, type Shared } from '../support/shared-relay.ts';

const sharing = z.object({
  standings: z.array(z.object({ port: z.int() })),
  authority: z.object({ certificate: z.string(), fingerprint: z.string() }),
});

/** A phone in somebody else's hand: no sign-in of ours, and not the owner's address. */
async function guestOf(at: AdminPage): Promise<BrowserContext> {
  const browser = at.page.context().browser();
  if (!browser) throw new Error('there is no browser');
  return await browser.newContext({
    ...{ locale: 'en-GB', viewport: { width: 360, height: 800 }, ignoreHTTPSErrors: true, reducedMotion: 'reduce' },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
}

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'sharing', () => {
  test('an owner shares and invites, a guest joins on a phone and calls with the key, the invite works once, and the owner stops them', async () => {
    await using at = await AdminPage.start();
    const { page, relay, upstream } = at;
    const t = await textsOf('en');
    await relay.addAccount({ name: 'main', baseUrl: upstream.url, secret: 'sk-ant-made-up' });
    upstream.answer(({ request }) => (request.method === 'POST' ? says('hello') : undefined));
    // Which addresses a computer has differs: the one of this test is known already.
    await relay.json(['share', 'on', '--address', address, '--port', '0']);
    await relay.json(['share', 'off']);
    await at.signIn('/team?tab=sharing');

    await page.getByRole('button', { name: t('sharing.turnOn') }).click();
    const dialog = page.getByRole('dialog').last();
    await at.picture('sharing dialog, wide');
    await dialog.getByRole('button', { name: t('sharing.turnOn') }).click();
    await page.getByText(t('sharing.fingerprint')).waitFor();
    await page.getByRole('button', { name: t('sharing.test') }).click();
    await page.getByText(/^Reached in \d+ ms$/).waitFor();
    const shown = sharing.parse(await relay.json(['share', 'status']));
    const shared: Shared = { port: shown.standings[0]?.port ?? 0, ...shown.authority };

    await page.getByRole('button', { name: t('invites.create') }).click();
    await dialog.getByLabel(t('invites.name')).fill('Ada');
    await dialog.getByRole('button', { name: t('invites.create') }).click();
    const card = page.getByRole('dialog', { name: t('invites.readyTitle', { name: 'Ada' }) });
    const link = (await card.getByText(/^https:.*#t=/).textContent()) ?? '';
    await card.getByRole('img', { name: t('invites.qr') }).waitFor();
    expect(await at.barriers()).toEqual([]);
    await at.picture('invite card, wide');

    const guest = await guestOf(at);
    const phone = await guest.newPage();
    const urls: string[] = [];
    phone.on('request', (request) => urls.push(request.url()));
    await phone.goto(link);
    await phone.getByRole('button', { name: en.take }).click();
    await phone.getByRole('heading', { name: 'Welcome, Ada' }).waitFor();
    const secret = (await phone.getByText(/^wsk_/).first().textContent()) ?? '';
    expect(await phone.evaluate(() => location.href)).not.toContain('t=');
    await phone.getByRole('button', { name: en.test }).click();
    await phone.getByText(/^It works/).waitFor();
    expect(await phone.getByText(`export NODE_EXTRA_CA_CERTS=`).textContent()).toContain(`https://${address}`);
    expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await phone.getByLabel(en.passwordHint).fill('correct horse battery');
    await phone.getByRole('button', { name: en.setPassword }).click();
    await phone.getByText(en.passwordSet).waitFor();
    await at.picture('join, small', phone);
    expect(await at.barriers(phone)).toEqual([]);
    // What opens the invite is in no address that travels, nor is the key.
    const token = /t=([\w-]+)/.exec(link)?.[1] ?? link;
    const sent = urls.map((url) => url.split('#')[0] ?? '');
    expect(sent.filter((url) => url.includes(token) || url.includes(secret))).toEqual([]);

    const call = { method: 'POST', path: '/v1/messages', from: '127.0.0.9' };
    const body = JSON.stringify({
      model: 'claude-sonnet-4-5',
      max_tokens: 9,
      messages: [{ role: 'user', content: 'Hi' }],
    });
    const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': secret };
    expect((await ask(shared, { ...call, headers, body })).status).toBe(200);

    await phone.goto('about:blank');
    await phone.goto(link);
    await phone.getByLabel(en.language).selectOption('ja');
    await phone.getByRole('button', { name: ja.take }).click();
    await phone.getByText(ja['refused-taken']).waitFor();
    await phone.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await at.picture('join refused dark, small', phone);
    expect(await at.barriers(phone)).toEqual([]);
    await guest.close();

    await card.getByText(t('invites.takenNow')).waitFor();
    await card.getByRole('button', { name: t('invites.done') }).click();
    await page.getByRole('cell', { name: '127.0.0.9' }).waitFor();
    // From another address too: each device has a row of its own.
    expect((await ask(shared, { ...call, from: '127.0.0.10', headers, body })).status).toBe(200);
    await page.getByRole('cell', { name: '127.0.0.10' }).waitFor();
    await page.getByRole('cell', { name: '127.0.0.9' }).waitFor();
    await at.picture('sharing, wide');
    // One that still runs when they are stopped.
    const gate = new Gate();
    upstream.answer(() => gated(says('late'), { 'before-content': gate }));
    const late = ask(shared, { ...call, headers, body }).then(
      ({ status }) => status,
      () => 'ended',
    );
    await page
      .getByRole('row', { name: /127\.0\.0\.9/ })
      .getByRole('cell', { name: '1', exact: true })
      .waitFor();
    await page
      .getByRole('button', { name: t('devices.stop') })
      .first()
      .click();
    await dialog.getByRole('button', { name: t('devices.stop') }).click();
    await page.getByText(t('devices.stopped')).first().waitFor();
    expect(await late).not.toBe(200);
    gate.open();
    expect((await ask(shared, { ...call, headers, body })).status).toBe(401);
    expect(at.complaints).toEqual([]);
  });

  test('the owner copies for another computer what the join page would say there, trust included', async () => {
    await using at = await AdminPage.start();
    const { page, relay } = at;
    const t = await textsOf('en');
    const shown = sharing.parse(await relay.json(['share', 'on', '--address', address, '--port', '0']));
    await at.signIn('/team?tab=keys');
    await page
      .getByRole('button', { name: t('keys.create') })
      .first()
      .click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(t('keys.name')).fill('laptop');
    await dialog.getByRole('button', { name: t('keys.create') }).click();
    await page.getByText(/^export ANTHROPIC_BASE_URL="http:/).waitFor();
    const url = `https://${address}:${shown.standings[0]?.port}`;
    await page.getByLabel(t('snippets.where')).selectOption(url);
    await page.getByText(shown.authority.fingerprint).waitFor();
    await page.getByText(`${url}/join/ca.pem`).waitFor();
    const text = (await page.getByText(/^export ANTHROPIC_BASE_URL=/).textContent()) ?? '';
    expect(text).toContain(`export ANTHROPIC_BASE_URL="${url}"`);
    expect(text).toContain('export NODE_EXTRA_CA_CERTS="$HOME/waystation-ca.pem"');
    expect(await at.barriers()).toEqual([]);
  });
});
