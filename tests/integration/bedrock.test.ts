import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../app/domain/clock.ts';
import { protocols } from '../../app/protocols/index.ts';
import { testAccount } from '../../app/relay/test-account.ts';
import { refuses, says } from '../support/fake-anthropic/answers.ts';
import { mismatches } from '../support/fake-anthropic/ledger-match.ts';
import { chunk, exception } from '../support/fake-bedrock/event-stream.ts';
import { FakeBedrock } from '../support/fake-bedrock/fake-bedrock.ts';
import { hello, helloWhole, TestApp } from '../support/test-app.ts';

const secret = 'madeUpSecretMadeUpSecretMadeUpSecretMade';
const model = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
const region = 'eu-central-1';

let fake: FakeBedrock;
let skewMs: number;

beforeEach(async () => {
  skewMs = 0;
  fake = await FakeBedrock.start({
    region,
    accessKeys: { AKIAMADEUP: secret, ASIAMADEUP: secret },
    sessionTokens: { ASIAMADEUP: 'made/up+token==' },
    apiKeys: ['bedrock-api-key-made-up'],
    now: () => Date.now() + skewMs,
  });
});

afterEach(() => fake.close());

/** The relay with one account on the fake. */
async function start(secretText = `AKIAMADEUP:${secret}`, endpoint = fake.url): Promise<TestApp> {
  const relay = await TestApp.start({ upstreams: 0 });
  await relay.app.parts.accountRepository.create({
    name: 'bedrock',
    provider: 'bedrock',
    settings: { region, endpoint },
    secretText,
    allowLocalUpstream: true,
    modelMap: { 'claude-*': model },
  });
  await relay.app.parts.accounts.reload();
  return relay;
}

async function expectRowsToMatch(relay: TestApp): Promise<void> {
  await fake.model.settled();
  expect(mismatches(await relay.rows(), fake.model.ledger.entries())).toEqual([]);
}

test('a Bedrock account serves a stream: signed, reframed, and metered to the token', async () => {
  await using relay = await start();
  fake.model.script([says('Grüße aus Frankfurt, in pieces')]);
  const reply = await relay.messages(hello, { 'anthropic-beta': 'context-1m-2025-08-07' });
  expect(reply.status).toBe(200);
  expect(reply.header('content-type')).toContain('text/event-stream');
  expect(reply.text).toMatch(/event: message_start[\s\S]*Grüße aus [\s\S]*event: message_stop/);
  const [seen] = fake.seen;
  expect(seen?.path).toBe('/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke-with-response-stream');
  expect(seen?.json()).toMatchObject({
    anthropic_version: 'bedrock-2023-05-31',
    anthropic_beta: ['context-1m-2025-08-07'],
  });
  expect((await relay.rows())[0]?.costNanoUsd).toBeGreaterThan(0);
  await expectRowsToMatch(relay);
});

test('Q10 cache-5m-1h-split: where Bedrock’s own count differs the model’s is billed, and the log warns', async () => {
  await using relay = await start();
  fake.model.script([says('Hi', { usage: { inputTokens: 12, cacheReadTokens: 30, outputTokens: 7 } })]);
  fake.tamper((bytes, event) => {
    if (!event.includes('"message_stop"')) return [bytes];
    const metrics = { inputTokenCount: 12, outputTokenCount: 99 };
    return [chunk(JSON.stringify({ type: 'message_stop', 'amazon-bedrock-invocationMetrics': metrics }))];
  });
  await relay.messages(hello);
  const [row] = await relay.rows();
  expect(row).toMatchObject({ inputTokens: 12, outputTokens: 7, anomalies: ['reports-differ'] });
  expect(row?.costNanoUsd).toBe(12 * 3_000 + 7 * 15_000 + 30 * 300);
  const log = () => readFileSync(join(relay.dataDir, 'logs', 'waystation.log'), 'utf8');
  await expect.poll(log).toMatch(/does not add up \(reports-differ\)/);
});

test.each([
  ['an access key', `AKIAMADEUP:${secret}`],
  ['a temporary access key', `ASIAMADEUP:${secret}:made/up+token==`],
  ['an API key', 'bedrock-api-key-made-up'],
])('%s is accepted, for streams and whole answers, by name and by ARN', async (_, secretText) => {
  await using relay = await start(secretText);
  const arn = `arn:aws:bedrock:${region}:123456789012:inference-profile/${model}`;
  for (const asked of [hello, helloWhole, { ...hello, model: arn }, { ...helloWhole, model: 'anthropic.claude-x' }]) {
    expect((await relay.messages(asked)).status).toBe(200);
  }
  await expectRowsToMatch(relay);
});

test.each([
  ['an access key', `AKIAMADEUP:${'x'.repeat(40)}`],
  ['a session token', `ASIAMADEUP:${secret}:other`],
  ['an API key', 'other'],
])('%s that is wrong makes the account need a new one', async (_, secretText) => {
  await using relay = await start(secretText);
  expect((await relay.messages()).status).toBe(503);
  expect(fake.seen).toHaveLength(2);
  expect(relay.app.parts.accounts.all()[0]?.health.state).toBe('needs-sign-in');
});

test('a throttled Bedrock account is limited, and a rejected request speaks Anthropic’s words', async () => {
  await using relay = await start();
  fake.model.script([refuses(400, { message: 'max_tokens: too large' })]);
  const reply = await relay.messages();
  expect(reply.status).toBe(400);
  expect(reply.json()).toMatchObject({
    type: 'error',
    error: { type: 'invalid_request_error', message: 'max_tokens: too large' },
  });
  fake.model.script([refuses(429)]);
  expect((await relay.messages()).status).toBe(429);
  expect(fake.seen).toHaveLength(2);
  // AWS limits each model by itself.
  expect(relay.app.parts.accounts.all()[0]?.health.limits).toMatchObject([{ scope: 'model', models: [model] }]);
});

describe('a clock that differs from AWS’s', () => {
  test.each([-3_600_000, 420_000, 86_400_000])('by %i ms is corrected by the answer’s date, once', async (byMs) => {
    skewMs = byMs;
    await using relay = await start();
    expect((await relay.messages()).status).toBe(200);
    expect(fake.seen).toHaveLength(2);
    expect((await relay.messages()).status).toBe(200);
    expect(fake.seen).toHaveLength(3);
    const [first] = await relay.rows();
    expect(first?.attempts.map(({ fault }) => fault)).toEqual(['clock-skewed', undefined]);
    expect(relay.app.parts.accounts.all()[0]?.health).toMatchObject({ state: 'active', breaker: { failures: 0 } });
  });

  test('within five minutes needs no correction', async () => {
    skewMs = 200_000;
    await using relay = await start();
    expect((await relay.messages()).status).toBe(200);
    expect(fake.seen).toHaveLength(1);
  });

  test('that is set right later is noticed as well', async () => {
    skewMs = 3_600_000;
    await using relay = await start();
    await relay.messages();
    skewMs = 0;
    expect((await relay.messages()).status).toBe(200);
  });

  test('an upstream that keeps complaining is not asked a third time, and the account is not to blame', async () => {
    await using relay = await start();
    const expired = { status: 403, type: 'RequestTimeTooSkewed', message: 'Signature expired: 20200101T000000Z' };
    fake.refuse(expired, expired);
    const reply = await relay.messages();
    expect([reply.status, fake.seen.length]).toEqual([502, 2]);
    expect(reply.text).toMatch(/clock of this computer/);
    expect(relay.app.parts.accounts.all()[0]?.health).toMatchObject({ state: 'active', breaker: { failures: 0 } });
  });

  test('an account that is only tested says what is wrong', async () => {
    skewMs = 3_600_000;
    await using relay = await start();
    const { accounts, ports, transport } = relay.app.parts;
    const view = accounts.all()[0];
    if (!view) throw new Error('no account');
    const deps = {
      clock: systemClock,
      providers: ports.providers,
      protocols,
      credential: (id: string) => accounts.credential(id),
      endpoints: () => undefined,
      send: (...given: Parameters<typeof transport.send>) => transport.send(...given),
    };
    expect(await testAccount(deps, view, model)).toMatchObject({ ok: false, message: expect.stringMatching(/clock/) });
  });
});

test('S16 bedrock-frame-corrupt: a bad checksum after content ends the stream with Anthropic’s error event', async () => {
  await using relay = await start();
  fake.tamper((bytes, event) => {
    if (event.includes('"content_block_stop"')) bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0xff;
    return [bytes];
  });
  const reply = await relay.messages();
  expect(reply.text).toContain('content_block_delta');
  expect(reply.text).toMatch(/event: error\ndata: .*api_error/);
  expect((await relay.rows())[0]).toMatchObject({ status: 'failed', basis: 'estimated' });
});

test('S16 bedrock-frame-corrupt: an exception frame before content is a fault like any other', async () => {
  await using relay = await start();
  fake.tamper(() => [exception('throttlingException', 'Too many tokens')]);
  const reply = await relay.messages();
  expect(reply.status).toBe(429);
  expect(reply.json()).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } });
});
