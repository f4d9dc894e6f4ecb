import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { refuses, says } from '../support/fake-anthropic/answers.ts';
import { cut, gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { RawConnection } from '../support/raw-http.ts';
import { eventually, hello, helloWhole, TestApp, type TestAppOptions } from '../support/test-app.ts';

const limits = (...texts: readonly string[]) => ({ limits: texts.map((text) => parseLimit(text, 'UTC')) });

const shownKey = z.object({ standings: z.array(z.object({ spent: z.number(), held: z.number() })) });

/** 1,000 tokens in and 100 out: what each answer is charged as, whatever was asked. */
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

describe('limits of a key', () => {
  test('Q01 overshoot-cost-200: with 200 calls at once a strict key never spends more than its budget of ten', async () => {
    await using relay = await start(limits('cost=0.02usd/day,strict'));
    // As expensive as such a request can be: no more tokens than bytes, no longer an answer than it asks for.
    const dear = { inputTokens: 100, outputTokens: 64, cacheReadTokens: 0, cacheWrite5mTokens: 0 };
    relay.upstream.answer(({ request }) => (request.method === 'POST' ? says('Hi', { usage: dear }) : undefined));
    const replies = await Promise.all(Array.from({ length: 200 }, () => relay.messages(helloWhole)));
    const served = replies.filter(({ status }) => status === 200).length;
    expect(served).toBeGreaterThan(0);
    const [[spent = 0, held] = []] = await standings(relay);
    expect([spent, held]).toEqual([served * (100 * 3_000 + 64 * 15_000), 0]);
    expect(spent).toBeLessThanOrEqual(20_000_000);
    for (const { status } of replies) expect([200, 429]).toContain(status);
  });

  test('Q02 overshoot-rate: of 200 calls at once as many are served as there may be in a minute', async () => {
    const clock = manualClock();
    await using relay = await start(limits('requests=7/minute'), { ports: { clock } });
    const replies = await Promise.all(Array.from({ length: 200 }, () => relay.messages(helloWhole)));
    expect(replies.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(7);
    while ((await relay.messages(helloWhole)).status === 200);
    expect((await standings(relay))[0]).toEqual([7, 0]);
    expect(relay.upstream.calls).toHaveLength(7);
    // Never twice at the edge of a window: most of a minute later nothing is free yet.
    clock.advance(59_000);
    expect((await relay.messages(helloWhole)).status).toBe(429);
    clock.advance(5_000);
    expect((await relay.messages(helloWhole)).status).toBe(200);
  });

  test('over a rate a client is told what, how much, and when to come back', async () => {
    await using relay = await start(limits('requests=1/minute'));
    const first = await relay.messages(helloWhole);
    expect(first.header('x-waystation-limit')).toBe('requests per minute');
    expect(first.header('x-waystation-limit-remaining')).toBe('0');
    const refused = await relay.messages(helloWhole);
    expect(refused.status).toBe(429);
    expect(refused.json()).toMatchObject({
      error: {
        type: 'rate_limit_error',
        message: expect.stringMatching(
          /^The limit of this key is reached: requests per minute \(1 of 1 used\)\. Room again at 20/,
        ),
      },
    });
    expect(Number(refused.header('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.header('retry-after'))).toBeLessThanOrEqual(64);
  });

  test('a quota that is used up is told so that clients stop, in every protocol', async () => {
    await using relay = await start(limits('cost=0.000001usd/day'));
    const ask = (path: string, body: object) =>
      relay.request({ method: 'POST', path, body: JSON.stringify(body), headers: relay.headers() });
    const anthropic = await relay.messages(helloWhole);
    expect([anthropic.status, anthropic.header('x-should-retry')]).toEqual([429, 'false']);
    expect(anthropic.json()).toMatchObject({
      error: { type: 'billing_error', message: expect.stringContaining('cost per day') },
    });
    const model = 'claude-sonnet-4-5';
    const chat = await ask('/v1/chat/completions', { model, messages: [{ role: 'user', content: 'Hi' }] });
    expect(chat.json()).toMatchObject({ error: { code: 'insufficient_quota' } });
    const responses = await ask('/v1/responses', { model, input: 'Hi' });
    expect(responses.json()).toMatchObject({ error: { code: 'insufficient_quota' } });
    const gemini = await ask(`/v1beta/models/${model}:generateContent`, { contents: [{ parts: [{ text: 'Hi' }] }] });
    expect(gemini.json()).toMatchObject({ error: { status: 'RESOURCE_EXHAUSTED' } });
    for (const { status } of [chat, responses, gemini]) expect(status).toBe(429);
    expect(relay.upstream.calls).toHaveLength(0);
    expect(await relay.rows()).toEqual([]);
  });

  test('a limit of one family of models leaves the others alone', async () => {
    await using relay = await start(limits('requests:claude-opus-*=1/day'));
    const opus = { ...helloWhole, model: 'claude-opus-4-5' };
    expect([(await relay.messages(opus)).status, (await relay.messages(opus)).status]).toEqual([200, 429]);
    expect((await relay.messages(helloWhole)).status).toBe(200);
  });

  test('a limit of one model covers every way to spell it', async () => {
    await using relay = await start(limits('requests:claude-opus-4-5=1/day'));
    const statuses = [];
    for (const model of ['claude-opus-4-5[1m]', 'CLAUDE-OPUS-4-5', 'claude-opus-4-5-20251101', 'claude-opus-4-5'])
      statuses.push((await relay.messages({ ...helloWhole, model })).status);
    expect(statuses).toEqual([200, 429, 429, 429]);
    const restarted = await relay.restart();
    expect((await restarted.messages({ ...helloWhole, model: 'claude-opus-4-5' })).status).toBe(429);
    await restarted[Symbol.asyncDispose]();
  });

  test('what a batch came to counts once its results are fetched, and as much after a restart', async () => {
    await using relay = await start(limits('cost=0.0002usd/day', 'tokens=1m/5h'));
    relay.upstream.answer(() => undefined);
    const requests = ['r0', 'r1'].map((custom_id) => ({
      custom_id,
      params: { ...helloWhole, model: 'claude-haiku-4-5' },
    }));
    const made = await relay.request({
      method: 'POST',
      path: '/v1/messages/batches',
      body: JSON.stringify({ requests }),
      headers: relay.headers(),
    });
    expect(made.status).toBe(200);
    const path = `/v1/messages/batches/${made.json()['id']}/results`;
    for (let round = 0; round < 2; round += 1)
      expect((await relay.request({ path, headers: relay.headers() })).status).toBe(200);
    // Half of $1 and $5 for a million tokens: 10 in and 5 out, twice.
    const after = [
      [35_000, 0],
      [30, 0],
    ];
    await eventually(async () => (await standings(relay)).every(([, held]) => held === 0));
    expect(await standings(relay)).toEqual(after);
    const restarted = await relay.restart();
    expect(await standings(restarted)).toEqual(after);
    await restarted[Symbol.asyncDispose]();
  });

  test('a key that may never spend more makes no batches, which nobody can tell the cost of', async () => {
    await using relay = await start(limits('cost=5usd/day,strict', 'requests=100/day'));
    const requests = [{ custom_id: 'r0', params: helloWhole }];
    const refused = await relay.request({
      method: 'POST',
      path: '/v1/messages/batches',
      body: JSON.stringify({ requests }),
      headers: relay.headers(),
    });
    expect([refused.status, refused.json()['error']]).toEqual([
      403,
      { type: 'permission_error', message: expect.stringContaining('cost per day') },
    ]);
    expect(relay.upstream.requests).toHaveLength(0);
  });

  test('what costs nothing is not held against money, however large it is', async () => {
    await using relay = await start(limits('cost=0.000001usd/day,strict', 'tokens=10/day,strict'));
    const large = { model: helloWhole.model, messages: [{ role: 'user', content: 'word '.repeat(10_000) }] };
    relay.upstream.answer(() => undefined);
    const counted = await relay.request({
      method: 'POST',
      path: '/v1/messages/count_tokens',
      body: JSON.stringify(large),
      headers: relay.headers(),
    });
    expect(counted.status).toBe(200);
    expect((await relay.messages(helloWhole)).status).toBe(429);
  });

  test('a shadow limit refuses nothing and tells', async () => {
    await using relay = await start(limits('requests=1/day,shadow'));
    for (let call = 0; call < 3; call += 1) expect((await relay.messages(helloWhole)).status).toBe(200);
    expect((await standings(relay))[0]).toEqual([3, 0]);
  });

  test('Q05 false-exceeded: a key at half of its budget is never refused', async () => {
    const clock = manualClock();
    await using relay = await start(limits('requests=120/hour', 'cost=2usd/day', 'tokens=1m/24h'), {
      ports: { clock },
    });
    for (let minute = 0; minute < 60; minute += 1) {
      expect((await relay.messages(helloWhole)).status).toBe(200);
      clock.advance(60_000);
    }
  });

  test('Q06 settle-once: a failed call costs nothing, a cut one what is known, and each counts once', async () => {
    await using relay = await start(limits('cost=1usd/day', 'requests=100/day'));
    relay.upstream.answer(() => undefined);
    relay.upstream.script([
      refuses(400),
      cut(says('A long answer that breaks off somewhere', usual), 'mid-content', 'fin'),
      says('Hi', usual),
    ]);
    for (let call = 0; call < 3; call += 1) await relay.messages(hello);
    const rows = await relay.rowsOnce(3);
    const cost = rows.reduce((total, { costNanoUsd }) => total + (costNanoUsd ?? 0), 0);
    await eventually(async () => (await standings(relay)).every(([, held]) => held === 0));
    expect(await standings(relay)).toEqual([
      [cost, 0],
      [3, 0],
    ]);
  });

  test('Q04 hold-leak: a client that goes away in any phase leaves nothing held', async () => {
    await using relay = await start(limits('cost=1usd/day', 'requests=50/day'));
    for (const place of ['before-headers', 'before-content', 'mid-content'] as const) {
      const gate = new Gate();
      relay.upstream.answer(({ request }) =>
        request.method === 'POST' ? gated(says('A long answer of many words', usual), { [place]: gate }) : undefined,
      );
      const client = await RawConnection.open(relay.port);
      const seen = relay.upstream.calls.length;
      await relay.send(client);
      await relay.upstream.call(seen + 1);
      expect((await standings(relay))[0]?.[1]).toBeGreaterThan(0);
      client.close();
      await eventually(async () => (await standings(relay)).every(([, held]) => held === 0));
      gate.open();
    }
    expect((await relay.rowsOnce(3)).every(({ status }) => status === 'aborted')).toBe(true);
  });

  test('D12 redis-wrong-type / eviction / FLUSHALL: what was spent before a restart counts after it', async () => {
    await using relay = await start(limits('requests=3/day', 'tokens=1m/5h'));
    await relay.messages(helloWhole);
    await relay.messages(helloWhole);
    const before = await standings(relay);
    const restarted = await relay.restart();
    expect((await restarted.messages(helloWhole)).status).toBe(200);
    expect(before).toEqual([
      [2, 0],
      [2_200, 0],
    ]);
    expect(await standings(restarted)).toEqual([
      [3, 0],
      [3_300, 0],
    ]);
    expect((await restarted.messages(helloWhole)).status).toBe(429);
    await restarted[Symbol.asyncDispose]();
  });
});
