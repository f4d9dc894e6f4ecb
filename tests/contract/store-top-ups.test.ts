import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../app/domain/clock.ts';
import { KeyDirectory } from '../../app/keys/directory.ts';
import type { ApiKey } from '../../app/keys/key.ts';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { PlanRepository } from '../../app/keys/plan-repository.ts';
import { KeyRepository } from '../../app/keys/repository.ts';
import { TopUpRepository } from '../../app/keys/top-up-repository.ts';
import { openVault } from '../../app/secrets/open.ts';
import { openStore } from '../../app/store/open.ts';
import { SettingsRepository } from '../../app/store/settings.ts';
import type { Store } from '../../app/store/store.ts';
import { manualClock } from '../../app/usage/__fixtures__/manual-clock.ts';
import { createTestDatabase, missingPostgres } from '../support/postgres.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { createFolder } from '../support/temporary-folder.ts';

interface Opened {
  /** One store for each of two nodes. */
  readonly stores: readonly [Store, Store];
  remove(): Promise<void>;
}

describe('top-up codes on SQLite', () => {
  contract(async () => {
    const { folder, remove } = createFolder();
    const open = () => openStore({ engine: 'sqlite', file: `${folder}/waystation.sqlite` });
    return { stores: [await open(), await open()], remove };
  });
});
suiteThatNeeds(await missingPostgres(), 'top-up codes on PostgreSQL', () => {
  contract(async () => {
    const { url, drop } = await createTestDatabase();
    const open = () => openStore({ engine: 'postgres', url });
    return { stores: [await open(), await open()], remove: drop };
  });
});

const limits = (...texts: readonly string[]) => texts.map((text) => parseLimit(text, 'UTC'));
const amountsOf = (key: ApiKey | undefined) => key?.limits.map(({ amount }) => amount);
const dayMs = 86_400_000;
const isDone = ({ status }: PromiseSettledResult<unknown>) => status === 'fulfilled';

interface Node {
  readonly keys: KeyRepository;
  readonly topUps: TopUpRepository;
}

function contract(open: () => Promise<Opened>): void {
  const { folder, remove: removeFolder } = createFolder();
  const clock = manualClock();
  let opened: Opened;
  let here: Node;
  let there: Node;
  beforeAll(async () => {
    opened = await open();
    const nodes: Node[] = [];
    for (const store of opened.stores) {
      const settings = new SettingsRepository(store);
      const vault = await openVault({ backend: 'key-file', folder, markers: settings, warn: () => undefined });
      const keys = new KeyRepository(store, vault, settings, clock);
      nodes.push({ keys, topUps: new TopUpRepository(store, keys, clock) });
    }
    [here, there] = nodes as [Node, Node];
  });
  beforeEach(async () => {
    await opened.stores[0].db.deleteFrom('keys').execute();
    await opened.stores[0].db.deleteFrom('top_ups').execute();
  });
  afterAll(async () => {
    for (const store of opened.stores) await store.close();
    await opened.remove();
    await removeFolder();
  });

  const create = async (input: Parameters<TopUpRepository['createAll']>[0]) => {
    const [issued] = await here.topUps.createAll(input);
    if (!issued) throw new Error('No code was made');
    return issued;
  };
  const keyWith = async (fields: Omit<Parameters<KeyRepository['create']>[0], 'name'>) =>
    await here.keys.create({ name: 'laptop', ...fields });

  test('a code is shown once, and the database holds only what it can be recognised by', async () => {
    const issued = await here.topUps.createAll({ count: 3, measure: 'cost', amount: 5e9, note: 'gift' });
    expect(new Set(issued.map(({ code }) => code)).size).toBe(3);
    for (const { code } of issued) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{8}-[0-9A-HJKMNP-TV-Z]{8}$/);
    const rows = await opened.stores[0].db.selectFrom('top_ups').selectAll().execute();
    for (const { code } of issued) {
      expect(JSON.stringify(rows)).not.toContain(code.slice(0, 8));
      expect(JSON.stringify(rows)).not.toContain(code.slice(9));
    }
    expect(await there.topUps.list()).toEqual(issued.map(({ topUp }) => ({ ...topUp, ...notRedeemed })));
  });

  test('of fifty redemptions of one code on two nodes at once exactly one counts', async () => {
    const { key } = await keyWith({ limits: limits('cost=1usd/total'), expiresAt: clock.now() + dayMs });
    const { key: other } = await keyWith({ limits: limits('cost=1usd/total'), expiresAt: clock.now() + dayMs });
    const { code, topUp } = await create({ measure: 'cost', amount: 5e9, extendMs: dayMs });
    const tries = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 === 0 ? here : there).topUps.redeem(code, index % 3 === 0 ? other.id : key.id),
      ),
    );
    expect(tries.filter(isDone)).toHaveLength(1);
    for (const one of tries) {
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ reason: 'redeemed', kind: 'request-invalid' });
    }
    const { redeemedBy = '' } = (await there.topUps.find(topUp.id)) ?? {};
    const directory = await KeyDirectory.open(there.keys);
    const winner = directory.get(redeemedBy);
    const loser = directory.get(redeemedBy === key.id ? other.id : key.id);
    expect([amountsOf(winner), winner?.expiresAt]).toEqual([[6e9], clock.now() + 2 * dayMs]);
    expect([amountsOf(loser), loser?.expiresAt]).toEqual([[1e9], clock.now() + dayMs]);
  });

  test('an amount is added to each limit in total of its measure, and to nothing else, for good', async () => {
    const plans = new PlanRepository(opened.stores[0], clock);
    const plan = await plans.create({ name: `P ${systemClock.now()}`, limits: limits('tokens:claude-*=7/total') });
    const own = limits('tokens=5/total', 'tokens=5/day', 'requests=5/total');
    const { key, secret } = await keyWith({ limits: own, planId: plan.id });
    const directory = await KeyDirectory.open(there.keys);
    const { code } = await create({ measure: 'tokens', amount: 100 });
    await here.topUps.redeem(code.toLowerCase().replace('-', ' '), key.id);
    await directory.poll();
    expect(directory.verify(secret, clock.now())).toMatchObject({ ok: true });
    expect(amountsOf(directory.get(key.id))).toEqual([105, 5, 5, 107]);
    // A changed limit keeps what was granted; so does a key that comes back from the trash.
    await there.keys.update(key.id, { limits: limits('tokens=50/total') });
    await there.keys.remove(key.id);
    await there.keys.restore(key.id);
    await directory.poll();
    expect(amountsOf(directory.get(key.id))).toEqual([150, 107]);
  });

  test.each([
    ['a date that is to come', { expiresAt: dayMs }, 0, 3 * dayMs],
    ['a date that is over', { expiresAt: dayMs }, 5 * dayMs, 7 * dayMs],
    ['a lifetime that runs', { lifetimeMs: dayMs }, 0, 3 * dayMs],
    ['a lifetime that is over', { lifetimeMs: dayMs }, 5 * dayMs, 7 * dayMs],
    ['both, the lifetime being over', { lifetimeMs: dayMs, expiresAt: 9 * dayMs }, 5 * dayMs, 7 * dayMs],
    ['both, both to come', { lifetimeMs: dayMs, expiresAt: 9 * dayMs }, 0, 3 * dayMs],
  ])('time moves the end of a key: %s', async (_, { expiresAt, lifetimeMs }: Ends, laterMs, end) => {
    const begin = clock.now();
    const { key, secret } = await keyWith({
      lifetimeMs,
      expiresAt: expiresAt === undefined ? undefined : begin + expiresAt,
    });
    if (lifetimeMs !== undefined) await here.keys.activate(key.id, begin);
    clock.advance(laterMs);
    const { code } = await create({ extendMs: 2 * dayMs });
    await there.topUps.redeem(code, key.id);
    const directory = await KeyDirectory.open(here.keys);
    expect(directory.verify(secret, begin + end - 1)).toMatchObject({ ok: true });
    expect(directory.verify(secret, begin + end)).toMatchObject({ reason: 'key-expired' });
  });

  test('codes of time redeemed at once on two nodes all count', async () => {
    const { key } = await keyWith({ expiresAt: clock.now() + dayMs });
    const issued = await here.topUps.createAll({ count: 20, extendMs: dayMs });
    await Promise.all(issued.map(({ code }, index) => (index % 2 === 0 ? here : there).topUps.redeem(code, key.id)));
    expect(await here.keys.find(key.id)).toMatchObject({ expiresAt: clock.now() + 21 * dayMs });
  });

  test('a lifetime that has not begun gets longer', async () => {
    const { key } = await keyWith({ lifetimeMs: dayMs });
    const { code } = await create({ extendMs: dayMs });
    expect((await here.topUps.redeem(code, key.id)).key).toMatchObject({ lifetimeMs: 2 * dayMs });
  });

  test('a code that would do nothing for a key is not used up', async () => {
    const { key: plain } = await keyWith({ limits: limits('cost=1usd/day', 'tokens=5/total') });
    const { key: right } = await keyWith({ limits: limits('cost=1usd/total'), expiresAt: clock.now() + dayMs });
    const [money, time] = [await create({ measure: 'cost', amount: 1 }), await create({ extendMs: dayMs })];
    await expect(here.topUps.redeem(money.code, plain.id)).rejects.toThrow('no limit of cost in total');
    await expect(here.topUps.redeem(time.code, plain.id)).rejects.toThrow('never expires');
    await expect(here.topUps.redeem(time.code, 'key_none')).rejects.toThrow('was removed');
    for (const { code } of [money, time]) {
      expect(await there.topUps.redeem(code, right.id)).toMatchObject({ topUp: { redeemedBy: right.id } });
    }
    // Of both, a key without an end takes the amount.
    const both = await create({ measure: 'tokens', amount: 7, extendMs: dayMs });
    const { key } = await here.topUps.redeem(both.code, plain.id);
    expect([key.limits[1]?.amount, key.expiresAt]).toEqual([12, undefined]);
  });

  test('wrong, disabled, expired and redeemed codes are refused each with its reason', async () => {
    const { key } = await keyWith({ limits: limits('requests=1/total') });
    const quota = { measure: 'requests' as const, amount: 1 };
    const [off, late, used] = [
      await create(quota),
      await create({ ...quota, expiresAt: clock.now() + 1_000 }),
      await create(quota),
    ];
    expect(await there.topUps.disable(off.topUp.id)).toMatchObject({ isEnabled: false });
    await here.topUps.redeem(used.code, key.id);
    // What was granted stays.
    expect(await here.topUps.disable(used.topUp.id)).toMatchObject({ isEnabled: true, redeemedBy: key.id });
    clock.advance(1_000);
    const reasonOf = (code: string) => there.topUps.redeem(code, key.id).catch(({ reason }) => reason);
    expect(await Promise.all([off.code, late.code, used.code, '00000000-00000000', 'x'].map(reasonOf))).toEqual([
      ...['disabled', 'expired', 'redeemed', 'unknown', 'unknown'],
    ]);
    expect(amountsOf((await KeyDirectory.open(there.keys)).get(key.id))).toEqual([2]);
    await expect(here.topUps.createAll({ ...quota, expiresAt: clock.now() })).rejects.toThrow('over already');
    await expect(here.topUps.createAll({})).rejects.toThrow('needs an amount, or time');
    await expect(here.topUps.createAll({ amount: 5, extendMs: dayMs })).rejects.toThrow('goes with measure');
  });

  test('whoever redeems what in whatever order, each key has just what its codes say', async () => {
    const schedule = fc.array(
      fc.record({ code: fc.nat(3), key: fc.nat(1), isThere: fc.boolean(), disables: fc.boolean() }),
      { minLength: 1, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 4, maxLength: 4 }), schedule, run),
      { numRuns: 15 },
    );

    type Step = { readonly code: number; readonly key: number; readonly isThere: boolean; readonly disables: boolean };
    async function run(amounts: readonly number[], steps: readonly Step[]): Promise<void> {
      const keys = [
        await keyWith({ limits: limits('tokens=1/total') }),
        await keyWith({ limits: limits('tokens=1/total') }),
      ];
      const codes = await Promise.all(amounts.map((amount) => create({ measure: 'tokens', amount })));
      const outcomes = await Promise.allSettled(
        steps.map(async ({ code, key, isThere, disables }) => {
          const { topUps } = isThere ? there : here;
          if (!disables) return await topUps.redeem(codes[code]?.code ?? '', keys[key]?.key.id ?? '');
          await topUps.disable(codes[code]?.topUp.id ?? '');
          return undefined;
        }),
      );
      const directory = await KeyDirectory.open(there.keys);
      for (const { key } of keys) {
        const won = outcomes.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value.topUp] : []));
        const mine = won.filter(({ redeemedBy }) => redeemedBy === key.id);
        expect(new Set(won.map(({ id }) => id)).size).toBe(won.length);
        expect(amountsOf(directory.get(key.id))).toEqual([mine.reduce((sum, { amount = 0 }) => sum + amount, 1)]);
      }
    }
  });
}

interface Ends {
  readonly expiresAt?: number;
  readonly lifetimeMs?: number;
}

const notRedeemed = { redeemedAt: undefined, redeemedBy: undefined, expiresAt: undefined, extendMs: undefined };
