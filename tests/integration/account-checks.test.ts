import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { balanceSourceAt } from '../../app/providers/balances.ts';
import { providers } from '../../app/providers/index.ts';
import { openaiCompatible } from '../../app/providers/openai-compatible/index.ts';
import type { Provider } from '../../app/providers/provider.ts';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { refuses } from '../support/fake-anthropic/answers.ts';
import { TestApp } from '../support/test-app.ts';

const minute = 60_000;
const every = { account: { care: { testEveryMs: 30 * minute } } };
const shown = async (relay: TestApp) => await relay.admin(`/accounts/${relay.account(0).account.id}`);

describe('an account that is tested from time to time', () => {
  test('is asked for its models at first and after each interval; no usage comes of it', async () => {
    const clock = manualClock();
    await using relay = await TestApp.start({ ...every, ports: { clock } });
    const asked = () => relay.upstream.requests.map(({ method, path }) => `${method} ${path}`);
    expect(await shown(relay)).toMatchObject({ lastTest: null });
    clock.advance(10_000);
    await expect.poll(asked).toEqual(['GET /v1/models?limit=1000']);
    await expect
      .poll(() => shown(relay))
      .toMatchObject({
        lastTest: { ok: true, message: 'It works, by its list of models.', at: clock.now() },
      });
    for (let step = 0; step < 4; step += 1) {
      clock.advance(10 * minute);
      await new Promise(setImmediate);
    }
    await expect.poll(asked).toHaveLength(2);
    expect(await relay.rows()).toEqual([]);
  });

  test('that is blocked is found out, taken out of use and has it in its history, before a client runs into it', async () => {
    const clock = manualClock();
    await using relay = await TestApp.start({ ...every, ports: { clock } });
    relay.upstream.answer(() => refuses(401, { message: 'invalid x-api-key' }));
    clock.advance(10_000);
    await expect.poll(() => shown(relay)).toMatchObject({ state: 'needs-sign-in', lastTest: { ok: false } });
    const { id } = relay.account(0).account;
    expect(await relay.admin(`/accounts/${id}/errors`)).toMatchObject([
      { fault: 'credential-rejected', status: 401, detail: 'a scheduled test' },
    ]);
    expect(await relay.admin(`/accounts/${id}/timeline`)).toMatchObject([{ state: 'needs-sign-in' }]);
    // Once it needs somebody, it is left alone.
    const before = relay.upstream.requests.length;
    clock.advance(60 * minute);
    await new Promise(setImmediate);
    expect(relay.upstream.requests).toHaveLength(before);
  });
});

/** Tells a balance as DeepSeek does, whoever asks with the right key. */
async function startVendor() {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const isKnown = request.headers.authorization === 'Bearer sk-made-up';
    response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' });
    const infos = [{ currency: 'USD', total_balance: '12.34' }];
    response.end(JSON.stringify(isKnown ? { is_available: true, balance_infos: infos } : { error: {} }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('a balance', () => {
  async function startWith(url: string, secretText: string) {
    const source = () => balanceSourceAt('https://api.deepseek.com');
    const vendor = { ...openaiCompatible, balanceSource: source } as Provider;
    const ports = { providers: new Map([...providers, ['openai-compatible', vendor] as const]) };
    const relay = await TestApp.start({ upstreams: 0, ports });
    const { accountRepository, accounts } = relay.app.parts;
    const made = { name: 'vendor', provider: 'openai-compatible', settings: { baseUrl: `${url}/v1` } };
    const { id } = await accountRepository.create({ ...made, secretText, allowLocalUpstream: true });
    await accounts.reload();
    const refresh = async () =>
      (
        await relay.request({
          ...{ method: 'POST', path: `/admin/api/accounts/${id}/balance/refresh`, body: '{}' },
          headers: { authorization: `Bearer ${relay.app.controlToken}`, 'content-type': 'application/json' },
        })
      ).json();
    return { relay, id, refresh };
  }

  test('is asked by hand, kept, and shown with its time, also after a restart', async () => {
    await using vendor = await startVendor();
    const { relay, id, refresh } = await startWith(vendor.url, 'sk-made-up');
    expect(await relay.admin(`/accounts/${id}`)).toMatchObject({ balance: null });
    const told = { amounts: [{ currency: 'USD', amount: 12.34 }], isEnough: true, at: expect.any(Number) };
    expect(await refresh()).toEqual({ accountId: id, balance: told, message: 'Its upstream told it just now.' });
    expect(vendor.asked).toEqual(['GET /user/balance']);
    const restarted = await relay.restart();
    expect(await restarted.admin(`/accounts/${id}`)).toMatchObject({ balance: told });
    await restarted[Symbol.asyncDispose]();
    await relay[Symbol.asyncDispose]();
  });

  test('that is refused leaves the one that is known, and says so', async () => {
    await using vendor = await startVendor();
    const { relay, refresh } = await startWith(vendor.url, 'sk-wrong');
    expect(await refresh()).toMatchObject({
      ...{ balance: null, message: 'Its upstream could not be asked (credential-rejected: HTTP 401).' },
    });
    await relay[Symbol.asyncDispose]();
  });

  test('of an upstream that tells none is not made up', async () => {
    await using relay = await TestApp.start();
    const { id } = relay.account(0).account;
    const asked = await relay.request({
      ...{ method: 'POST', path: `/admin/api/accounts/${id}/balance/refresh`, body: '{}' },
      headers: { authorization: `Bearer ${relay.app.controlToken}`, 'content-type': 'application/json' },
    });
    expect(asked.json()).toMatchObject({ balance: null, message: expect.stringContaining('not known to tell') });
    expect(relay.upstream.requests).toEqual([]);
  });
});
