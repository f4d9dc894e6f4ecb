import { expect, test } from 'vitest';
import type { ApiKey } from '../../app/keys/key.ts';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { openLimiter } from '../../app/limit-parts.ts';
import { openState } from '../../app/state/open.ts';
import { openStore } from '../../app/store/open.ts';
import { SettingsRepository } from '../../app/store/settings.ts';
import { bundledPrices, busy, settledCall, startedAt, switchable } from '../../app/usage/__fixtures__/calls.ts';
import { manualClock } from '../../app/usage/__fixtures__/manual-clock.ts';
import { UsageRecorder } from '../../app/usage/recorder.ts';
import { UsageRollups } from '../../app/usage/rollups.ts';
import { UsageSpending } from '../../app/usage/spending.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const key: ApiKey = {
  ...{ id: 'key_1', name: 'test', prefix: 'test', isImported: false, isEnabled: true, createdAt: 0, updatedAt: 0 },
  ...{ tags: [], models: [], deniedModels: [], services: [], clients: [], addresses: [] },
  limits: ['requests=10/total', 'tokens=1m/5h', 'cost=1usd/day'].map((text) => parseLimit(text, 'UTC')),
};

test('D12 redis-wrong-type / eviction / FLUSHALL: sums that are made anew have the calls that wait for the database', async () => {
  await using closing = new AsyncDisposableStack();
  const real = await openStore({ engine: 'sqlite', file: ':memory:' });
  closing.defer(() => real.close());
  const { store, failWith } = switchable(real);
  const clock = manualClock(startedAt + 60_000);
  const recorder = await UsageRecorder.open({
    ...{ store, prices: bundledPrices(), folder: temporaryFolder(), clock, warn: () => undefined },
  });
  closing.defer(() => recorder.close());
  const state = await openState({ engine: 'embedded' }, clock);
  closing.defer(() => state.close());
  const spending = new UsageSpending(store, new UsageRollups(store, new SettingsRepository(store)));
  const parts = { config: { redisUrl: undefined }, ports: { clock }, spending };
  const catalogue = { resolve: (model: string) => ({ model }) };
  const limiter = await openLimiter({ ...parts, catalogue, keyRepository: { list: async () => [key] } } as never, {
    ...{ budgets: state.budgets, recorder, warn: () => undefined },
  });
  const spent = async () => {
    await limiter.recount(key);
    return (await limiter.standings(key)).map((standing) => standing.spent);
  };

  await recorder.record(settledCall('req_stored'));
  failWith(busy);
  await recorder.record(settledCall('req_waiting'));
  await recorder.record(settledCall('req_of_another', { keyId: 'key_2' }));
  expect(recorder.pendingRows()).toBe(2);
  expect(await spent()).toEqual([2, 3_000, 28_000_000]);

  failWith(undefined);
  const whileWriting = spent();
  clock.advance(1_000);
  expect(await whileWriting).toEqual([2, 3_000, 28_000_000]);
  await expect.poll(() => recorder.pendingRows()).toBe(0);
  expect(await spent()).toEqual([2, 3_000, 28_000_000]);
});

test('D12 redis-wrong-type / eviction / FLUSHALL: sums that another node made anew have them once the database took them', async () => {
  await using closing = new AsyncDisposableStack();
  const real = await openStore({ engine: 'sqlite', file: ':memory:' });
  closing.defer(() => real.close());
  const clock = manualClock(startedAt + 60_000);
  // As nodes share a Redis.
  const state = await openState({ engine: 'embedded' }, clock);
  closing.defer(() => state.close());
  const node = async () => {
    const { store, failWith } = switchable(real);
    const options = { store, prices: bundledPrices(), folder: temporaryFolder(), clock, warn: () => undefined };
    const recorder = await UsageRecorder.open(options);
    closing.defer(() => recorder.close());
    const spending = new UsageSpending(store, new UsageRollups(store, new SettingsRepository(store)));
    const parts = { config: { redisUrl: 'redis://shared' }, ports: { clock }, spending };
    const catalogue = { resolve: (model: string) => ({ model }) };
    const limiter = await openLimiter({ ...parts, catalogue, keyRepository: { list: async () => [key] } } as never, {
      ...{ budgets: state.budgets, recorder, warn: () => undefined },
    });
    return { recorder, limiter, failWith };
  };
  const [here, there] = [await node(), await node()];
  const spent = async () => (await there.limiter.standings(key)).map((standing) => standing.spent);
  here.failWith(busy);
  await here.recorder.record(settledCall('req_waiting'));
  await there.limiter.recount(key);
  expect(await spent()).toEqual([0, 0, 0]);
  here.failWith(undefined);
  clock.advance(1_000);
  await expect.poll(spent).toEqual([1, 1_500, 14_000_000]);
});
