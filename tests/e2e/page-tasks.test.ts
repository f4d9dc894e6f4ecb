import { expect, test } from 'vitest';
import { AdminPage } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { suiteThatNeeds } from '../support/required.ts';

async function call(at: AdminPage, key: string): Promise<void> {
  const response = await fetch(`${at.relay.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] }),
  });
  expect(response.status).toBe(200);
  await response.text();
}

/** Goes on with the Tab key until the named control has the focus. */
async function tabTo({ page }: AdminPage, name: string | RegExp): Promise<void> {
  const fits = (text: string) => (typeof name === 'string' ? text === name : name.test(text));
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    const text = await page.evaluate(() => {
      const focused = document.activeElement;
      const labels = focused instanceof HTMLInputElement ? [...(focused.labels ?? [])] : [];
      return focused?.getAttribute('aria-label') ?? labels.map((label) => label.innerText).join() ?? '';
    });
    const own = await page.evaluate(() => (document.activeElement as HTMLElement | null)?.innerText?.trim() ?? '');
    if (fits(text.trim()) || fits(own)) return;
  }
  expect.fail(`the Tab key never comes to ${name}`);
}

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'what an owner does in the window', () => {
  test('without a mouse: an account, a key, a call, and why it went where it went', async () => {
    await using at = await AdminPage.start();
    const { page, upstream } = at;
    await at.signIn();
    await page.getByRole('heading', { name: 'Three steps to the first call' }).waitFor();
    await at.picture('first run light, English, wide');

    await page.keyboard.press('Control+3');
    await page.getByRole('heading', { name: 'Accounts', level: 1 }).waitFor();
    await tabTo(at, 'Add account');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await tabTo(at, /^API key/);
    await page.keyboard.press('Enter');
    await tabTo(at, /^Account \*$/);
    await page.keyboard.type('main');
    await tabTo(at, /^API key/);
    await page.keyboard.type('sk-ant-made-up');
    await tabTo(at, /^Address/);
    await page.keyboard.type(upstream.url);
    await tabTo(at, 'Add account');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Is this address yours?' }).waitFor();
    await tabTo(at, 'Yes, send them there');
    await page.keyboard.press('Enter');
    await page.getByRole('row').filter({ hasText: 'main' }).waitFor();

    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').waitFor();
    await page.keyboard.type('keys');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Keys', level: 2 }).waitFor();
    await tabTo(at, 'Create key');
    await page.keyboard.press('Enter');
    await tabTo(at, /^Name/);
    await page.keyboard.type('laptop');
    await page.keyboard.press('Enter');
    await page.getByText('laptop is ready').waitFor();
    const snippet = await page.getByRole('dialog').locator('pre').first().innerText();
    const key = /ANTHROPIC_AUTH_TOKEN="([^"]+)"/.exec(snippet)?.[1] ?? expect.fail('the secret is not shown');
    await page.keyboard.press('Escape');

    await page.keyboard.press('Control+2');
    await page.getByText('No call yet.').waitFor();
    upstream.script([says('hello')]);
    await call(at, key);
    const row = page.getByRole('row').filter({ hasText: 'claude-sonnet-4-5' });
    await row.waitFor();
    await row.focus();
    await page.keyboard.press('Enter');
    const pane = page.getByRole('dialog');
    await pane.getByText('Why this account').waitFor();
    await pane.getByText('1 could serve, best first').waitFor();
    await pane.getByRole('heading', { name: 'Cost' }).waitFor();
    await at.picture('call explained light, English, wide');
    await page.keyboard.press('Escape');

    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    // An address on this computer is refused first, so that the page can ask.
    expect(at.complaints.filter((one) => !one.includes('400'))).toEqual([]);
  });

  test('Home, Usage and the relay itself tell the same numbers of today', async () => {
    await using at = await AdminPage.start();
    const { page, relay, upstream } = at;
    await relay.addAccount({ name: 'main', baseUrl: upstream.url, secret: 'sk-ant-made-up' });
    const { key } = await relay.createKey('laptop');
    upstream.script([says('one', { usage: { inputTokens: 12_000, outputTokens: 1_500 } }), says('two')]);
    await call(at, key);
    await call(at, key);
    await at.signIn();
    const today = page.getByRole('region', { name: 'Today' });
    await today.getByText('12,', { exact: false }).waitFor();
    const cost = (await today.locator('dd').filter({ hasText: '$' }).innerText()).trim();
    const rows = await relay.usage();
    const sum = rows.reduce((total, { costNanoUsd }) => total + (costNanoUsd ?? 0), 0);
    expect(Number(cost.replace('$', ''))).toBeCloseTo(sum / 1e9, 3);
    await at.go('/usage');
    await page.getByText(cost).first().waitFor();
  });

  test('texts that are four tenths longer still fit a phone', async () => {
    await using at = await AdminPage.start({ width: 360 });
    await at.signIn();
    for (const path of ['/', '/live', '/accounts', '/routing', '/team', '/usage', '/settings']) {
      await at.go(path);
      await at.page.locator('main :is(h1, h2)').first().waitFor();
      await at.page.evaluate(() => {
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          const text = node.nodeValue ?? '';
          if (text.trim().length > 3) node.nodeValue = text + text.slice(0, Math.ceil(text.length * 0.4));
        }
      });
      expect(await at.isCutOff(), path).toBe(false);
      await at.page.reload();
      await at.page.getByRole('navigation').waitFor();
    }
  });
});
