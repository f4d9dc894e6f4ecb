import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, createServer as createPlainServer } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LookupAll } from '../../app/accounts/address-lookup.ts';
import { type ProxyProbe, probeProxy } from '../../app/accounts/tunnel/probe.ts';
import { systemClock } from '../../app/domain/clock.ts';
import { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { FakeProxy } from '../support/fake-proxy.ts';
import { selfSigned } from '../support/self-signed.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { run, runJson } from './cli-run.ts';

const name = 'upstream.example';
const trusted = getCACertificates('default');
const lookup: LookupAll = (_name, _options, callback) => callback(null, [{ address: '203.0.113.7', family: 4 }]);

let secure: Server;
let leads: Readonly<Record<string, string>>;
/** Bytes of requests that arrived inside TLS. */
const requests: string[] = [];

beforeAll(async () => {
  const certificate = selfSigned(name);
  setDefaultCACertificates([...trusted, certificate.cert]);
  secure = createServer(certificate, (request, response) => {
    requests.push(request.url ?? '');
    response.end();
  });
  secure.listen(0, '127.0.0.1');
  await once(secure, 'listening');
  leads = {
    [name]: `127.0.0.1:${(secure.address() as AddressInfo).port}`,
    'other.example': `127.0.0.1:${(secure.address() as AddressInfo).port}`,
  };
});
afterAll(async () => {
  setDefaultCACertificates(trusted);
  secure.closeAllConnections();
  secure.close();
  await once(secure, 'close');
});

const probe = (proxy: string, origin = `https://${name}`) =>
  probeProxy(new URL(proxy), { origin, allowLocal: false, lookup, connectMs: 2_000, clock: systemClock });
const phasesOf = ({ steps }: ProxyProbe) => steps.map(({ phase, ok }) => `${phase} ${ok ? 'yes' : 'no'}`);

describe.each([
  ['HTTP', FakeProxy.http],
  ['SOCKS5', FakeProxy.socks5],
] as const)('the test of an %s proxy', (kind, start) => {
  test('says that it answers, leads to the upstream and shows its certificate, each with its time, and sends nothing', async () => {
    await using proxy = await start({ leads, credential: 'ann:p@ss' });
    const told = await probe(proxy.url);
    expect(told).toMatchObject({ ok: true, message: `The proxy leads to https://${name}.` });
    expect(phasesOf(told)).toEqual(['proxy yes', 'tunnel yes', 'tls yes']);
    for (const { ms } of told.steps) expect(ms).toBeGreaterThanOrEqual(0);
    expect(proxy.asked).toEqual([`${name}:443`]);
    expect(requests).toEqual([]);
  });

  test('tells a wrong password from rules that forbid, with what to do', async () => {
    await using proxy = await start({ leads, credential: 'ann:p@ss' });
    const wrong = await probe(proxy.url.replace('p%40ss', 'wrong'));
    expect(phasesOf(wrong)).toEqual(['proxy yes', 'tunnel no']);
    expect(wrong.message).toContain('Give its user name and password in the URL');
    await using closed = await start({ isClosed: true });
    expect((await probe(closed.url)).message).toContain('Let its rules allow this address');
  });

  test('an upstream with another certificate is not believed', async () => {
    await using proxy = await start({ leads });
    const told = await probe(proxy.url, 'https://other.example');
    expect(phasesOf(told)).toEqual(['proxy yes', 'tunnel yes', 'tls no']);
    expect(told.message).toMatch(/does not prove to be other\.example .*use another proxy/);
  });

  test('a proxy of the other kind is told apart from one that is down', async () => {
    await using proxy = await start({ leads });
    const other = proxy.url.replace(/^\w+:/, kind === 'HTTP' ? 'socks5:' : 'http:');
    const told = await probe(other);
    expect([told.ok, phasesOf(told)[0]]).toEqual([false, 'proxy yes']);
    expect(told.message).toMatch(/another kind|no answer in time/);
  });
});

test('a proxy that is down is named so, and nothing else was tried', async () => {
  const server = createPlainServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const told = await probe(`http://127.0.0.1:${port}`);
  expect(phasesOf(told)).toEqual(['proxy no']);
  expect(told.message).toMatch(/^The proxy does not answer \(connection refused\)\. Check that it runs/);
});

test('an upstream where no account may go is not asked for', async () => {
  await using proxy = await FakeProxy.http();
  const told = await probe(proxy.url, 'https://169.254.169.254');
  expect([told.ok, told.steps, told.message]).toEqual([false, [], expect.stringContaining('metadata')]);
  expect(proxy.asked).toEqual([]);
});

describe('account proxy-test', () => {
  const add = (dataDir: string, ...words: readonly string[]) =>
    runJson(['account', 'add', '--provider', 'anthropic', '--name', 'work', '--secret-stdin', ...words], {
      ...{ dataDir, stdin: 'sk-ant-made-up' },
    });

  test('prints each phase and ends well, or with exit code 1 and what to do', async () => {
    const dataDir = temporaryFolder();
    await using fake = await FakeAnthropic.start();
    await using proxy = await FakeProxy.http();
    await add(dataDir, '--base-url', fake.url, '--allow-local-upstream', '--proxy', proxy.url);
    const good = await run(['account', 'proxy-test', 'work'], { dataDir });
    expect(good.stdout).toMatch(
      /^yes {2}the proxy answers \(.+\)\nyes {2}it leads to the upstream \(.+\)\nThe proxy leads/,
    );
    expect(good.exitCode).toBe(0);
    expect(fake.calls).toEqual([]);
    await using closed = await FakeProxy.http({ isClosed: true });
    await run(['account', 'update', 'work', '--proxy', closed.url], { dataDir });
    const bad = await run(['account', 'proxy-test', 'work', '--json'], { dataDir });
    expect([bad.exitCode, JSON.parse(bad.stdout)]).toMatchObject([1, { ok: false, origin: fake.url }]);
  });

  test('an account without a proxy is told so', async () => {
    const dataDir = temporaryFolder();
    await add(dataDir);
    const { exitCode, stdout, stderr } = await run(['account', 'proxy-test', 'work'], { dataDir });
    expect([exitCode === 0, stdout + stderr]).toEqual([false, expect.stringContaining('has no proxy')]);
  });
});
