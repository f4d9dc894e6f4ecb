import { readFile } from 'node:fs/promises';
import type { TFunction } from 'i18next';
import { expect, test } from 'vitest';
import { AdminPage, type AdminPageOptions } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { textsOf } from '../support/page-texts.ts';
import { suiteThatNeeds } from '../support/required.ts';

interface Look extends AdminPageOptions {
  readonly name: string;
  readonly texts: Parameters<typeof textsOf>[0];
}

const looks: readonly Look[] = [
  { name: 'light, English, wide', texts: 'en' },
  { name: 'dark, Japanese, as small as a phone', texts: 'ja', language: 'ja', theme: 'dark', width: 360 },
  { name: 'dark, Chinese, wide', texts: 'zh-CN', language: 'zh-CN', theme: 'dark' },
];

async function call(at: AdminPage, key: string, model: string): Promise<void> {
  const response = await fetch(`${at.relay.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model, max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] }),
  });
  expect(response.status).toBe(200);
  await response.text();
}

/** An account, two keys, three calls; one is of a model that nobody has a price of. */
async function fill(at: AdminPage): Promise<void> {
  const { relay, upstream } = at;
  await relay.addAccount({ name: 'main', baseUrl: upstream.url, secret: 'sk-ant-made-up' });
  const [laptop, server] = [await relay.createKey('laptop'), await relay.createKey('build server')];
  const used = { inputTokens: 1_000, outputTokens: 2_000 };
  upstream.script([
    says('one', { usage: { ...used, cacheReadTokens: 50_000 } }),
    says('two', { usage: used }),
    says('three', { usage: used }),
  ]);
  await call(at, laptop.key, 'claude-sonnet-4-5');
  await call(at, server.key, 'claude-haiku-4-5');
  await call(at, laptop.key, 'made-up-model');
}

interface Task {
  readonly at: AdminPage;
  readonly t: TFunction;
  readonly look: Look;
}

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'Usage', () => {
  test.each(looks)('two things, a price of one’s own, a budget and a vendor’s export: $name', async (look) => {
    const t = await textsOf(look.texts);
    await using at = await AdminPage.start(look);
    await fill(at);
    await at.signIn();
    await lookByTwoThings({ at, t, look });
    await priceWhatHadNone({ at, t, look });
    await keepBudget({ at, t, look });
    await compareExport({ at, t, look });
    expect(await at.isCutOff()).toBe(false);
    // A file that is no export is refused.
    expect(at.complaints.filter((one) => !one.includes('400'))).toEqual([]);
  });

  test('newer prices are seen before they are used, and the way back is open', async () => {
    const t = await textsOf('en');
    await using at = await AdminPage.start();
    const { page } = at;
    await at.signIn('/usage?tab=prices');
    await page.getByText(/^In use: /).waitFor();
    await page.getByRole('button', { name: t('prices.check') }).click();
    await page.getByRole('alert').filter({ hasText: 'not set where newer prices come from' }).waitFor();
    expect(await at.barriers()).toEqual([]);
  });

  test('what is asked for is what is exported', async () => {
    await using at = await AdminPage.start();
    const { page } = at;
    await fill(at);
    await at.signIn('/usage?range=day');
    for (const format of ['CSV', 'JSON']) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: format, exact: true }).click(),
      ]);
      const text = await readFile(await download.path(), 'utf8');
      expect(text.match(/made-up-model/g)?.length).toBeGreaterThan(0);
      expect(text).toContain('claude-haiku-4-5');
    }
  });
});

async function lookByTwoThings({ at, t, look }: Task): Promise<void> {
  const { page } = at;
  await at.show('/usage');
  await page.getByLabel(t('usage.by'), { exact: true }).selectOption('model');
  await page.getByLabel(t('usage.per')).selectOption('key');
  const sums = page.getByRole('region', {
    name: t('usage.byTwo', { first: t('usage.model'), second: t('usage.key') }),
  });
  await sums.getByRole('row').filter({ hasText: 'claude-sonnet-4-5' }).filter({ hasText: 'laptop' }).waitFor();
  await sums.getByRole('row').filter({ hasText: 'claude-haiku-4-5' }).filter({ hasText: 'build server' }).waitFor();
  await page.getByRole('img', { name: t('usage.overTime') }).waitFor();
  await page.getByRole('img', { name: t('usage.heatMap') }).waitFor();
  await at.picture(`usage by two ${look.name}`);
  const heat = page.getByRole('region', { name: t('usage.heatMap') }).first();
  await heat.getByRole('button', { name: t('chart.asTable') }).click();
  const cells = await heat.getByRole('cell').allInnerTexts();
  expect(
    cells
      .map(Number)
      .filter(Boolean)
      .reduce((total, calls) => total + calls, 0),
  ).toBe(3);
  await page.reload();
  await sums.getByRole('row').filter({ hasText: 'laptop' }).first().waitFor();
  expect(await at.barriers()).toEqual([]);
  expect(await at.isCutOff()).toBe(false);
}

async function priceWhatHadNone({ at, t, look }: Task): Promise<void> {
  const { page, relay } = at;
  await at.show('/usage?tab=prices');
  await page.getByText(t('prices.unpriced', { count: 1, models: 'made-up-model' })).waitFor();
  await page.getByRole('button', { name: t('prices.add') }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(t('usage.model')).fill('made-up-model');
  await dialog.getByLabel(t('prices.input')).first().fill('3');
  await dialog.getByLabel(t('prices.output')).first().fill('15');
  await dialog.getByLabel(t('prices.cacheRead')).first().fill('0.3');
  await dialog.getByLabel(t('prices.cacheWrite5m')).first().fill('3.75');
  expect(await at.barriers()).toEqual([]);
  await at.picture(`price of one's own ${look.name}`);
  await dialog.getByRole('button', { name: t('prices.set') }).click();
  await page.getByLabel(t('prices.filter')).fill('made-up');
  await page.getByRole('row').filter({ hasText: 'made-up-model' }).getByText(t('prices.yours')).waitFor();
  await page.getByRole('button', { name: t('prices.priceNow') }).click();
  await page.getByText(t('prices.pricedNow', { count: 1 })).waitFor();
  const priced = (await relay.usage()).find(({ model }) => model === 'made-up-model');
  expect(priced?.costNanoUsd).toBe(1_000 * 3_000 + 2_000 * 15_000);
  await at.picture(`prices ${look.name}`);
  await page.getByRole('row').filter({ hasText: 'made-up-model' }).click();
  await dialog.getByRole('button', { name: t('prices.unset') }).click();
  await page.getByRole('row').filter({ hasText: 'made-up-model' }).waitFor({ state: 'detached' });
}

async function keepBudget({ at, t, look }: Task): Promise<void> {
  const { page, relay } = at;
  await at.show('/usage?tab=budgets');
  await page.getByText(t('budgets.empty')).waitFor();
  await page.getByRole('button', { name: t('budgets.create') }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(t('budgets.name')).fill('everything');
  await dialog.getByLabel(t('budgets.amount')).fill('0.06');
  await dialog.getByLabel(t('budgets.period')).selectOption('month');
  await dialog.getByRole('button', { name: t('action.save') }).click();
  const row = page.getByRole('row').filter({ hasText: 'everything' });
  await row.getByRole('meter').waitFor();
  expect(await row.getByRole('meter').getAttribute('aria-valuenow')).not.toBe('0');
  await at.picture(`budgets ${look.name}`);
  expect(await at.barriers()).toEqual([]);
  await row.getByRole('button', { name: t('budgets.editOf', { name: 'everything' }) }).click();
  await dialog.getByLabel(t('budgets.amount')).fill('1000');
  await dialog.getByRole('button', { name: t('action.save') }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(await relay.json(['budget', 'list'])).toEqual([expect.objectContaining({ amountNanoUsd: 1e12 })]);
  await row.getByRole('button', { name: t('budgets.removeOf', { name: 'everything' }) }).click();
  await dialog.getByRole('button', { name: t('budgets.remove'), exact: true }).click();
  await page.getByText(t('budgets.empty')).waitFor();
}

/** It is compared, and not kept. */
async function compareExport({ at, t, look }: Task): Promise<void> {
  const { page } = at;
  await at.show('/usage?tab=reconcile');
  const day = new Date().toISOString().slice(0, 10);
  const csv = (output: number) =>
    ['date,model,input_tokens,output_tokens', `${day},claude-haiku-4-5,1000,${output}`].join('\n');
  const choose = (text: string) =>
    page
      .getByLabel(t('reconcile.file'))
      .setInputFiles({ name: 'u.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  await choose(csv(2_500));
  await page.getByRole('row').filter({ hasText: 'claude-haiku-4-5' }).filter({ hasText: '2,500' }).waitFor();
  await at.picture(`reconciled ${look.name}`);
  expect(await at.barriers()).toEqual([]);
  await choose('nonsense');
  await page.getByRole('alert').filter({ hasText: 'The file needs a column for the day' }).waitFor();
  expect(await at.isCutOff()).toBe(false);
}
