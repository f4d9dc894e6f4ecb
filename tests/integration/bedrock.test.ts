import { createServer, type Server } from 'node:http';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { closeAll, listen } from '../support/fake-anthropic/listen.ts';
import { hello, helloWhole, TestApp } from '../support/test-app.ts';

const usage = { input_tokens: 12, cache_creation_input_tokens: 0, cache_read_input_tokens: 30, output_tokens: 1 };
const events = [
  { type: 'message_start', message: { id: 'msg_bdrk_1', type: 'message', role: 'assistant', content: [], usage } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Grüße aus Frankfurt' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } },
  { type: 'message_stop', 'amazon-bedrock-invocationMetrics': { inputTokenCount: 12, outputTokenCount: 7 } },
] as const;

/** What the fake Bedrock saw of a request. */
interface Seen {
  readonly path: string;
  readonly authorization: string;
  readonly body: Record<string, unknown>;
}

interface Setting extends AsyncDisposable {
  readonly relay: TestApp;
  readonly seen: Seen[];
}

type Answer = { readonly status: number; readonly frames?: readonly Buffer[]; readonly json?: unknown };

async function start(answer: (path: string) => Answer): Promise<Setting> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const path = request.url ?? '';
    const authorization = request.headers.authorization ?? '';
    seen.push({ path, authorization, body: JSON.parse(Buffer.concat(chunks).toString()) });
    const { status, frames, json } = answer(path);
    const type = frames ? 'application/vnd.amazon.eventstream' : 'application/json';
    response.writeHead(status, { 'content-type': type, 'x-amzn-requestid': 'amzn-1', ...errorType(status) });
    for (const bytes of frames ?? [Buffer.from(JSON.stringify(json))]) response.write(bytes);
    response.end();
  });
  const endpoint = `http://127.0.0.1:${await listen(server, 0)}`;
  const relay = await TestApp.start({ upstreams: 0 });
  await relay.app.parts.accountRepository.create({
    name: 'bedrock',
    provider: 'bedrock',
    settings: { region: 'eu-central-1', endpoint },
    secretText: 'AKIAMADEUPMADEUPMADE:madeUpSecretMadeUpSecretMadeUpSecretMade',
    allowLocalUpstream: true,
    modelMap: { 'claude-*': 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0' },
  });
  await relay.app.parts.accounts.reload();
  return { relay, seen, [Symbol.asyncDispose]: () => stop(relay, server) };
}

async function stop(relay: TestApp, server: Server): Promise<void> {
  await relay[Symbol.asyncDispose]();
  await closeAll(server);
}

function errorType(status: number): Record<string, string> {
  return status === 429 ? { 'x-amzn-errortype': 'ThrottlingException:http://internal' } : {};
}

function frame(headers: Readonly<Record<string, string>>, payload: string): Buffer {
  const encoded = Object.entries(headers).map(([name, value]) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(Buffer.byteLength(value));
    return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7]), length, Buffer.from(value)]);
  });
  const head = Buffer.concat(encoded);
  const body = Buffer.from(payload);
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(16 + head.length + body.length, 0);
  prelude.writeUInt32BE(head.length, 4);
  const message = Buffer.concat([prelude, checksum(prelude), head, body]);
  return Buffer.concat([message, checksum(message)]);
}

function checksum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum;
}

function chunkFrame(event: object): Buffer {
  const payload = JSON.stringify({ bytes: Buffer.from(JSON.stringify(event)).toString('base64'), p: 'abcdef' });
  return frame({ ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' }, payload);
}

test('a Bedrock account serves a stream: signed, reframed, and metered to the token', async () => {
  await using setting = await start(() => ({ status: 200, frames: events.map(chunkFrame) }));
  const reply = await setting.relay.messages(hello, { 'anthropic-beta': 'context-1m-2025-08-07' });
  expect(reply.status).toBe(200);
  expect(reply.header('content-type')).toContain('text/event-stream');
  expect(reply.text).toMatch(/event: message_start[\s\S]*Grüße aus Frankfurt[\s\S]*event: message_stop/);
  const [seen] = setting.seen;
  expect(seen?.path).toBe('/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke-with-response-stream');
  expect(seen?.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIAMADEUPMADEUPMADE\/\d{8}\/eu-central-1\/bedrock\/aws4_request/,
  );
  expect(seen?.body).toMatchObject({
    anthropic_version: 'bedrock-2023-05-31',
    anthropic_beta: ['context-1m-2025-08-07'],
  });
  expect(seen?.body).not.toHaveProperty('model');
  expect(seen?.body).not.toHaveProperty('stream');
  const [row] = await setting.relay.rows();
  expect(row).toMatchObject({ status: 'completed', inputTokens: 12, cacheReadTokens: 30, outputTokens: 7 });
  expect(row?.costNanoUsd).toBeGreaterThan(0);
});

test('a Bedrock account serves a whole answer', async () => {
  const message = { id: 'msg_1', type: 'message', role: 'assistant', content: [{ type: 'text', text: 'Hi' }], usage };
  await using setting = await start(() => ({ status: 200, json: message }));
  const reply = await setting.relay.messages(helloWhole);
  expect([reply.status, reply.json()['id']]).toEqual([200, 'msg_1']);
  expect(setting.seen[0]?.path).toMatch(/\/invoke$/);
});

test('a throttled Bedrock account is limited, and a rejected request speaks Anthropic’s words', async () => {
  await using throttled = await start(() => ({ status: 429, json: { message: 'Too many requests' } }));
  expect((await throttled.relay.messages()).status).toBe(429);
  // AWS limits each model by itself.
  expect(throttled.relay.app.parts.accounts.all()[0]?.health.limits).toHaveLength(1);
  await using rejecting = await start(() => ({ status: 400, json: { message: 'max_tokens: too large' } }));
  const reply = await rejecting.relay.messages();
  expect(reply.status).toBe(400);
  expect(reply.json()).toMatchObject({
    type: 'error',
    error: { type: 'invalid_request_error', message: 'max_tokens: too large' },
  });
});

test('S16 bedrock-frame-corrupt: a bad checksum after content ends the stream with Anthropic’s error event', async () => {
  const frames = events.map(chunkFrame);
  const bad = Buffer.from(frames[3] ?? []);
  bad[bad.length - 1] = (bad[bad.length - 1] ?? 0) ^ 0xff;
  await using setting = await start(() => ({ status: 200, frames: [...frames.slice(0, 3), bad, ...frames.slice(4)] }));
  const reply = await setting.relay.messages();
  expect(reply.text).toContain('Grüße aus Frankfurt');
  expect(reply.text).toMatch(/event: error\ndata: .*api_error/);
  expect((await setting.relay.rows())[0]).toMatchObject({ status: 'failed', basis: 'estimated' });
});

test('S16 bedrock-frame-corrupt: an exception frame before content is a fault like any other', async () => {
  const exception = frame(
    { ':exception-type': 'throttlingException', ':content-type': 'application/json', ':message-type': 'exception' },
    JSON.stringify({ message: 'Too many tokens' }),
  );
  await using setting = await start(() => ({ status: 200, frames: [exception] }));
  const reply = await setting.relay.messages();
  expect(reply.status).toBe(429);
  expect(reply.json()).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } });
});
