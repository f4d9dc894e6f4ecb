import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ManualClock, manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { type Answer, refuses, says } from '../support/fake-anthropic/answers.ts';
import { gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { eventually, hello, helloWhole, type Reply, TestApp } from '../support/test-app.ts';

const once = { 'idempotency-key': 'order-1' };
const requestId = (reply: Reply) => reply.header('x-waystation-request-id');
const replayOf = (reply: Reply) => reply.header('x-waystation-replay-of');

let clock: ManualClock;
let relay: TestApp;

beforeEach(async () => {
  clock = manualClock(Date.now());
  relay = await TestApp.start({ ports: { clock } });
});
afterEach(() => relay[Symbol.asyncDispose]());

/** The answers to come, held back at a gate each. */
function hold(answer: Answer, place: 'before-headers' | 'mid-content' = 'before-headers'): Gate {
  const gate = new Gate();
  relay.upstream.script([gated(answer, { [place]: gate })]);
  return gate;
}

/** A client that can leave. */
function leaver(body: unknown) {
  const controller = new AbortController();
  const url = `http://127.0.0.1:${relay.port}/v1/messages`;
  const init = { method: 'POST', headers: relay.headers(once), body: JSON.stringify(body), signal: controller.signal };
  const left = fetch(url, init)
    .then((answer) => answer.text())
    .catch(() => 'left');
  return { leave: () => controller.abort(), left };
}

describe('S19 replay-double-submit', () => {
  test.each([
    ['whole', helloWhole],
    ['streamed', hello],
  ])(
    'S19 replay-double-submit: the same key twice at once makes one upstream call and two equal answers, %s',
    async (_, body) => {
      const gate = hold(says('The one answer there is'));
      const first = relay.messages(body, once);
      await eventually(() => relay.upstream.calls.length === 1);
      const second = relay.messages(body, once);
      const third = relay.messages(body, { 'idempotency-key': 'another' });
      await eventually(() => relay.upstream.calls.length === 2);
      gate.open();
      const [one, two, other] = [await first, await second, await third];
      expect([one.status, two.status, two.text]).toEqual([200, 200, one.text]);
      expect(one.text).toContain('The one');
      expect([one.header('content-type'), one.isWhole]).toEqual([two.header('content-type'), two.isWhole]);
      expect([replayOf(one), replayOf(two), replayOf(other)]).toEqual([undefined, requestId(one), undefined]);
      expect(requestId(two)).not.toBe(requestId(one));
      expect(relay.upstream.calls).toHaveLength(2);
      const ids = (await relay.rows()).map((row) => row.requestId);
      expect(ids.toSorted()).toEqual([requestId(one), requestId(other)].toSorted());
    },
  );

  test('S19 replay-double-submit: fifty at once are one call, and its key is charged once', async () => {
    const replies = await Promise.all(Array.from({ length: 50 }, () => relay.messages(helloWhole, once)));
    expect(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(relay.upstream.calls).toHaveLength(1);
    expect(await relay.rows()).toHaveLength(1);
    expect(await relay.ledger()).toHaveLength(1);
  });

  test('S19 replay-double-submit: one that joins a stream in the middle gets it from its start', async () => {
    const gate = hold(says('A long answer in several pieces, one after the other'), 'mid-content');
    const first = relay.messages(hello, once);
    await eventually(() => relay.upstream.calls.length === 1);
    await eventually(() => relay.account(0).inFlight === 1);
    const second = relay.messages(hello, once);
    gate.open();
    expect((await second).text).toBe((await first).text);
    expect((await second).text).toContain('message_stop');
    expect(relay.upstream.calls).toHaveLength(1);
  });

  test('a retry within ten minutes gets the answer again, and nothing is charged again', async () => {
    const one = await relay.messages(helloWhole, once);
    clock.advance(599_000);
    const two = await relay.messages(helloWhole, once);
    expect([two.text, replayOf(two)]).toEqual([one.text, requestId(one)]);
    expect(two.header('x-waystation-route')).toBe(one.header('x-waystation-route'));
    clock.advance(1_000);
    expect(replayOf(await relay.messages(helloWhole, once))).toBeUndefined();
    expect(relay.upstream.calls).toHaveLength(2);
    expect(await relay.rows()).toHaveLength(2);
  });

  test('the same key with another body is refused, in the protocol of the caller', async () => {
    await relay.messages(helloWhole, once);
    const reply = await relay.messages({ ...helloWhole, max_tokens: 65 }, once);
    expect(reply.status).toBe(400);
    expect(reply.json()).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', message: expect.stringContaining('idempotency-key') },
    });
    const body = JSON.stringify({ model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: 'Hi' }] });
    const asOpenAi = { method: 'POST', path: '/v1/chat/completions', headers: relay.headers(once) };
    const served = await relay.request({ ...asOpenAi, body });
    const other = await relay.request({ ...asOpenAi, body: body.replace('Hi', 'Ho') });
    expect([served.status, other.status]).toEqual([200, 400]);
    expect(other.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
    const long = await relay.messages(helloWhole, { 'idempotency-key': 'x'.repeat(256) });
    expect([long.status, long.text]).toEqual([400, expect.stringContaining('longer than 255')]);
  });

  test('an answer of one key is not another key’s', async () => {
    const one = await relay.messages(helloWhole, once);
    const { secret } = await relay.app.parts.keyRepository.create({ name: 'other' });
    await relay.app.parts.keys.reload();
    const other = await relay.messages(helloWhole, { ...once, 'x-api-key': secret });
    expect([other.status, replayOf(other)]).toEqual([200, undefined]);
    expect(requestId(other)).not.toBe(requestId(one));
    expect(relay.upstream.calls).toHaveLength(2);
  });

  test('an error is told to all who wait for it, and is not kept: the next try is a new call', async () => {
    const gate = hold(refuses(400, { message: 'too short' }));
    const both = [relay.messages(helloWhole, once), relay.messages(helloWhole, once)];
    await eventually(() => relay.upstream.calls.length === 1);
    gate.open();
    expect((await Promise.all(both)).map(({ status }) => status)).toEqual([400, 400]);
    expect((await relay.messages(helloWhole, once)).status).toBe(200);
    expect(relay.upstream.calls).toHaveLength(2);
  });

  test('a refusal of our own reaches all who wait, each in an answer of its own', async () => {
    const denied = { ...once, 'x-api-key': relay.secret };
    const body = { ...helloWhole, messages: 'nonsense', model: '' };
    const replies = await Promise.all([relay.messages('{', denied), relay.messages('{', denied)]);
    expect(replies.map(({ status }) => status)).toEqual([400, 400]);
    expect(new Set(replies.map(requestId)).size).toBe(2);
    expect((await relay.messages(body, { 'idempotency-key': 'order-2' })).status).toBeGreaterThanOrEqual(400);
  });

  test('when the first client leaves, the answer still comes for the second', async () => {
    const gate = hold(says('worth waiting for'));
    const first = leaver(hello);
    await eventually(() => relay.upstream.calls.length === 1);
    const second = relay.messages(hello, once);
    await eventually(() => relay.app.parts.accounts.all()[0]?.inFlight === 1);
    await eventually(async () => ((await relay.admin('/status')) as { callsInFlight: number }).callsInFlight === 2);
    first.leave();
    expect(await first.left).toBe('left');
    gate.open();
    expect((await second).text).toContain('message_stop');
    expect((await relay.rows()).map(({ status }) => status)).toEqual(['completed']);
    expect(relay.upstream.calls).toHaveLength(1);
  });

  test('when all clients have left, the upstream is stopped and the next try is a new call', async () => {
    hold(says('nobody waits'));
    const first = leaver(hello);
    await eventually(() => relay.upstream.calls.length === 1);
    first.leave();
    expect((await relay.rowsOnce(1)).map(({ status }) => status)).toEqual(['aborted']);
    await eventually(() => relay.account(0).inFlight === 0);
    const next = await relay.messages(hello, once);
    expect([next.status, replayOf(next)]).toEqual([200, undefined]);
    expect(relay.upstream.calls).toHaveLength(2);
  });

  test('calls without a key are never shared', async () => {
    await Promise.all([relay.messages(helloWhole), relay.messages(helloWhole)]);
    expect(relay.upstream.calls).toHaveLength(2);
  });
});
