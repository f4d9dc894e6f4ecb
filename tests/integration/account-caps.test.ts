import { describe, expect, test } from 'vitest';
import type { AccountCap } from '../../app/accounts/caps.ts';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { refuses, says } from '../support/fake-anthropic/answers.ts';
import { gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { eventually, hello, helloWhole, TestApp, type TestAppOptions } from '../support/test-app.ts';

const cap = (text: string, timeZone = 'UTC') => parseLimit(text, timeZone) as AccountCap;
const capped = (...texts: readonly string[]): TestAppOptions => ({
  account: { care: { caps: texts.map((text) => cap(text)) } },
});

/** $3 and $15 for a million tokens: $0.0045. */
const usual = { usage: { inputTokens: 1_000, outputTokens: 100, cacheReadTokens: 0, cacheWrite5mTokens: 0 } };

async function start(options: TestAppOptions): Promise<TestApp> {
  const relay = await TestApp.start(options);
  for (const upstream of relay.upstreams) {
    upstream.answer(({ request }) => (request.method === 'POST' ? says('Hi', usual) : undefined));
  }
  return relay;
}

const shown = async (relay: TestApp, index = 0) =>
  (await relay.admin(`/accounts/${relay.account(index).account.id}`)) as {
    state: string;
    condition: { reason: string; until?: number; cause?: object };
    caps: { name: string; spent: number; held: number; resetsAt: number }[];
  };
const spentAndHeld = async (relay: TestApp, index = 0) =>
  (await shown(relay, index)).caps.map(({ spent, held }) => [spent, held]);
const callAll = async (relay: TestApp, count: number) =>
  (await Promise.all(Array.from({ length: count }, () => relay.messages(helloWhole)))).map(({ status }) => status);
const verdicts = async (relay: TestApp) => {
  const id = (await relay.rows()).at(-1)?.requestId;
  const { verdicts: told } = (await relay.admin(`/usage/${id}`)) as { verdicts: Record<string, unknown>[] };
  return told.map(({ skipped, window, until }) => ({ skipped, window, until }));
};

describe('caps of an account', () => {
  test('of 60 calls at once exactly as many reach the upstream as its requests for the day allow', async () => {
    await using relay = await start(capped('requests=7/day'));
    const statuses = await callAll(relay, 60);
    expect(statuses.filter((status) => status === 200).length).toBe(7);
    expect(relay.upstream.calls).toHaveLength(7);
    expect(await eventually(async () => ((await spentAndHeld(relay))[0]?.[1] === 0 ? true : undefined))).toBe(true);
    expect(await spentAndHeld(relay)).toEqual([[7, 0]]);
  });

  test('a strict cap of its cost is never overspent, however many calls there are at once', async () => {
    const dear = { inputTokens: 100, outputTokens: 64, cacheReadTokens: 0, cacheWrite5mTokens: 0 };
    await using relay = await start(capped('cost=0.02usd/day,strict'));
    relay.upstream.answer(({ request }) => (request.method === 'POST' ? says('Hi', { usage: dear }) : undefined));
    const served = (await callAll(relay, 60)).filter((status) => status === 200).length;
    expect(served).toBeGreaterThan(0);
    const each = 100 * 3_000 + 64 * 15_000;
    await eventually(async () => ((await spentAndHeld(relay))[0]?.[1] === 0 ? true : undefined));
    expect(await spentAndHeld(relay)).toEqual([[served * each, 0]]);
    expect(served * each).toBeLessThanOrEqual(20_000_000);
  });

  test('over its cap another account serves, and the decision, the state and the history say why and until when', async () => {
    const clock = manualClock();
    await using relay = await start({ upstreams: 2, ports: { clock } });
    const first = relay.account(0).account.id;
    await relay.app.parts.accountRepository.update(first, { care: { caps: [cap('requests=1/day')] } });
    await relay.app.parts.accounts.reload();
    expect(await callAll(relay, 1)).toEqual([200]);
    // Rows are in the order of their times.
    clock.advance(1);
    expect(await callAll(relay, 1)).toEqual([200]);
    expect(relay.upstreams.map(({ calls }) => calls.length)).toEqual([1, 1]);
    const midnight = (Math.floor(clock.now() / 86_400_000) + 1) * 86_400_000;
    expect(await verdicts(relay)).toContainEqual({ skipped: 'capped', window: 'requests per day', until: midnight });
    const account = await shown(relay);
    expect(account.state).toBe('limited');
    expect(account.condition).toEqual({
      reason: 'Its owner’s cap is reached: requests per day',
      cause: { kind: 'cap-reached', cap: 'requests per day' },
      until: midnight,
    });
    const history = () => relay.admin(`/accounts/${first}/timeline`);
    await expect.poll(history).toMatchObject([{ state: 'limited', until: midnight, cause: { kind: 'cap-reached' } }]);
  });

  test('when nobody is left a client is told when the first cap has room again', async () => {
    await using relay = await start(capped('requests=1/day'));
    await relay.messages(helloWhole);
    const refused = await relay.messages(helloWhole);
    const tomorrow = new Date((Math.floor(Date.now() / 86_400_000) + 1) * 86_400_000).toISOString();
    expect(refused.status).toBe(429);
    expect(refused.text).toContain(tomorrow);
    expect(relay.upstream.calls).toHaveLength(1);
  });

  test('what was spent counts after a restart too, and is told once in the history', async () => {
    await using relay = await start(capped('requests=2/week', 'cost=1usd/day'));
    expect(await callAll(relay, 2)).toEqual([200, 200]);
    const restarted = await relay.restart();
    expect(await callAll(restarted, 1)).toEqual([429]);
    expect(await spentAndHeld(restarted)).toEqual([
      [2, 0],
      [9_000_000, 0],
    ]);
    const history = () => restarted.admin(`/accounts/${restarted.account(0).account.id}/timeline`);
    await expect.poll(history).toHaveLength(1);
    await restarted[Symbol.asyncDispose]();
  });

  test('it serves again when the window resets, by the clock of its own time zone and across a change of it', async () => {
    // Clocks in Berlin go back an hour on this Sunday: its day has 25 hours.
    const clock = manualClock(Date.parse('2026-10-24T22:30:00Z'));
    const care = { caps: [cap('requests=1/day', 'Europe/Berlin')] };
    await using relay = await start({ account: { care }, ports: { clock } });
    expect(await callAll(relay, 1)).toEqual([200]);
    expect((await shown(relay)).caps[0]?.resetsAt).toBe(Date.parse('2026-10-25T23:00:00Z'));
    clock.advance(24 * 3_600_000);
    expect(await callAll(relay, 1)).toEqual([429]);
    clock.advance(1_800_000);
    expect(await callAll(relay, 1)).toEqual([200]);
    expect((await shown(relay)).caps[0]?.resetsAt).toBe(Date.parse('2026-10-26T23:00:00Z'));
  });

  test('a week may begin on any day and hour', async () => {
    const clock = manualClock(Date.parse('2026-11-27T12:00:00Z'));
    const care = { caps: [cap('requests=1/week@sat-09:00', 'Asia/Tokyo')] };
    await using relay = await start({ account: { care }, ports: { clock } });
    expect(await callAll(relay, 2)).toEqual(expect.arrayContaining([200, 429]));
    clock.advance(Date.parse('2026-11-28T00:00:00Z') - clock.now());
    expect(await callAll(relay, 1)).toEqual([200]);
  });

  test('a try that failed over counts for the account that served', async () => {
    await using relay = await start({ ...capped('requests=1/day'), upstreams: 2 });
    relay.upstreams[0]?.answer(() => refuses(529));
    expect(await callAll(relay, 1)).toEqual([200]);
    expect([await spentAndHeld(relay, 0), await spentAndHeld(relay, 1)]).toEqual([[[0, 0]], [[1, 0]]]);
  });

  test('a call that runs holds its part, and what it does not use is free when it ends', async () => {
    const gate = new Gate();
    await using relay = await start(capped('requests=1/day'));
    relay.upstream.answer(({ request }) =>
      request.method === 'POST' ? gated(says('Hi', usual), { 'before-headers': gate }) : undefined,
    );
    const running = relay.messages(hello);
    await eventually(async () => ((await spentAndHeld(relay))[0]?.[1] === 1 ? true : undefined));
    const other = await relay.messages(helloWhole);
    expect([other.status, other.text]).toEqual([429, expect.stringContaining('try again shortly')]);
    gate.open();
    expect((await running).status).toBe(200);
    await eventually(async () => ((await spentAndHeld(relay))[0]?.[1] === 0 ? true : undefined));
    expect(await spentAndHeld(relay)).toEqual([[1, 0]]);
  });

  test('a higher cap is in force at once, and so is none', async () => {
    await using relay = await start(capped('requests=1/day'));
    const { id } = relay.account(0).account;
    const patch = (caps: unknown) =>
      relay.request({
        method: 'PATCH',
        path: `/admin/api/accounts/${id}`,
        headers: { authorization: `Bearer ${relay.app.controlToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ care: { caps } }),
      });
    expect(await callAll(relay, 2)).toEqual(expect.arrayContaining([200, 429]));
    expect((await patch([cap('requests=2/day')])).json()).toMatchObject({ state: 'active', caps: [{ spent: 1 }] });
    expect(await callAll(relay, 1)).toEqual([200]);
    expect(await callAll(relay, 1)).toEqual([429]);
    expect((await patch(null)).json()).toMatchObject({ state: 'active', caps: [] });
    expect(await callAll(relay, 1)).toEqual([200]);
  });

  test('a sticky hit on a capped account reads nothing stored', async () => {
    await using relay = await start(capped('requests=100/day'));
    await relay.messages(helloWhole);
    const reads: string[] = [];
    const { db } = relay.app.parts.store;
    const watched = db.getExecutor();
    const compile = watched.executeQuery.bind(watched);
    watched.executeQuery = (query, ...rest) => {
      reads.push(query.sql);
      return compile(query, ...rest);
    };
    expect((await relay.messages(helloWhole)).status).toBe(200);
    expect(reads.filter((sql) => sql.startsWith('select'))).toEqual([]);
    await relay.app.parts.usage.list({ limit: 1 });
    expect(reads.filter((sql) => sql.startsWith('select'))).toHaveLength(1);
  });
});

test('an account whose subscription has ended, or that is at its cap, is not counted as one that can be used', async () => {
  await using relay = await start({ upstreams: 3 });
  const usable = async () => ((await relay.admin('/status')) as { accounts: object }).accounts;
  expect(await usable()).toEqual({ total: 3, usable: 3 });
  const { accountRepository, accounts } = relay.app.parts;
  await accountRepository.update(relay.account(0).account.id, { care: { expiresAt: Date.now() - 1 } });
  await accountRepository.update(relay.account(1).account.id, { care: { caps: [cap('requests=1/day')] } });
  await accounts.reload();
  expect(await usable()).toEqual({ total: 3, usable: 2 });
  expect(await callAll(relay, 1)).toEqual([200]);
  expect(relay.upstreams[1]?.calls).toHaveLength(1);
  expect(await usable()).toEqual({ total: 3, usable: 1 });
});
