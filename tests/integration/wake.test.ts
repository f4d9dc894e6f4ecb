import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { overHttp } from '../../app/cli/client.ts';
import { manualClock } from '../../app/usage/__fixtures__/manual-clock.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { RawConnection } from '../support/raw-http.ts';
import { eventually, helloWhole, TestApp } from '../support/test-app.ts';

const here = Object.values(networkInterfaces()).flatMap((found) => found?.map(({ address }) => address) ?? []);
const eightHoursMs = 8 * 3_600_000;

/** A stream that stands still in its middle. */
async function stuckCall(relay: TestApp, gate: Gate): Promise<RawConnection> {
  relay.upstream.script([gated(says('a long enough answer to have a middle part'), { 'mid-content': gate })]);
  const client = await RawConnection.open(relay.port);
  await relay.send(client);
  await client.until('content_block_delta');
  return client;
}

test('D17 suspend-resume: a stream that a long sleep interrupted ends with an error at once, and the next call has a new connection', async () => {
  await using relay = await TestApp.start();
  const client = await stuckCall(relay, new Gate());
  const wokenAt = performance.now();
  relay.app.wake({ kind: 'slept', ms: eightHoursMs });
  await client.until('event: error');
  expect(performance.now() - wokenAt).toBeLessThan(5_000);
  const before = relay.upstream.connections;
  expect((await relay.messages(helloWhole)).status).toBe(200);
  expect(relay.upstream.connections).toBe(before + 1);
  const rows = await relay.rowsOnce(2);
  expect(rows.map(({ status }) => status)).toEqual(['failed', 'completed']);
  expect(relay.account(0).inFlight).toBe(0);
});

test('D17 suspend-resume: a nap cuts nothing, and later calls have new connections all the same', async () => {
  await using relay = await TestApp.start();
  const gate = new Gate();
  const client = await stuckCall(relay, gate);
  relay.app.wake({ kind: 'slept', ms: 2_000 });
  expect((await relay.messages(helloWhole)).status).toBe(200);
  gate.open();
  await client.until('message_stop');
});

test('D18 network-change: idle sockets are dropped, and only what came from an address that is gone is cut', async () => {
  await using relay = await TestApp.start();
  expect((await relay.messages(helloWhole)).status).toBe(200);
  expect(relay.upstream.openConnections).toBe(1);
  relay.app.wake({ kind: 'network-changed', addresses: here });
  await eventually(() => relay.upstream.openConnections === 0);
  const gate = new Gate();
  const kept = await stuckCall(relay, gate);
  relay.app.wake({ kind: 'network-changed', addresses: here });
  gate.open();
  await kept.until('message_stop');
  const lost = await stuckCall(relay, new Gate());
  relay.app.wake({ kind: 'network-changed', addresses: ['192.0.2.7'] });
  await lost.until('event: error');
});

test('D18 network-change: an address to share at that can be used now is listened at, without waiting for the next look', async () => {
  const address = '127.0.0.2';
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, address, resolve));
  const { port } = other.address() as AddressInfo;
  // No time passes: only what wakes it can look again.
  await using relay = await TestApp.start({ ports: { clock: manualClock() } });
  const admin = overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
  const before = await admin.changeSharing({ isOn: true, addresses: [address], port, encryption: 'plain' });
  expect(before.standings).toMatchObject([{ address, state: 'failed' }]);
  await new Promise((resolve) => other.close(resolve));
  relay.app.wake({ kind: 'network-changed', addresses: here });
  await eventually(async () => (await admin.showSharing({})).standings[0]?.state === 'listening');
});
