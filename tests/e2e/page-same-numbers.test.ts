import { expect, test } from 'vitest';
import * as z from 'zod';
import { overHttp } from '../../app/cli/client.ts';
import { readRuntime } from '../../app/instance.ts';
import { readFigures } from '../../main/tray/watch.ts';
import { AdminPage } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { refuses, says } from '../support/fake-anthropic/answers.ts';
import { suiteThatNeeds } from '../support/required.ts';

const sums = z.object({ calls: z.int(), failedCalls: z.int(), costNanoUsd: z.int(), unpricedCalls: z.int() });
const today = z.object({
  total: sums,
  byAccount: z.array(sums.extend({ accountId: z.string().nullable() })),
  byKey: z.array(sums.extend({ keyId: z.string().nullable() })),
});
const summary = z.array(sums.extend({ group: z.string().nullable() }));

/** A day with everything in it that could be counted in two ways: caches, a refusal, a model without a price, two accounts. */
async function liveThroughDay(at: AdminPage): Promise<void> {
  const { relay, upstream } = at;
  const account = (name: string, models: string) =>
    relay.addAccount({ name, baseUrl: upstream.url, secret: 'sk-ant-made-up', flags: ['--model', models] });
  await account('sonnets', 'claude-sonnet-*');
  await account('others', 'claude-haiku-*');
  await account('unknowns', 'made-up-*');
  const [laptop, server] = [await relay.createKey('laptop'), await relay.createKey('build server')];
  const used = { inputTokens: 12_345, outputTokens: 6_789 };
  upstream.script([
    says('one', { usage: { ...used, cacheReadTokens: 77_777 } }),
    says('two', { usage: used }),
    refuses(400),
    says('four', { usage: used }),
  ]);
  await call(at, laptop.key, 'claude-sonnet-4-5');
  await call(at, server.key, 'claude-haiku-4-5');
  await call(at, server.key, 'claude-sonnet-4-5');
  await call(at, laptop.key, 'made-up-model');
}

async function call(at: AdminPage, key: string, model: string): Promise<void> {
  const response = await fetch(`${at.relay.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model, max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] }),
  });
  await response.text();
}

function shownDollars(nanoUsd: number): string {
  return `$${(nanoUsd / 1e9).toFixed(4)}`.replace(/0{1,2}$/, '');
}

/** What a monitoring program adds up: calls and cost of each account. */
async function measured({ relay }: AdminPage): Promise<(readonly [string, number, number])[]> {
  const { token } = z.object({ token: z.string() }).parse(await relay.json(['metrics', 'token']));
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${relay.url}/metrics?timeZone=${encodeURIComponent(timeZone)}`, { headers });
  const samples = [...(await response.text()).matchAll(/^waystation_(\w+)\{.*account_id="([^"]*)".*\} (\S+)$/gm)];
  const sumOf = (metric: string, account: string, scale: number) =>
    samples
      .filter(([, name, id]) => name === metric && id === account)
      .reduce((sum, [, , , value]) => sum + Math.round(Number(value) * scale), 0);
  return [...new Set(samples.map(([, , id = '']) => id))].map((id) => [
    id,
    sumOf('requests_today', id, 1),
    sumOf('cost_usd_today', id, 1e9),
  ]);
}

/** What the tray is made of, by the desktop shell's own reader. */
async function trayOf({ relay }: AdminPage) {
  const runtime = readRuntime(relay.dataDir);
  if (!runtime) throw new Error('no relay runs');
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return await readFigures(overHttp(runtime), { timeZone, now: Date.now() });
}

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'the numbers of one day', () => {
  test('check 6: are the same in the rows, the tray, /metrics and the command line, on Home, Accounts and Usage', async () => {
    await using at = await AdminPage.start();
    const { page, relay } = at;
    await liveThroughDay(at);
    const rows = await relay.usage();
    const costNanoUsd = rows.reduce((sum, row) => sum + (row.costNanoUsd ?? 0), 0);
    const expected = {
      ...{ calls: rows.length, costNanoUsd },
      failedCalls: rows.filter(({ status }) => status === 'failed').length,
      unpricedCalls: rows.filter((row) => row.costNanoUsd === null).length,
    };
    expect(expected).toMatchObject({ calls: 4, failedCalls: 1 });
    expect(expected.unpricedCalls).toBeGreaterThan(0);
    expect(costNanoUsd).toBeGreaterThan(1_000_000);

    const told = today.parse(await relay.json(['usage', 'today']));
    expect(told.total).toEqual(expected);
    const add = (of: readonly z.infer<typeof sums>[]) => of.reduce((sum, one) => sum + one.costNanoUsd, 0);
    expect([add(told.byAccount), add(told.byKey)]).toEqual([costNanoUsd, costNanoUsd]);
    for (const by of ['account', 'key', 'model', 'tool', 'day']) {
      const groups = summary.parse(await relay.json(['usage', 'summary', '--by', by, '--since', '1d']));
      expect([by, add(groups)]).toEqual([by, costNanoUsd]);
    }

    const names = new Map(
      z
        .array(z.object({ id: z.string(), name: z.string() }))
        .parse(await relay.json(['account', 'list']))
        .map(({ id, name }) => [id, name]),
    );
    const costs = told.byAccount.map(
      ({ accountId, calls, costNanoUsd: cost }) => [accountId ?? '', calls, cost] as const,
    );
    const byAccount = (list: readonly (readonly [string, number, number])[]) =>
      list.toSorted(([one], [other]) => one.localeCompare(other));
    expect(byAccount(await measured(at))).toEqual(byAccount(costs));

    const tray = await trayOf(at);
    expect(tray.today).toEqual({ calls: expected.calls, costNanoUsd });
    for (const { id, costTodayNanoUsd } of tray.accounts) {
      expect(costs.find(([accountId]) => accountId === id)?.[2] ?? 0).toBe(costTodayNanoUsd);
    }

    await at.signIn();
    const dollars = shownDollars(costNanoUsd);
    const tiles = page.getByRole('region', { name: 'Today' });
    await tiles.getByText(dollars, { exact: true }).waitFor();
    await tiles.getByText('4', { exact: true }).waitFor();
    await at.show('/accounts');
    for (const [accountId, calls, cost] of costs) {
      const row = page.getByRole('row').filter({ hasText: names.get(accountId) ?? 'nobody' });
      await row.getByText(shownDollars(cost), { exact: true }).waitFor();
      await row.getByText(`${calls} call`).waitFor();
    }
    await at.picture('accounts today light, English, wide');
    await at.show('/usage?range=day&by=account');
    const panel = page.getByRole('region', { name: 'By account' });
    await page.getByText(dollars).first().waitFor();
    for (const { accountId, costNanoUsd: cost } of told.byAccount.filter((one) => one.costNanoUsd > 0)) {
      const name = names.get(accountId ?? '') ?? 'nobody';
      await panel.getByRole('row').filter({ hasText: name }).getByText(shownDollars(cost)).first().waitFor();
    }
    await at.show('/usage?range=day&by=tool');
    await page.getByRole('region', { name: 'By tool' }).getByText(dollars).first().waitFor();
    await at.picture('usage by tool light, English, wide');

    // The token that was made is the page's to take away, and to make anew.
    await at.show('/settings?tab=security');
    await page.getByText('A token opens it.').waitFor();
    await page.getByRole('button', { name: 'Make a new token' }).click();
    await page.getByText(/^wsm_/).waitFor();
    await at.picture('settings metrics light, English, wide');
    await page.getByRole('button', { name: 'Take the token away' }).click();
    await page.getByText('It is shut: there is no token.').waitFor();
    expect((await fetch(`${relay.url}/metrics`)).status).toBe(401);
    expect(at.complaints).toEqual([]);
  });
});
