import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../app/domain/clock.ts';
import { KeyDirectory } from '../../app/keys/directory.ts';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { KeyRepository } from '../../app/keys/repository.ts';
import { KeyUses, readUses } from '../../app/keys/uses.ts';
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
      ...{ owner: 'Ada', tags: ['team-a', 'night'], note: 'for the build', lifetimeMs: 86_400_000 },
      ...{ deniedModels: ['claude-opus-*'], clients: ['claude-code' as const], addresses: ['10.0.0.0/8', 'fd00::/8'] },
      limits: [parseLimit('cost=5usd/week@mon', 'Europe/Berlin'), parseLimit('requests:claude-*=9/5h,strict', 'UTC')],
      accountId: 'acc_one',
    };
    const first = await repository.create({ name: 'laptop', ...limits });
    const second = await repository.create({ name: 'laptop' });
    expect(first.key).toEqual({
      ...{ ...limits, name: 'laptop', isEnabled: true, isImported: false },
      id: expect.stringMatching(/^key_/),
      prefix: first.secret.slice(4, 12),
      ending: first.secret.slice(-4),
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

  test('a removed key is in the trash, comes back as it was, and goes for good', async () => {
    const { key } = await repository.create({ name: 'laptop', tags: ['a'], models: ['claude-*'] });
    expect([await repository.remove(key.id), await repository.remove(key.id)]).toEqual([true, false]);
    expect(await repository.list()).toEqual([]);
    expect(await repository.listTrash()).toEqual([
      { ...key, removedAt: expect.any(Number), updatedAt: expect.any(Number) },
    ]);
    expect(await repository.update(key.id, { name: 'x' })).toBeUndefined();
    expect(await repository.rotate(key.id, 0)).toBeUndefined();
    expect(await repository.restore(key.id)).toEqual({ ...key, updatedAt: expect.any(Number) });
    expect(await repository.restore(key.id)).toBeUndefined();
    expect([await repository.removeForGood([key.id]), await repository.removeForGood([key.id])]).toEqual([true, false]);
    expect([await repository.list(), await repository.listTrash()]).toEqual([[], []]);
  });

  test('many keys are made and changed in one step, or none of them', async () => {
    const made = await repository.createAll([1, 2, 3].map((n) => ({ name: `k-${n}`, tags: [`t${n}`] })));
    const ids = made.map(({ key }) => key.id);
    const changed = await repository.updateAll(ids, { isEnabled: false, addTags: ['all'], removeTags: ['t2'] });
    expect(changed?.map(({ isEnabled, tags }) => [isEnabled, tags])).toEqual([
      [false, ['t1', 'all']],
      [false, ['all']],
      [false, ['t3', 'all']],
    ]);
    expect(await repository.updateAll([...ids, 'key_none'], { isEnabled: true })).toBeUndefined();
    await expect(repository.createAll([{ name: 'good' }, { name: '' }])).rejects.toThrow('name must not be empty');
    expect((await repository.list()).map(({ name, isEnabled }) => [name, isEnabled])).toEqual([
      ['k-1', false],
      ['k-2', false],
      ['k-3', false],
    ]);
  });

  test('after a rotation both secrets work until the grace is over, also for a node that starts later', async () => {
    const { key, secret: old } = await repository.create({ name: 'laptop' });
    const rotated = await repository.rotate(key.id, 60_000);
    const until = rotated?.key.oldSecretUntil ?? 0;
    const directory = await KeyDirectory.open(node());
    const outcome = (secret: string | undefined, at: number) => {
      const verdict = directory.verify(secret ?? '', at);
      return verdict.ok ? verdict.key.id : verdict.reason;
    };
    expect(rotated?.key.prefix).toBe(rotated?.secret.slice(4, 12));
    expect([outcome(old, until - 1), outcome(rotated?.secret, until - 1)]).toEqual([key.id, key.id]);
    expect([outcome(old, until), outcome(rotated?.secret, until)]).toEqual(['key-expired', key.id]);
    await repository.rotate(key.id, 0);
    await directory.poll();
    expect([outcome(old, until - 1), outcome(rotated?.secret, until - 1)]).toEqual(['key-invalid', 'key-invalid']);
  });

  test('a lifetime begins with the first use of all nodes, and begins anew when it is given anew', async () => {
    const { key } = await repository.create({ name: 'guest', lifetimeMs: 60_000 });
    const begun = await Promise.all([3_000, 1_000, 2_000].map((at) => node().activate(key.id, at)));
    const [first] = begun;
    expect(begun.map((one) => one?.activatedAt)).toEqual([first?.activatedAt, first?.activatedAt, first?.activatedAt]);
    expect((await repository.find(key.id))?.activatedAt).toBe(first?.activatedAt);
    expect((await repository.update(key.id, { name: 'guest 2' }))?.activatedAt).toBe(first?.activatedAt);
    expect((await repository.update(key.id, { lifetimeMs: 90_000 }))?.activatedAt).toBeUndefined();
  });

  test('secrets that were made elsewhere become keys as digests only, and none of them twice', async () => {
    const secret = `cr_${'0123456789abcdef'.repeat(4)}`;
    const [key] = await repository.importAll([{ secret, fields: { name: 'old', tags: ['moved'] } }]);
    expect(key).toMatchObject({ name: 'old', prefix: 'cr_01234', isImported: true, tags: ['moved'] });
    expect(JSON.stringify(await store.db.selectFrom('keys').selectAll().execute())).not.toContain(secret.slice(8));
    const directory = await KeyDirectory.open(node());
    expect(directory.verify(secret, Date.now()).ok).toBe(true);
    const again = (more: string) => repository.importAll([{ secret: more, fields: { name: 'again' } }]);
    await expect(again(secret)).rejects.toThrow('is a key already');
    await expect(again('short')).rejects.toThrow('the secret of again is too short to be safe');
    await expect(again(`sk-ant-${'abcdefgh'.repeat(4)}`)).rejects.toThrow('upstream');
    expect(await repository.list()).toHaveLength(1);
  });

  test('the later use of a key stays, whoever writes it last', async () => {
    const { key } = await repository.create({ name: 'laptop' });
    const [one, other] = [0, 1].map(() => new KeyUses(store, systemClock, () => undefined));
    one?.note(key.id, { at: 2_000, userAgent: 'claude-cli/2', address: '10.0.0.1' });
    other?.note(key.id, { at: 1_000, userAgent: 'codex' });
    await one?.close();
    await other?.close();
    expect(await readUses(store)).toEqual(
      new Map([[key.id, { at: 2_000, userAgent: 'claude-cli/2', address: '10.0.0.1' }]]),
    );
    await repository.removeForGood([key.id]);
    expect(await readUses(store)).toEqual(new Map());
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
    expect(reasons).toEqual(['ok', 'key-disabled', 'ok', 'key-removed']);
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
