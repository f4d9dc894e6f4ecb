import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../app/domain/clock.ts';
import { KeyDirectory } from '../../app/keys/directory.ts';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { KeyRepository } from '../../app/keys/repository.ts';
import { openVault } from '../../app/secrets/open.ts';
import { SecretUnreadable, type Vault } from '../../app/secrets/vault.ts';
import { openStore } from '../../app/store/open.ts';
import { SettingsRepository } from '../../app/store/settings.ts';
import type { Store } from '../../app/store/store.ts';
import { createTestDatabase, missingPostgres } from '../support/postgres.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { createFolder } from '../support/temporary-folder.ts';

interface Opened {
  readonly store: Store;
  remove(): Promise<void>;
}

describe('keys on SQLite', () => {
  contract(async () => ({
    store: await openStore({ engine: 'sqlite', file: ':memory:' }),
    remove: async () => undefined,
  }));
});
suiteThatNeeds(await missingPostgres(), 'keys on PostgreSQL', () => {
  contract(async () => {
    const { url, drop } = await createTestDatabase();
    return { store: await openStore({ engine: 'postgres', url }), remove: drop };
  });
});

async function openTestVault(folder: string, settings: SettingsRepository): Promise<Vault> {
  return openVault({ backend: 'key-file', folder, markers: settings, warn: () => undefined });
}

function contract(open: () => Promise<Opened>): void {
  const { folder, remove: removeFolder } = createFolder();
  let opened: Opened;
  let store: Store;
  let settings: SettingsRepository;
  let vault: Vault;
  let repository: KeyRepository;
  beforeAll(async () => {
    opened = await open();
    store = opened.store;
    settings = new SettingsRepository(store);
    vault = await openTestVault(folder, settings);
  });
  beforeEach(async () => {
    await store.db.deleteFrom('keys').execute();
    repository = node();
  });
  afterAll(async () => {
    await store.close();
    await opened.remove();
    await removeFolder();
  });

  /** As another process on the same database would see it. */
  const node = () => new KeyRepository(store, vault, settings, systemClock);

  test('a created key is found as it was made, oldest first', async () => {
    const expiresAt = Date.now() + 60_000;
    const limits = {
      models: ['claude-*'],
      services: ['anthropic' as const],
      expiresAt,
      maxConcurrent: 3,
      limits: [parseLimit('cost=5usd/week@mon', 'Europe/Berlin'), parseLimit('requests:claude-*=9/5h,strict', 'UTC')],
      accountId: 'acc_one',
    };
    const first = await repository.create({ name: 'laptop', ...limits });
    const second = await repository.create({ name: 'laptop' });
    expect(first.key).toEqual({
      ...{ ...limits, name: 'laptop', isEnabled: true },
      id: expect.stringMatching(/^key_/),
      prefix: first.secret.slice(4, 12),
      createdAt: expect.any(Number),
      updatedAt: first.key.createdAt,
    });
    expect(await repository.list()).toEqual([first.key, second.key]);
    expect(await repository.find(second.key.id)).toEqual(second.key);
    expect(await repository.find('key_none')).toBeUndefined();
  });

  test('the secret is nowhere in the database, and the pepper only in an envelope', async () => {
    const { secret } = await repository.create({ name: 'laptop' });
    const rows = [
      await store.db.selectFrom('keys').selectAll().execute(),
      await store.db.selectFrom('settings').selectAll().execute(),
    ];
    expect(JSON.stringify(rows)).not.toContain(secret.slice(12));
    expect(await settings.get('keys.pepper')).toMatch(/^v1\./);
  });

  test('an update changes what it names and nothing else', async () => {
    const expiresAt = Date.now() + 60_000;
    const { key } = await repository.create({ name: 'laptop', models: ['a*'], expiresAt, maxConcurrent: 3 });
    const renamed = await repository.update(key.id, { name: 'desk', maxConcurrent: null });
    expect(renamed).toEqual({ ...key, name: 'desk', maxConcurrent: undefined, updatedAt: expect.any(Number) });
    const disabled = await repository.update(key.id, { isEnabled: false, models: [], expiresAt: null });
    expect(disabled).toEqual({
      ...renamed,
      isEnabled: false,
      models: [],
      expiresAt: undefined,
      updatedAt: expect.any(Number),
    });
    expect(await repository.find(key.id)).toEqual(disabled);
    expect(await repository.update('key_none', { name: 'x' })).toBeUndefined();
  });

  test('a key is bound to an account, to another one, and to none again', async () => {
    const { key } = await repository.create({ name: 'laptop', accountId: 'acc_one' });
    const bound = [];
    for (const accountId of [undefined, 'acc_two', null]) {
      bound.push((await repository.update(key.id, { accountId }))?.accountId);
    }
    expect(bound).toEqual(['acc_one', 'acc_two', undefined]);
    expect((await repository.find(key.id))?.accountId).toBeUndefined();
  });

  test('a removed key is gone', async () => {
    const { key } = await repository.create({ name: 'laptop' });
    expect([await repository.remove(key.id), await repository.remove(key.id)]).toEqual([true, false]);
    expect(await repository.list()).toEqual([]);
  });

  test('every change counts the revision up by one, also when many come at once', async () => {
    const before = Number(await repository.revision());
    const created = await Promise.all(Array.from({ length: 10 }, () => repository.create({ name: 'many' })));
    await Promise.all(created.map(({ key }) => repository.update(key.id, { isEnabled: false })));
    expect(Number(await repository.revision())).toBe(before + 20);
    await repository.list();
    expect(Number(await repository.revision())).toBe(before + 20);
  });

  test('another node sees a created, disabled and removed key at its next poll', async () => {
    const directory = await KeyDirectory.open(node());
    const { key, secret } = await repository.create({ name: 'laptop' });
    const reasons: unknown[] = [];
    const look = async () => {
      await directory.poll();
      const verdict = directory.verify(secret, Date.now());
      reasons.push(verdict.ok ? 'ok' : verdict.reason);
    };
    await look();
    await repository.update(key.id, { isEnabled: false });
    await look();
    await repository.update(key.id, { isEnabled: true });
    await look();
    await repository.remove(key.id);
    await look();
    expect(reasons).toEqual(['ok', 'key-disabled', 'ok', 'key-invalid']);
  });

  test('all nodes hash with the same pepper, also when they start first at the same time', async () => {
    await store.db.deleteFrom('settings').where('name', '=', 'keys.pepper').execute();
    const hashers = await Promise.all([node().createHasher(), node().createHasher(), node().createHasher()]);
    expect(new Set(hashers.map((hash) => hash('wsk_x'))).size).toBe(1);
  });

  test('a pepper that the vault cannot open is an error, never a new pepper', async () => {
    await repository.createHasher();
    const envelope = await settings.get('keys.pepper');
    await settings.set('keys.pepper', `${envelope}A`);
    await expect(node().create({ name: 'laptop' })).rejects.toThrow(SecretUnreadable);
    await expect(KeyDirectory.open(node())).rejects.toThrow(SecretUnreadable);
    expect(await settings.get('keys.pepper')).toBe(`${envelope}A`);
    await settings.set('keys.pepper', envelope ?? '');
  });

  test('a key with a service this version does not know fails; it does not become a key for everything', async () => {
    const { key } = await repository.create({ name: 'laptop', services: ['anthropic'] });
    await store.db.updateTable('keys').set({ services: '["gopher"]' }).where('id', '=', key.id).execute();
    await expect(repository.find(key.id)).rejects.toThrow();
  });
}
