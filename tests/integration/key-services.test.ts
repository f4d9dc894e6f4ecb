import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { overHttp } from '../../app/cli/client.ts';
import type { NewKey } from '../../app/keys/input.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { refuses } from '../support/fake-openai/answers.ts';
import { FakeOpenAI } from '../support/fake-openai/fake-openai.ts';
import { helloWhole, TestApp } from '../support/test-app.ts';

// One relay with an account at Anthropic, one at OpenAI and one at Azure, which goes before the others.

let relay: TestApp;
let openai: FakeOpenAI;
let azure: FakeOpenAI;

beforeEach(async () => {
  [relay, openai, azure] = await Promise.all([TestApp.start(), FakeOpenAI.start(), FakeOpenAI.start()]);
  relay.upstream.answer(({ request }) => (request.method === 'POST' ? says('Hi', usage) : undefined));
  await addAccount('openai', { baseUrl: `${openai.url}/v1` }, 40);
  await addAccount('azure-openai', { baseUrl: azure.url, mode: 'classic' }, 1);
  await relay.app.parts.accounts.reload();
});
afterEach(() => Promise.all([relay[Symbol.asyncDispose](), openai.close(), azure.close()]));

const usage = { usage: { inputTokens: 1_000, outputTokens: 100, cacheReadTokens: 0, cacheWrite5mTokens: 0 } };
const hello = { model: 'gpt-5.4', messages: [{ role: 'user', content: 'Hello' }] };

async function addAccount(provider: string, settings: object, priority: number): Promise<void> {
  const account = { name: provider, provider, settings, priority, models: ['gpt-*', 'text-*'] };
  await relay.app.parts.accountRepository.create({ ...account, secretText: 'made-up', allowLocalUpstream: true });
}

async function keyFor(services: NewKey['services'], more: Partial<NewKey> = {}) {
  const { key, secret } = await relay.app.parts.keyRepository.create({ name: 'theirs', services, ...more });
  await relay.app.parts.keys.reload();
  return { key, headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' } };
}

const post = (headers: Record<string, string>, path: string, body: object) =>
  relay.request({ method: 'POST', path, headers, body: JSON.stringify(body) });
const chat = (headers: Record<string, string>) => post(headers, '/v1/chat/completions', hello);
/** How many requests each upstream has seen. */
const seen = () => ({
  anthropic: relay.upstream.requests.length,
  openai: openai.requests.length,
  azure: azure.requests.length,
});

describe('services of a key', () => {
  test('a key that may not use Azure never reaches it: not first, not by failover, not by name, not by translation', async () => {
    const { key, headers } = await keyFor(['openai', 'anthropic']);
    expect((await chat(headers)).status).toBe(200);
    openai.answer(() => refuses(500));
    const ways = [
      await chat(headers),
      await post(headers, '/v1/embeddings', { model: 'text-embedding-3-small', input: 'Hi' }),
      await post(headers, '/v1/responses', { model: 'gpt-5.4', input: 'Hi' }),
      await post(headers, '/azure/openai/deployments/gpt-5.4/chat/completions?api-version=2024-10-21', hello),
      await post(headers, '/v1/messages', { ...helloWhole, model: 'gpt-5.4' }),
    ];
    expect(ways.every(({ status }) => status >= 400)).toBe(true);
    const bound = (await relay.app.parts.accountRepository.list()).find(({ provider }) => provider === 'azure-openai');
    await relay.app.parts.keyRepository.update(key.id, { accountId: bound?.id ?? '' });
    await relay.app.parts.keys.reload();
    const refused = await chat(headers);
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('a service that this key may not')]);
    expect(seen().azure).toBe(0);
  });

  test('a key for Azure alone reaches nothing else, in any protocol and when Azure fails', async () => {
    const { headers } = await keyFor(['azure']);
    expect((await chat(headers)).status).toBe(200);
    azure.answer(() => refuses(500));
    expect((await chat(headers)).status).toBeGreaterThanOrEqual(500);
    for (const [path, body] of [
      ['/v1/messages', helloWhole],
      ['/v1/messages', { ...helloWhole, model: 'gpt-5.4' }],
      ['/v1beta/models/gpt-5.4:generateContent', { contents: [{ parts: [{ text: 'Hi' }] }] }],
    ] as const) {
      const refused = await post(headers, path, body);
      expect([path, refused.status, refused.text]).toEqual([path, 403, expect.stringContaining('may not use the')]);
    }
    expect(seen()).toMatchObject({ anthropic: 0, openai: 0 });
    const listed = (await relay.request({ path: '/v1/models', headers })).text;
    expect([listed.includes('"gpt-'), listed.includes('"claude-')]).toEqual([true, false]);
  });

  test('the model check and the simulator say the same as a call', async () => {
    const { key } = await keyFor(['openai']);
    const admin = overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
    const plan = await admin.simulateCall({ model: 'gpt-5.4', route: 'chat', key: key.id });
    const skipped = plan.verdicts.flatMap(({ skipped: why }) => why ?? []);
    expect(skipped).toContain('service-not-allowed');
  });

  test('a call is billed as where it was served says, and held as the dearest place says', async () => {
    const { headers } = await keyFor([], { multiplier: 2 });
    const admin = overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
    await admin.changeSetting({ name: 'billing.multipliers', value: { openai: 1.5, azure: 3 } });
    await chat(headers);
    azure.answer(() => refuses(500));
    await chat(headers);
    expect((await relay.rowsOnce(2)).map(({ multiplier }) => multiplier)).toEqual([6, 3]);
  });
});
