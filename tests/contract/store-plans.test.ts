import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../app/domain/clock.ts';
import { KeyDirectory } from '../../app/keys/directory.ts';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { PlanRepository } from '../../app/keys/plan-repository.ts';
import { KeyRepository } from '../../app/keys/repository.ts';
import { openVault } from '../../app/secrets/open.ts';
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

describe('plans on SQLite', () => {
  contract(async () => ({
    store: await openStore({ engine: 'sqlite', file: ':memory:' }),
    remove: async () => undefined,
  }));
});
suiteThatNeeds(await missingPostgres(), 'plans on PostgreSQL', () => {
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
  let otherNode: () => KeyRepository;
  beforeAll(async () => {
    opened = await open();
    const settings = new SettingsRepository(opened.store);
    const vault = await openVault({ backend: 'key-file', folder, markers: settings, warn: () => undefined });
    otherNode = () => new KeyRepository(opened.store, vault, settings, systemClock);
  });
  beforeEach(async () => {
    await opened.store.db.deleteFrom('keys').execute();
    await opened.store.db.deleteFrom('plans').execute();
    keys = otherNode();
    plans = new PlanRepository(opened.store, systemClock);
  });
  afterAll(async () => {
    await opened.store.close();
    await opened.remove();
    await removeFolder();
  });

  test('a plan is found as it was made, and an update changes what it names and nothing else', async () => {
    const fields = {
      ...{ note: 'for visitors', models: ['claude-*'], deniedModels: ['*-opus-*'], services: ['anthropic' as const] },
      ...{ clients: ['claude-code' as const], maxConcurrent: 2, limits: limits('cost=5usd/week@mon', 'requests=9/5h') },
    };
    const made = await plans.create({ name: 'Guest', ...fields });
    expect(made).toEqual({
      ...{ ...fields, name: 'Guest', id: expect.stringMatching(/^pln_/) },
      ...{ createdAt: expect.any(Number), updatedAt: made.createdAt },
    });
    expect(await plans.list()).toEqual([made]);
    const changed = await plans.update(made.id, { maxConcurrent: null, limits: [] });
    expect(changed).toEqual({ ...made, maxConcurrent: undefined, limits: [], updatedAt: expect.any(Number) });
    expect(await plans.find(made.id)).toEqual(changed);
    expect(await plans.update('pln_none', { limits: [] })).toBeUndefined();
  });

  test('two plans never share a name, however it is written', async () => {
    await plans.create({ name: 'Guest' });
    const { id } = await plans.create({ name: 'CI' });
    await expect(plans.create({ name: 'guest' })).rejects.toThrow('there is one called guest already');
    await expect(plans.update(id, { name: 'GUEST' })).rejects.toThrow('there is one called GUEST already');
    expect((await plans.list()).map(({ name }) => name)).toEqual(['CI', 'Guest']);
  });

  test('a change reaches the keys of another node with its next poll', async () => {
    const plan = await plans.create({ name: 'Guest', limits: limits('requests=5/minute') });
    const { key, secret } = await keys.create({ name: 'laptop', planId: plan.id, limits: limits('cost=1usd/day') });
    expect(key).toMatchObject({ planId: plan.id, limits: limits('cost=1usd/day') });
    const there = await KeyDirectory.open(otherNode());
    const inForce = () => {
      const verdict = there.verify(secret, Date.now());
      return verdict.ok ? [verdict.key.limits, verdict.key.maxConcurrent] : verdict.reason;
    };
    expect(inForce()).toEqual([limits('cost=1usd/day', 'requests=5/minute'), undefined]);
    await plans.update(plan.id, { limits: limits('requests=1/minute', 'cost=9usd/day'), maxConcurrent: 3 });
    await there.poll();
    expect(inForce()).toEqual([limits('cost=1usd/day', 'requests=1/minute'), 3]);
    await keys.update(key.id, { planId: null });
    await there.poll();
    expect(inForce()).toEqual([limits('cost=1usd/day'), undefined]);
  });

  test('a plan stays while a key is on it, in the trash too', async () => {
    const plan = await plans.create({ name: 'Guest' });
    const { key } = await keys.create({ name: 'laptop', planId: plan.id });
    expect(await plans.remove(plan.id)).toBe(false);
    await keys.remove(key.id);
    expect(await plans.remove(plan.id)).toBe(false);
    await keys.removeForGood([key.id]);
    expect([await plans.remove(plan.id), await plans.list()]).toEqual([true, []]);
  });

  test('a key whose plan is gone is refused rather than left without limits', async () => {
    const plan = await plans.create({ name: 'Guest' });
    const { secret } = await keys.create({ name: 'laptop', planId: plan.id });
    await opened.store.db.deleteFrom('plans').execute();
    const directory = await KeyDirectory.open(otherNode());
    expect(directory.verify(secret, Date.now())).toMatchObject({ ok: false, reason: 'key-disabled' });
  });
}
