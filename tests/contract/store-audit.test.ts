import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { AccountRepository } from '../../app/accounts/repository.ts';
import { systemClock } from '../../app/domain/clock.ts';
import { KeyRepository } from '../../app/keys/repository.ts';
import { providers } from '../../app/providers/index.ts';
import { openVault } from '../../app/secrets/open.ts';
import { AuditLog } from '../../app/store/audit-log.ts';
import type { AuditedChange } from '../../app/store/audit-scope.ts';
import { SettingsRepository } from '../../app/store/settings.ts';
import { type OpenedStore, onEachStore } from '../support/each-store.ts';
import { createFolder } from '../support/temporary-folder.ts';

await onEachStore('the record of changes', (open) => {
  const { folder, remove: removeFolder } = createFolder();
  let opened: OpenedStore;
  let keys: KeyRepository;
  let accounts: AccountRepository;
  let settings: SettingsRepository;
  let log: AuditLog;
  beforeAll(async () => {
    opened = await open();
    const { store } = opened;
    settings = new SettingsRepository(store);
    const vault = await openVault({ backend: 'key-file', folder, markers: settings, warn: () => undefined });
    keys = new KeyRepository(store, vault, settings, systemClock);
    accounts = new AccountRepository(store, vault, providers, systemClock);
    log = new AuditLog(store);
  });
  beforeEach(async () => {
    for (const table of ['audit', 'keys', 'accounts', 'account_groups', 'account_group_members'] as const) {
      await opened.store.db.deleteFrom(table).execute();
    }
  });
  afterAll(async () => {
    await opened.store.close();
    await opened.remove();
    await removeFolder();
  });

  let at = Date.UTC(2026, 10, 23);
  /** Later than whatever was recorded before. */
  function as(action: string): AuditedChange {
    at += 1;
    return { actor: { kind: 'session', id: 'ses_1', address: '127.0.0.1' }, action, at };
  }
  function change<T>(action: string, work: () => Promise<T>): Promise<T> {
    return opened.store.audited(as(action), work);
  }

  test('what is made, changed and removed is recorded with who did it, before and after', async () => {
    const { key } = await change('createKey', () => keys.create({ name: 'ci', tags: ['a'] }));
    await change('updateKey', () => keys.update(key.id, { name: 'build', isEnabled: false }));
    await change('removeKey', () => keys.removeForGood([key.id]));
    const [removed, updated, created] = await log.list({ limit: 10 });
    expect(created).toMatchObject({
      ...{ actor: 'session', actorId: 'ses_1', address: '127.0.0.1', action: 'createKey' },
      ...{ kind: 'key', object: key.id, before: null, after: { name: 'ci', tags: ['a'], hash: 'secret' } },
    });
    expect(updated).toMatchObject({
      ...{ action: 'updateKey', object: key.id },
      ...{ before: { name: 'ci', isEnabled: true }, after: { name: 'build', isEnabled: false } },
    });
    expect(Object.keys(Object(updated?.after))).toEqual(['name', 'isEnabled']);
    expect(removed).toMatchObject({ before: { name: 'build', hash: 'secret' }, after: null });
  });

  test('of a secret it is only said that it changed', async () => {
    const settingsOf = { baseUrl: 'https://canary.example' };
    const { id } = await accounts.create({
      ...{ name: 'one', provider: 'anthropic', settings: settingsOf, secretText: 'sk-ant-canary-1' },
      ...{ proxy: 'http://user:canary-2@proxy.example:8080' },
    });
    await change('updateAccount', () => accounts.update(id, { secretText: 'sk-ant-canary-3' }));
    await change('changeSetting', () => settings.set('invented.by.somebody', 'canary-4'));
    await change('changeSetting', () => settings.set('invented.by.somebody', 'canary-5'));
    const [second, first, updated] = await log.list({ limit: 10 });
    expect(updated).toMatchObject({ kind: 'account', before: { secret: 'secret' }, after: { secret: 'changed' } });
    expect(first).toMatchObject({ kind: 'setting', before: null, after: { value: 'secret' } });
    expect(second).toMatchObject({ before: { value: 'secret' }, after: { value: 'changed' } });
    const stored = JSON.stringify(await opened.store.db.selectFrom('audit').selectAll().execute());
    expect(stored).not.toMatch(/canary-|wsk_|user:/);
  });

  test('an object that several tables hold has one entry, with its members', async () => {
    const made = await accounts.create({ name: 'member', provider: 'anthropic', secretText: 'sk-ant-x' });
    const group = await change('createGroup', () =>
      accounts.groups.create({ name: 'team', members: [{ accountId: made.id, priority: 3 }] }),
    );
    await change('updateGroup', () => accounts.groups.update(group.id, { members: [] }));
    expect(await log.list({ limit: 10 })).toMatchObject([
      { object: group.id, before: { members: [{ accountId: made.id, priority: 3 }] }, after: { members: null } },
      { kind: 'group', object: group.id, before: null, after: { name: 'team', members: [{ accountId: made.id }] } },
    ]);
  });

  test('what changes nothing leaves no entry, and nor does what nobody asked for', async () => {
    await settings.set('scheduling.rules', '{}');
    await change('updateRules', () => settings.set('scheduling.rules', '{}'));
    await keys.create({ name: 'by itself' });
    let later: () => Promise<void> = async () => undefined;
    await change('listKeys', async () => {
      later = async () => settings.set('scheduling.rules', '{"patienceMs":1}');
    });
    await later();
    expect(await log.list({ limit: 10 })).toEqual([]);
  });

  test('a change that fails leaves no entry', async () => {
    const { store } = opened;
    const { key } = await keys.create({ name: 'kept' });
    const twice = store.db.insertInto('settings').values({ name: 'once', value: '1' }).compile();
    const rename = store.db.updateTable('keys').set({ name: 'renamed' }).where('id', '=', key.id).compile();
    await expect(change('updateKey', () => store.write([rename, twice, twice]))).rejects.toThrow();
    expect((await keys.find(key.id))?.name).toBe('kept');
    expect(await log.list({ limit: 10 })).toEqual([]);
  });

  test('a change whose entry cannot be written is not made', async () => {
    const { db } = opened.store;
    await sql`alter table audit rename to audit_away`.execute(db);
    try {
      await expect(change('createKey', () => keys.create({ name: 'unseen' }))).rejects.toThrow(/audit/);
      await expect(change('changeSetting', () => settings.set('unseen', '1'))).rejects.toThrow(/audit/);
    } finally {
      await sql`alter table audit_away rename to audit`.execute(db);
    }
    expect((await keys.list()).map(({ name }) => name)).not.toContain('unseen');
    expect(await settings.get('unseen')).toBeUndefined();
  });

  test('old entries are forgotten, and pages follow each other', async () => {
    for (const name of ['a', 'b', 'c']) await change('createKey', () => keys.create({ name }));
    const [newest] = await log.list({ limit: 1 });
    const rest = await log.list({ limit: 10, before: newest?.id });
    expect(rest.map(({ after }) => Object(after).name)).toEqual(['b', 'a']);
    expect(await log.forget(newest?.at ?? 0)).toBe(2);
    expect(await log.list({ limit: 10 })).toEqual([newest]);
  });
});
