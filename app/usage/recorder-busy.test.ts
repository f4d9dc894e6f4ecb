import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StoreBusy } from '../store/store.ts';
import { busy, openedCall, settledCall } from './__fixtures__/calls.ts';
import { patience, RecorderRig, setting } from './__fixtures__/recorder-rig.ts';
import { JournalFile } from './journal-file.ts';

let rig: RecorderRig;
beforeEach(async () => {
  rig = await RecorderRig.open();
});
afterEach(() => rig.close());

describe('while the database is busy', () => {
  test('calls settle into the journal and are written in their order when it is free', async () => {
    rig.database.failWith(busy);
    const ids = Array.from({ length: 250 }, (_, index) => `req_${String(index).padStart(3, '0')}`);
    for (const id of ids) rig.settle(settledCall(id));
    expect(rig.recorder.pendingRows()).toBe(250);
    await vi.waitFor(() => {
      rig.clock.advance(1_000);
      expect(rig.warnings).toEqual([expect.stringContaining('busy')]);
    }, patience);
    expect(await rig.rows()).toEqual([]);
    rig.database.failWith(undefined);
    rig.clock.advance(1_000);
    await rig.untilWritten();
    expect(await rig.real.db.selectFrom('usage').select('request_id').orderBy('request_id').execute()).toEqual(
      ids.map((request_id) => ({ request_id })),
    );
    const inOrderOfWriting = await rig.real.db.selectFrom('usage').select('request_id').execute();
    expect(inOrderOfWriting.map((row) => row.request_id)).toEqual(ids);
    await vi.waitFor(
      () => expect(rig.warnings).toEqual([expect.stringContaining('busy'), expect.stringContaining('again')]),
      patience,
    );
  });

  test('a lock of a moment is not worth a warning', async () => {
    rig.database.failWith(busy);
    rig.settle(settledCall('req_1'));
    rig.clock.advance(5);
    rig.database.failWith(undefined);
    rig.clock.advance(10);
    await rig.untilWritten();
    expect(rig.warnings).toEqual([]);
  });

  test('the statements of a call wait with it', async () => {
    rig.database.failWith(busy);
    await rig.recorder.record(settledCall('req_1'), [setting('first')]);
    expect(rig.recorder.record(settledCall('req_2'), [setting('second')])).toBeUndefined();
    rig.database.failWith(undefined);
    rig.clock.advance(1_000);
    await rig.untilWritten();
    expect(await rig.settingNames()).toEqual(['first', 'second']);
  });

  test('a call that settles after it is free, but before the waiting ones are written, stays behind them', async () => {
    rig.database.failWith(busy);
    rig.settle(settledCall('req_1'));
    rig.database.failWith(undefined);
    rig.settle(settledCall('req_2'));
    expect(rig.recorder.pendingRows()).toBe(2);
    rig.clock.advance(1_000);
    await rig.untilWritten();
    expect(await rig.idsAsWritten()).toEqual(['req_1', 'req_2']);
  });

  test('an end of the process loses nothing', async () => {
    rig.database.failWith(busy);
    rig.recorder.opened(openedCall('req_1'));
    await rig.recorder.record(settledCall('req_1'), [setting('health')]);
    rig.database.failWith(undefined);
    const next = await rig.open();
    expect(await rig.rows()).toMatchObject([{ requestId: 'req_1', status: 'completed', costNanoUsd: 14_000_000 }]);
    expect(await rig.settingNames()).toEqual(['health']);
    await next.close();
  });

  test('statements that were written with their row are not written again by the next start', async () => {
    await rig.recorder.record(settledCall('req_1'), [setting('health')]);
    const line = JSON.stringify(['r', { request_id: 'req_1' }, [setting('stale')]]);
    writeFileSync(join(rig.folder, 'calls-000700.journal'), `${line}\n`);
    await (await rig.open()).close();
    expect(await rig.settingNames()).toEqual(['health']);
  });

  test('the journal files go when everything is written', async () => {
    rig.database.failWith(busy);
    rig.recorder.opened(openedCall('req_1'));
    rig.recorder.opened(openedCall('req_2'));
    rig.settle(settledCall('req_1'));
    rig.database.failWith(undefined);
    rig.clock.advance(1_000);
    await rig.untilWritten();
    await vi.waitFor(
      () => {
        expect(rig.journalFiles()).toHaveLength(1);
        const left = readFileSync(join(rig.folder, rig.journalFiles()[0] ?? ''), 'utf8');
        expect(left).toContain('req_2');
        expect(left).not.toContain('req_1');
      },
      { ...patience, interval: 1 },
    );
  });

  test('of calls whose writing was not answered, those that are stored all the same count once', async () => {
    const other = await rig.open(join(rig.folder, 'other'));
    await other.record(settledCall('req_1'));
    rig.database.failWith(new StoreBusy('cut', { mayHaveHappened: true }));
    for (const id of ['req_1', 'req_2']) rig.settle(settledCall(id));
    const { stored, waiting } = await rig.recorder.readBeside(() => rig.idsAsWritten());
    expect([stored, waiting.length]).toEqual([['req_1'], 1]);
    await other.close();
  });

  test('64 MB of waiting calls saturate it, and it recovers', async () => {
    rig.database.failWith(busy);
    const explanation = { verdicts: 'x'.repeat(1024 * 1024) };
    for (let index = 0; index < 65; index += 1) {
      expect(rig.recorder.isSaturated()).toBe(index === 64);
      rig.settle(settledCall(`req_${index}`, { explanation }));
    }
    rig.database.failWith(undefined);
    rig.clock.advance(1_000);
    await rig.untilWritten();
    expect(rig.recorder.isSaturated()).toBe(false);
    expect(await rig.rows()).toHaveLength(65);
  });

  test('a row that can never be written is put aside and holds up nothing', async () => {
    rig.database.failWith(busy);
    for (const id of ['req_1', 'req_2', 'req_3']) rig.settle(settledCall(id));
    rig.database.failWith(undefined);
    rig.database.refuse('req_2');
    rig.clock.advance(1_000);
    await rig.untilWritten();
    expect(await rig.idsAsWritten()).toEqual(['req_1', 'req_3']);
    expect(readFileSync(join(rig.folder, 'refused.jsonl'), 'utf8')).toContain('"request_id":"req_2"');
    expect(rig.warnings.join()).toContain('req_2');
  });

  test('an error that is neither busy nor a refusal keeps the row and says so', async () => {
    rig.database.failWith(new Error('database disk image is malformed'));
    rig.settle(settledCall('req_1'));
    expect(rig.recorder.pendingRows()).toBe(1);
    expect(rig.warnings.join()).toContain('malformed');
    rig.database.failWith(undefined);
    rig.clock.advance(1_000);
    await rig.untilWritten();
    expect(await rig.rows()).toHaveLength(1);
  });

  test('closing writes what it can and leaves the rest for the next start', async () => {
    rig.database.failWith(busy);
    rig.settle(settledCall('req_1'));
    await rig.recorder.close();
    expect(rig.journalFiles()).toHaveLength(1);
    rig.database.failWith(undefined);
    rig.recorder = await rig.open();
    expect(await rig.rows()).toHaveLength(1);
    await rig.recorder.close();
    expect(rig.journalFiles()).toEqual([]);
  });
});

describe('with a full disk', () => {
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  const fill = () =>
    vi.spyOn(JournalFile.prototype, 'append').mockImplementation(() => {
      throw full;
    });
  afterEach(() => vi.restoreAllMocks());

  test('what waits in memory goes to the journal as soon as that can be written, so that a kill loses nothing', async () => {
    rig.database.failWith(new StoreBusy(full));
    fill();
    for (const id of ['req_1', 'req_2', 'req_3']) rig.settle(settledCall(id));
    vi.restoreAllMocks();
    await vi.waitFor(() => {
      rig.clock.advance(1_000);
      expect(rig.warnings.at(-1)).toBe('The disk is full: usage waits until there is room');
    }, patience);
    rig.database.failWith(undefined);
    rig.recorder = await rig.open();
    expect(await rig.idsAsWritten()).toEqual(['req_1', 'req_2', 'req_3']);
  });

  test('an end of the process says how many calls it loses', async () => {
    const other = await rig.open(join(rig.folder, 'other'));
    rig.database.failWith(new StoreBusy(full));
    fill();
    for (const id of ['req_1', 'req_2']) rig.settle(settledCall(id), other);
    await other.close();
    expect(rig.warnings.at(-1)).toBe(
      '2 calls were accepted neither by the database nor by the journal: missing from usage',
    );
  });
});

describe('without a journal', () => {
  const broken = async () => {
    writeFileSync(join(rig.folder, 'file'), '');
    const other = await rig.open(join(rig.folder, 'file', 'journal'));
    expect(rig.warnings.join()).toContain('journal');
    return other;
  };

  test('calls are recorded all the same', async () => {
    const other = await broken();
    other.opened(openedCall('req_1'));
    other.attempting('req_1', 'acc_1');
    rig.settle(settledCall('req_1'), other);
    expect(await rig.rows()).toHaveLength(1);
    await other.close();
  });

  test('a busy database is waited for in memory, up to 2,000 rows', async () => {
    const other = await broken();
    rig.database.failWith(busy);
    for (let index = 0; index < 2_000; index += 1) {
      expect(other.isSaturated()).toBe(false);
      rig.settle(settledCall(`req_${index}`), other);
    }
    expect(other.isSaturated()).toBe(true);
    rig.database.failWith(undefined);
    rig.clock.advance(1_000);
    await vi.waitFor(() => expect(other.pendingRows()).toBe(0), { ...patience, interval: 1 });
    expect(await rig.rows()).toHaveLength(2_000);
    expect(other.isSaturated()).toBe(false);
    await other.close();
  });

  test('and up to 4 MB', async () => {
    const other = await broken();
    rig.database.failWith(busy);
    const explanation = { verdicts: 'x'.repeat(1024 * 1024) };
    for (let index = 0; index < 4; index += 1) rig.settle(settledCall(`req_${index}`, { explanation }), other);
    expect(other.isSaturated()).toBe(true);
    rig.database.failWith(undefined);
    await other.close();
    expect(await rig.rows()).toHaveLength(4);
  });
});
