import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../app/domain/clock.ts';
import { KeyDirectory } from '../../app/keys/directory.ts';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { MemberRepository } from '../../app/keys/member-repository.ts';
import { PlanRepository } from '../../app/keys/plan-repository.ts';
import { KeyRepository } from '../../app/keys/repository.ts';
import { openVault } from '../../app/secrets/open.ts';
import { openStore } from '../../app/store/open.ts';
import { SettingsRepository } from '../../app/store/settings.ts';
import type { Store } from '../../app/store/store.ts';
import { RefusedCalls } from '../../app/usage/refused-calls.ts';
import { createTestDatabase, missingPostgres } from '../support/postgres.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { createFolder } from '../support/temporary-folder.ts';

interface Opened {
  readonly store: Store;
  remove(): Promise<void>;
}

describe('members on SQLite', () => {
  contract(async () => ({
    store: await openStore({ engine: 'sqlite', file: ':memory:' }),
    remove: async () => undefined,
  }));
});
suiteThatNeeds(await missingPostgres(), 'members on PostgreSQL', () => {
  contract(async () => {
    const { url, drop } = await createTestDatabase();
    return { store: await openStore({ engine: 'postgres', url }), remove: drop };
  });
});

const limits = (...texts: readonly string[]) => texts.map((text) => parseLimit(text, 'Europe/Berlin'));

function contract(open: () => Promise<Opened>): void {
  const { folder, remove: removeFolder } = createFolder();
  let opened: Opened;
  let keys: KeyRepository;
  let plans: PlanRepository;
  let members: MemberRepository;
  let otherNode: () => KeyRepository;
  beforeAll(async () => {
    opened = await open();
    const settings = new SettingsRepository(opened.store);
    const vault = await openVault({ backend: 'key-file', folder, markers: settings, warn: () => undefined });
    otherNode = () => new KeyRepository(opened.store, vault, settings, systemClock);
  });
  beforeEach(async () => {
    for (const table of ['keys', 'plans', 'members', 'refused_calls'] as const)
      await opened.store.db.deleteFrom(table).execute();
    keys = otherNode();
    plans = new PlanRepository(opened.store, systemClock);
    members = new MemberRepository(opened.store, systemClock);
  });
  afterAll(async () => {
    await opened.store.close();
    await opened.remove();
    await removeFolder();
  });

  test('a member is found as they were made, and an update changes what it names and nothing else', async () => {
    const plan = await plans.create({ name: 'Developer' });
    const fields = {
      ...{ email: 'ada@example.com', role: 'admin' as const, note: 'first desk', planId: plan.id, maxConcurrent: 4 },
      limits: limits('cost=300usd/month', 'tokens=2m/5h'),
    };
    const made = await members.create({ name: 'Ada', ...fields });
    expect(made).toEqual({
      ...{ ...fields, plan, name: 'Ada', state: 'active', id: expect.stringMatching(/^mem_/) },
      ...{ createdAt: expect.any(Number), updatedAt: made.createdAt },
    });
    expect(await members.list()).toEqual([made]);
    const changed = await members.update(made.id, { email: null, planId: null, maxConcurrent: null, limits: [] });
    const { email: _e, planId: _i, plan: _p, maxConcurrent: _m, ...kept } = made;
    expect(changed).toEqual({ ...kept, limits: [], updatedAt: expect.any(Number) });
    expect(await members.find(made.id)).toEqual(changed);
    expect(await members.update('mem_none', { limits: [] })).toBeUndefined();
    expect(await members.setState('mem_none', 'suspended')).toBeUndefined();
  });

  test('who is said nothing about is an active member without limits', async () => {
    expect(await members.create({ name: 'Ada' })).toMatchObject({ role: 'member', state: 'active', limits: [] });
    await expect(members.create({ name: '', email: 'nobody' })).rejects.toThrow(
      'The member was not saved: name must not be empty; email must be an e-mail address.',
    );
  });

  test('two members never share a name, however it is written', async () => {
    await members.create({ name: 'Ada' });
    const { id } = await members.create({ name: 'Bob' });
    await expect(members.create({ name: 'ADA' })).rejects.toThrow('there is one called ADA already');
    await expect(members.update(id, { name: 'ada' })).rejects.toThrow('there is one called ada already');
    expect((await members.update(id, { name: 'bob' }))?.name).toBe('bob');
  });

  test('Q07 key-revoked-midstream: on another node the keys of a suspended member are refused from its next poll on', async () => {
    const ada = await members.create({ name: 'Ada' });
    const { secret } = await keys.create({ name: 'laptop', memberId: ada.id });
    const there = await KeyDirectory.open(otherNode());
    const answer = () => {
      const verdict = there.verify(secret, Date.now());
      return verdict.ok ? 'served' : verdict.reason;
    };
    expect(answer()).toBe('served');
    await members.setState(ada.id, 'suspended');
    await there.poll();
    expect(answer()).toBe('member-suspended');
    await members.update(ada.id, { note: 'on leave' });
    await there.poll();
    expect(answer()).toBe('member-suspended');
    await members.setState(ada.id, 'active');
    await there.poll();
    expect(answer()).toBe('served');
  });

  test('a key without a plan of its own is on its member’s, and one with keeps its own', async () => {
    const guest = await plans.create({ name: 'Guest', limits: limits('requests=5/minute'), maxConcurrent: 1 });
    const ci = await plans.create({ name: 'CI', limits: limits('cost=9usd/day') });
    const ada = await members.create({ name: 'Ada', planId: guest.id });
    const plain = await keys.create({ name: 'laptop', memberId: ada.id });
    const own = await keys.create({ name: 'build', memberId: ada.id, planId: ci.id });
    const there = await KeyDirectory.open(otherNode());
    const inForce = (secret: string) => {
      const verdict = there.verify(secret, Date.now());
      return verdict.ok ? [verdict.key.limits, verdict.key.maxConcurrent] : verdict.reason;
    };
    expect([inForce(plain.secret), inForce(own.secret)]).toEqual([
      [limits('requests=5/minute'), 1],
      [limits('cost=9usd/day'), undefined],
    ]);
    await members.update(ada.id, { planId: ci.id });
    await there.poll();
    expect(inForce(plain.secret)).toEqual([limits('cost=9usd/day'), undefined]);
    await keys.update(plain.key.id, { memberId: null });
    await there.poll();
    expect(inForce(plain.secret)).toEqual([[], undefined]);
  });

  test('a plan stays while a member is on it', async () => {
    const plan = await plans.create({ name: 'Guest' });
    const ada = await members.create({ name: 'Ada', planId: plan.id });
    expect(await plans.remove(plan.id)).toBe(false);
    await members.update(ada.id, { planId: null });
    expect(await plans.remove(plan.id)).toBe(true);
  });

  test('a member goes only without keys in use, or with them to the trash, where they open nothing when restored', async () => {
    const ada = await members.create({ name: 'Ada' });
    const { key, secret } = await keys.create({ name: 'laptop', memberId: ada.id });
    expect(await members.remove(ada.id, { withKeys: false })).toBe(false);
    expect(await keys.list()).toHaveLength(1);
    expect(await members.remove(ada.id, { withKeys: true })).toBe(true);
    expect([await keys.list(), (await keys.listTrash()).map(({ id }) => id)]).toEqual([[], [key.id]]);
    await keys.restore(key.id);
    const there = await KeyDirectory.open(otherNode());
    expect(there.verify(secret, Date.now())).toMatchObject({ ok: false, reason: 'member-removed' });
    await keys.update(key.id, { memberId: null });
    await there.poll();
    expect(there.verify(secret, Date.now()).ok).toBe(true);
    expect(await members.remove(ada.id, { withKeys: true })).toBe(false);
  });

  test('refused calls are counted by hour, key, reason and address; the last one is told, and old ones are forgotten', async () => {
    let now = Date.UTC(2026, 10, 23, 12);
    const clock = { ...systemClock, now: () => now, after: () => () => undefined };
    const refused = new RefusedCalls(opened.store, clock, (message) => expect.fail(message));
    const one = { keyId: 'key_1', reason: 'quota-exhausted', route: 'messages', address: '10.0.0.1' };
    refused.note({ ...one, at: now, message: 'first' });
    expect(await refused.list({ limit: 9 })).toMatchObject([{ ...one, message: 'first', calls: 1 }]);
    refused.note({ ...one, at: now + 1, message: 'second', userAgent: 'curl/8' });
    refused.note({ ...one, at: now + 2, message: 'third', userAgent: 'curl/8' });
    refused.note({ at: now + 3, message: 'who', reason: 'key-invalid', route: 'messages' });
    expect(await refused.list({ limit: 9 })).toEqual([
      { at: now + 3, message: 'who', reason: 'key-invalid', route: 'messages', calls: 1 },
      { ...one, at: now + 2, message: 'third', userAgent: 'curl/8', calls: 3 },
    ]);
    expect(await refused.list({ limit: 9, keyId: 'key_1' })).toHaveLength(1);
    expect(await refused.list({ limit: 9, reason: 'key-invalid', before: now })).toEqual([]);
    now += 31 * 86_400_000;
    await refused.forget();
    expect(await refused.list({ limit: 9 })).toEqual([]);
  });

  test('whoever guesses from everywhere fills neither memory nor database', async () => {
    const refused = new RefusedCalls(opened.store, systemClock, (message) => expect.fail(message));
    const at = Date.UTC(2026, 10, 23, 12);
    for (let index = 0; index < 5_000; index += 1) {
      refused.note({ at, reason: 'key-invalid', message: 'no', route: 'messages', address: `10.0.${index}` });
    }
    const found = await refused.list({ limit: 9_999 });
    expect(found.length).toBeLessThanOrEqual(1_001);
    expect(found.reduce((sum, { calls }) => sum + calls, 0)).toBe(5_000);
    await refused.close();
  });
}
