import { connect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { expect, test } from 'vitest';
import { protocols } from '../../app/protocols/index.ts';
import { clientRoutes } from '../../app/server/client-routes.ts';
import { exchange, RawConnection } from '../support/raw-http.ts';
import { address, ask, change, share } from '../support/shared-relay.ts';
import { helloWhole, TestApp } from '../support/test-app.ts';

function isRefused(port: number, host = address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    socket.once('connect', () => resolve(false) ?? socket.destroy());
    socket.once('error', () => resolve(true));
  });
}

test('B11 lan-off: with sharing off no other address of this computer answers, and with it on the chosen one only', async () => {
  await using relay = await TestApp.start();
  expect(await isRefused(relay.port)).toBe(true);
  const { port } = await share(relay);
  expect(await isRefused(port)).toBe(false);
  expect(await isRefused(port, '127.0.0.3')).toBe(true);
  await change(relay, { isOn: false });
  expect(await isRefused(port)).toBe(true);
  expect((await relay.messages(helloWhole)).status).toBe(200);
});

test('B12 lan-on-admin: over the network there is no admin API whatever is sent, and relaying works with a key', async () => {
  await using relay = await TestApp.start();
  const shared = await share(relay);
  const control = { authorization: `Bearer ${relay.app.controlToken}`, 'content-type': 'application/json' };
  for (const path of ['/admin', '/admin/', '/admin/api', '/admin/api/status', '/admin/api/session', '/health', '/']) {
    for (const method of ['GET', 'POST', 'PATCH', 'DELETE']) {
      expect([path, method, (await ask(shared, { method, path, headers: control, body: '{}' })).status]).toEqual([
        path,
        method,
        404,
      ]);
    }
  }
  const foreign = { host: `127.0.0.1:${shared.port}` };
  expect(await ask(shared, { path: '/admin/api/status', headers: { ...control, ...foreign } })).toMatchObject({
    status: 421,
    text: '',
  });
  const call = { method: 'POST', path: '/v1/messages', body: JSON.stringify(helloWhole) };
  expect((await ask(shared, { ...call, headers: { 'content-type': 'application/json' } })).status).toBe(401);
  expect((await ask(shared, { ...call, headers: relay.headers() })).status).toBe(200);
});

test('B13 lan-plain-http: plain HTTP to the TLS port is closed without a byte of answer, and nothing older than TLS 1.3 is spoken', async () => {
  await using relay = await TestApp.start();
  const { port, certificate } = await share(relay);
  await using plain = await RawConnection.open(port, address);
  await plain.send(`GET /v1/models HTTP/1.1\r\nHost: ${address}:${port}\r\nx-api-key: ${relay.secret}\r\n\r\n`);
  await plain.closed;
  expect(plain.receivedBytes).toBe(0);
  const older = new Promise<string>((resolve) => {
    const socket = tlsConnect({ port, host: address, ca: certificate, maxVersion: 'TLSv1.2' });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
    socket.once('secureConnect', () => resolve('connected') ?? socket.destroy());
  });
  expect(await older).toMatch(/PROTOCOL_VERSION/);
});

test('B16 proxy-headers: what a client says of its own address and name changes nothing', async () => {
  await using relay = await TestApp.start({ key: { addresses: ['10.9.8.7'] } });
  const shared = await share(relay);
  const spoofed = {
    'x-forwarded-for': '10.9.8.7',
    'x-real-ip': '10.9.8.7',
    forwarded: 'for=10.9.8.7;host=127.0.0.1;proto=https',
    'x-forwarded-host': `127.0.0.1:${relay.port}`,
    'x-forwarded-proto': 'https',
  };
  const question = { path: '/v1/models', headers: { ...relay.headers(), ...spoofed } };
  expect((await ask(shared, question)).status).toBe(403);
  expect((await relay.request(question)).status).toBe(403);
});

test('the certificate is for the chosen names and addresses, from an authority whose key is stored sealed only', async () => {
  await using relay = await TestApp.start();
  const shared = await share(relay, { names: ['relay.lan'] });
  expect(shared.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  const names = await new Promise<string>((resolve, reject) => {
    const socket = tlsConnect({ port: shared.port, host: address, servername: 'relay.lan', ca: shared.certificate });
    socket.once('secureConnect', () => {
      resolve(String(socket.getPeerCertificate().subjectaltname));
      socket.destroy();
    });
    socket.once('error', reject);
  });
  expect(names).toBe(`IP Address:${address}, DNS:relay.lan`);
  expect(await relay.app.parts.settings.get('sharing.authority')).not.toContain('PRIVATE KEY');
  // The same authority after sharing was off, so that nobody has to trust another one.
  await change(relay, { isOn: false });
  expect((await share(relay)).fingerprint).toBe(shared.fingerprint);
});

test('calls over the network are nobody’s own: an account for the owner only does not serve them, even from this computer', async () => {
  await using relay = await TestApp.start({ account: { care: { sharing: 'only-me' } } });
  const shared = await share(relay);
  const call = { method: 'POST', path: '/v1/messages', headers: relay.headers(), body: JSON.stringify(helloWhole) };
  expect((await relay.request(call)).status).toBe(200);
  const reply = await ask(shared, call);
  expect([reply.status, relay.upstream.requests.length]).toEqual([503, 1]);
});

test('a public address is refused unless it is forced, and an address that is not there does not disturb the others', async () => {
  await using relay = await TestApp.start();
  const refused = await change(relay, { isOn: true, addresses: ['203.0.113.9'], port: 0 });
  expect(refused).toMatchObject({ status: 400, error: { message: expect.stringContaining('--allow-public') } });
  expect(await change(relay, { isOn: true, addresses: ['0.0.0.0'], port: 0 })).toMatchObject({ status: 400 });
  const shown = await change(relay, { isOn: true, addresses: ['203.0.113.9', address], port: 0, allowPublic: true });
  expect(shown['standings']).toMatchObject([{ state: 'absent' }, { state: 'listening' }]);
});

test('plain HTTP is there for who chooses it, with the same doors', async () => {
  await using relay = await TestApp.start();
  const { port } = await share(relay, { encryption: 'plain' });
  await using connection = await RawConnection.open(port, address);
  await connection.send(`GET /admin/api/status HTTP/1.1\r\nHost: ${address}:${port}\r\n\r\n`);
  expect((await connection.reply()).status).toBe(404);
  await connection.send(`GET /v1/models HTTP/1.1\r\nHost: ${address}:${port}\r\nx-api-key: ${relay.secret}\r\n\r\n`);
  expect((await connection.reply()).status).toBe(200);
  expect((await exchange(relay.port, `GET /health HTTP/1.1\r\nHost: 127.0.0.1:${relay.port}\r\n\r\n`)).status).toBe(
    200,
  );
});

test('sharing is back after a restart, and off is off', async () => {
  await using relay = await TestApp.start();
  const { port } = await share(relay);
  await change(relay, { port });
  const next = await relay.restart();
  expect(await isRefused(port)).toBe(false);
  await next.app.stop();
  expect(await isRefused(port)).toBe(true);
});

test.each(['{"isOn":true', '{"isOn":true,"addresses":["127.0.0.2"],"words":"of a newer version"}', '"on"'])(
  'settings that cannot be read share nothing, are told once, and do not keep the relay from its start: %s',
  async (stored) => {
    await using relay = await TestApp.start();
    const { port } = await share(relay);
    await relay.app.parts.settings.set('sharing', stored);
    const next = await relay.restart();
    expect([await isRefused(port), (await next.messages(helloWhole)).status]).toEqual([true, 200]);
    expect(await next.admin('/alerts')).toMatchObject([{ kind: 'sharing-unreadable', subjectId: 'sharing' }]);
    expect(await next.admin('/sharing')).toMatchObject({ isOn: false, isUnreadable: true });
    expect(await share(next)).toMatchObject({ fingerprint: expect.any(String) });
    expect(next.app.parts.alerts.isOngoing('sharing unreadable')).toBe(false);
    await next.app.stop();
  },
);

test('an authority that cannot be read opens nothing, and does not keep the relay from its start', async () => {
  await using relay = await TestApp.start();
  const { port } = await share(relay);
  await relay.app.parts.settings.set('sharing.authority', '{"cert":"of another time"}');
  const next = await relay.restart();
  expect([await isRefused(port), (await next.messages(helloWhole)).status]).toEqual([true, 200]);
  expect(await next.admin('/sharing')).toMatchObject({
    isOn: true,
    standings: [{ state: 'failed', problem: expect.stringContaining('certificate') }],
  });
  await next.app.stop();
});

test('the self-test goes to each address through its listener, and says what is in the way', async () => {
  await using relay = await TestApp.start();
  const check = async () => {
    const headers = { authorization: `Bearer ${relay.app.controlToken}`, 'content-type': 'application/json' };
    return (await relay.request({ method: 'POST', path: '/admin/api/sharing/check', headers, body: '{}' })).json();
  };
  expect(await check()).toMatchObject({ checks: [] });
  const { port } = await share(relay);
  expect(await check()).toMatchObject({ checks: [{ url: `https://${address}:${port}`, isReachable: true }] });
  const behind = { encryption: 'proxy', proxies: ['127.0.0.1'], publicUrl: `http://127.0.0.5:${port}` };
  await change(relay, behind);
  expect(await check()).toMatchObject({
    checks: [{ url: behind.publicUrl, isReachable: false, problem: expect.stringContaining('ECONNREFUSED') }],
  });
});

test('over the network every path that clients call is 401 without a key', async () => {
  await using relay = await TestApp.start();
  const shared = await share(relay);
  const headers = { 'content-type': 'application/json' };
  const paths = clientRoutes(protocols).paths.filter((path) => path !== '/' && path !== '/api/hello');
  expect(paths.length).toBeGreaterThan(50);
  for (const path of paths) {
    const asked = await ask(shared, { path, headers });
    const sent = await ask(shared, { method: 'POST', path, headers, body: '{}' });
    const statuses = new Set([asked.status, sent.status]);
    expect([path, statuses.delete(401), [...statuses].filter((status) => status !== 405)]).toEqual([path, true, []]);
  }
});
