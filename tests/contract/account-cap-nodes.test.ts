import { afterEach, beforeEach, expect, test } from 'vitest';
import { openAccountCaps } from '../../app/account-cap-parts.ts';
import type { AccountCap } from '../../app/accounts/caps.ts';
import { newId } from '../../app/domain/ids.ts';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { defaultPorts, openParts, type Parts } from '../../app/parts.ts';
import type { AccountCaps } from '../../app/relay/account-caps.ts';
import { amountsOf, limitedCall } from '../../app/relay/amounts.ts';
import { openState } from '../../app/state/open.ts';
import { settledCall } from '../../app/usage/__fixtures__/calls.ts';
import { UsageRecorder } from '../../app/usage/recorder.ts';
import { createTestDatabase, missingPostgres } from '../support/postgres.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { createFolder } from '../support/temporary-folder.ts';
import { testConfig } from '../support/test-app.ts';
import { missingRedis, redisUrl, removeKeys, testPrefix } from './state-redis.ts';

interface Node {
  readonly parts: Parts;
  readonly caps: AccountCaps;
  readonly recorder: UsageRecorder;
}

interface NodeOptions {
  readonly databaseUrl: string;
  readonly prefix: string;
}

async function openNode({ databaseUrl, prefix }: NodeOptions, closing: AsyncDisposableStack): Promise<Node> {
  const { folder, remove } = createFolder();
  closing.defer(remove);
  const secrets = { secrets: 'passphrase', passphrase: 'of the nodes' } as const;
  const config = testConfig(folder, { config: { databaseUrl, redisUrl, ...secrets } });
  const parts = await openParts(config, { ...defaultPorts, warn: () => undefined }, closing);
  const state = await openState({ engine: 'redis', url: redisUrl, prefix }, parts.ports.clock);
  closing.defer(() => state.close());
  const recording = { store: parts.store, prices: parts.prices, clock: parts.ports.clock, warn: () => undefined };
  const recorder = await UsageRecorder.open({ ...recording, folder: `${folder}/journal` });
  closing.defer(() => recorder.close());
  const caps = await openAccountCaps(parts, { budgets: state.budgets, recorder, warn: () => undefined }, closing);
  return { parts, caps, recorder };
}

const missing = (await missingPostgres()) ?? (await missingRedis());

suiteThatNeeds(missing, 'caps of an account on two nodes', () => {
  let closing: AsyncDisposableStack;
  let options: NodeOptions;
  let here: Node;
  let there: Node;

  beforeEach(async () => {
    closing = new AsyncDisposableStack();
    const database = await createTestDatabase();
    closing.defer(() => database.drop());
    const prefix = testPrefix();
    closing.defer(() => removeKeys(prefix));
    options = { databaseUrl: database.url, prefix };
    here = await openNode(options, closing);
    there = await openNode(options, closing);
  });
  afterEach(() => closing.disposeAsync());

  async function capped(...texts: readonly string[]): Promise<string> {
    const caps = texts.map((text) => parseLimit(text, 'UTC') as AccountCap);
    const made = await here.parts.accountRepository.create({
      ...{ name: 'shared', provider: 'anthropic', secretText: 'sk-ant-x', care: { caps } },
    });
    for (const { parts } of [here, there]) await parts.accounts.reload();
    return made.id;
  }

  /** One call as the pipeline makes it: whether the account had room for it. */
  async function call({ parts, caps, recorder }: Node, accountId: string): Promise<boolean> {
    const account = parts.accounts.get(accountId)?.account;
    if (!account) throw new Error('the account is gone');
    const at = Date.now();
    const size = { model: 'claude-opus-5-5', at, requestBytes: 1_000, maxOutputTokens: 500 };
    const held = await caps.hold(account, limitedCall(size, parts.prices));
    if (held === 'full') return false;
    const record = settledCall(newId('req', at), { accountId, startedAt: at });
    await recorder.record(record);
    held?.spend(amountsOf(record, parts.prices).real);
    await held?.[Symbol.asyncDispose]();
    return true;
  }

  const stands = async ({ parts, caps }: Node, id: string) => {
    const account = parts.accounts.get(id)?.account;
    return account && (await caps.standings(account)).map(({ spent, held }) => [spent, held]);
  };

  test('of 100 calls on both at once exactly as many go through as the cap allows, and both nodes know it', async () => {
    const id = await capped('requests=10/day', 'cost=100usd/week');
    const nodes = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? here : there));
    const served = (await Promise.all(nodes.map((node) => call(node, id)))).filter((isServed) => isServed).length;
    expect(served).toBeLessThanOrEqual(10);
    while (await call(here, id));
    expect(await stands(here, id)).toMatchObject([
      [10, 0],
      [expect.any(Number), 0],
    ]);
    expect(await stands(there, id)).toEqual(await stands(here, id));
    expect(there.parts.accounts.get(id)?.caps.map(({ spent }) => spent)[0]).toBe(10);
    // What the live state lost is made anew from the stored calls.
    const before = await stands(here, id);
    await removeKeys(options.prefix);
    expect(await stands(there, id)).toEqual(before);
    expect(await call(there, id)).toBe(false);
    const history = () => here.parts.accountRepository.timeline.list(id, 10);
    await expect.poll(history).toContainEqual(expect.objectContaining({ state: 'limited' }));
  });

  test('a node that starts later knows at once that a cap is used up', async () => {
    const id = await capped('requests=1/day');
    expect(await call(here, id)).toBe(true);
    const third = await openNode(options, closing);
    expect(third.parts.accounts.get(id)?.caps).toMatchObject([{ spent: 1, name: 'requests per day' }]);
  });
});
