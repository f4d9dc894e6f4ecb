import { expect, test } from 'vitest';
import { says } from '../support/fake-anthropic/answers.ts';
import { gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { headerOf, RawConnection } from '../support/raw-http.ts';
import { eventually, helloWhole, TestApp } from '../support/test-app.ts';

/** The relay with a key for one call at a time, which is running until the gate opens. */
async function busy(keyWaitMs = 30_000) {
  const relay = await TestApp.start({ key: { maxConcurrent: 1 }, config: { limits: { keyWaitMs } } });
  const gate = new Gate();
  relay.upstream.script([gated(says('first'), { 'before-content': gate })]);
  const running = await RawConnection.open(relay.port);
  await relay.send(running);
  await relay.upstream.call(1);
  return { relay, gate, running };
}

test('a call over its key’s concurrency waits its turn, and its answer tells where it stood', async () => {
  const { relay, gate, running } = await busy();
  await using _relay = relay;
  const clients: RawConnection[] = [];
  for (const content of ['second', 'third']) {
    const client = await RawConnection.open(relay.port);
    await relay.send(client, { ...helloWhole, messages: [{ role: 'user', content }] });
    clients.push(client);
    await inFlight(relay, clients.length + 1);
  }
  expect(relay.upstream.calls).toHaveLength(1);
  gate.open();
  expect((await running.reply()).status).toBe(200);
  const replies = [];
  for (const client of clients) replies.push(await client.reply());
  expect(replies.map((reply) => [reply.status, headerOf(reply, 'x-waystation-queue-position')])).toEqual([
    [200, '1'],
    [200, '2'],
  ]);
  expect(relay.upstream.calls.map((call) => JSON.stringify(call.json()).match(/second|third/)?.[0])).toEqual([
    undefined,
    'second',
    'third',
  ]);
  const rows = await relay.rowsOnce(3);
  const explained = (await relay.admin(`/usage/${rows[1]?.requestId}`)) as { waits: unknown };
  expect(explained.waits).toMatchObject([{ reason: 'key', position: 1, ended: 'account' }]);
});

test('who waits in vain is refused in its own protocol, with when to try again', async () => {
  const { relay, gate, running } = await busy(50);
  await using _relay = relay;
  const refused = await relay.messages(helloWhole);
  expect([refused.status, refused.header('retry-after')]).toEqual([429, '1']);
  expect(refused.json()).toMatchObject({
    type: 'error',
    error: { type: 'rate_limit_error', message: expect.stringContaining('none ended within 1 s') },
  });
  gate.open();
  expect((await running.reply()).status).toBe(200);
});

test('Q04 hold-leak: a client that leaves the queue leaves nothing behind, and the next one is served', async () => {
  const { relay, gate, running } = await busy();
  await using _relay = relay;
  const leaver = await RawConnection.open(relay.port);
  await relay.send(leaver, helloWhole);
  await inFlight(relay, 2);
  const stayer = await RawConnection.open(relay.port);
  await relay.send(stayer, helloWhole);
  await inFlight(relay, 3);
  leaver.reset();
  await inFlight(relay, 2);
  gate.open();
  expect((await running.reply()).status).toBe(200);
  expect((await stayer.reply()).status).toBe(200);
  // Neither upstream nor usage heard of who left.
  expect(relay.upstream.calls).toHaveLength(2);
  expect(await relay.rows()).toHaveLength(2);
  expect((await relay.messages(helloWhole)).status).toBe(200);
});

test('a relay that stops lets the waiting be served with the running', async () => {
  const { relay, gate, running } = await busy();
  await using _relay = relay;
  const waiting = await RawConnection.open(relay.port);
  await relay.send(waiting, helloWhole);
  await inFlight(relay, 2);
  const stopped = relay.app.stop();
  gate.open();
  expect((await running.reply()).status).toBe(200);
  expect((await waiting.reply()).status).toBe(200);
  await stopped;
});

/** Until this many calls are in progress, whether they run or wait. */
async function inFlight(relay: TestApp, count: number): Promise<void> {
  await eventually(async () => (await statusOf(relay)).callsInFlight === count);
}

async function statusOf(relay: TestApp): Promise<{ readonly callsInFlight: number }> {
  return (await relay.admin('/status')) as { readonly callsInFlight: number };
}
