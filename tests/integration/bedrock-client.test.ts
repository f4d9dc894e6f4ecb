import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BedrockReframer } from '../../app/providers/bedrock/reframer.ts';
import { refuses, says } from '../support/fake-anthropic/answers.ts';
import { cut, failing } from '../support/fake-anthropic/faults.ts';
import { mismatches } from '../support/fake-anthropic/ledger-match.ts';
import { exchange, requestBytes } from '../support/raw-http.ts';
import { TestApp } from '../support/test-app.ts';

// Clients that speak Amazon Bedrock's InvokeModel, served by an account of Anthropic's own API.

const invocation = {
  anthropic_version: 'bedrock-2023-05-31',
  anthropic_beta: ['context-1m-2025-08-07'],
  max_tokens: 64,
  messages: [{ role: 'user', content: 'Hello' }],
};
const model = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

let relay: TestApp;

beforeEach(async () => {
  relay = await TestApp.start({ account: { modelMap: { '*.anthropic.*': 'claude-sonnet-4-5' } } });
});

afterEach(() => relay[Symbol.asyncDispose]());

async function invoke(verb: string, body: unknown = invocation, credential: Record<string, string> = bearer()) {
  const headers = { 'content-type': 'application/json', ...credential };
  const path = `/model/${encodeURIComponent(model)}/${verb}`;
  const request = { method: 'POST', path, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
  const reply = await exchange(relay.port, requestBytes(relay.port, request));
  const header = (name: string) => reply.headers.find(([known]) => known === name)?.[1];
  return { status: reply.status, header, text: reply.body.toString(), events: () => unframed(reply.body) };
}

function bearer(secret = relay.secret): Record<string, string> {
  return { authorization: `Bearer ${secret}` };
}

function unframed(bytes: Buffer): string {
  const reframer = new BedrockReframer();
  return Buffer.from(reframer.push(bytes)).toString() + Buffer.from(reframer.end()).toString();
}

test('a stream comes as AWS’s event stream, and its tokens are counted', async () => {
  relay.upstream.script([says('Grüße, 世界 🎉, in pieces')]);
  const reply = await invoke('invoke-with-response-stream');
  expect([reply.status, reply.header('content-type')]).toEqual([200, 'application/vnd.amazon.eventstream']);
  expect(reply.events()).toMatch(/event: message_start[\s\S]*世界[\s\S]*event: message_stop/);
  const [call] = relay.upstream.calls;
  expect(call?.json()).toEqual({
    model: 'claude-sonnet-4-5',
    stream: true,
    max_tokens: 64,
    messages: invocation.messages,
  });
  expect(call?.headers).toMatchObject({
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'context-1m-2025-08-07',
    'x-api-key': 'sk-ant-upstream-0',
  });
  expect(mismatches(await relay.rows(), await relay.ledger())).toEqual([]);
  expect((await relay.rows())[0]).toMatchObject({ model, upstreamModel: 'claude-sonnet-4-5', route: 'messages' });
});

test('a whole answer is the upstream’s own', async () => {
  relay.upstream.script([says('Hi')]);
  const reply = await invoke('invoke');
  expect([reply.status, JSON.parse(reply.text).content]).toEqual([200, [{ type: 'text', text: 'Hi' }]]);
  expect(relay.upstream.calls[0]?.json()).toMatchObject({ stream: false });
  expect(mismatches(await relay.rows(), await relay.ledger())).toEqual([]);
});

describe('what goes wrong is said in AWS’s shape', () => {
  test('a wrong key, a malformed body and a refusal of the upstream', async () => {
    relay.upstream.script([refuses(400, { message: 'max_tokens: too large' })]);
    const [stranger, malformed, rejected] = [
      await invoke('invoke', invocation, bearer(`wsk_${'x'.repeat(43)}`)),
      await invoke('invoke', '{"max_tokens":'),
      await invoke('invoke-with-response-stream'),
    ];
    expect([stranger.status, stranger.header('x-amzn-errortype')]).toEqual([401, 'AccessDeniedException']);
    expect([malformed.status, malformed.header('x-amzn-errortype')]).toEqual([400, 'ValidationException']);
    expect(Object.keys(JSON.parse(malformed.text))).toEqual(['message']);
    expect([rejected.status, rejected.text]).toEqual([400, '{"message":"max_tokens: too large"}']);
  });

  test('S02 sse-cut-mid-event: a stream that breaks ends with an exception', async () => {
    relay.upstream.script([cut(says('a long enough answer to be cut'), 'mid-data')]);
    const reply = await invoke('invoke-with-response-stream');
    expect(reply.events()).toMatch(/content_block_delta[\s\S]*event: error\ndata: .*"api_error"/);
    expect((await relay.rows())[0]).toMatchObject({ status: 'failed', basis: 'estimated' });
  });

  test('S04 error-event-in-200: after content the error is passed on as an exception', async () => {
    const error = { type: 'overloaded_error', message: 'Overloaded' };
    relay.upstream.script([failing(says('a long enough answer to fail'), 'mid-content', error)]);
    expect((await invoke('invoke-with-response-stream')).events()).toMatch(
      /event: error\ndata: .*"overloaded_error".*Overloaded/,
    );
  });
});

test('a signature with AWS keys opens nothing, and does not stand in the way of our key', async () => {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=AKIAMADEUP/20261123/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=00';
  const refused = await invoke('invoke', invocation, { authorization });
  expect([refused.status, refused.text]).toEqual([401, expect.stringContaining('AWS_BEARER_TOKEN_BEDROCK')]);
  expect((await invoke('invoke', invocation, { authorization, 'x-waystation-key': relay.secret })).status).toBe(200);
  expect(relay.upstream.calls[0]?.headers['authorization']).toBeUndefined();
});

test('what else clients of Bedrock ask for is answered quickly that it is not here', async () => {
  const headers = { authorization: `Bearer ${relay.secret}` };
  const reply = await relay.request({ path: '/inference-profiles?type=SYSTEM_DEFINED', headers });
  expect(reply.status).toBe(404);
});
