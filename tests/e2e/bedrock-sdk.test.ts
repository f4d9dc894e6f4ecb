import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BedrockClient, type BedrockOptions, fetchBedrockSdk } from '../support/bedrock-sdk.ts';
import { refuses, says, toolUse } from '../support/fake-anthropic/answers.ts';
import { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { FakeBedrock } from '../support/fake-bedrock/fake-bedrock.ts';
import { FakeSts } from '../support/fake-sts.ts';
import { rowsThatMatch } from '../support/matching-rows.ts';
import { addProviderAccount } from '../support/provider-account.ts';
import { RelayProcess } from '../support/relay-process.ts';
import { createFolder, type TemporaryFolder } from '../support/temporary-folder.ts';

/** The first run fetches the SDK. */
const fetchTimeoutMs = 300_000;

const region = 'eu-central-1';
const secret = 'madeUpSecretMadeUpSecretMadeUpSecretMade';
const model = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
const arn = `arn:aws:bedrock:${region}:123456789012:inference-profile/${model}`;
const text = 'Grüße, 世界 🎉, piece by piece';
const input = { path: 'ä/ü.txt' };
const hello = { model, max_tokens: 64, messages: [{ role: 'user' as const, content: 'Hello' }] };
const tools = [{ name: 'read_file', description: 'Reads a file', input_schema: { type: 'object' as const } }];

let makeBedrock: (options: BedrockOptions) => BedrockClient;
let sts: FakeSts;
let home: TemporaryFolder;
let relay: RelayProcess;
let fake: FakeBedrock;
let rowsBefore: number;

beforeAll(async () => {
  makeBedrock = await fetchBedrockSdk();
  sts = await FakeSts.start(secret);
  home = createFolder();
  const env = {
    AWS_CONFIG_FILE: join(home.folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home.folder, 'credentials'),
    AWS_ENDPOINT_URL_STS: sts.url,
  };
  await writeFile(env.AWS_CONFIG_FILE, '[profile dev]\nrole_arn = arn:aws:iam::1:role/Dev\nsource_profile = base\n');
  await writeFile(
    env.AWS_SHARED_CREDENTIALS_FILE,
    `[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = ${secret}\n`,
  );
  relay = await RelayProcess.start({ env });
}, fetchTimeoutMs);

afterAll(async () => {
  await relay[Symbol.asyncDispose]();
  await sts[Symbol.asyncDispose]();
  await home.remove();
});

beforeEach(async () => {
  rowsBefore = (await relay.usage()).length;
  sts.gives = { accessKeyId: 'ASIAROLE', expiresAt: Date.now() + 3_600_000 };
  fake = await FakeBedrock.start({
    region,
    accessKeys: { AKIAMADEUP: secret, ASIAMADEUP: secret, ASIAROLE: secret },
    sessionTokens: { ASIAMADEUP: 'made/up+token==', ASIAROLE: 'ASIAROLE' },
    apiKeys: ['bedrock-api-key-made-up'],
  });
});

afterEach(() => fake.close());

/** A key for one account alone. */
async function keyFor(account: Parameters<typeof addProviderAccount>[1]): Promise<string> {
  const id = await addProviderAccount(relay.dataDir, account);
  return (await relay.createKey(account.name, ['--account', id])).key;
}

async function bedrockKey(credential: string): Promise<string> {
  const { port } = new URL(fake.url);
  const settings = ['--set', `region=${region}`, '--set', `endpoint=${fake.url}`, '--allow-local-upstream'];
  return await keyFor({ provider: 'bedrock', name: `bedrock ${port}`, secret: credential, flags: settings });
}

async function expectRowsToMatch(upstream: FakeAnthropic): Promise<void> {
  expect(await rowsThatMatch(relay, upstream, rowsBefore)).toHaveLength(upstream.calls.length);
}

/** Text, a stream and a tool call, as any client of Anthropic's does it. */
async function converse(client: BedrockClient, upstream: FakeAnthropic): Promise<void> {
  upstream.script([says(text), says(text), says([toolUse('read_file', input)])]);
  const whole = await client.messages.create(hello);
  expect(whole.content).toEqual([{ type: 'text', text }]);
  const stream = client.messages.stream({ ...hello, model: arn });
  let deltas = 0;
  stream.on('text', () => {
    deltas += 1;
  });
  expect((await stream.finalMessage()).content).toEqual([{ type: 'text', text }]);
  expect(deltas).toBeGreaterThan(1);
  const called = await client.messages.stream({ ...hello, tools }).finalMessage();
  expect(called.content).toMatchObject([{ type: 'tool_use', name: 'read_file', input }]);
}

async function errorOf(asked: PromiseLike<unknown>): Promise<Error & { readonly status?: number }> {
  return await asked.then(
    () => expect.fail('No error came'),
    (error: Error) => error,
  );
}

describe('the official Bedrock SDK straight on the fake, which checks as Amazon does', () => {
  test.each([
    ['an access key', { apiKey: null, awsAccessKey: 'AKIAMADEUP', awsSecretKey: secret }],
    [
      'a temporary access key',
      { apiKey: null, awsAccessKey: 'ASIAMADEUP', awsSecretKey: secret, awsSessionToken: 'made/up+token==' },
    ],
    ['an API key', { apiKey: 'bedrock-api-key-made-up' }],
  ])('is accepted with %s', async (_, credential) => {
    await converse(makeBedrock({ baseURL: fake.url, awsRegion: region, maxRetries: 0, ...credential }), fake.model);
  });

  test('is refused with another secret', async () => {
    const credential = { apiKey: null, awsAccessKey: 'AKIAMADEUP', awsSecretKey: 'other' };
    const client = makeBedrock({ baseURL: fake.url, awsRegion: region, maxRetries: 0, ...credential });
    expect((await errorOf(client.messages.create(hello))).status).toBe(403);
  });
});

describe('the official Anthropic SDK served by a Bedrock account', () => {
  test.each([
    ['an access key', `AKIAMADEUP:${secret}`],
    ['a temporary access key', `ASIAMADEUP:${secret}:made/up+token==`],
    ['an API key', 'bedrock-api-key-made-up'],
    ['a role of a profile of AWS’s shared files', 'default-chain:dev'],
  ])('with %s', async (_, credential) => {
    const authToken = await bedrockKey(credential);
    await converse(new Anthropic({ authToken, apiKey: null, baseURL: relay.url, maxRetries: 0 }), fake.model);
    await expectRowsToMatch(fake.model);
  });

  test('hears Amazon’s refusals as Anthropic’s own', async () => {
    const authToken = await bedrockKey(`AKIAMADEUP:${secret}`);
    const client = new Anthropic({ authToken, apiKey: null, baseURL: relay.url, maxRetries: 0 });
    fake.model.script([refuses(400, { message: 'messages: what is this?' })]);
    const error = await errorOf(client.messages.create(hello));
    expect(error).toBeInstanceOf(Anthropic.BadRequestError);
    expect(error.message).toContain('messages: what is this?');
  });
});

describe('the official Bedrock SDK served by the relay', () => {
  const through = (apiKey: string) => makeBedrock({ baseURL: relay.url, awsRegion: region, maxRetries: 0, apiKey });

  test('from a Bedrock account', async () => {
    await converse(through(await bedrockKey(`AKIAMADEUP:${secret}`)), fake.model);
    await expectRowsToMatch(fake.model);
    expect(fake.seen[0]?.json()).toMatchObject({ anthropic_version: '2026-10-21' });
  });

  test('from an account of Anthropic’s own API', async () => {
    await using upstream = await FakeAnthropic.start();
    const flags = ['--map', 'arn:*=claude-sonnet-5-5', '--map', 'eu.*=claude-sonnet-5-5'];
    const account = { provider: 'anthropic', name: `anthropic ${upstream.port}`, secret: 'sk-ant-first', flags };
    await converse(through(await keyFor({ ...account, baseUrl: upstream.url })), upstream);
    await expectRowsToMatch(upstream);
    expect(upstream.calls[0]?.headers['anthropic-version']).toBe('2026-10-21');
  });

  test('hears refusals as its own errors, also of the relay itself', async () => {
    const client = through(await bedrockKey(`AKIAMADEUP:${secret}`));
    fake.model.script([refuses(400, { message: 'messages: what is this?' })]);
    const refused = await errorOf(client.messages.create(hello));
    expect([refused.status, refused.message]).toEqual([400, expect.stringContaining('messages: what is this?')]);
    const unknown = await errorOf(through(`wsk_${'x'.repeat(43)}`).messages.create(hello));
    expect([unknown.status, unknown.message]).toEqual([401, expect.stringMatching(/key/i)]);
  });
});
