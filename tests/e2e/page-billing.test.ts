import { expect, test } from 'vitest';
import { AdminPage, type AdminPageOptions } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { suiteThatNeeds } from '../support/required.ts';

/** $3 and $15 for a million tokens: $0.0045. */
const usual = { usage: { inputTokens: 1_000, outputTokens: 100, cacheReadTokens: 0, cacheWrite5mTokens: 0 } };
const looks: readonly (readonly [string, AdminPageOptions, Readonly<Record<'billed' | 'call' | 'key', string>>])[] = [
  ['light, English, wide', {}, { billed: 'Billed', call: 'Billed to its key, × 1.65', key: '1.5 × the cost' }],
  [
    'dark, Japanese, wide',
    { theme: 'dark', language: 'ja' },
    { billed: '請求額', call: 'キーへの請求、× 1.65', key: '費用の 1.5 倍' },
  ],
  [
    'light, Chinese, as small as a phone',
    { language: 'zh-CN', width: 360 },
    { billed: '计费', call: '向密钥计费，× 1.65', key: '费用的 1.5 倍' },
  ],
];

async function call({ relay, upstream }: AdminPage, key: string): Promise<void> {
  upstream.script([says('Hi', usual)]);
  const response = await fetch(`${relay.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] }),
  });
  expect(response.status).toBe(200);
  await response.text();
}

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'what keys pay, in the window', () => {
  test.each(looks)(
    'stands beside the cost where it is not the cost, and nowhere else: %s',
    async (name, look, words) => {
      await using at = await AdminPage.start(look);
      const { page, relay, upstream } = at;
      await relay.addAccount({ name: 'main', baseUrl: upstream.url, secret: 'sk-ant-made-up' });
      const { key } = await relay.createKey('laptop');
      await call(at, key);
      await at.signIn('/usage');
      const table = page.locator('main table');
      await table.getByText('$0.0045').waitFor();
      expect(await table.getByText(words.billed, { exact: true }).count()).toBe(0);

      await at.go('/settings?tab=data');
      const field = page.getByLabel('Anthropic', { exact: true });
      await field.fill('1.1');
      const saved = page.waitForResponse((response) => response.url().endsWith('/settings/billing.multipliers'));
      await field.press('Enter');
      expect(await (await saved).json()).toMatchObject({ value: { anthropic: 1.1 } });
      expect(await at.barriers()).toEqual([]);
      expect(await at.isCutOff()).toBe(false);
      await at.picture(`multipliers ${name}`);
      await relay.json(['key', 'update', 'laptop', '--multiplier', '1.5']);
      await call(at, key);

      await at.show('/usage');
      await table.getByText(words.billed, { exact: true }).waitFor();
      await table.getByText('$0.0119').waitFor();
      expect(await at.barriers()).toEqual([]);
      expect(await at.isCutOff()).toBe(false);
      await at.picture(`billed usage ${name}`);
      await at.show('/live');
      await page.getByRole('row').filter({ hasText: 'claude-sonnet-4-5' }).first().click();
      const pane = page.getByRole('dialog');
      await pane.getByText(words.call).waitFor();
      await pane.getByText('$0.007425').waitFor();
      expect(await at.barriers()).toEqual([]);
      await at.picture(`billed call ${name}`);
      await page.keyboard.press('Escape');
      await at.show('/team?tab=keys');
      await page.getByRole('row').filter({ hasText: 'laptop' }).first().click();
      await pane.getByText(words.key).waitFor();
      await at.picture(`billed key ${name}`);
      expect(at.complaints).toEqual([]);
    },
  );
});
