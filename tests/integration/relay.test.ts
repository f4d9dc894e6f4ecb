import { expect, test } from 'vitest';
import { refuses, replies, says, streams, thinking } from '../support/fake-anthropic/answers.ts';
import { cut, encoded, failing, gated, withBytes, withHeaders, withInterim } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { hello, helloWhole, TestApp } from '../support/test-app.ts';

test('a stream passes byte for byte, and its row equals the upstream ledger', async () => {
  await using relay = await TestApp.start();
  relay.upstream.script([says([thinking('hm'), { type: 'text', text: 'Grüße, 世界 🌍' }])]);
  const reply = await relay.messages();
  expect(reply).toMatchObject({ status: 200, isWhole: true });
  expect(reply.header('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(reply.text).toContain('event: message_stop');
  const [entry] = await relay.ledger();
  const [row] = await relay.rows();
  expect(row).toMatchObject({ ...entry?.charged, status: 'completed', basis: 'reported', httpStatus: 200 });
  expect(reply.header('x-waystation-request-id')).toBe(row?.requestId);
  expect(reply.header('request-id')).toBe(row?.attempts[0]?.upstreamRequestId);
});

test('a JSON answer passes byte for byte, and its row is there before its last byte', async () => {
  await using relay = await TestApp.start();
  const reply = await relay.messages(helloWhole);
  const rows = await relay.rows();
  expect(reply).toMatchObject({ status: 200, isWhole: true });
  expect(reply.json()).toMatchObject({ type: 'message', role: 'assistant' });
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ ...(await relay.ledger())[0]?.charged, status: 'completed' });
});

test('the upstream sees the client’s own bytes, path and headers, and only its own credential', async () => {
  await using relay = await TestApp.start();
  const body =
    '{ "model":"claude-sonnet-4-5" ,"max_tokens": 5,\n"messages":[{"role":"user","content":"\\u4e16 ünï"}], "new_field":{"a":[1,2.50,1e3]} }';
  const headers = relay.headers({ 'anthropic-beta': 'a,b', cookie: 'CANARY=1', 'x-admin-token': 'CANARY' });
  await relay.request({ method: 'POST', path: '/v1/messages?beta=true', body, headers });
  const [seen] = relay.upstream.calls;
  expect(Buffer.from(seen?.body ?? []).toString()).toBe(body);
  expect(seen?.path).toBe('/v1/messages?beta=true');
  expect(seen?.headers).toMatchObject({ 'anthropic-beta': 'a,b', 'x-api-key': 'sk-ant-upstream-0' });
  expect(JSON.stringify(seen?.rawHeaders)).not.toMatch(/CANARY|wsk_/);
});

test('paths of people who come from claude-relay-service are served', async () => {
  await using relay = await TestApp.start();
  for (const path of ['/api/v1/messages', '/claude/v1/messages']) {
    const reply = await relay.request({ method: 'POST', path, body: JSON.stringify(hello), headers: relay.headers() });
    expect(reply.status).toBe(200);
  }
  const tokens = await relay.request({
    method: 'POST',
    path: '/v1/messages/count_tokens',
    body: JSON.stringify({ model: hello.model, messages: hello.messages }),
    headers: relay.headers(),
  });
  expect(tokens.json()).toEqual({ input_tokens: expect.any(Number) });
});

test('S04 error-event-in-200: before content it fails over, and the client sees one clean stream', async () => {
  await using relay = await TestApp.start({ upstreams: 2 });
  relay.upstream.script([
    failing(says('never seen'), 'before-content', { type: 'overloaded_error', message: 'Overloaded' }),
  ]);
  relay.upstreams[1]?.script([says('from the second')]);
  const reply = await relay.messages();
  expect(reply.status).toBe(200);
  expect(reply.text.match(/event: message_start/g)).toHaveLength(1);
  expect(reply.text).not.toContain('overloaded_error');
  const [row] = await relay.rows();
  expect(row).toMatchObject({ ...(await relay.ledger(1))[0]?.charged, status: 'completed' });
  expect(row?.attempts.map(({ fault }) => fault)).toEqual(['overloaded', undefined]);
});

test('S04 error-event-in-200: after content the error event is passed on and nothing is spliced', async () => {
  await using relay = await TestApp.start({ upstreams: 2 });
  relay.upstream.script([
    failing(says('a longer answer than one delta'), 'mid-content', { type: 'overloaded_error', message: 'Overloaded' }),
  ]);
  const reply = await relay.messages();
  expect(reply.text).toMatch(/event: content_block_delta[\s\S]*event: error\n[\s\S]*overloaded_error/);
  expect(relay.upstreams[1]?.calls).toHaveLength(0);
  const [row] = await relay.rows();
  expect(row).toMatchObject({ status: 'failed', basis: 'estimated' });
});

test.each(['rst', 'fin', 'end'] as const)(
  'S02 sse-cut-mid-event: a stream cut by %s inside a data line ends with an error event',
  async (how) => {
    await using relay = await TestApp.start({ upstreams: 2 });
    const answer = says('a longer answer than one delta, to be cut in the middle');
    relay.upstream.script([cut(answer, 'mid-data', how)]);
    const reply = await relay.messages();
    expect(reply.text).toContain('event: content_block_delta');
    expect(reply.text).toMatch(/event: error\ndata: \{"type":"error".*\n\n$/);
    expect(relay.upstreams[1]?.calls).toHaveLength(0);
    const [row] = await relay.rows();
    const charged = (await relay.ledger())[0]?.charged;
    expect(row).toMatchObject({ status: 'failed', basis: 'estimated', inputTokens: charged?.inputTokens });
    expect(row?.outputTokens).toBeGreaterThan(0);
  },
);

test.each(['before-usage', 'before-stop'] as const)(
  'S03 sse-cut-before-usage: a stream that ends %s is kept as a flagged floor',
  async (place) => {
    await using relay = await TestApp.start();
    relay.upstream.script([cut(says('twelve chars and then some'), place, 'end')]);
    const reply = await relay.messages();
    expect(reply.text).toContain('event: error');
    const [row] = await relay.rows();
    const charged = (await relay.ledger())[0]?.charged;
    expect(row).toMatchObject({ status: 'failed', basis: 'estimated', inputTokens: charged?.inputTokens });
    expect(row?.outputTokens).toBeGreaterThanOrEqual(Math.ceil('twelve chars and then some'.length / 4));
    expect(row?.costNanoUsd).toBe((row?.inputTokens ?? 0) * 3_000 + (row?.outputTokens ?? 0) * 15_000);
  },
);

test.each(['gzip', 'br', 'zstd', 'deflate'] as const)(
  'S07 encodings-upstream: %s is decoded for the meter and the client',
  async (encoding) => {
    await using relay = await TestApp.start();
    relay.upstream.script([encoded(says('compressed'), encoding), encoded(encoded(says('twice'), encoding), 'gzip')]);
    for (const body of [hello, hello]) {
      const reply = await relay.messages(body, { 'accept-encoding': 'gzip, deflate, br, zstd' });
      expect(reply.status).toBe(200);
      expect(reply.header('content-encoding')).toBeUndefined();
      expect(reply.text).toContain('event: message_stop');
    }
    const rows = await relay.rows();
    expect(rows.map(({ status }) => status)).toEqual(['completed', 'completed']);
  },
);

test('S07 encodings-upstream: a header that lies is an error, not garbage', async () => {
  await using relay = await TestApp.start();
  const lie = withHeaders(says('plain'), { 'content-encoding': 'gzip' });
  relay.upstream.script([lie, lie, lie, withHeaders(says('plain'), { 'content-encoding': 'compress' })]);
  const reply = await relay.messages();
  expect(reply.status).toBe(502);
  expect(reply.json()).toMatchObject({ type: 'error', error: { type: 'api_error' } });
});

test('S06 no-content-type / wrong type: HTML, an empty 200 and JSON for a stream are errors in the caller’s shape', async () => {
  const wrong = [
    replies({ headers: { 'content-type': 'text/html' }, body: '<html>hello</html>' }),
    replies({ headers: { 'content-type': 'text/event-stream' } }),
    replies({ body: 'no type' }),
    replies({ headers: { 'content-type': 'application/json' }, body: '{"type":"message"}' }),
  ];
  for (const answer of wrong) {
    await using relay = await TestApp.start();
    relay.upstream.script([answer, answer, answer]);
    const reply = await relay.messages();
    expect(reply.status).toBe(502);
    expect(reply.json()).toMatchObject({ type: 'error', error: { type: 'api_error' } });
    expect(relay.account(0).health.breaker.failures).toBeGreaterThan(0);
  }
});

test('S15 1xx / 3xx upstream: an early hint is skipped, an unasked 100 never becomes an answer', async () => {
  await using relay = await TestApp.start({ upstreams: 2 });
  relay.upstream.script([withInterim(says('after a hint'), 103), withInterim(says('never seen'), 100)]);
  for (const body of [hello, hello]) expect((await relay.messages(body)).text).toContain('event: message_stop');
  expect((await relay.rows()).map((row) => row.attempts.length)).toEqual([1, 2]);
});

test.each([301, 302, 303, 307, 308])(
  'S15 1xx / 3xx upstream: a %i to another host is never followed',
  async (status) => {
    await using relay = await TestApp.start();
    await using other = await TestApp.start();
    const redirect = replies({ status, headers: { location: `${other.upstream.url}/v1/messages` } });
    relay.upstream.script([redirect, redirect, redirect]);
    const reply = await relay.messages();
    expect(reply.status).toBe(502);
    expect(reply.header('location')).toBeUndefined();
    expect(other.upstream.requests).toHaveLength(0);
  },
);

test('S18 unknown-event/field: new events, fields and headers pass through unchanged', async () => {
  await using relay = await TestApp.start();
  const event = 'event: brand_new_event\ndata: {"type":"brand_new_event","x":{"\\u2028":1}}\n\n';
  relay.upstream.script([
    withHeaders(withBytes(says('hello'), 'mid-content', event), { 'anthropic-brand-new': 'yes' }),
  ]);
  const reply = await relay.messages();
  expect(reply.text).toContain(event);
  expect(reply.header('anthropic-brand-new')).toBe('yes');
  expect((await relay.rows())[0]).toMatchObject({ status: 'completed', basis: 'reported' });
});

test('a rejected request passes the upstream’s own error through and does not burn the other accounts', async () => {
  await using relay = await TestApp.start({ upstreams: 2 });
  relay.upstream.script([refuses(400, { message: 'thinking.signature: invalid' })]);
  const reply = await relay.messages();
  expect(reply.status).toBe(400);
  expect(reply.json()).toMatchObject({
    error: { type: 'invalid_request_error', message: 'thinking.signature: invalid' },
  });
  expect(relay.upstreams[1]?.calls).toHaveLength(0);
  expect(relay.account(0).health.state).toBe('active');
  expect((await relay.rows())[0]).toMatchObject({ status: 'failed', basis: 'none', costNanoUsd: 0 });
});

test('a raw stream in other line ends is metered by the SSE rules and passes untouched', async () => {
  await using relay = await TestApp.start();
  const text = [
    ': a comment\r\nevent: message_start\r\ndata: {"type":"message_start","message":{"id":"m","usage":{"input_tokens":7,"output_tokens":1}}}\r\n\r\n',
    'event: content_block_start\rdata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\r\r',
    'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},\ndata: "usage":{"output_tokens":9}}\n\n',
    'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  ];
  relay.upstream.script([streams(text)]);
  const reply = await relay.messages();
  expect(reply.text).toBe(text.join(''));
  expect((await relay.rows())[0]).toMatchObject({ status: 'completed', inputTokens: 7, outputTokens: 9 });
});

test('an upstream that keeps the connection open after the natural end does not keep the client waiting', async () => {
  await using relay = await TestApp.start();
  const gate = new Gate();
  relay.upstream.script([gated(says('done already'), { 'before-end': gate })]);
  const reply = await relay.messages();
  expect(reply.text).toContain('event: message_stop');
  expect((await relay.rows())[0]).toMatchObject({ status: 'completed', basis: 'reported' });
  gate.open();
});
