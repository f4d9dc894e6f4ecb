import type { BrowserContext, Page } from 'playwright-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { leaveFirstRun } from '../support/admin-page.ts';
import { browserOfFile, chromiumPath } from '../support/browser.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { RelayProcess } from '../support/relay-process.ts';
import { suiteThatNeeds } from '../support/required.ts';

const opened = z.object({ url: z.string() });

/** The built page from the built relay in a real browser, with the relay's own headers and access rules. */
suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'the Home page', () => {
  let relay: RelayProcess;
  let upstream: FakeAnthropic;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeEach(async () => {
    relay = await RelayProcess.start();
    upstream = await FakeAnthropic.start();
    context = await (await browserOfFile()).newContext({
      locale: 'en-GB',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await leaveFirstRun(context);
    page = await context.newPage();
    complaints = [];
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
  });
  afterEach(async () => {
    await context.close();
    await upstream.close();
    await relay[Symbol.asyncDispose]();
    expect(complaints).toEqual([]);
  });

  async function signIn(): Promise<void> {
    await page.goto(opened.parse(await relay.json(['open'])).url);
  }

  async function choose(menu: string, name: string): Promise<void> {
    await page.getByRole('button', { name: menu }).click();
    await page.getByRole('menuitemradio', { name }).click();
    await page.keyboard.press('Escape');
  }

  async function call(key: string): Promise<void> {
    const response = await fetch(`${relay.url}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' },
      body: JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] }),
    });
    await response.text();
  }

  test('without a sign-in says how to get one, and a used link no longer helps a stranger', async () => {
    await page.goto(`${relay.url}/admin/`);
    await page.getByText('npm run -s cli -- open').waitFor();
    const { url } = opened.parse(await relay.json(['open']));
    const stranger = await (await (await browserOfFile()).newContext()).newPage();
    await page.goto(url);
    await page.reload();
    await page.getByText('Running at').waitFor();
    expect(page.url()).toBe(`${relay.url}/admin/`);
    await stranger.goto(url);
    await stranger.getByText('was used before').waitFor();
    await stranger.context().close();
  });

  test('a new relay shows what to do first', async () => {
    await signIn();
    await page.getByText('No account yet. Add the first one').waitFor();
    await page.getByText('No call yet.').waitFor();
    await page.getByText('no account yet · no call in flight').waitFor();
    await page.getByRole('banner').getByRole('button', { name: 'Copy address' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(relay.url);
  });

  test('accounts and calls appear by themselves, with names, tokens and cost', async () => {
    await signIn();
    await page.getByText('No account yet. Add').waitFor();
    const id = await relay.addAccount({ name: 'main', baseUrl: upstream.url, secret: 'sk-ant-made-up' });
    await relay.addAccount({ name: 'spare', baseUrl: upstream.url, secret: 'sk-ant-made-up' });
    const { key } = await relay.createKey('test');
    upstream.script([says('hello')]);
    await call(key);
    await relay.json(['account', 'pause', 'spare']);
    const accounts = page.getByRole('region', { name: 'Accounts' }).getByRole('row');
    const calls = page.getByRole('region', { name: 'Last calls' }).getByRole('row');
    await accounts.filter({ hasText: 'spare' }).getByText('You paused it.').waitFor();
    await accounts.filter({ hasText: 'main' }).getByText('Ready').waitFor();
    const [row] = await relay.usage();
    const shown = calls.filter({ hasText: 'claude-sonnet-4-5' });
    await shown.getByText('Completed').waitFor();
    await shown.getByText('main').waitFor();
    await shown.getByText(`/ ${row?.outputTokens}`).waitFor();
    await shown.getByText('$0.00').waitFor();
    expect(row?.accountId).toBe(id);
    await page.getByText('1 of 2 accounts can serve').waitFor();
  });

  test('an account at its cap is shown as limited, with why and until when', async () => {
    await relay.addAccount({
      ...{ name: 'main', baseUrl: upstream.url, secret: 'sk-ant-made-up' },
      flags: ['--cap', 'requests=1/day', '--time-zone', 'UTC'],
    });
    const { key } = await relay.createKey('test');
    await call(key);
    await signIn();
    const account = page.getByRole('region', { name: 'Accounts' }).getByRole('row').filter({ hasText: 'main' });
    await account.getByText('Limited').waitFor();
    await account.getByText(/requests per day.*Back at/).waitFor();
  });

  test('while it waits it says so, and a part that fails says why and can be asked again', async () => {
    const gate = new Gate();
    const refusal = { error: { kind: 'unavailable', message: 'The database does not answer.' } };
    await page.route('**/admin/api/accounts', async (route) => {
      await gate.opened;
      await route.fulfill({ status: 503, json: refusal });
    });
    await signIn();
    const accounts = page.getByRole('region', { name: 'Accounts' });
    await accounts.getByRole('status').getByText('Loading').waitFor();
    gate.open();
    await accounts.getByText('The relay could not answer: The database does not answer.').waitFor();
    await page.unroute('**/admin/api/accounts');
    await accounts.getByRole('button', { name: 'Try again' }).click();
    await accounts.getByText('No account yet.').waitFor();
  });

  test('when the relay goes, the last answers stay with their time', async () => {
    await relay.addAccount({ name: 'main', baseUrl: upstream.url, secret: 'sk-ant-made-up' });
    await signIn();
    await page.getByRole('row').filter({ hasText: 'main' }).waitFor();
    await relay.kill();
    await page.getByText(/The relay has not answered since \d\d:\d\d:\d\d/).waitFor();
    await page
      .getByText(/^as of \d\d:\d\d:\d\d$/)
      .first()
      .waitFor();
    await page.getByRole('row').filter({ hasText: 'main' }).waitFor();
  });

  test('speaks the languages it has and remembers the choice', async () => {
    await signIn();
    await page.getByText('Running at').waitFor();
    await choose('Theme and language', '日本語');
    await page.getByText('稼働中').first().waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('ja');
    await page.reload();
    await page.getByText('稼働中').first().waitFor();
    await choose('テーマと言語', '简体中文');
    await page.getByText('正在运行').first().waitFor();
  });
});
