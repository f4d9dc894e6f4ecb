import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CommonProxy } from '../../app/accounts/common-proxy.ts';
import { overHttp } from '../../app/cli/client.ts';
import { noAmount } from '../../app/domain/alert.ts';
import { Transport } from '../../app/relay/transport.ts';
import { FakeProxy } from '../support/fake-proxy.ts';
import { selfSigned } from '../support/self-signed.ts';
import { eventually, helloWhole, TestApp } from '../support/test-app.ts';

const name = 'upstream.example';
const trusted = getCACertificates('default');
const answer = {
  ...{ id: 'msg_1', type: 'message', role: 'assistant', model: helloWhole.model, stop_reason: 'end_turn' },
  ...{ content: [{ type: 'text', text: 'Hello' }], usage: { input_tokens: 3, output_tokens: 2 } },
};

let secure: Server;

beforeAll(async () => {
  const certificate = selfSigned(name);
  setDefaultCACertificates([...trusted, certificate.cert]);
  secure = createServer(certificate, (request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  });
  secure.listen(0, '127.0.0.1');
  await once(secure, 'listening');
});
afterAll(async () => {
  setDefaultCACertificates(trusted);
  secure.closeAllConnections();
  secure.close();
  await once(secure, 'close');
});

const leads = () => ({ [name]: `127.0.0.1:${(secure.address() as AddressInfo).port}` });
const far = { settings: { baseUrl: `https://${name}` }, allowLocalUpstream: false };

function adminOf(relay: TestApp) {
  return overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
}

test('accounts without a proxy of their own go through the common one from the next call on, and directly again without it', async () => {
  await using proxy = await FakeProxy.http({ credential: 'user:CANARY-proxy', leads: leads() });
  await using relay = await TestApp.start({ upstreams: 1, account: far });
  const admin = adminOf(relay);
  const address = new URL(proxy.url);
  address.username = 'user';
  address.password = 'CANARY-proxy';
  const set = await admin.setProxy({ proxy: address.href });
  expect(set.proxy).toEqual({ protocol: 'http', host: address.host, isReadable: true, hasPassword: true });
  expect((await relay.messages(helloWhole)).status).toBe(200);
  expect(proxy.asked).toEqual([`${name}:443`]);
  const told = JSON.stringify([await admin.showNetwork({}), await admin.listAudit({}), await admin.listSettings({})]);
  expect(told).not.toContain('CANARY-proxy');
  expect((await admin.clearProxy({})).proxy).toBeNull();
  await relay.messages(helloWhole);
  expect(proxy.asked).toHaveLength(1);
});

test('an account with an upstream on this computer, and one with its own proxy, do not go through the common one', async () => {
  await using common = await FakeProxy.http({ leads: leads() });
  await using own = await FakeProxy.socks5({ leads: leads() });
  await using near = await TestApp.start({ upstreams: 1 });
  await adminOf(near).setProxy({ proxy: common.url });
  expect((await near.messages(helloWhole)).status).toBe(200);
  await using other = await TestApp.start({ upstreams: 1, account: { ...far, proxy: own.url } });
  await adminOf(other).setProxy({ proxy: common.url });
  expect((await other.messages(helloWhole)).status).toBe(200);
  expect([common.asked, own.asked]).toEqual([[], [`${name}:443`]]);
});

test('a common proxy fails closed: one that refuses is not gone round, and one that cannot be decrypted lets nothing out', async () => {
  await using proxy = await FakeProxy.http({ isClosed: true });
  await using relay = await TestApp.start({ upstreams: 1, account: far });
  const admin = adminOf(relay);
  await admin.setProxy({ proxy: proxy.url });
  expect((await relay.messages(helloWhole)).status).toBeGreaterThanOrEqual(500);
  expect(await admin.testProxy({})).toMatchObject({ ok: false, message: expect.stringMatching(/proxy/i) });
  expect(new Set(proxy.asked)).toEqual(new Set([`${name}:443`, 'api.anthropic.com:443']));

  const { settings, vault } = relay.app.parts;
  await settings.set('network.proxy', vault.seal({ table: 'settings', row: 'other', column: 'value' }, proxy.url));
  const unreadable = await CommonProxy.open(settings, vault);
  const transport = new Transport(relay.app.parts.config.limits, { commonProxy: () => unreadable.current() });
  const request = { origin: `https://${name}`, path: '/', method: 'GET', headers: {}, body: undefined };
  const options = { proxy: undefined, allowLocal: false, firstByteMs: 2_000, signal: AbortSignal.timeout(5_000) };
  await expect(transport.send(request, options)).rejects.toThrow();
  await transport.close();
  await using restarted = await relay.restart();
  expect((await adminOf(restarted).showNetwork({})).proxy).toMatchObject({ isReadable: false });
});

const hook = { kind: 'slack', name: 'ops', types: ['failed-over'], url: `https://${name}/services/x` } as const;

test('webhooks go through the common proxy too, by the test button and by what happens, and directly again without it', async () => {
  await using proxy = await FakeProxy.http({ credential: 'user:word', leads: leads() });
  await using relay = await TestApp.start({ upstreams: 1 });
  const admin = adminOf(relay);
  await admin.setProxy({ proxy: proxy.url });
  const { id } = await admin.createWebhook({ ...hook, types: [...hook.types] });
  expect(await admin.testWebhook({ id })).toEqual({ arrived: true });
  expect(proxy.asked).toEqual([`${name}:443`]);
  const { alerts, webhooks } = relay.app.parts;
  const sentBefore = (await webhooks.find(id))?.sentAt ?? 0;
  await alerts.raise('one', { ...noAmount, kind: 'failed-over', subjectId: 'a', subjectName: 'a', used: 1 });
  await eventually(async () => ((await webhooks.find(id))?.sentAt ?? 0) > sentBefore);
  await admin.clearProxy({});
  const asked = proxy.asked.length;
  expect(await admin.testWebhook({ id })).toMatchObject({ arrived: false });
  expect(proxy.asked).toHaveLength(asked);
});

test('webhooks fail closed like accounts, and where they may not go the proxy is not asked to', async () => {
  await using closed = await FakeProxy.http({ isClosed: true });
  await using open = await FakeProxy.http();
  await using relay = await TestApp.start({ upstreams: 1 });
  const admin = adminOf(relay);
  const { commonProxy, settings, store, vault } = relay.app.parts;
  const { id } = await admin.createWebhook({ ...hook, types: [...hook.types] });
  await admin.setProxy({ proxy: closed.url });
  expect(await admin.testWebhook({ id })).toMatchObject({ arrived: false, message: expect.stringMatching(/proxy/) });
  expect(closed.asked).toEqual([`${name}:443`]);
  await settings.set('network.proxy', vault.seal({ table: 'settings', row: 'other', column: 'value' }, open.url));
  await commonProxy.reload();
  expect(await admin.testWebhook({ id })).toMatchObject({
    ...{ arrived: false, message: expect.stringContaining('the proxy for all accounts cannot be decrypted') },
  });
  await admin.setProxy({ proxy: open.url });
  await admin.updateWebhook({ id, url: 'https://192.168.1.9/x', allowLocal: true });
  // As if its owner’s word had been taken back behind our back.
  await store.db.updateTable('webhooks').set({ allow_local: 0 }).execute();
  expect(await admin.testWebhook({ id })).toMatchObject({ arrived: false });
  expect(open.asked).toEqual([]);
});

test.each(['ftp://127.0.0.1:1', 'http://169.254.169.254:3128', 'not an address', 'http://proxy.example/path'])(
  'what is no proxy (%s) is refused with an example, and nothing is stored',
  async (proxy) => {
    await using relay = await TestApp.start({ upstreams: 1 });
    const admin = adminOf(relay);
    await expect(admin.setProxy({ proxy })).rejects.toThrow(/socks5:\/\/127\.0\.0\.1:1080/);
    expect((await admin.showNetwork({})).proxy).toBeNull();
  },
);

test('a port is kept for the next start beside everything else in the config file, unless a flag or variable says it', async () => {
  await using relay = await TestApp.start({ config: { portFrom: 'default' } });
  const file = join(relay.dataDir, 'config.json');
  writeFileSync(file, '{"logLevel":"debug"}');
  const admin = adminOf(relay);
  expect(await admin.changePort({ port: 9_484 })).toMatchObject({ nextPort: 9_484, portFrom: 'default' });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ logLevel: 'debug', port: 9_484 });
  writeFileSync(file, 'no JSON');
  await expect(admin.changePort({ port: 9_485 })).rejects.toThrow(/Mend or remove it/);
  expect(readFileSync(file, 'utf8')).toBe('no JSON');
  await using given = await TestApp.start();
  await expect(adminOf(given).changePort({ port: 9_484 })).rejects.toThrow(/--port or WAYSTATION_PORT/);
});
