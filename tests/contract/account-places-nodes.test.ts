import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AccountDirectory } from '../../app/accounts/directory.ts';
import { AccountRepository } from '../../app/accounts/repository.ts';
import { SharedPlaces } from '../../app/accounts/shared-places.ts';
import type { Turn } from '../../app/accounts/wait-queue.ts';
import { systemClock } from '../../app/domain/clock.ts';
import { providers } from '../../app/providers/index.ts';
import { openVault } from '../../app/secrets/open.ts';
import { openState } from '../../app/state/open.ts';
import type { Leases, State } from '../../app/state/state.ts';
import { openStore } from '../../app/store/open.ts';
import { SettingsRepository } from '../../app/store/settings.ts';
import { startCuttableProxy } from '../support/cuttable-proxy.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { createFolder } from '../support/temporary-folder.ts';
import { eventually, TestApp } from '../support/test-app.ts';
import { missingRedis, redisUrl, removeKeys, testPrefix } from './state-redis.ts';

const limit = 3;
const never = new AbortController().signal;

interface Node {
  readonly directory: AccountDirectory;
  readonly warnings: string[];
}

/** Opens what two nodes share: on the embedded engine, which is in one process, both have the same one. */
type OpenStates = (closing: AsyncDisposableStack) => Promise<readonly [State, State]>;

describe('the places of an account on two nodes, embedded engine', () => {
  definePlaces(async (closing) => {
    const state = await openState({ engine: 'embedded' });
    closing.defer(() => state.close());
    return [state, state];
  });
});

suiteThatNeeds(await missingRedis(), 'the places of an account on two nodes, real Redis', () => {
  const onRedis = async (closing: AsyncDisposableStack, url: string) => {
    const prefix = testPrefix();
    closing.defer(() => removeKeys(prefix));
    const open = async () => {
      const state = await openState({ engine: 'redis', url, prefix });
      closing.defer(() => state.close());
      return state;
    };
    return [await open(), await open()] as const;
  };

  definePlaces((closing) => onRedis(closing, redisUrl));

  test('hold calls of a whole relay back, which are served as places come free', async () => {
    const config = { redisUrl };
    await using relay = await TestApp.start({ upstreams: 1, account: { care: { maxConcurrent: 2 } }, config });
    let most = 0;
    relay.upstream.answer(() => {
      most = Math.max(most, relay.account(0).inFlight);
      return undefined;
    });
    const replies = await Promise.all(Array.from({ length: 8 }, () => relay.messages()));
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect([most > 0, most <= 2, relay.account(0).inFlight]).toEqual([true, true, 0]);
  }, 20_000);

  test('without their Redis each node counts for itself, and says so once', async () => {
    await using closing = new AsyncDisposableStack();
    const target = new URL(redisUrl);
    const proxy = await startCuttableProxy({ host: target.hostname, port: Number(target.port || 6379) });
    closing.defer(() => proxy.close());
    const states = await onRedis(closing, `redis://127.0.0.1:${proxy.port}${target.pathname}`);
    const { id, nodes } = await openNodes(states, closing);
    const [here, there] = nodes;
    expect(await here.directory.take(id)).toBe(true);
    proxy.cut();
    const taken = async ({ directory }: Node) => {
      let count = 0;
      while (await directory.take(id)) count += 1;
      return count;
    };
    expect([await taken(here), await taken(there)]).toEqual([limit - 1, limit]);
    expect(here.warnings).toEqual([expect.stringContaining('counted on each node by itself')]);
    for (const { directory } of nodes) for (let call = 0; call < limit; call += 1) directory.give(id);
    expect(nodes.map(({ directory }) => directory.get(id)?.inFlight)).toEqual([0, 0]);
  });
});

async function openNodes(states: readonly [State, State], closing: AsyncDisposableStack) {
  const { folder, remove } = createFolder();
  closing.defer(remove);
  const store = await openStore({ engine: 'sqlite', file: ':memory:' });
  closing.defer(() => store.close());
  const markers = new SettingsRepository(store);
  const vault = await openVault({ backend: 'key-file', folder, warn: () => undefined, markers });
  const repository = new AccountRepository(store, vault, providers, systemClock);
  const { id } = await repository.create({
    name: 'shared',
    provider: 'anthropic',
    secretText: 'sk-ant-x',
    care: { maxConcurrent: limit },
  });
  const openNode = async ({ leases }: { readonly leases: Leases }): Promise<Node> => {
    const directory = await AccountDirectory.open(repository, providers, systemClock);
    const warnings: string[] = [];
    const places = new SharedPlaces({ leases, clock: systemClock, warn: (message) => warnings.push(message) });
    closing.defer(() => places.stop());
    directory.sharePlaces(places);
    return { directory, warnings };
  };
  const [first, second] = states;
  return { id, nodes: [await openNode(first), await openNode(second)] as const };
}

function definePlaces(open: OpenStates): void {
  let closing: AsyncDisposableStack;
  let id: string;
  let here: Node;
  let there: Node;
  let leases: Leases;

  beforeEach(async () => {
    closing = new AsyncDisposableStack();
    const states = await open(closing);
    const opened = await openNodes(states, closing);
    [here, there] = opened.nodes;
    id = opened.id;
    leases = states[0].leases;
  });
  afterEach(() => closing.disposeAsync());

  const inFlight = () => [here, there].map(({ directory }) => directory.get(id)?.inFlight ?? 0);
  const total = () => inFlight().reduce((sum, count) => sum + count, 0);
  const held = () => leases.count(`account:${id}`);
  const wait = ({ directory }: Node, signal = never): Promise<Turn> =>
    directory.queue.wait({ keyId: 'key', accounts: [{ id }], maxMs: 20_000, signal });

  test('are the limit’s number on both together, and free again when calls end', async () => {
    expect([await here.directory.take(id), await here.directory.take(id), await there.directory.take(id)]).toEqual([
      true,
      true,
      true,
    ]);
    expect([await here.directory.take(id), await there.directory.take(id)]).toEqual([false, false]);
    expect([inFlight(), await held()]).toEqual([[2, 1], 3]);
    expect(there.directory.get(id)?.obstacle).toEqual({ reason: 'busy' });
    here.directory.give(id);
    await eventually(async () => (await held()) === 2);
    expect(await wait(there)).toEqual({ kind: 'account', accountId: id });
    expect(inFlight()).toEqual([1, 2]);
    for (const node of [here, there, there]) node.directory.give(id);
    await eventually(async () => (await held()) === 0);
    expect(inFlight()).toEqual([0, 0]);
  });

  test('are never more than the limit while a hundred calls on both want one, and all are served', async () => {
    let running = 0;
    let most = 0;
    const call = async (node: Node) => {
      const isTaken = await node.directory.take(id);
      if (!isTaken) expect(await wait(node)).toMatchObject({ kind: 'account' });
      running += 1;
      most = Math.max(most, running);
      // As long as it takes to ask who runs.
      await held();
      running -= 1;
      node.directory.give(id);
    };
    await Promise.all(Array.from({ length: 100 }, (_, index) => call(index % 2 === 0 ? here : there)));
    expect(most).toBeLessThanOrEqual(limit);
    expect(most).toBeGreaterThan(1);
    expect(total()).toBe(0);
    await eventually(async () => (await held()) === 0);
  }, 30_000);

  test('go to those who wait on a node in their order', async () => {
    for (let call = 0; call < limit; call += 1) expect(await here.directory.take(id)).toBe(true);
    const order: number[] = [];
    const waits = [0, 1, 2].map(async (index) => {
      await wait(there);
      order.push(index);
      there.directory.give(id);
    });
    here.directory.give(id);
    await Promise.all(waits);
    expect(order).toEqual([0, 1, 2]);
  });

  test('are given back when nobody waits any more by the time one has come', async () => {
    for (let call = 0; call < limit; call += 1) expect(await here.directory.take(id)).toBe(true);
    const controller = new AbortController();
    const waiting = wait(there, controller.signal);
    controller.abort();
    expect(await waiting).toEqual({ kind: 'gone' });
    for (let call = 0; call < limit; call += 1) here.directory.give(id);
    await eventually(async () => (await held()) === 0);
    expect(there.directory.get(id)?.waiting).toBe(0);
  });
}
