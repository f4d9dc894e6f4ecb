import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Catalogue } from '../../app/catalogue/catalogue.ts';
import { AliasRepository } from '../../app/catalogue/repository.ts';
import { RelayError } from '../../app/domain/errors.ts';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import type { Store } from '../../app/store/store.ts';
import { type OpenedStore, onEachStore } from '../support/each-store.ts';

await onEachStore('aliases', contract);

function contract(open: () => Promise<OpenedStore>): void {
  const clock = manualClock();
  let opened: OpenedStore;
  let store: Store;
  /** As another process on the same database would see it. */
  const node = () => new AliasRepository(store, clock);

  beforeAll(async () => {
    opened = await open();
    store = opened.store;
  });
  beforeEach(async () => {
    await store.db.deleteFrom('model_aliases').execute();
  });
  afterAll(async () => {
    await store.close();
    await opened.remove();
  });

  test('an alias is made, changed and taken away, whatever its letter case', async () => {
    const aliases = node();
    await aliases.set({ name: 'Opus', target: 'claude-opus-5' });
    await aliases.set({ name: 'gpt-4*', target: 'gpt-6' });
    const changed = await aliases.set({ name: 'OPUS', target: 'claude-opus-5-5' });
    expect(changed).toEqual({ name: 'opus', target: 'claude-opus-5-5', updatedAt: clock.now() });
    expect((await node().list()).map(({ name, target }) => [name, target])).toEqual([
      ['gpt-4*', 'gpt-6'],
      ['opus', 'claude-opus-5-5'],
    ]);
    expect([await aliases.remove('GPT-4*'), await aliases.remove('gpt-4*')]).toEqual([true, false]);
    expect(await node().list()).toEqual([changed]);
  });

  test('what would go round in a circle is refused, also when two are made at once', async () => {
    const aliases = node();
    const made = await Promise.allSettled([
      aliases.set({ name: 'a', target: 'b' }),
      aliases.set({ name: 'b', target: 'c' }),
      aliases.set({ name: 'c', target: 'a' }),
    ]);
    expect(made.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    await expect(aliases.set({ name: 'c', target: 'a' })).rejects.toThrow(RelayError);
    expect((await aliases.list()).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('another node sees a change with its next poll, and asks for nothing more when there is none', async () => {
    const other = await Catalogue.open(node());
    const aliases = node();
    await aliases.set({ name: 'opus', target: 'claude-opus-5-5' });
    expect(other.resolve('opus').model).toBe('opus');
    await other.poll();
    expect(other.resolve('opus').model).toBe('claude-opus-5-5');
    const before = other.aliases;
    await other.poll();
    expect(other.aliases).toBe(before);
    await aliases.remove('opus');
    await other.poll();
    expect(other.resolve('opus').model).toBe('opus');
  });
}
