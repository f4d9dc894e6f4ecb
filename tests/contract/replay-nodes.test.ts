import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../app/domain/clock.ts';
import { NodeClaims } from '../../app/relay/node-claims.ts';
import { StateUnavailable } from '../../app/state/state.ts';
import { refuses, says } from '../support/fake-anthropic/answers.ts';
import { gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { createTestDatabase, missingPostgres } from '../support/postgres.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { eventually, helloWhole, type Reply, TestApp } from '../support/test-app.ts';
import { missingRedis, redisUrl } from './state-redis.ts';

suiteThatNeeds((await missingPostgres()) ?? (await missingRedis()), 'one idempotency key on two whole nodes', () => {
  let closing: AsyncDisposableStack;
  let here: TestApp;
  let there: TestApp;
  let once: Record<string, string>;

  beforeEach(async () => {
    closing = new AsyncDisposableStack();
    const database = await createTestDatabase();
    closing.defer(() => database.drop());
    const shared = { databaseUrl: database.url, redisUrl, secrets: 'passphrase', passphrase: 'of the nodes' } as const;
    here = closing.use(await TestApp.start({ config: shared }));
    there = closing.use(await TestApp.start({ config: shared, upstreams: 0, key: { name: 'of the other node' } }));
    once = { 'idempotency-key': 'order-1', 'x-api-key': here.secret };
  });
  afterEach(() => closing.disposeAsync());

  /** The next answer, held back. */
  function hold(answer = says('The one answer there is')): Gate {
    const gate = new Gate();
    here.upstream.script([gated(answer, { 'before-headers': gate })]);
    return gate;
  }
  const told = (reply: Reply) => [reply.status, reply.header('x-should-retry'), reply.header('retry-after')];

  test('S19 replay-double-submit: the second node says that the first has it, and makes no call of its own', async () => {
    const gate = hold();
    const first = here.messages(helloWhole, once);
    await eventually(() => here.upstream.calls.length === 1);
    const [second, third] = await Promise.all([there.messages(helloWhole, once), there.messages(helloWhole, once)]);
    for (const reply of [second, third]) {
      expect(told(reply)).toEqual([409, undefined, '2']);
      expect(reply.json()).toMatchObject({
        type: 'error',
        error: { type: 'invalid_request_error', message: expect.stringContaining('on another node') },
      });
    }
    const other = await there.messages({ ...helloWhole, max_tokens: 65 }, once);
    expect([other.status, other.text]).toEqual([400, expect.stringContaining('for another request')]);
    gate.open();
    expect((await first).status).toBe(200);
    // The node that has the answer gives it again; the other one only knows of it.
    expect((await here.messages(helloWhole, once)).text).toBe((await first).text);
    // A moment after the answer has ended the other nodes know of it.
    const late = await eventually(async () => {
      const reply = await there.messages(helloWhole, once);
      return reply.header('x-should-retry') === 'false' ? reply : undefined;
    });
    expect([...told(late), late.text]).toEqual([409, 'false', undefined, expect.stringContaining('was answered')]);
    expect(here.upstream.calls).toHaveLength(1);
    expect(await here.rows()).toHaveLength(1);
    const elsewise = await there.messages(helloWhole, { ...once, 'idempotency-key': 'order-2' });
    expect(elsewise.status).toBe(200);
  });

  test('S19 replay-double-submit: a refusal is in the protocol of the caller, and after an error any node tries again', async () => {
    const gate = hold(refuses(400, { message: 'too short' }));
    const body = JSON.stringify({ model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: 'Hi' }] });
    const headers = here.headers({ 'idempotency-key': 'order-1' });
    const chat = (node: TestApp) => node.request({ method: 'POST', path: '/v1/chat/completions', headers, body });
    const first = chat(here);
    await eventually(() => here.upstream.calls.length === 1);
    const second = await chat(there);
    expect([second.status, second.json()['error']]).toMatchObject([409, { code: 'already_running' }]);
    gate.open();
    expect((await first).status).toBe(400);
    await eventually(async () => (await chat(there)).status === 200);
    expect(here.upstream.calls).toHaveLength(2);
  });
});

test('without the shared state a call is made rather than refused', async () => {
  const gone = () => Promise.reject(new StateUnavailable('gone'));
  const claims = new NodeClaims({ marks: { get: gone, compareAndSet: gone }, clock: systemClock });
  const claim = await claims.take('name', 'asked');
  await expect(claim.end(1)).resolves.toBeUndefined();
});
