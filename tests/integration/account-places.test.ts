import { describe, expect, test } from 'vitest';
import { overHttp } from '../../app/cli/client.ts';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { refuses, says } from '../support/fake-anthropic/answers.ts';
import { gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { eventually, hello, type Reply, TestApp } from '../support/test-app.ts';

const session = (content: string) => ({ ...hello, messages: [{ role: 'user', content }] });
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const callsOf = (relay: TestApp) => relay.upstreams.map(({ calls }) => calls.length);
const operationsOf = (relay: TestApp) =>
  overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });

interface Wait {
  readonly position: number;
}

describe('an account’s places', () => {
  test('are never exceeded: calls wait in their order, and their explanation says so', async () => {
    await using relay = await TestApp.start({ account: { care: { maxConcurrent: 2 } } });
    const gates = times(6, () => new Gate());
    relay.upstream.script(gates.map((gate) => gated(says('hello'), { 'before-headers': gate })));
    const replies: Promise<Reply>[] = [];
    for (const index of times(6, (one) => one)) {
      replies.push(relay.messages(session(`session ${index}`)));
      await eventually(() => relay.account(0).inFlight + relay.account(0).waiting === index + 1);
    }
    const { listQueue, showAccount } = operationsOf(relay);
    expect((await listQueue({})).map(({ keyId, position }) => [keyId, position])).toEqual(
      times(4, (index) => [relay.keyId, index + 1]),
    );
    expect(await showAccount({ id: relay.account(0).account.id })).toMatchObject({ inFlight: 2, waiting: 4 });
    for (const [index, gate] of gates.entries()) {
      await eventually(() => relay.upstream.calls.length === Math.min(6, index + 2));
      expect(relay.account(0).inFlight).toBeLessThanOrEqual(2);
      gate.open();
      expect((await replies[index])?.status).toBe(200);
    }
    const rows = await relay.rowsOnce(6);
    const waits = rows.flatMap(({ explanation }) => (explanation as { waits?: readonly Wait[] }).waits ?? []);
    // Calls of the same millisecond are listed in any order.
    expect(waits.toSorted((one, other) => one.position - other.position)).toMatchObject(
      times(4, (index) => ({ reason: 'nobody-free', position: index + 1, ended: 'account' })),
    );
  });

  test('go to another account first, when one is free', async () => {
    await using relay = await TestApp.start({ upstreams: 2, account: { care: { maxConcurrent: 1 } } });
    const gate = new Gate();
    relay.upstream.script([gated(says('slow'), { 'before-headers': gate })]);
    const first = relay.messages(session('one'));
    await eventually(() => relay.upstream.calls.length === 1);
    expect((await relay.messages(session('two'))).status).toBe(200);
    expect(callsOf(relay)).toEqual([1, 1]);
    gate.open();
    expect((await first).status).toBe(200);
  });

  test('are not waited for without end: the client is told to try again', async () => {
    const clock = manualClock(Date.now());
    await using relay = await TestApp.start({ account: { care: { maxConcurrent: 1 } }, ports: { clock } });
    const gate = new Gate();
    relay.upstream.script([gated(says('slow'), { 'before-headers': gate })]);
    const first = relay.messages(session('one'));
    await eventually(() => relay.upstream.calls.length === 1);
    const second = relay.messages(session('two'));
    await eventually(() => relay.account(0).waiting === 1);
    clock.advance(30_000);
    const reply = await second;
    expect([reply.status, reply.header('retry-after')]).toEqual([429, '2']);
    expect(reply.json()).toMatchObject({ error: { type: 'rate_limit_error' } });
    gate.open();
    await first;
  });

  test('are free again when a client that waits leaves', async () => {
    await using relay = await TestApp.start({ account: { care: { maxConcurrent: 1 } } });
    const gate = new Gate();
    relay.upstream.script([gated(says('slow'), { 'before-headers': gate })]);
    const first = relay.messages(session('one'));
    await eventually(() => relay.upstream.calls.length === 1);
    const controller = new AbortController();
    const leaving = fetch(`http://127.0.0.1:${relay.port}/v1/messages`, {
      method: 'POST',
      headers: relay.headers(),
      body: JSON.stringify(session('two')),
      signal: controller.signal,
    }).catch(() => undefined);
    await eventually(() => relay.account(0).waiting === 1);
    controller.abort();
    await leaving;
    await eventually(() => relay.account(0).waiting === 0);
    gate.open();
    expect((await first).status).toBe(200);
    expect((await relay.rowsOnce(2)).map(({ status }) => status).sort()).toEqual(['aborted', 'completed']);
  });
});

describe('A07 429-storm', () => {
  test('A07 429-storm: one probe per account and reset, everybody else hears the soonest return', async () => {
    const clock = manualClock(Date.now());
    await using relay = await TestApp.start({ upstreams: 3, ports: { clock } });
    const storm = (count: number) => Promise.all(times(count, (index) => relay.messages(session(`session ${index}`))));
    const refusal = refuses(429, { headers: { 'retry-after': '60' } });
    for (const upstream of relay.upstreams) upstream.script(times(500, () => refusal));
    await storm(40);
    const before = callsOf(relay);
    for (let second = 0; second < 50; second += 10) {
      clock.advance(10_000);
      for (const reply of await storm(20)) {
        expect(reply.status).toBe(429);
        const soonest = Math.min(...[0, 1, 2].map((index) => relay.account(index).health.until ?? 0));
        expect(Number(reply.header('retry-after'))).toBe(Math.ceil((soonest - clock.now()) / 1_000));
      }
    }
    expect(callsOf(relay)).toEqual(before);
    for (let reset = 1; reset <= 3; reset += 1) {
      clock.advance(66_000);
      for (const reply of await storm(60)) expect(reply.status).toBe(429);
      const probes = callsOf(relay).map((calls, index) => calls - (before[index] ?? 0));
      for (const count of probes) expect(count).toBeLessThanOrEqual(reset);
      expect(Math.max(...probes)).toBe(reset);
    }
  });

  test('a limit that is over in a moment is waited for, also by a call that ran into it', async () => {
    const clock = manualClock(Date.now());
    await using relay = await TestApp.start({ ports: { clock } });
    relay.upstream.script([refuses(429, { headers: { 'retry-after': '3' } })]);
    const reply = relay.messages();
    await eventually(() => relay.account(0).waiting === 1);
    clock.advance(3_000);
    expect((await reply).status).toBe(200);
    expect((await relay.rows()).map((row) => relay.attemptsOf(row))).toEqual([[0, 0]]);
  });
});

describe('the short form of an explanation', () => {
  test('is on the answer: the account’s short id, the session, the try', async () => {
    await using relay = await TestApp.start({ upstreams: 2 });
    relay.upstream.script([refuses(529)]);
    const short = (index: number) => relay.account(index).account.id.slice(-6);
    expect((await relay.messages()).header('x-waystation-route')).toBe(`account=${short(1)}, session=none, try=2`);
    expect((await relay.messages()).header('x-waystation-route')).toBe(`account=${short(1)}, session=kept, try=1`);
  });
});
