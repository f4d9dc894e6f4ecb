import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openStore } from '../../app/store/open.ts';
import { bundledPrices, openedCall, settledCall } from '../../app/usage/__fixtures__/calls.ts';
import { manualClock } from '../../app/usage/__fixtures__/manual-clock.ts';
import { UsageRecorder } from '../../app/usage/recorder.ts';
import { UsageRepository } from '../../app/usage/repository.ts';

const locker = fileURLToPath(new URL('./usage-crash-locker.ts', import.meta.url));

/** Another process takes the write lock of the database and keeps it until it is told to go. */
async function lock(file: string): Promise<() => Promise<void>> {
  const holder = spawn(process.execPath, [locker, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  return async () => {
    const gone = once(holder, 'close');
    holder.stdin.end();
    await gone;
  };
}

test('D04 db-locked: while another process holds the write lock calls settle at once; none is lost', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waystation-locked-'));
  const file = join(folder, 'waystation.db');
  const store = await openStore({ engine: 'sqlite', file });
  const clock = manualClock();
  const warnings: string[] = [];
  const journal = join(folder, 'journal');
  const recorder = await UsageRecorder.open({
    ...{ store, prices: bundledPrices(), clock, folder: journal },
    warn: (message) => warnings.push(message),
  });
  const repository = new UsageRepository(store);
  const ids = Array.from({ length: 300 }, (_, index) => `req_${String(index).padStart(3, '0')}`);
  try {
    const unlock = await lock(file);
    const began = performance.now();
    for (const id of ids) {
      recorder.opened(openedCall(id));
      recorder.attempting(id, 'acc_1');
      expect(recorder.record(settledCall(id))).toBeUndefined();
    }
    expect(performance.now() - began).toBeLessThan(1_000);
    const saidNow = () => {
      clock.advance(1_000);
      return warnings.join();
    };
    await expect.poll(saidNow).toContain('busy');
    expect({ pending: recorder.pendingRows(), saturated: recorder.isSaturated() }).toEqual({
      pending: 300,
      saturated: false,
    });
    expect(await repository.list({ limit: 1 })).toEqual([]);

    await unlock();
    clock.advance(1_000);
    await expect.poll(() => recorder.pendingRows()).toBe(0);
    const rows = await repository.list({ limit: 1_000 });
    expect(rows.map((row) => row.requestId).sort()).toEqual(ids);
    expect(rows.every((row) => row.status === 'completed' && row.costNanoUsd === 14_000_000)).toBe(true);
  } finally {
    await recorder.close();
    await store.close();
    rmSync(folder, { recursive: true });
  }
});

test('D04 db-locked: a kill while the lock is held loses nothing either', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waystation-locked-'));
  const file = join(folder, 'waystation.db');
  const options = {
    ...{ prices: bundledPrices(), clock: manualClock(), folder: join(folder, 'journal') },
    warn: () => undefined,
  };
  try {
    const store = await openStore({ engine: 'sqlite', file });
    const killed = await UsageRecorder.open({ ...options, store });
    const unlock = await lock(file);
    await killed.record(settledCall('req_1'));
    killed.opened(openedCall('req_2'));
    await unlock();
    await store.close();

    const next = await openStore({ engine: 'sqlite', file });
    const recorder = await UsageRecorder.open({ ...options, store: next });
    expect(await new UsageRepository(next).list({ limit: 10 })).toMatchObject([
      { requestId: 'req_2', status: 'aborted', basis: 'none' },
      { requestId: 'req_1', status: 'completed', basis: 'reported' },
    ]);
    await recorder.close();
    await next.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
