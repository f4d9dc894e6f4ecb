import type { BrowserContext, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { codeAt } from '../../app/people/totp.ts';
import { AdminPage, drawn, leaveFirstRun } from '../support/admin-page.ts';
import { fromBase32 } from '../support/base32.ts';
import { chromiumPath } from '../support/browser.ts';
import { textsOf } from '../support/page-texts.ts';
import { suiteThatNeeds } from '../support/required.ts';

const address = '127.0.0.2';
const password = 'correct horse battery';
const shared = z.object({ standings: z.array(z.object({ port: z.int() })) });
const begun = z.object({ secret: z.string() });
const stepMs = 30_000;

interface Somebody {
  readonly name: string;
  readonly secret: Buffer;
}

/** A code works once: that of now is taken to enrol, that of the next step to sign in, so that no slow machine is too late. */
const codeOf = ({ secret }: Somebody, steps = 0) => codeAt(secret, Math.floor(Date.now() / stepMs) + steps);

async function enrol({ relay }: AdminPage, name: string, role: string): Promise<Somebody> {
  await relay.json(['member', 'create', '--name', name, '--role', role]);
  await relay.json(['member', 'password', name, '--stdin'], `${password}\n`);
  const { secret } = begun.parse(await relay.json(['member', 'second-factor', 'begin', name]));
  const person = { name, secret: fromBase32(secret) };
  await relay.json(['member', 'second-factor', 'confirm', name, '--code', codeOf(person)]);
  return person;
}

/** A browser on another computer, which does not know our authority. */
async function elsewhere(at: AdminPage): Promise<BrowserContext> {
  const browser = at.page.context().browser();
  if (!browser) throw new Error('there is no browser');
  const context = await browser.newContext({ locale: 'en-GB', ignoreHTTPSErrors: true, reducedMotion: 'reduce' });
  context.setDefaultTimeout(60_000);
  await leaveFirstRun(context);
  return context;
}

const places = {
  home: ['/', 'accounts.heading'],
  live: ['/live', 'live.heading'],
  accounts: ['/accounts', 'accounts.heading'],
  routing: ['/routing', 'routing.failover'],
  sharing: ['/team?tab=sharing', 'invites.heading'],
  members: ['/team?tab=members', 'team.tab-members'],
  keys: ['/team?tab=keys', 'keys.heading'],
  plans: ['/team?tab=plans', 'codes.heading'],
  budgets: ['/usage?tab=budgets', 'usage.tab-budgets'],
  prices: ['/usage?tab=prices', 'prices.perMillion'],
  security: ['/settings?tab=security', 'settings.password'],
  data: ['/settings?tab=data', 'settings.audit'],
} as const;

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'the admin pages on another computer', () => {
  test('an administrator and a viewer sign in with password and code, and see nothing that they may not do', async () => {
    await using at = await AdminPage.start();
    const { relay, upstream } = at;
    const t = await textsOf('en');
    await relay.addAccount({ name: 'main', baseUrl: upstream.url, secret: 'sk-ant-made-up' });
    await relay.createKey('laptop');
    const people = { admin: await enrol(at, 'Ada', 'admin'), viewer: await enrol(at, 'Vera', 'viewer') };
    const { standings } = shared.parse(await relay.json(['share', 'on', '--address', address, '--port', '0']));
    await relay.json(['settings', 'set', 'admin.lan', '--value', '{"isOn":true}']);
    const origin = `https://${address}:${standings[0]?.port}`;

    const seen = async (person: Somebody) => {
      const context = await elsewhere(at);
      const page = await context.newPage();
      const refused: string[] = [];
      const open = new Set<unknown>();
      page.on('request', (request) => request.url().endsWith('/events') || open.add(request));
      page.on('requestfinished', (request) => open.delete(request));
      page.on('requestfailed', (request) => open.delete(request));
      page.on('response', (response) => {
        if (response.status() === 403) refused.push(response.url());
      });
      await page.goto(`${origin}/admin/`);
      await page.getByLabel(t('signIn.member-name')).fill(person.name);
      await page.getByLabel(t('signIn.member-password')).fill(password);
      await page.getByLabel(t('signIn.member-code')).fill(codeOf(person, 1));
      await page.getByRole('button', { name: t('signIn.enter') }).click();
      await page.getByRole('navigation').waitFor();
      const buttons = new Map<string, readonly string[]>();
      for (const [name, [path, heading]] of Object.entries(places)) {
        await goTo(page, path, t(heading));
        await expect.poll(() => open.size).toBe(0);
        buttons.set(name, await buttonsOf(page));
      }
      // Another visit knows it as well.
      await page.reload();
      await page.getByRole('navigation').waitFor();
      const tabs = await page.getByRole('navigation').getByRole('link').allTextContents();
      return { page, context, refused, buttons, tabs };
    };

    const viewer = await seen(people.viewer);
    const offers = (who: typeof viewer, place: keyof typeof places, name: string) =>
      who.buttons.get(place)?.some((one) => one === name) ?? false;
    const matters = [
      ['home', t('pause.pause')],
      ['live', t('live.capture')],
      ['accounts', t('accounts.add')],
      ['routing', t('routing.newGroup')],
      ['routing', t('routing.simulate')],
      ['sharing', t('sharing.change')],
      ['sharing', t('invites.create')],
      ['members', t('members.add')],
      ['keys', t('keys.create')],
      ['plans', t('plans.create')],
      ['budgets', t('budgets.create')],
      ['prices', t('prices.check')],
      ['security', t('settings.setPassword')],
      ['data', t('action.save')],
    ] as const;
    expect(matters.filter(([place, name]) => offers(viewer, place, name))).toEqual([]);
    expect(viewer.tabs).not.toContain(t('nav.connections'));
    expect(viewer.tabs).toContain(t('nav.usage'));
    // What only reads is there, and nothing was asked for that would be refused.
    expect(viewer.refused).toEqual([]);
    await viewer.page.goto(`${origin}/admin/#/team?tab=keys`);
    await viewer.page.getByText('laptop').click();
    await viewer.page.getByRole('dialog').waitFor();
    expect(await viewer.page.getByRole('button', { name: t('keys.rotate') }).count()).toBe(0);
    expect(await viewer.page.getByRole('checkbox', { includeHidden: true }).count()).toBe(0);
    expect(await at.barriers(viewer.page)).toEqual([]);
    await at.picture('admin from elsewhere, viewer', viewer.page);
    await viewer.context.close();

    const admin = await seen(people.admin);
    const owners = [t('live.capture'), t('sharing.change'), t('settings.setPassword')];
    expect(matters.filter(([place, name]) => !offers(admin, place, name)).map(([, name]) => name)).toEqual(owners);
    expect([admin.refused, admin.tabs.includes(t('nav.connections'))]).toEqual([[], false]);
    await at.picture('admin from elsewhere, administrator', admin.page);
    // It works too, and says who it was.
    await admin.page.goto(`${origin}/admin/#/team?tab=members`);
    await admin.page
      .getByRole('button', { name: t('members.add') })
      .first()
      .click();
    await admin.page.getByRole('dialog').getByLabel(t('members.name')).fill('Bob');
    await admin.page
      .getByRole('dialog')
      .getByRole('button', { name: t('members.add') })
      .click();
    await admin.page.getByRole('cell', { name: 'Bob' }).waitFor();
    // Who is made less meanwhile sees less at the next refusal.
    await relay.json(['member', 'update', 'Ada', '--role', 'viewer']);
    await admin.page
      .getByRole('button', { name: t('members.add') })
      .first()
      .click();
    await admin.page.getByRole('dialog').getByLabel(t('members.name')).fill('Eve');
    await admin.page
      .getByRole('dialog')
      .getByRole('button', { name: t('members.add') })
      .click();
    await admin.page.getByRole('dialog').getByRole('alert').waitFor();
    await admin.page.keyboard.press('Escape');
    await admin.page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await admin.page.getByRole('button', { name: t('members.add') }).count()).toBe(0);
    await admin.context.close();
  });
});

async function goTo(page: Page, path: string, heading: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, path);
  await page.getByRole('main').getByRole('heading', { name: heading }).first().waitFor();
}

/** Once it is drawn. */
async function buttonsOf(page: Page): Promise<readonly string[]> {
  await drawn(page);
  return await page
    .getByRole('button')
    .evaluateAll((found) => found.map((one) => one.getAttribute('aria-label') ?? one.textContent?.trim() ?? ''));
}
