import { describe, expect, test } from 'vitest';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { refuses, says } from '../support/fake-anthropic/answers.ts';
import { gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { eventually, hello, type Reply, TestApp } from '../support/test-app.ts';

const second = 1_000;
const minute = 60 * second;
const session = (content: string) => ({ ...hello, messages: [{ role: 'user', content }] });
const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);

describe('A12 sticky-slow', () => {
  test('A12 sticky-slow: after three answers that began late the session moves, stays there, and the account rests for five minutes', async () => {
    const clock = manualClock(Date.now());
    await using relay = await TestApp.start({ upstreams: 2, ports: { clock } });
    const turn = async (firstByteMs: number) => {
      const gate = new Gate();
      const before = relay.upstream.calls.length;
      relay.upstream.script([gated(says('at last'), { 'before-headers': gate })]);
      const reply = relay.messages(session('a conversation'));
      await eventually(() => relay.upstream.calls.length > before);
      clock.advance(firstByteMs);
      gate.open();
      return (await reply).header('x-waystation-route');
    };
    const quick = async () => {
      relay.upstream.script([]);
      return (await relay.messages(session('a conversation'))).header('x-waystation-route');
    };
    const short = (index: number) => relay.account(index).account.id.slice(-6);
    const routes = [await turn(20 * second), await turn(20 * second), await turn(20 * second)];
    expect(routes.map((route) => route?.includes(short(0)))).toEqual([true, true, true]);
    const { state, until = 0, reason } = relay.account(0).health;
    expect([state, reason?.kind, until - clock.now()]).toEqual(['cooling-down', 'slow', 5 * minute]);
    expect(await quick()).toBe(`account=${short(1)}, session=moved, try=1`);
    expect(await quick()).toBe(`account=${short(1)}, session=kept, try=1`);
    clock.advance(5 * minute);
    expect(await quick()).toBe(`account=${short(1)}, session=kept, try=1`);
    relay.upstream.script([]);
    expect((await relay.messages(session('another conversation'))).header('x-waystation-route')).toContain(short(0));
  });
});

describe('A08 herd-after-reset', () => {
  test('A08 herd-after-reset: 500 calls that wait for five accounts are all served, and none is refused a second time', async () => {
    const clock = manualClock(Date.now());
    await using relay = await TestApp.start({ upstreams: 5, ports: { clock }, account: { priority: 1 } });
    const secrets = [relay.secret];
    for (let key = 1; key < 10; key += 1) {
      secrets.push((await relay.app.parts.keyRepository.create({ name: `key ${key}` })).secret);
    }
    await relay.app.parts.keys.reload();
    let refused = 0;
    const starts = new Map<string, number>();
    let reset = Number.POSITIVE_INFINITY;
    for (const [index, upstream] of relay.upstreams.entries()) {
      upstream.answer(() => {
        const isBefore = clock.now() < reset;
        const name = `${index} ${Math.floor((clock.now() - reset) / second)}`;
        const inSecond = (starts.get(name) ?? 0) + 1;
        if (!isBefore) starts.set(name, inSecond);
        const isRamp = !isBefore && clock.now() < reset + 5 * second;
        // What the real one would not bear: more than ten new calls in a second of its first five.
        if (!isBefore && !(isRamp && inSecond > 10)) return says('served');
        refused += 1;
        return refuses(429, { headers: { 'retry-after': '60' } });
      });
    }
    // All five run into their limit in the same second.
    expect((await relay.messages(session('the first'))).status).toBe(429);
    expect((await relay.messages(session('the second'))).status).toBe(429);
    await eventually(() => [0, 1, 2, 3, 4].every((index) => relay.account(index).health.state === 'limited'));
    const ends = [0, 1, 2, 3, 4].map((index) => relay.account(index).health.until ?? 0);
    reset = Math.min(...ends);
    refused = 0;
    clock.advance(reset - clock.now() - 2 * second);
    const replies: Promise<Reply>[] = Array.from({ length: 500 }, (_, index) =>
      relay.messages(session(`call ${index}`), { 'x-api-key': secrets[index % 10] ?? '' }),
    );
    await eventually(() => relay.app.parts.accounts.queue.size === 500);
    let served = 0;
    for (const reply of replies) void reply.then(({ status }) => (served += Number(status === 200)));
    for (let step = 0; step < 2_000 && served < 500; step += 1) {
      clock.advance(20);
      // The time stands still until what has begun is served: what counts is when calls begin.
      await new Promise((resolve) => setImmediate(resolve));
      await eventually(() => [0, 1, 2, 3, 4].every((index) => relay.account(index).inFlight === 0));
    }
    const statuses = (await Promise.all(replies)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(500);
    expect(refused).toBe(0);
    const counts = [...starts].filter(([name]) => Number(name.split(' ')[1]) < 5);
    expect(Math.max(...counts.map(([, count]) => count))).toBeLessThanOrEqual(10);
    expect(sum([...starts.values()])).toBe(500);
  });

  test('A08 herd-after-reset: whose patience ends while an account returns slowly waits on for its place', async () => {
    const clock = manualClock(Date.now());
    await using relay = await TestApp.start({ ports: { clock } });
    relay.upstream.answer(() => refuses(429, { headers: { 'retry-after': '60' } }));
    expect((await relay.messages(session('the first'))).status).toBe(429);
    const reset = await eventually(() => relay.account(0).health.until);
    relay.upstream.answer(() => says('served'));
    // They are ready to wait five seconds for the limit: that is over between two starts of the account.
    clock.advance(reset - clock.now() - 960);
    const replies = Array.from({ length: 80 }, (_, index) => relay.messages(session(`call ${index}`)));
    await eventually(() => relay.app.parts.accounts.queue.size === 80);
    clock.advance(960);
    let ended = 0;
    for (const reply of replies) void reply.then(() => (ended += 1));
    for (let step = 0; step < 400 && ended < 80; step += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      await eventually(() => relay.account(0).inFlight === 0);
      clock.advance(20);
    }
    expect(new Set((await Promise.all(replies)).map(({ status }) => status))).toEqual(new Set([200]));
  });
});
