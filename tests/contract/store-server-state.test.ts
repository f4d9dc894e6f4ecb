import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ServerState, type StateNote } from '../../app/scheduler/server-state.ts';
import { type ManualClock, manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import type { Store } from '../../app/store/store.ts';
import { type OpenedStore, onEachStore } from '../support/each-store.ts';

await onEachStore('server state', contract);

const dayMs = 24 * 3_600_000;
const response = { keyId: 'key_a', accountId: 'acc_1', madeBy: 'responses', isMade: true } as const;

function contract(open: () => Promise<OpenedStore>): void {
  let opened: OpenedStore;
  let store: Store;
  let clock: ManualClock;
  let state: ServerState;
  /** As after a restart, or on another node. */
  const other = () => new ServerState(store, clock);
  const keep = async (note: StateNote, by = state) => {
    const statements = by.note(note);
    if (statements.length > 0) await store.write(statements);
    return statements.length;
  };
  const held = (accountId: string, more: object = {}) => ({
    ...{ kind: 'held', accountId, madeBy: 'responses', isOwn: true },
    ...more,
  });

  beforeAll(async () => {
    opened = await open();
    store = opened.store;
  });
  beforeEach(async () => {
    await store.db.deleteFrom('server_state').execute();
    clock = manualClock();
    state = new ServerState(store, clock);
  });
  afterAll(async () => {
    await store.close();
    await opened.remove();
  });

  test('what was made is remembered at once, without a read, and after a restart', async () => {
    await keep({ ...response, id: 'resp_1' });
    expect(state.locate('key_a', ['resp_1'])).toEqual(held('acc_1'));
    expect(await other().locate('key_a', ['resp_1'])).toEqual(held('acc_1'));
    expect(await other().locate('key_a', ['resp_2'])).toEqual({ kind: 'unknown' });
    expect(await other().locate('key_a', [])).toEqual({ kind: 'unknown' });
  });

  test('another key’s things are not within reach, also not beside one’s own', async () => {
    await keep({ ...response, id: 'resp_1' });
    await keep({ ...response, id: 'resp_2', keyId: 'key_b' });
    for (const node of [state, other()]) {
      expect(await node.locate('key_b', ['resp_1'])).toEqual({ kind: 'foreign' });
      expect(await node.locate('key_a', ['resp_1', 'resp_2'])).toEqual({ kind: 'foreign' });
    }
  });

  test('what two keys only named is nobody’s own', async () => {
    const named = { ...response, id: 'conv_1', madeBy: 'responses', isMade: false } as const;
    await keep(named);
    await keep({ ...named, keyId: 'key_b', accountId: 'acc_2' });
    expect(await other().locate('key_a', ['conv_1'])).toEqual(held('acc_1', { isOwn: false }));
    expect(await other().locate('key_b', ['conv_1'])).toEqual(held('acc_2', { isOwn: false }));
  });

  test('things at different accounts cannot be used together', async () => {
    await keep({ ...response, id: 'resp_1' });
    await keep({ ...response, id: 'file-1', accountId: 'acc_2', madeBy: 'openai-files' });
    expect(await other().locate('key_a', ['resp_1', 'file-1'])).toEqual({ kind: 'split' });
    expect(await other().locate('key_a', ['resp_1', 'resp_unknown'])).toEqual(held('acc_1'));
  });

  test('naming something again writes nothing on the same day, and keeps that it was made here', async () => {
    await keep({ ...response, id: 'resp_1' });
    expect(await keep({ ...response, id: 'resp_1', isMade: false })).toBe(0);
    clock.advance(2 * dayMs);
    expect(await keep({ ...response, id: 'resp_1', isMade: false })).toBe(1);
    expect(await other().locate('key_a', ['resp_1'])).toEqual(held('acc_1'));
  });

  test('it is forgotten a month after its last use, and a file after a year', async () => {
    await keep({ ...response, id: 'resp_1' });
    await keep({ ...response, id: 'resp_2' });
    await keep({ ...response, id: 'file-1', madeBy: 'openai-files' });
    clock.advance(20 * dayMs);
    await keep({ ...response, id: 'resp_1', isMade: false });
    clock.advance(20 * dayMs);
    expect(await state.locate('key_a', ['resp_2'])).toEqual({ kind: 'unknown' });
    expect(await other().locate('key_a', ['resp_1'])).toEqual(held('acc_1'));
    expect(await state.sweep()).toBe(1);
    clock.advance(300 * dayMs);
    expect(await state.sweep()).toBe(1);
    expect(await other().locate('key_a', ['file-1'])).toEqual(held('acc_1', { madeBy: 'openai-files' }));
  });

  test('a long list of old rows goes in pieces', async () => {
    for (let round = 0; round < 12; round += 1) {
      const notes = Array.from({ length: 100 }, (_, index) => ({ ...response, id: `resp_${round}_${index}` }));
      await store.write(notes.flatMap((note) => state.note(note)));
    }
    clock.advance(31 * dayMs);
    await keep({ ...response, id: 'resp_new' });
    expect(await state.sweep()).toBe(1_200);
    expect(await other().locate('key_a', ['resp_new'])).toEqual(held('acc_1'));
  });

  test('sweeping goes on until it is stopped', async () => {
    const stop = state.startSweeping();
    await keep({ ...response, id: 'resp_1' });
    clock.advance(31 * dayMs);
    const left = async () => (await store.db.selectFrom('server_state').select('id').execute()).length;
    while ((await left()) > 0) await clock.advance(6 * 3_600_000);
    stop();
    expect(await left()).toBe(0);
  });

  test('a key’s home is where it last made something, not what it named', async () => {
    const file = { ...response, madeBy: 'files' } as const;
    expect(await state.home('key_a', ['files', 'message-batches'])).toBeUndefined();
    await keep({ ...file, id: 'file_1' });
    clock.advance(1_000);
    await keep({ ...file, id: 'file_2', accountId: 'acc_2' });
    clock.advance(1_000);
    await keep({ ...file, id: 'file_3', accountId: 'acc_3', isMade: false });
    await keep({ ...file, id: 'file_4', accountId: 'acc_4', keyId: 'key_b' });
    expect(await state.home('key_a', ['files', 'message-batches'])).toBe('acc_2');
    expect(await state.home('key_a', ['openai-files'])).toBeUndefined();
  });

  test('of a long list, only this key’s things at this account are its own', async () => {
    const ids = Array.from({ length: 150 }, (_, index) => `file_${index}`);
    await keep({ ...response, id: 'file_3', madeBy: 'files' });
    await keep({ ...response, id: 'file_149', madeBy: 'files' });
    await keep({ ...response, id: 'file_4', madeBy: 'files', keyId: 'key_b' });
    await keep({ ...response, id: 'file_5', madeBy: 'files', accountId: 'acc_2' });
    expect([...(await state.ownOf('key_a', 'acc_1', ids))].sort()).toEqual(['file_149', 'file_3']);
    expect(await state.ownOf('key_a', 'acc_1', [])).toEqual(new Set());
  });

  test('what no upstream would call anything is not kept', async () => {
    for (const id of ['', 'two words', 'nul\u0000', 'x'.repeat(257), 'ü']) {
      expect(await keep({ ...response, id })).toBe(0);
      expect(await state.locate('key_a', [id])).toEqual({ kind: 'unknown' });
    }
  });
}
