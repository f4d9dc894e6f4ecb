import { join } from 'node:path';
import { expect, test } from 'vitest';
import { overHttp } from '../../app/cli/client.ts';
import { openStore } from '../../app/store/open.ts';
import { bundledPrices, settledCall } from '../../app/usage/__fixtures__/calls.ts';
import { manualClock } from '../../app/usage/__fixtures__/manual-clock.ts';
import { loadPrices } from '../../app/usage/prices.ts';
import { UsageRecorder } from '../../app/usage/recorder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { TestApp } from '../support/test-app.ts';
import { run, runJson, ServeProcess } from './cli-run.ts';

const prices = bundledPrices();

/** A table from before every model was in it. */
const olderPrices = loadPrices({
  ...{ version: 'older', date: '2025-01-01', unit: 'made up' },
  sources: { made: { from: 'made up', read: '2025-01-01' } },
  vendors: [
    { id: 'made', source: 'made', serviceTierPercent: {}, models: [{ id: 'claude-opus-5-5', input: 1, output: 1 }] },
  ],
});

/** A data folder with calls of two known models and of one that nobody knows. */
async function folderWithCalls(): Promise<string> {
  const dataDir = temporaryFolder();
  const store = await openStore({ engine: 'sqlite', file: join(dataDir, 'waystation.sqlite') });
  const options = { store, prices: olderPrices, clock: manualClock(), warn: () => undefined };
  const recorder = await UsageRecorder.open({ ...options, folder: temporaryFolder() });
  await recorder.record(settledCall('req_1', { model: 'claude-haiku-4-5' }));
  await recorder.record(settledCall('req_2', { model: 'gpt-6.2-sol' }));
  await recorder.record(settledCall('req_3', { model: 'gpt-77' }));
  await recorder.record(settledCall('req_4'));
  await recorder.close();
  await store.close();
  return dataDir;
}

const models = [
  { model: 'gpt-6.2-sol', calls: 1, priced: 1, costNanoUsd: 7_000_000, billedNanoUsd: 7_000_000 },
  { model: 'claude-haiku-4-5', calls: 1, priced: 1, costNanoUsd: 3_500_000, billedNanoUsd: 3_500_000 },
  { model: 'gpt-77', calls: 1, priced: 0, costNanoUsd: 0, billedNanoUsd: 0 },
];
const preview = { isDryRun: true, calls: 3, priced: 2, costNanoUsd: 10_500_000, billedNanoUsd: 10_500_000, models };

async function costsIn(dataDir: string): Promise<unknown[]> {
  const calls = (await runJson(['usage', 'list'], { dataDir })) as { requestId: string; costNanoUsd: number | null }[];
  return calls.map(({ requestId, costNanoUsd }) => [requestId, costNanoUsd]).reverse();
}

test.each([
  ['without a relay', false],
  ['through a running relay', true],
])('Q09 unknown-model-price: %s the command shows first and writes with --yes', async (_, isRunning) => {
  const dataDir = await folderWithCalls();
  await using stack = new AsyncDisposableStack();
  if (isRunning) stack.use(await ServeProcess.start(dataDir));
  const before = [
    ['req_1', null],
    ['req_2', null],
    ['req_3', null],
    ['req_4', 1_500],
  ];
  expect(await runJson(['usage', 'price-unknown'], { dataDir })).toEqual(preview);
  const shown = (await run(['usage', 'price-unknown'], { dataDir })).stdout.replaceAll(/\s+/g, ' ');
  expect(shown).toContain('2 of 3 calls without a price can be priced: $0.0105.');
  expect(shown).toContain('waystation usage price-unknown --yes');
  expect(shown).toMatch(/gpt-77 1 0 unknown/);
  expect(await costsIn(dataDir)).toEqual(before);

  expect(await runJson(['usage', 'price-unknown', '--yes'], { dataDir })).toEqual({ ...preview, isDryRun: false });
  expect(await costsIn(dataDir)).toEqual([['req_1', 3_500_000], ['req_2', 7_000_000], ...before.slice(2)]);
  const again = await run(['usage', 'price-unknown', '--yes'], { dataDir });
  expect(again.stdout).toContain('0 of 1 call without a price are priced now');
  const story = (await run(['explain', 'req_2'], { dataDir })).stdout;
  expect(story).toContain(`Prices of gpt-6.2-sol, from the table ${prices.version}.`);
});

test('the admin API takes one step at a time, and only shows unless it is told to write', async () => {
  await using relay = await TestApp.start();
  const admin = overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
  await relay.messages();
  await relay.rowsOnce(1);
  expect(await admin.priceUnknown({})).toEqual({ models: [], next: null });
  const [call] = await admin.listUsage({});
  await relay.app.parts.store.db.updateTable('usage').set({ cost_nano_usd: null, price: null }).execute();
  const model = {
    model: 'claude-sonnet-4-5',
    calls: 1,
    priced: 1,
    costNanoUsd: call?.costNanoUsd,
    billedNanoUsd: call?.costNanoUsd,
  };
  expect(await admin.priceUnknown({})).toEqual({ models: [model], next: null });
  expect((await admin.listUsage({}))[0]?.costNanoUsd).toBeNull();
  expect(await admin.priceUnknown({ isDryRun: false })).toEqual({ models: [model], next: null });
  expect((await admin.listUsage({}))[0]).toEqual(call);
});
