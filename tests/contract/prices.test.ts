import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { SettingsRepository } from '../../app/store/settings.ts';
import type { Store } from '../../app/store/store.ts';
import { bundledPrices } from '../../app/usage/__fixtures__/calls.ts';
import { manualClock } from '../../app/usage/__fixtures__/manual-clock.ts';
import { LivePrices } from '../../app/usage/live-prices.ts';
import { PricesRefused, parseTable } from '../../app/usage/price-file.ts';
import { PriceVersions } from '../../app/usage/price-versions.ts';
import type { PriceTable } from '../../app/usage/prices.ts';
import { type OpenedStore, onEachStore } from '../support/each-store.ts';
import { priceFile } from '../support/price-files.ts';

await onEachStore('prices', contract);

const bundled = bundledPrices();
const opus = 'claude-opus-5-5';

function contract(open: () => Promise<OpenedStore>): void {
  let opened: OpenedStore;
  let store: Store;
  let warnings: string[];
  const clock = manualClock();
  const node = (shipped: PriceTable = bundled) => {
    const versions = new PriceVersions(store, new SettingsRepository(store));
    return LivePrices.open({ bundled: shipped, versions, clock, warn: (message) => warnings.push(message) });
  };
  const take = async (prices: LivePrices, version: string, isPinned = false) => prices.use({ version, isPinned });
  const inputOf = (prices: LivePrices) => prices.find(opus)?.input;
  const check = (prices: LivePrices, ...given: Parameters<typeof priceFile>) => {
    const body = priceFile(...given);
    return prices.check({ table: parseTable(body), body, sha256: '' }, 'a test');
  };
  beforeAll(async () => {
    opened = await open();
    ({ store } = opened);
  });
  beforeEach(async () => {
    warnings = [];
    await store.db.deleteFrom('price_versions').execute();
    await store.db.deleteFrom('own_prices').execute();
    await store.db.deleteFrom('settings').execute();
  });
  afterAll(async () => {
    await store.close();
    await opened.remove();
  });

  test('Q12 price-update-midday: a newer table is used once it is applied, here at once and on other nodes by their next look', async () => {
    const [here, there] = [await node(), await node()];
    const before = inputOf(here);
    expect(await check(here, '2027-01-02', { [opus]: 6_000 })).toMatchObject({
      ...{ version: '2027-01-02', current: bundled.version, removed: [], added: [] },
      changed: [{ model: opus, field: 'input', before, after: 6_000 }],
    });
    expect([inputOf(here), here.version]).toEqual([before, bundled.version]);
    await take(here, '2027-01-02');
    expect([inputOf(here), here.find(opus)?.version]).toEqual([6_000, '2027-01-02']);
    expect(inputOf(there)).toBe(before);
    await there.poll();
    expect([inputOf(there), inputOf(await node())]).toEqual([6_000, 6_000]);
  });

  test('Q12 price-update-midday: an older table, and another one of the same name, are refused and the old one serves', async () => {
    const prices = await node();
    await check(prices, '2027-01-02', { [opus]: 6_000 });
    await take(prices, '2027-01-02');
    await expect(check(prices, '2027-01-01', { [opus]: 7_000 })).rejects.toThrow(PricesRefused);
    await expect(check(prices, '2027-01-01')).rejects.toThrow('older (2027-01-01) than the prices in use (2027-01-02)');
    await expect(check(prices, '2027-01-02', { [opus]: 1 })).rejects.toThrow('in use already');
    await check(prices, '2027-01-03', { [opus]: 6_100 });
    await take(prices, '2027-01-03');
    await take(prices, '2027-01-02', true);
    await expect(check(prices, '2027-01-03', { [opus]: 1 })).rejects.toThrow('had other contents');
    expect(inputOf(prices)).toBe(6_000);
  });

  test('a version that was in use can be gone back to, and stays until another one is applied', async () => {
    const prices = await node();
    const before = inputOf(prices);
    await check(prices, '2027-01-02', { [opus]: 6_000 });
    await take(prices, '2027-01-02');
    await take(prices, bundled.version, true);
    expect([inputOf(prices), prices.isPinned]).toEqual([before, true]);
    expect((await prices.list()).map(({ version, usedAt }) => [version, usedAt !== null])).toEqual([
      ['2027-01-02', true],
      [bundled.version, false],
    ]);
    await take(prices, '2027-01-02');
    expect([inputOf(await node()), prices.isPinned]).toEqual([6_000, false]);
  });

  test('newer prices that come with the program are taken, except where somebody went back', async () => {
    const prices = await node();
    await check(prices, '2027-01-02', { [opus]: 6_000 });
    await take(prices, '2027-01-02');
    const updated = parseTable(priceFile('2027-02-01', { [opus]: 8_000 }));
    expect(inputOf(await node(updated))).toBe(8_000);
    await take(prices, '2027-01-02', true);
    expect(inputOf(await node(updated))).toBe(6_000);
  });

  test('a price of the owner wins over every table under every name of its model, and survives a refresh', async () => {
    const prices = await node();
    await prices.setOwn('claude-opus-5-5-20260901', { input: 4_000, output: 9_000 });
    await prices.setOwn('house-model', { input: 10, output: 20 });
    await check(prices, '2027-01-02', { [opus]: 6_000 });
    await take(prices, '2027-01-02');
    const other = await node();
    for (const one of [prices, other]) {
      for (const name of [opus, 'claude-opus-5-5[1m]', 'claude-opus-5-5-20260901'])
        expect(one.find(name)).toMatchObject({
          model: opus,
          input: 4_000,
          output: 9_000,
          version: expect.stringMatching(/^own /),
        });
      expect(one.find(opus)?.cacheRead).toBeUndefined();
      expect(one.find('house-model')).toMatchObject({ input: 10, toolRequests: {} });
      expect(one.models).toContain('house-model');
    }
    expect([await prices.removeOwn(opus), await prices.removeOwn(opus)]).toEqual([true, false]);
    await other.poll();
    expect([inputOf(prices), inputOf(other)]).toEqual([6_000, 6_000]);
  });

  test('changes that come at once all hold in the end', async () => {
    const prices = await node();
    await check(prices, '2027-01-02', { [opus]: 6_000 });
    const own = Array.from({ length: 8 }, (_, index) => prices.setOwn(`house-${index}`, { input: index, output: 1 }));
    await Promise.all([...own.slice(0, 4), take(prices, '2027-01-02'), prices.poll(), ...own.slice(4), prices.poll()]);
    expect([prices.version, prices.own.length, inputOf(prices)]).toEqual(['2027-01-02', 8, 6_000]);
  });

  test('a stored table that is damaged is not used', async () => {
    const prices = await node();
    await check(prices, '2027-01-02', { [opus]: 6_000 });
    await take(prices, '2027-01-02');
    await store.db.updateTable('price_versions').set({ body: '{"version":' }).execute();
    expect((await node()).version).toBe(bundled.version);
    expect(warnings).toEqual([expect.stringContaining('2027-01-02 cannot be read')]);
  });
}
