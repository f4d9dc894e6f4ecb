import { describe, expect, test } from 'vitest';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { mismatches } from '../support/fake-anthropic/ledger-match.ts';
import { type Answer, failsInside, refuses, says, streams } from '../support/fake-responses/answers.ts';
import { FakeResponses } from '../support/fake-responses/fake-responses.ts';
import { callsFunction, reasons } from '../support/fake-responses/items.ts';
import { ResponsesClient, type SocketEvent } from '../support/responses-client.ts';
import { eventually, TestApp, type TestAppOptions } from '../support/test-app.ts';

interface Setting extends AsyncDisposable {
  readonly relay: TestApp;
  readonly fake: FakeResponses;
  readonly headers: Readonly<Record<string, string>>;
  open(): Promise<ResponsesClient>;
}

async function start(options: TestAppOptions = {}): Promise<Setting> {
  const relay = await TestApp.start({ upstreams: 0, ...options });
  const fake = await FakeResponses.start();
  await relay.app.parts.accountRepository.create({
    name: 'openai',
    provider: 'openai',
    settings: { baseUrl: `${fake.url}/v1` },
    secretText: 'sk-made-up',
    allowLocalUpstream: true,
  });
  await relay.app.parts.accounts.reload();
  const headers = {
    authorization: `Bearer ${relay.secret}`,
    'session-id': 'session-1',
    'user-agent': 'codex_exec/0.169.0',
    'openai-beta': 'responses_websockets=2026-02-06',
  };
  return {
    relay,
    fake,
    headers,
    open: () => ResponsesClient.open(relay.port, { headers }),
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
      await fake.close();
    },
  };
}

/** An answer that begins and then waits. */
const waiting =
  (gate: Gate, answer: Answer): Answer =>
  (question) => {
    const moves = answer(question);
    return [...moves.slice(0, 2), { do: 'wait', gate }, ...moves.slice(2)];
  };
const user = (text: string) => ({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] });
const idOf = (events: readonly SocketEvent[]) => (events.at(-1)?.['response'] as { id?: string } | undefined)?.id;
const textOf = (events: readonly SocketEvent[]) =>
  events.flatMap(({ type, delta }) => (type === 'response.output_text.delta' ? [String(delta)] : [])).join('');

describe('a turn over a WebSocket', () => {
  test('is a request over HTTP upstream, and its events are the stream’s, one message each', async () => {
    await using setting = await start();
    await using client = await setting.open();
    const events = await client.turn({ input: [user('Hello')], store: false, metadata: { 'ключ "\\': 'Grüße 🎉' } });
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['response.created', 'response.completed']));
    expect(textOf(events)).toBe('You said: Hello');
    const [call] = setting.fake.calls;
    expect(call?.json()).toEqual({
      model: 'gpt-6',
      input: [user('Hello')],
      store: false,
      metadata: { 'ключ "\\': 'Grüße 🎉' },
      stream: true,
    });
    expect(call?.headers).toMatchObject({
      'session-id': 'session-1',
      'user-agent': 'codex_exec/0.169.0',
      accept: 'text/event-stream',
      authorization: 'Bearer sk-made-up',
    });
    const sent = Object.keys(call?.headers ?? {});
    expect(sent.filter((name) => /^(?:sec-|upgrade|openai-beta)/.test(name))).toEqual([]);
    await call?.ended;
    expect(mismatches(await setting.relay.rowsOnce(1), setting.fake.ledger.entries())).toEqual([]);
  });

  test('that says only what is new is completed with what came before', async () => {
    await using setting = await start();
    await using client = await setting.open();
    const call = callsFunction('shell', { cmd: 'ls' });
    setting.fake.script([says([reasons('Hmm'), { type: 'text', text: 'On it' }, call])]);
    const first = await client.turn({ input: [user('List')], store: false });
    const output = { type: 'function_call_output', call_id: 'call_1', output: 'a.txt' };
    const second = await client.turn({ input: [output], store: false, previous_response_id: idOf(first) });
    const third = await client.turn({ input: 'And?', store: false, previous_response_id: idOf(second) });
    expect(third.at(-1)?.type).toBe('response.completed');
    const items = (events: readonly SocketEvent[]) =>
      events.flatMap(({ type, item }) => (type === 'response.output_item.done' ? [item] : []));
    const before = [user('List'), ...items(first), output];
    expect(items(first)).toHaveLength(3);
    expect(setting.fake.calls.map((seen) => seen.json()?.['input'])).toEqual([
      [user('List')],
      before,
      [...before, ...items(second), { type: 'message', role: 'user', content: 'And?' }],
    ]);
    expect(setting.fake.calls.every((seen) => seen.json()?.['previous_response_id'] === undefined)).toBe(true);
  });

  test('may be warmed up: nothing is asked or billed, and the next one brings it all', async () => {
    await using setting = await start();
    await using client = await setting.open();
    const warm = await client.turn({ input: [user('Rules')], store: false, generate: false, tools: [] });
    expect(warm.map(({ type }) => type)).toEqual(['response.created', 'response.completed']);
    expect([setting.fake.requests.length, (await setting.relay.rows()).length]).toEqual([0, 0]);
    const events = await client.turn({ input: [user('Hello')], store: false, previous_response_id: idOf(warm) });
    expect(textOf(events)).toBe('You said: Hello');
    expect(setting.fake.calls[0]?.json()).toEqual({
      model: 'gpt-6',
      input: [user('Rules'), user('Hello')],
      store: false,
      stream: true,
    });
  });

  test('that builds on a stored answer leaves it to the upstream that keeps it', async () => {
    await using setting = await start();
    await using client = await setting.open();
    const first = await client.turn({ input: 'remember this' });
    const second = await client.turn({ input: 'what was it?', previous_response_id: idOf(first) });
    expect(second.at(-1)?.type).toBe('response.completed');
    expect(setting.fake.calls[1]?.json()).toMatchObject({
      input: 'what was it?',
      previous_response_id: idOf(first),
    });
  });

  test('that builds on something unknown is told so, and the connection goes on', async () => {
    await using setting = await start();
    await using client = await setting.open();
    const [gone] = await client.turn({ input: [], store: false, previous_response_id: 'resp_of_another' });
    expect(gone).toMatchObject({ type: 'error', status: 400, error: { code: 'previous_response_not_found' } });
    expect(setting.fake.calls).toHaveLength(0);
    expect(textOf(await client.turn({ input: [user('All of it')], store: false }))).toBe('You said: All of it');
  });

  test('waits for the one before it', async () => {
    await using setting = await start();
    await using client = await setting.open();
    for (const text of ['one', 'two', 'three']) {
      client.send({ type: 'response.create', model: 'gpt-6', input: text, store: false });
    }
    const answers = [await client.answer(), await client.answer(), await client.answer()];
    expect(answers.map(textOf)).toEqual(['You said: one', 'You said: two', 'You said: three']);
  });

  test('is one row and one lease each, like any other call', async () => {
    await using setting = await start({ key: { maxConcurrent: 1 } });
    await using client = await setting.open();
    await client.turn({ input: 'one', store: false });
    await client.turn({ input: 'two', store: false });
    expect((await setting.relay.rows()).map(({ status, keyId }) => [status, keyId])).toEqual([
      ['completed', setting.relay.keyId],
      ['completed', setting.relay.keyId],
    ]);
  });

  test('goes to an account of another protocol by translation', async () => {
    await using relay = await TestApp.start({ account: { modelMap: { 'gpt-*': 'claude-sonnet-4-5' } } });
    await using client = await ResponsesClient.open(relay.port, {
      headers: { authorization: `Bearer ${relay.secret}` },
    });
    const first = await client.turn({ input: [user('Hello')], store: false });
    expect(first.at(-1)?.type).toBe('response.completed');
    const second = await client.turn({ input: [user('Again')], store: false, previous_response_id: idOf(first) });
    expect(second.at(-1)?.type).toBe('response.completed');
    expect(relay.upstream.calls[1]?.json()?.['messages']).toHaveLength(3);
  });
});

describe('what goes wrong in a turn', () => {
  test('is a message with the status and the body that HTTP would have had', async () => {
    await using setting = await start();
    await using client = await setting.open();
    setting.fake.script([refuses(400, { message: 'That is not allowed', code: 'invalid_value' })]);
    const [error] = await client.turn({ input: 'x', store: false });
    expect(error).toMatchObject({
      type: 'error',
      status: 400,
      error: { message: 'That is not allowed', code: 'invalid_value' },
    });
    expect(textOf(await client.turn({ input: 'Hello', store: false }))).toBe('You said: Hello');
  });

  test.each([
    ['no model', { model: 7 }, 400],
    ['a model that the key may not use', { model: 'o3' }, 403],
    ['a body that no upstream could take', { model: 'gpt-6', stream: true, input: 'x', conversation: {} }, 200],
  ])('is told by us for %s', async (_, fields, status) => {
    await using setting = await start({ key: { models: ['gpt-*'] } });
    await using client = await setting.open();
    const last = (await client.turn({ input: 'x', store: false, ...fields })).at(-1);
    expect(last?.['status'] ?? 200).toBe(status);
  });

  test('is told when the key was disabled while the connection was open', async () => {
    await using setting = await start();
    await using client = await setting.open();
    await client.turn({ input: 'x', store: false });
    await setting.relay.app.parts.keyRepository.update(setting.relay.keyId, { isEnabled: false });
    await setting.relay.app.parts.keys.reload();
    const [error] = await client.turn({ input: 'x', store: false });
    expect(error).toMatchObject({ status: 401, error: { code: 'invalid_api_key' } });
    const [warm] = await client.turn({ input: 'x', store: false, generate: false });
    expect(warm).toMatchObject({ status: 401 });
  });

  test('is told when the key may not be used from its address any more', async () => {
    await using setting = await start();
    await using client = await setting.open();
    const { keyRepository: keys } = setting.relay.app.parts;
    const statusFrom = async (range: string) => {
      await keys.update(setting.relay.keyId, { addresses: [range] });
      return (await client.turn({ input: 'x', store: false })).at(-1)?.['status'] ?? 200;
    };
    expect([await statusFrom('127.0.0.0/8'), await statusFrom('10.0.0.0/8')]).toEqual([200, 403]);
  });

  test('after the answer began is the stream’s own failure, and nothing builds on it', async () => {
    await using setting = await start();
    await using client = await setting.open();
    setting.fake.script([failsInside('server_error', 'Sorry', [{ type: 'text', text: 'So far' }])]);
    const failed = await client.turn({ input: 'x', store: false });
    expect([textOf(failed), failed.at(-1)?.type]).toEqual(['So far', 'response.failed']);
    const [gone] = await client.turn({ input: 'y', store: false, previous_response_id: idOf(failed) });
    expect(gone).toMatchObject({ error: { code: 'previous_response_not_found' } });
  });

  test('S02 sse-cut-mid-event: what is left of a cut event is not sent, and the failure is one message', async () => {
    await using setting = await start();
    await using client = await setting.open();
    setting.fake.script([
      streams([
        'event: response.created\ndata: {"type":"response.created","response":{"id":"resp_1"}}\n\n',
        'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"So far"}\n\n',
        'event: response.output_text.delta\ndata: {"type":"response.output_text.del',
      ]),
    ]);
    const events = await client.turn({ input: 'x', store: false });
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.output_text.delta',
      'response.failed',
    ]);
    expect((await setting.relay.rows())[0]).toMatchObject({ status: 'failed', basis: 'estimated' });
  });

  test('sends the client to HTTP when it would be tried again: its next socket is refused', async () => {
    await using setting = await start();
    await using client = await setting.open();
    setting.fake.script([refuses(503)]);
    expect((await client.turn({ input: 'x', store: false }))[0]).toMatchObject({ type: 'error', status: 503 });
    expect(await ResponsesClient.connect(setting.relay.port, { headers: setting.headers })).toBe(426);
    const { 'session-id': _, ...nameless } = setting.headers;
    await using other = await ResponsesClient.open(setting.relay.port, { headers: nameless });
    await other.turn({ input: [], generate: false });
  });

  test('is survived when a message is no JSON', async () => {
    await using setting = await start();
    await using client = await setting.open();
    for (const text of ['', '{', '[]', 'hello', '{"type":"response.create","type":"x"}']) {
      client.send(text);
      expect(await client.next()).toMatchObject({ type: 'error', status: 400 });
    }
    expect(textOf(await client.turn({ input: 'Hello', store: false }))).toBe('You said: Hello');
  });

  test('is silence for what needs no answer', async () => {
    await using setting = await start();
    await using client = await setting.open();
    client.send({ type: 'response.processed', response_id: 'resp_1' });
    expect(textOf(await client.turn({ input: 'Hello', store: false }))).toBe('You said: Hello');
  });
});

describe('the connection', () => {
  test.each([
    ['another type of message', { type: 'response.steer', input: [] }],
    ['a turn in the background', { type: 'response.create', model: 'gpt-6', input: 'x', background: true }],
    ['several streams at once', { type: 'response.create', model: 'gpt-6', input: 'x', stream_id: 's1' }],
    ['bytes', Buffer.from('{}')],
  ])('ends at %s, and the client’s next one is sent to HTTP at once', async (_, message) => {
    await using setting = await start();
    await using client = await setting.open();
    client.send(message);
    expect((await client.closed()).code).toBe(1008);
    expect(await ResponsesClient.connect(setting.relay.port, { headers: setting.headers })).toBe(426);
    const other = { ...setting.headers, 'session-id': 'session-2' };
    await using second = await ResponsesClient.open(setting.relay.port, { headers: other });
    expect(textOf(await second.turn({ input: 'Hello', store: false }))).toBe('You said: Hello');
  });

  test('ends at a message that is too large', async () => {
    await using setting = await start({ config: { limits: { maxBodyBytes: 10_000 } } });
    await using client = await setting.open();
    client.send({ type: 'response.create', input: 'x'.repeat(10_000) });
    expect((await client.closed()).code).toBe(1009);
  });

  test('ends when too much waits', async () => {
    await using setting = await start();
    await using client = await setting.open();
    const gate = new Gate();
    setting.fake.script([waiting(gate, says('late'))]);
    for (let turn = 0; turn < 20; turn += 1)
      client.send({ type: 'response.create', model: 'gpt-6', input: 'x', store: false });
    expect((await client.closed()).code).toBe(1009);
    gate.open();
  });

  test('remembers no more than there is room for: the client then sends its conversation whole', async () => {
    await using setting = await start();
    const long = { input: 'x'.repeat(7_000_000), generate: false, store: false };
    await using clients = new AsyncDisposableStack();
    const outcomes: unknown[] = [];
    for (let count = 0; count < 10; count += 1) {
      const client = clients.use(await setting.open());
      const id = idOf(await client.turn(long));
      outcomes.push(
        (await client.turn({ input: [], generate: false, store: false, previous_response_id: id })).at(-1)?.type,
      );
    }
    const kept = Array.from({ length: 9 }, () => 'response.completed');
    expect(outcomes).toEqual([...kept, 'error']);
    const [client] = [clients.use(await setting.open())];
    const id = idOf(await client.turn({ ...long, input: 'x'.repeat(9_000_000) }));
    expect(await client.turn({ input: [], store: false, previous_response_id: id })).toMatchObject([
      { error: { code: 'previous_response_not_found' } },
    ]);
  });

  test('is refused with 426 when too many are open, and has a place again when one closes', async () => {
    await using setting = await start();
    await using clients = new AsyncDisposableStack();
    const first = await setting.open();
    for (let count = 1; count < 100; count += 1) clients.use(await setting.open());
    expect(await ResponsesClient.connect(setting.relay.port, { headers: setting.headers })).toBe(426);
    await first[Symbol.asyncDispose]();
    const again = await eventually(async () => {
      const client = await ResponsesClient.connect(setting.relay.port, { headers: setting.headers });
      return typeof client === 'number' ? undefined : client;
    });
    clients.use(again);
  });

  test('is refused with 426 for a wrong key or none, so that Codex reads the reason over HTTP', async () => {
    await using setting = await start();
    for (const headers of [{}, { authorization: 'Bearer wsk_wrong' }, { authorization: 'Bearer sk-else' }]) {
      expect(await ResponsesClient.connect(setting.relay.port, { headers })).toBe(426);
    }
    for (const path of ['/v1/messages', '/v1/responses/compact', '/v1/chat/completions']) {
      expect(await ResponsesClient.connect(setting.relay.port, { path, headers: setting.headers })).toBe(426);
    }
  });

  test('is served at every address of the Responses API', async () => {
    await using setting = await start();
    for (const path of ['/responses', '/v1/responses', '/openai/responses', '/openai/v1/responses']) {
      await using client = await ResponsesClient.open(setting.relay.port, { path, headers: setting.headers });
      expect(textOf(await client.turn({ input: 'Hello', store: false }))).toBe('You said: Hello');
    }
  });

  test('B09 ws-hijack: is refused before it begins for a foreign Origin or Host, whoever has the key', async () => {
    await using setting = await start();
    const foreign = { ...setting.headers, origin: 'https://evil.example' };
    expect(await ResponsesClient.connect(setting.relay.port, { headers: foreign })).toBe(403);
    const rebound = { ...setting.headers, host: 'evil.example' };
    expect(await ResponsesClient.connect(setting.relay.port, { headers: rebound })).toBe(421);
  });

  test('S10 client-gone-mid: when it goes the upstream is stopped, and the call is recorded', async () => {
    await using setting = await start({ key: { maxConcurrent: 1 } });
    const client = await setting.open();
    const gate = new Gate();
    setting.fake.script([waiting(gate, says('never told'))]);
    client.send({ type: 'response.create', model: 'gpt-6', input: 'x', store: false });
    const call = await eventually(() => setting.fake.calls[0]);
    client.socket.terminate();
    expect((await call.ended).how).toBe('aborted');
    gate.open();
    expect(await setting.relay.rowsOnce(1)).toMatchObject([{ status: 'aborted' }]);
    await using next = await setting.open();
    expect(textOf(await next.turn({ input: 'Hello', store: false }))).toBe('You said: Hello');
  });

  test('S12 stalled-client: one that stops reading pauses the upstream, and the stall limit ends it', async () => {
    await using setting = await start({ config: { limits: { clientStallMs: 500 } } });
    const client = await setting.open();
    const delta = { type: 'response.output_text.delta', delta: 'x'.repeat(65_536) };
    const bytes = Buffer.from(`event: ${delta.type}\ndata: ${JSON.stringify(delta)}\n\n`);
    setting.fake.script([(question) => [...says('x')(question).slice(0, 3), { do: 'hose', bytes }]]);
    client.send({ type: 'response.create', model: 'gpt-6', input: 'x', store: false });
    await client.next();
    client.socket.pause();
    const before = process.memoryUsage().rss;
    expect((await setting.fake.calls[0]?.ended)?.how).toBe('aborted');
    // The fake upstream lives in this process too: its own socket buffers count here as well.
    expect(process.memoryUsage().rss - before).toBeLessThan(48 * 1024 * 1024);
    expect(await setting.relay.rowsOnce(1)).toMatchObject([{ status: 'aborted' }]);
    client.socket.terminate();
  });

  test('S13 half-open: one that vanished without a word is freed within a minute', async () => {
    const clock = manualClock(Date.now());
    await using setting = await start({ ports: { clock } });
    const options = { headers: setting.headers };
    await using alive = await ResponsesClient.open(setting.relay.port, options);
    await using dead = await ResponsesClient.open(setting.relay.port, { ...options, answersPings: false });
    for (const pings of [1, 2]) {
      clock.advance(25_000);
      await eventually(() => (alive.pings >= pings ? true : undefined));
      await alive.turn({ input: [], generate: false });
    }
    expect((await dead.closed()).code).toBe(1006);
    expect(textOf(await alive.turn({ input: 'Hello', store: false }))).toBe('You said: Hello');
  });

  test('is closed when the relay stops; what runs on it ends first', async () => {
    await using setting = await start();
    await using idle = await setting.open();
    await using busy = await setting.open();
    const gate = new Gate();
    setting.fake.script([waiting(gate, says('to the end'))]);
    busy.send({ type: 'response.create', model: 'gpt-6', input: 'x', store: false });
    await eventually(() => setting.fake.calls[0]);
    const stopped = setting.relay.app.stop();
    expect((await idle.closed()).code).toBe(1001);
    gate.open();
    expect(textOf(await busy.answer())).toBe('to the end');
    expect((await busy.closed()).code).toBe(1001);
    await stopped;
  });
});
