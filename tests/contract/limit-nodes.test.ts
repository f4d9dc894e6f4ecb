import { afterEach, beforeEach, expect, test } from 'vitest';
import { RelayError } from '../../app/domain/errors.ts';
import { newId } from '../../app/domain/ids.ts';
import type { ApiKey } from '../../app/keys/key.ts';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { amountsOf, limitedCall } from '../../app/relay/amounts.ts';
import { settledCall } from '../../app/usage/__fixtures__/calls.ts';
import { type CuttableProxy, startCuttableProxy } from '../support/cuttable-proxy.ts';
import { createTestDatabase, missingPostgres } from '../support/postgres.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { eventually } from '../support/test-app.ts';
import { type Node, openNode } from './limit-node.ts';
import { missingRedis, overwriteKeys, redisUrl, removeKeys, testPrefix } from './state-redis.ts';

const missing = (await missingPostgres()) ?? (await missingRedis());

suiteThatNeeds(missing, 'limits of a key on two nodes', () => {
  let closing: AsyncDisposableStack;
  let options: { readonly databaseUrl: string; readonly redisUrl: string; readonly prefix: string };
  let proxy: CuttableProxy;
  let here: Node;
  let there: Node;

  beforeEach(async () => {
    closing = new AsyncDisposableStack();
    const database = await createTestDatabase();
    closing.defer(() => database.drop());
    const prefix = testPrefix();
    closing.defer(() => removeKeys(prefix));
    const target = new URL(redisUrl);
    proxy = await startCuttableProxy({ host: target.hostname, port: Number(target.port || 6379) });
    closing.defer(() => proxy.close());
    options = { databaseUrl: database.url, redisUrl: `redis://127.0.0.1:${proxy.port}${target.pathname}`, prefix };
    here = await openNode(options, closing);
    there = await openNode(options, closing);
  });
  afterEach(() => closing.disposeAsync());

  async function keyWith(...limits: readonly string[]): Promise<ApiKey> {
    const { key } = await here.parts.keyRepository.create({
      name: 'shared',
      limits: limits.map((text) => parseLimit(text, 'UTC')),
    });
    return key;
  }

  interface CallOptions {
    /** Runs while the call is on its way. */
    readonly meanwhile?: () => Promise<void>;
    /** The node dies after the call is stored and before it is settled. */
    readonly isKilled?: boolean;
  }

  /** One call as the pipeline makes it; answers what it cost, or undefined when it was refused. */
  async function call({ parts, limiter, recorder }: Node, key: ApiKey, options: CallOptions = {}) {
    const at = Date.now();
    const size = { model: 'claude-opus-5-5', at, requestBytes: 1_000, maxOutputTokens: 500 };
    const reservation = await limiter.reserve(key, limitedCall(size, parts.prices)).catch((error: unknown) => {
      if (error instanceof RelayError) return 'refused' as const;
      throw error;
    });
    if (reservation === 'refused') return undefined;
    await options.meanwhile?.();
    const record = settledCall(newId('req', at), { keyId: key.id, startedAt: at });
    await recorder.record(record);
    const spent = amountsOf(record, parts.prices).billed;
    reservation?.spend(spent);
    if (!options.isKilled) await reservation?.[Symbol.asyncDispose]();
    return spent;
  }

  const standing = async ({ limiter }: Node, key: ApiKey) =>
    (await limiter.standings(key)).map(({ spent, held }) => [spent, held]);
  const both = (count: number) => Array.from({ length: count }, (_, index) => (index % 2 === 0 ? here : there));

  test('D15 two-nodes-limit: of 200 calls on both at once one budget serves ten, and not one more', async () => {
    const key = await keyWith('requests=10/day,strict', 'tokens=1m/day');
    const served = (await Promise.all(both(200).map((node) => call(node, key)))).filter((spent) => spent !== undefined);
    expect(served.length).toBeLessThanOrEqual(10);
    while (await call(here, key));
    expect(await standing(here, key)).toEqual([
      [10, 0],
      [15_000, 0],
    ]);
    expect(await standing(there, key)).toEqual(await standing(here, key));
    expect(await call(there, key)).toBeUndefined();
  });

  test('a top-up code redeemed on one node is room on both with the next poll, and just as much as it says', async () => {
    const { id } = await keyWith('requests=10/total,strict');
    const keyOn = (node: Node) => node.parts.keys.get(id) as ApiKey;
    await there.parts.keys.poll();
    await Promise.all(both(10).map((node) => call(node, keyOn(node))));
    while (await call(here, keyOn(here)));
    const [issued] = await here.parts.topUps.createAll({ measure: 'requests', amount: 5 });
    await here.parts.topUps.redeem(issued?.code ?? '', id);
    expect(await call(there, keyOn(there))).toBeUndefined();
    await there.parts.keys.poll();
    await Promise.all(both(60).map((node) => call(node, keyOn(node))));
    while (await call(there, keyOn(there)));
    expect(await standing(here, keyOn(here))).toEqual([[15, 0]]);
    expect(await standing(there, keyOn(there))).toEqual([[15, 0]]);
  });

  test('D12 redis-wrong-type / eviction / FLUSHALL: whatever becomes of the live state, the stored calls count', async () => {
    const key = await keyWith('requests=100/day', 'tokens=1m/5h', 'requests=50/total');
    const all = `${options.prefix}*`;
    for (const harm of [() => removeKeys(options.prefix), () => overwriteKeys(all)]) {
      await Promise.all(both(6).map((node) => call(node, key)));
      // Calls are on their way on both nodes while it happens.
      const meanwhile = harm;
      await Promise.all([call(here, key, { meanwhile }), call(there, key), call(here, key)]);
      await call(there, key, { meanwhile: async () => void (await call(here, key, { meanwhile })) });
    }
    expect(await standing(here, key)).toEqual([
      [22, 0],
      [33_000, 0],
      [22, 0],
    ]);
    expect(await standing(there, key)).toEqual(await standing(here, key));
  });

  test('D09 redis-down, D10 redis-flap: while it is gone nobody is refused or fails, and afterwards each call counts once', async () => {
    const key = await keyWith('requests=100/day', 'cost=100usd/total');
    let made = 0;
    const make = async (node: Node, callOptions?: CallOptions) => {
      expect(await call(node, key, callOptions)).toBeDefined();
      made += 1;
    };
    await make(here);
    for (let flap = 0; flap < 2; flap += 1) {
      await make(here, { meanwhile: async () => proxy.cut() });
      await Promise.all(both(6).map((node) => make(node)));
      proxy.mend();
      await eventually(async () => (await standing(here, key).catch(() => [])).length === 2);
      await eventually(async () => (await standing(there, key).catch(() => [])).length === 2);
    }
    await make(here);
    await eventually(async () => (await standing(here, key))[0]?.[0] === made);
    expect((await standing(here, key)).map(([spent]) => spent)).toEqual([made, made * 14_000_000]);
    // The two calls that it went away from hold their room until that ends by itself, within half a minute.
    expect((await standing(here, key))[0]?.[1]).toBeLessThanOrEqual(2);
    expect(await standing(there, key)).toEqual(await standing(here, key));
  });

  test('Q04 hold-leak: a call whose node was killed after it was stored counts once the node is back', async () => {
    const key = await keyWith('requests=100/day');
    await call(here, key);
    await call(here, key, { isKilled: true });
    const [[spent, held] = []] = await standing(there, key);
    expect([spent, held]).toEqual([1, 1]);
    const again = await openNode(options, closing);
    expect((await standing(again, key))[0]?.[0]).toBe(2);
  });
});
