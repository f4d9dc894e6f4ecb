import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AdminPage, type AdminPageOptions } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { refuses, says } from '../support/fake-anthropic/answers.ts';
import { FakeOAuth } from '../support/fake-oauth/fake-oauth.ts';
import { textsOf } from '../support/page-texts.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Say = Awaited<ReturnType<typeof textsOf>>;

interface Look {
  readonly options: AdminPageOptions;
  readonly say: Say;
}

const looks = {
  english: ['light, English, wide', { options: {}, say: await textsOf('en') }],
  japanese: ['dark, Japanese, wide', { options: { theme: 'dark', language: 'ja' }, say: await textsOf('ja') }],
  chinese: [
    'light, Chinese, as small as a phone',
    { options: { language: 'zh-CN', width: 360 }, say: await textsOf('zh-CN') },
  ],
} as const satisfies Record<string, readonly [string, Look]>;
const { english, japanese, chinese } = looks;
/** For what asks the command line, which takes a moment to start. */
const profile = {
  account: { email: 'jane@example.com' },
  organization: { organization_type: 'claude_max', rate_limit_tier: 'default_claude_max_20x' },
};

/** Opens the dialog and goes one of its ways. */
async function add({ page }: AdminPage, say: Say, way: 'sign-in' | 'found' | 'key'): Promise<void> {
  await page
    .getByRole('button', { name: say('accounts.add'), exact: true })
    .first()
    .click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: say(`accounts.way-${way}-note`) })
    .click();
}

/** Of the accounts' table, whose rows can be picked. */
async function row({ page }: AdminPage, say: Say, name: string) {
  const found = page.getByRole('row').filter({ has: page.getByLabel(say('accounts.pick', { name }), { exact: true }) });
  await found.waitFor();
  return found;
}

async function check(at: AdminPage, name: string): Promise<void> {
  await at.picture(name);
  expect(await at.barriers(), name).toEqual([]);
  expect(await at.isCutOff(), `${name} is wider than its window`).toBe(false);
}

async function call(at: AdminPage, key: string): Promise<void> {
  const response = await fetch(`${at.relay.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] }),
  });
  await response.text();
}

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'accounts in the window', () => {
  test.each([english, chinese])(
    'an account is added by its key, after what is wrong was said beside the fields: %s',
    async (name, { options, say }) => {
      await using at = await AdminPage.start(options);
      const { page, upstream } = at;
      await at.signIn('/accounts');
      await page.getByText(say('accounts.emptyHere')).waitFor();
      await check(at, `accounts empty ${name}`);
      await page
        .getByRole('button', { name: say('accounts.add'), exact: true })
        .first()
        .click();
      await check(at, `accounts ways ${name}`);
      await page
        .getByRole('dialog')
        .getByRole('button', { name: say('accounts.way-key-note') })
        .click();
      const dialog = page.getByRole('dialog');
      const save = dialog.getByRole('button', { name: say('accounts.save'), exact: true });
      await save.click();
      await expect.poll(() => dialog.getByText(say('form.required')).count()).toBe(2);
      await dialog.getByLabel(say('accounts.name')).fill('main');
      await dialog.locator('[name="secret.apiKey"]').fill('sk-ant made up');
      await dialog.locator('[name="settings.baseUrl"]').fill('not an address');
      await save.click();
      await dialog.getByText(say('form.url')).waitFor();
      await check(at, `accounts fields ${name}`);
      await dialog.locator('[name="secret.apiKey"]').fill('sk-ant-made-up');
      await dialog.locator('[name="settings.baseUrl"]').fill(upstream.url);
      await save.click();
      const question = page.getByRole('dialog', { name: say('accounts.localTitle') });
      await question.waitFor();
      await at.picture(`accounts local question ${name}`);
      await question.getByRole('button', { name: say('accounts.localYes') }).click();
      await row(at, say, 'main');
      await add(at, say, 'key');
      await dialog.getByLabel(say('accounts.name')).fill('main');
      await dialog.locator('[name="secret.apiKey"]').fill('sk-ant-made-up');
      await save.click();
      await dialog.getByText('another account has this name', { exact: true }).waitFor();
      expect(at.complaints.filter((one) => !one.includes('400'))).toEqual([]);
    },
  );

  test.each([japanese])(
    'somebody signs in in the browser after the note of terms: %s',
    async (name, { options, say }) => {
      await using at = await AdminPage.start(options);
      const { page, relay, upstream } = at;
      const oauth = await FakeOAuth.start({ profile, encoding: 'json' });
      try {
        const value = JSON.stringify({ 'claude-subscription': oauth.endpoints });
        await relay.json(['settings', 'set', 'oauth.endpoints', '--value', value]);
        await at.signIn('/accounts');
        await add(at, say, 'sign-in');
        const dialog = page.getByRole('dialog');
        await dialog.getByText(say('accounts.termsProvider')).waitFor();
        await check(at, `accounts terms ${name}`);
        await dialog.getByRole('button', { name: say('accounts.termsAccept') }).click();
        await dialog.getByLabel(say('accounts.name')).fill('max');
        await dialog.getByText(say('accounts.more'), { exact: true }).click();
        await dialog.locator('[name="settings.baseUrl"]').fill(upstream.url);
        await dialog.getByRole('button', { name: say('accounts.toSignIn') }).click();
        await page.getByRole('button', { name: say('accounts.localYes') }).click();
        const link = page.getByRole('link', { name: say('accounts.openSignIn') });
        await link.waitFor();
        await check(at, `accounts sign-in ${name}`);
        const location = await oauth.consent((await link.getAttribute('href')) ?? '');
        await fetch(location);
        const signedIn = await row(at, say, 'max');
        await signedIn.getByText(say('accounts.active')).waitFor();
        await signedIn.click();
        await page.getByRole('dialog').getByText('Max 20x · j•••@example.com').waitFor();
        await check(at, `account of a subscription ${name}`);
        expect(at.complaints.filter((one) => !one.includes('400'))).toEqual([]);
      } finally {
        await oauth.close();
      }
    },
  );

  test('a login that lies on this computer is found and used where it lies', async () => {
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    const login = { accessToken: 'made-up-access', refreshToken: 'made-up-refresh', expiresAt: Date.now() + 3_600_000 };
    const claudeAiOauth = { ...login, scopes: ['user:inference', 'user:profile'], subscriptionType: 'max' };
    writeFileSync(join(folder, '.credentials.json'), JSON.stringify({ claudeAiOauth }));
    await using at = await AdminPage.start({ env: { CLAUDE_CONFIG_DIR: folder } });
    const say = await textsOf('en');
    const { page } = at;
    const oauth = await FakeOAuth.start({ profile, encoding: 'json' });
    try {
      const value = JSON.stringify({ 'claude-subscription': oauth.endpoints });
      await at.relay.json(['settings', 'set', 'oauth.endpoints', '--value', value]);
      await at.signIn('/accounts');
      await add(at, say, 'found');
      const dialog = page.getByRole('dialog');
      await dialog.getByText(say('provider.claude-subscription')).waitFor();
      await check(at, 'accounts found light, English, wide');
      await dialog
        .getByRole('button', { name: say('accounts.useIt') })
        .first()
        .click();
      await dialog.getByRole('button', { name: say('accounts.termsAccept') }).click();
      await dialog.getByLabel(say('accounts.name')).fill('linked');
      await dialog.getByRole('button', { name: say('accounts.useIt') }).click();
      await row(at, say, 'linked');
      expect(at.complaints).toEqual([]);
    } finally {
      await oauth.close();
    }
  });

  test.each([japanese, chinese])(
    'everything about an account is changed where it is shown: %s',
    async (name, { options, say }) => {
      await using at = await AdminPage.start(options);
      const { page, relay, upstream } = at;
      const id = await relay.addAccount({ name: 'main', baseUrl: upstream.url, secret: 'sk-ant-made-up' });
      await relay.addAccount({
        name: 'spare',
        baseUrl: upstream.url,
        secret: 'sk-ant-made-up',
        flags: ['--priority', '60'],
      });
      await relay.json(['group', 'create', '--name', 'team']);
      const { key } = await relay.createKey('laptop', ['--account', 'main']);
      upstream.script([refuses(400), says('fine')]);
      await call(at, key);
      await call(at, key);
      await at.signIn('/accounts');
      await row(at, say, 'main');
      await check(at, `accounts table ${name}`);

      // Sorted by a heading, and opened without a mouse.
      const heading = page.getByRole('columnheader', { name: say('accounts.name'), exact: true });
      await heading.getByRole('button').click();
      await expect.poll(() => heading.getAttribute('aria-sort')).toBe('ascending');
      await heading.getByRole('button').click();
      await expect.poll(() => page.getByRole('row').nth(1).innerText()).toContain('spare');
      await page.getByRole('row').nth(1).focus();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      const pane = page.getByRole('dialog', { name: 'main' });
      await pane.waitFor();
      await pane.getByLabel('team').click();
      await expect.poll(() => pane.getByLabel('team').isChecked()).toBe(true);
      expect(JSON.stringify(await relay.json(['group', 'list']))).toContain(id);
      await check(at, `account overview ${name}`);

      await pane.getByRole('tab', { name: say('accounts.tab-limits') }).click();
      await pane.locator('[name="maxConcurrent"]').fill('4');
      await pane.locator('[name="stops.0.percent"]').fill('80');
      await pane.locator('[name="sharing"]').selectOption('only-me');
      await pane.getByRole('button', { name: say('action.save'), exact: true }).click();
      await pane.getByText(say('accounts.saved'), { exact: true }).waitFor();
      await pane.getByRole('button', { name: say('accounts.addCap'), exact: true }).click();
      await pane.locator('[name="caps.0.amount"]').fill('2.5');
      await pane.getByRole('button', { name: say('accounts.saveCaps') }).click();
      await pane.getByText('cost per day').waitFor();
      await check(at, `account limits ${name}`);
      expect(await relay.json(['account', 'show', 'main'])).toMatchObject({
        care: {
          ...{ maxConcurrent: 4, stopAt: { '*': 80 }, sharing: 'only-me' },
          caps: [{ measure: 'cost', amount: 2_500_000_000, window: { unit: 'day' }, mode: 'smooth' }],
        },
      });

      await pane.getByRole('tab', { name: say('accounts.tab-models') }).click();
      await pane.getByRole('button', { name: say('accounts.addMap'), exact: true }).click();
      await pane.locator('[name="pairs.0.from"]').fill('fast');
      await pane.locator('[name="pairs.0.to"]').fill('claude-haiku-4-5');
      await pane.getByRole('button', { name: say('action.save'), exact: true }).click();
      const shown = async () => JSON.stringify(await relay.json(['account', 'show', 'main']));
      await expect.poll(shown).toContain('"fast":');
      await pane.locator('[name="model"]').fill('fast');
      await pane.getByRole('button', { name: say('tester.try'), exact: true }).click();
      await pane.getByRole('status').filter({ hasText: 'claude-haiku-4-5' }).waitFor();
      await check(at, `account models ${name}`);

      await pane.getByRole('tab', { name: say('accounts.tab-errors') }).click();
      await pane
        .getByText(/request-rejected|400/)
        .first()
        .waitFor();
      await check(at, `account errors ${name}`);
      await pane.getByRole('tab', { name: say('accounts.tab-activity') }).click();
      await pane.getByRole('button', { name: say('accounts.pause') }).click();
      await pane.getByRole('button', { name: say('accounts.resume') }).waitFor();
      await pane.getByRole('button', { name: say('accounts.remove') }).click();
      await page.getByText('laptop', { exact: false }).last().waitFor();
      await at.picture(`account removal ${name}`);
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');

      // Several at once, picked with the keyboard.
      await page.getByRole('row').nth(1).focus();
      await page.keyboard.press('x');
      await page.keyboard.press('j');
      await page.keyboard.press('x');
      await page.getByRole('button', { name: say('accounts.pauseThem') }).click();
      await page.getByText(say('accounts.bulkDone', { count: 2 })).waitFor();
      await page.getByLabel(say('accounts.state'), { exact: true }).selectOption('usable');
      await page.getByText(say('accounts.noMatch')).waitFor();
      await check(at, `accounts filtered empty ${name}`);
      expect(at.complaints).toEqual([]);
    },
  );
});
