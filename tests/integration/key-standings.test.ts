import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { createdKey, limitStanding } from '../../app/server/admin/contract-keys.ts';
import { openStore } from '../../app/store/open.ts';
import { bundledPrices, settledCall } from '../../app/usage/__fixtures__/calls.ts';
import { manualClock } from '../../app/usage/__fixtures__/manual-clock.ts';
import { UsageRecorder } from '../../app/usage/recorder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runJson } from './cli-run.ts';

const shown = z.object({ standings: z.array(limitStanding) });

test('without a running relay a limit of some models counts calls by what their aliases stand for, as the relay does', async () => {
  const dataDir = temporaryFolder();
  const made = await runJson(
    ['key', 'create', '--name', 'laptop', '--limit', 'requests:claude-opus-*=5/total', '--limit', 'requests=9/total'],
    { dataDir },
  );
  await runJson(['model', 'alias', 'set', 'clever', 'claude-opus-5-5'], { dataDir });
  const { id } = createdKey.parse(made);
  const store = await openStore({ engine: 'sqlite', file: join(dataDir, 'waystation.sqlite') });
  const options = { store, prices: bundledPrices(), clock: manualClock(), warn: () => undefined };
  const recorder = await UsageRecorder.open({ ...options, folder: temporaryFolder() });
  await recorder.record(settledCall('req_1', { keyId: id, model: 'clever' }));
  await recorder.record(settledCall('req_2', { keyId: id, model: 'claude-haiku-4-5' }));
  await recorder.close();
  await store.close();
  const { standings } = shown.parse(await runJson(['key', 'show', 'laptop'], { dataDir }));
  expect(standings.map(({ name, spent }) => [name, spent])).toEqual([
    ['requests in total (claude-opus-*)', 1],
    ['requests in total', 2],
  ]);
});
