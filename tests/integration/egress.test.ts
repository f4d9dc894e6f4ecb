import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LookupAll } from '../../app/accounts/address-lookup.ts';
import { readWhole, type UpstreamReply } from '../../app/relay/exchange.ts';
import { Transport } from '../../app/relay/transport.ts';
import { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { FakeProxy } from '../support/fake-proxy.ts';
import { selfSigned } from '../support/self-signed.ts';
import { TestApp } from '../support/test-app.ts';

const name = 'upstream.example';
const trusted = getCACertificates('default');

/** Answers every request over TLS, with a certificate for `name` that this process trusts. */
let secure: Server;
/** The names that clients wanted to speak to. */
const wantedNames: unknown[] = [];
let port: number;

beforeAll(async () => {
  const certificate = selfSigned(name);
  setDefaultCACertificates([...trusted, certificate.cert]);
  secure = createServer(certificate, (_, response) => response.end('served'));
  secure.on('secureConnection', ({ servername }) => wantedNames.push(servername));
  secure.listen(0, '127.0.0.1');
  await once(secure, 'listening');
  port = (secure.address() as AddressInfo).port;
});

afterAll(async () => {
  setDefaultCACertificates(trusted);
  secure.closeAllConnections();
  secure.close();
  await once(secure, 'close');
});

/** A resolver with these names and no others. */
function resolver(names: Readonly<Record<string, string>>): LookupAll {
  return (hostname, _options, callback) => {
    const address = names[hostname];
    if (address !== undefined) return callback(null, [{ address, family: address.includes(':') ? 6 : 4 }]);
    return callback(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), []);
  };
}

interface Way {
  readonly proxy?: string | undefined;
  readonly lookup?: LookupAll;
  readonly allowLocal?: boolean;
}

async function fetchThrough(origin: string, { proxy, lookup, allowLocal = false }: Way): Promise<string> {
  const transport = new Transport({ connectMs: 2_000, streamIdleMs: 2_000 }, { lookup });
  try {
    const request = { origin, path: '/', method: 'GET', headers: {}, body: undefined };
    const options = { proxy, allowLocal, firstByteMs: 2_000, signal: AbortSignal.timeout(10_000) };
    const reply: UpstreamReply = await transport.send(request, options);
    return (await readWhole(reply, 1_000)).toString();
  } finally {
    await transport.close();
  }
}

describe.each([
  ['HTTP', FakeProxy.http],
  ['SOCKS5', FakeProxy.socks5],
] as const)('through an %s proxy', (_kind, start) => {
  const leads = () => ({ [name]: `127.0.0.1:${port}` });
  const rejected = { phase: 'connect', detail: 'its name resolves to a local address' };

  test('A17 ssrf-config: a name over TLS is given to the proxy, and the upstream proves that it is the one', async () => {
    await using proxy = await start({ leads: leads() });
    wantedNames.length = 0;
    const lookup = resolver({ [name]: '203.0.113.7' });
    expect(await fetchThrough(`https://${name}`, { proxy: proxy.url, lookup })).toBe('served');
    expect(proxy.asked).toEqual([`${name}:443`]);
    expect(wantedNames).toEqual([name]);
  });

  test('A17 ssrf-config: also when only the proxy knows the name', async () => {
    await using proxy = await start({ leads: leads() });
    expect(await fetchThrough(`https://${name}`, { proxy: proxy.url, lookup: resolver({}) })).toBe('served');
  });

  test('A17 ssrf-config: an upstream that the proxy leads elsewhere is not believed', async () => {
    await using proxy = await start({ leads: { 'other.example': `127.0.0.1:${port}` } });
    const asked = fetchThrough('https://other.example', { proxy: proxy.url, lookup: resolver({}) });
    await expect(asked).rejects.toMatchObject({ detail: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  test.each(['127.0.0.1', '10.1.2.3', '169.254.169.254', '::1', '::ffff:169.254.169.254', '0.0.0.0'])(
    'A17 ssrf-config: a name that resolves to %s is refused before the proxy hears of it',
    async (address) => {
      await using proxy = await start();
      for (const origin of [`https://${name}`, `http://${name}`]) {
        const asked = fetchThrough(origin, { proxy: proxy.url, lookup: resolver({ [name]: address }) });
        await expect(asked).rejects.toMatchObject(rejected);
      }
      expect(proxy.asked).toEqual([]);
    },
  );

  test('A17 ssrf-config: metadata stays refused for an account that may use local upstreams', async () => {
    await using proxy = await start();
    const lookup = resolver({ [name]: '169.254.169.254' });
    const asked = fetchThrough(`https://${name}`, { proxy: proxy.url, lookup, allowLocal: true });
    await expect(asked).rejects.toMatchObject(rejected);
    for (const origin of ['http://169.254.169.254', 'http://metadata.google.internal', 'http://[fd00:ec2::254]']) {
      await expect(fetchThrough(origin, { proxy: proxy.url, allowLocal: true })).rejects.toMatchObject({
        detail: expect.stringContaining('metadata'),
      });
    }
    expect(proxy.asked).toEqual([]);
  });

  test('A17 ssrf-config: without TLS the proxy gets the very address that was checked, or nothing', async () => {
    await using fake = await FakeAnthropic.start();
    await using proxy = await start({ leads: { '203.0.113.7': `127.0.0.1:${fake.port}`, [name]: '127.0.0.1:1' } });
    const lookup = resolver({ [name]: '203.0.113.7' });
    await fetchThrough(`http://${name}`, { proxy: proxy.url, lookup });
    expect(proxy.asked).toEqual(['203.0.113.7:80']);
    expect(fake.requests[0]?.headers['host']).toBe(name);
    const unknown = fetchThrough(`http://${name}`, { proxy: proxy.url, lookup: resolver({}) });
    await expect(unknown).rejects.toMatchObject({ detail: expect.stringContaining('does not resolve') });
    expect(proxy.asked).toHaveLength(1);
  });

  test('literal addresses of both families get through as they are', async () => {
    await using fake = await FakeAnthropic.start();
    await using proxy = await start({
      leads: { '2001:db8:0:0:0:0:0:1': `127.0.0.1:${fake.port}`, '2001:db8::1': `127.0.0.1:${fake.port}` },
    });
    await fetchThrough('http://[2001:db8::1]:8080', { proxy: proxy.url });
    await fetchThrough(fake.url, { proxy: proxy.url, allowLocal: true });
    expect(proxy.asked).toEqual([expect.stringMatching(/^\[2001:db8:.*1\]:8080$/), `127.0.0.1:${fake.port}`]);
  });

  test('user name and password reach the proxy; wrong ones and closed proxies are named as what they are', async () => {
    await using fake = await FakeAnthropic.start();
    await using proxy = await start({ credential: 'ann:p@ss' });
    await using closed = await start({ isClosed: true });
    const way = { allowLocal: true };
    await expect(fetchThrough(fake.url, { ...way, proxy: proxy.url.replace('p%40ss', 'wrong') })).rejects.toMatchObject(
      {
        detail: expect.stringMatching(/^the proxy refused/),
      },
    );
    await fetchThrough(fake.url, { ...way, proxy: proxy.url });
    await expect(fetchThrough(fake.url, { ...way, proxy: closed.url })).rejects.toMatchObject({
      detail: expect.stringMatching(/^the proxy (refused the connection \(HTTP 403\)|could not connect \(its rules)/),
    });
    expect(fake.requests).toHaveLength(1);
  });

  test('a whole call goes through it, and the connection is used again', async () => {
    await using proxy = await start();
    await using relay = await TestApp.start({ account: { proxy: proxy.url } });
    expect((await relay.messages()).status).toBe(200);
    expect((await relay.messages()).status).toBe(200);
    expect(proxy.asked).toEqual([new URL(relay.upstream.url).host]);
  });
});

test('A17 ssrf-config: without a proxy a name that resolves to a local address is refused too', async () => {
  const asked = fetchThrough(`http://${name}`, { lookup: resolver({ [name]: '127.0.0.1' }) });
  await expect(asked).rejects.toMatchObject({ detail: 'its name resolves to a local address' });
});

test('a proxy that speaks something else, breaks off or says nothing fails with the reason', async () => {
  await using fake = await FakeAnthropic.start();
  const host = new URL(fake.url).host;
  const asked = fetchThrough(fake.url, { proxy: `socks5h://${host}`, allowLocal: true });
  await expect(asked).rejects.toMatchObject({ phase: 'connect', detail: expect.stringMatching(/^the proxy /) });
  expect(fake.requests).toEqual([]);
});

test('SOCKS5 brings no warning about experiments', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  await using fake = await FakeAnthropic.start();
  await using proxy = await FakeProxy.socks5();
  await fetchThrough(fake.url, { proxy: proxy.url, allowLocal: true });
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', note);
  expect(warnings.map(({ name: kind }) => kind)).toEqual([]);
});
