import { afterEach, describe, expect, type MockInstance, test, vi } from 'vitest';
import * as z from 'zod';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { headerOf, RawConnection } from '../support/raw-http.ts';
import { eventually, hello, helloWhole, TestApp, type TestAppOptions } from '../support/test-app.ts';

const limits = (...texts: readonly string[]) => ({ limits: texts.map((text) => parseLimit(text, 'UTC')) });
const shownKey = z.object({ standings: z.array(z.object({ spent: z.number(), held: z.number() })) });
const inFlight = z.object({ callsInFlight: z.int() });
const usual = { usage: { inputTokens: 1_000, outputTokens: 100, cacheReadTokens: 0, cacheWrite5mTokens: 0 } };

async function start(key: object, more: TestAppOptions = {}): Promise<TestApp> {
  const relay = await TestApp.start({ ...more, key: { ...key } });
  relay.upstream.answer(({ request }) => (request.method === 'POST' ? says('Hi', usual) : undefined));
  return relay;
}

const standings = async (relay: TestApp) => {
  const shown = shownKey.parse(await relay.admin(`/keys/${relay.keyId}`));
  return shown.standings.map(({ spent, held }) => [spent, held]);
};
const heldNothing = (relay: TestApp) =>
  eventually(async () => (await standings(relay)).every(([, held]) => held === 0));

/** A stream that stands still in the middle until the gate opens. */
async function begin(relay: TestApp, gate: Gate): Promise<RawConnection> {
  const answers = [gated(says('A long answer of many words', usual), { 'mid-content': gate })];
  relay.upstream.answer(({ request }) =>
    request.method === 'POST' ? (answers.pop() ?? says('Hi', usual)) : undefined,
  );
  const client = await RawConnection.open(relay.port);
  await relay.send(client);
  await client.until('content_block_delta');
  return client;
}

afterEach(() => vi.restoreAllMocks());

test('Q03 concurrency-exact: of 200 clients that leave at random never more than five are served at once', async () => {
  await using relay = await start({ maxConcurrent: 5 });
  let running = 0;
  let most = 0;
  let gate = new Gate();
  let full = new Gate();
  relay.upstream.answer(({ request }) => {
    if (request.method !== 'POST') return undefined;
    running += 1;
    most = Math.max(most, running);
    if (running === 5) full.open();
    void request.ended.then(() => {
      running -= 1;
    });
    return gated(says('Some words that are said', usual), { 'mid-content': gate });
  });
  const client = async (index: number): Promise<number | undefined> => {
    await using connection = await RawConnection.open(relay.port);
    await relay.send(connection);
    if (index % 3 > 0) return (await connection.reply()).status;
    await full.opened;
    connection.reset();
    return undefined;
  };
  for (let round = 0; round < 4; round += 1) {
    gate = new Gate();
    full = new Gate();
    const statuses = Promise.all(Array.from({ length: 50 }, (_, index) => client(index + round)));
    await full.opened;
    gate.open();
    for (const status of await statuses) expect([undefined, 200, 429]).toContain(status);
    await eventually(() => running === 0);
  }
  expect(most).toBe(5);
  // All places are free again, not one more and not one less.
  gate = new Gate();
  const five: RawConnection[] = [];
  while (five.length < 5) five.push(await eventually(() => beginUnlessRefused(relay)));
  const sixth = await RawConnection.open(relay.port);
  await relay.send(sixth);
  await eventually(async () => inFlight.parse(await relay.admin('/status')).callsInFlight === 6);
  gate.open();
  for (const connection of [...five, sixth]) {
    const reply = await connection.reply();
    expect([reply.status, headerOf(reply, 'x-waystation-queue-position')]).toEqual([
      200,
      connection === sixth ? '1' : undefined,
    ]);
  }
  expect(most).toBe(5);
});

async function beginUnlessRefused(relay: TestApp): Promise<RawConnection | undefined> {
  const connection = await RawConnection.open(relay.port);
  await relay.send(connection);
  const head = (await connection.until('\r\n\r\n')).toString('latin1');
  if (head.startsWith('HTTP/1.1 200')) return connection;
  connection.close();
  return undefined;
}

describe('Q04 hold-leak', () => {
  const broken = () => {
    throw new Error('made to fail');
  };
  const rejects = async () => broken();
  /** Where a call passes after it was admitted, in order. */
  const places: readonly (readonly [string, (relay: TestApp) => MockInstance])[] = [
    ['the plan is made', ({ app }) => vi.spyOn(app.parts.accounts, 'views').mockImplementationOnce(broken)],
    ['an attempt starts', ({ app }) => vi.spyOn(app.parts.accounts, 'take').mockImplementationOnce(broken)],
    ['the request is sent', ({ app }) => vi.spyOn(app.parts.transport, 'send').mockImplementationOnce(broken)],
    ['the request is on its way', ({ app }) => vi.spyOn(app.parts.transport, 'send').mockImplementationOnce(rejects)],
    ['an attempt ends', ({ app }) => vi.spyOn(app.parts.accounts, 'give').mockImplementationOnce(broken)],
    ['health is noted', ({ app }) => vi.spyOn(app.parts.accounts, 'apply').mockImplementationOnce(broken)],
    ['the call is priced', ({ app }) => vi.spyOn(app.parts.prices, 'find').mockImplementation(breakAfter(1))],
  ];
  /** The first look at a price is the estimate, before anything is held. */
  const breakAfter = (looks: number) => {
    let left = looks;
    return () => {
      left -= 1;
      return left >= 0 ? undefined : broken();
    };
  };

  test.each(places)('Q04 hold-leak: a failure of ours when %s leaves nothing held', async (_place, breakIt) => {
    await using relay = await start({
      ...limits('requests=100/day', 'cost=1usd/day', 'tokens=1m/5h'),
      maxConcurrent: 1,
    });
    const spy = breakIt(relay);
    await relay.messages(helloWhole);
    expect(spy).toHaveBeenCalled();
    vi.restoreAllMocks();
    await heldNothing(relay);
    // The place among the calls at once came back too.
    expect((await relay.messages(helloWhole)).status).toBe(200);
    expect((await standings(relay)).every(([, held]) => held === 0)).toBe(true);
  });
});

test('Q07 key-revoked-midstream: new calls are refused at once, the running one ends whole and is counted', async () => {
  for (const revoke of [
    (relay: TestApp) => relay.app.parts.keyRepository.update(relay.keyId, { isEnabled: false }),
    (relay: TestApp) => relay.app.parts.keyRepository.remove(relay.keyId),
  ]) {
    await using relay = await start(limits('requests=100/day'));
    const gate = new Gate();
    const client = await begin(relay, gate);
    await revoke(relay);
    expect((await relay.messages(helloWhole)).status).toBe(401);
    gate.open();
    const reply = await client.reply();
    expect([reply.status, reply.isWhole]).toEqual([200, true]);
    expect(reply.body.toString()).toContain('event: message_stop');
    const [row, ...more] = await relay.rowsOnce(1);
    expect(row).toMatchObject({ status: 'completed', keyId: relay.keyId, inputTokens: 1_000, outputTokens: 100 });
    expect(more).toEqual([]);
  }
});

describe('Q08 key-expires / edited mid-flight', () => {
  test('Q08 key-expires / edited mid-flight: a limit that is lowered holds for the next call, with what runs counted in', async () => {
    await using relay = await start(limits('requests=100/day'));
    const gate = new Gate();
    const client = await begin(relay, gate);
    await relay.app.parts.keyRepository.update(relay.keyId, limits('requests=1/day'));
    expect((await relay.messages(helloWhole)).status).toBe(429);
    await relay.app.parts.keyRepository.update(relay.keyId, limits('requests=2/day'));
    expect((await relay.messages(helloWhole)).status).toBe(200);
    gate.open();
    expect((await client.reply()).status).toBe(200);
    await heldNothing(relay);
    expect(await standings(relay)).toEqual([[2, 0]]);
    expect((await relay.messages(helloWhole)).status).toBe(429);
  });

  test('Q08 key-expires / edited mid-flight: a limit that is new counts the calls of before', async () => {
    await using relay = await start({});
    for (let call = 0; call < 3; call += 1) await relay.messages(helloWhole);
    await relay.app.parts.keyRepository.update(relay.keyId, limits('tokens=3301/day'));
    expect(await standings(relay)).toEqual([[3_300, 0]]);
    expect((await relay.messages(helloWhole)).status).toBe(429);
  });

  test('Q08 key-expires / edited mid-flight: a key that expires lets its running call end', async () => {
    const clock = manualClock();
    await using relay = await start(
      { ...limits('requests=9/day'), expiresAt: clock.now() + 60_000 },
      { ports: { clock } },
    );
    const gate = new Gate();
    const client = await begin(relay, gate);
    clock.advance(60_000);
    expect((await relay.messages(helloWhole)).status).toBe(401);
    gate.open();
    expect((await client.reply()).isWhole).toBe(true);
    await heldNothing(relay);
    expect(await standings(relay)).toEqual([[1, 0]]);
  });
});

test('Q11 client-abort-abuse: who leaves just before the end, a thousand times, pays most of the true cost', async () => {
  await using relay = await start(limits('cost=100usd/day'));
  const words = 'word '.repeat(120);
  const atOnce = 25;
  for (let round = 0; round < 40; round += 1) {
    const gate = new Gate();
    relay.upstream.answer(({ request }) =>
      request.method === 'POST' ? gated(says(words, { deltaSize: 60 }), { 'before-usage': gate }) : undefined,
    );
    const leave = async () => {
      const client = await RawConnection.open(relay.port);
      await relay.send(client, { ...hello, max_tokens: 4_096 });
      await client.until(words.slice(-20));
      client.reset();
      await client.closed;
    };
    await Promise.all(Array.from({ length: atOnce }, () => leave()));
    gate.open();
  }
  const rows = await relay.rowsOnce(40 * atOnce);
  const ledger = await relay.ledger();
  const charged = ledger.reduce(
    (sum, { charged: one }) => sum + one.inputTokens * 3_000 + one.outputTokens * 15_000,
    0,
  );
  const billed = rows.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0);
  expect(charged).toBeGreaterThan(0);
  expect(billed / charged).toBeGreaterThanOrEqual(0.8);
  await heldNothing(relay);
  expect(await standings(relay)).toEqual([[billed, 0]]);
});
