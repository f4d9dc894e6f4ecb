import { expect, test } from 'vitest';
import { overHttp } from '../../app/cli/client.ts';
import { RawConnection } from '../support/raw-http.ts';
import { address, change, share } from '../support/shared-relay.ts';
import { helloWhole, TestApp } from '../support/test-app.ts';
import { run } from './cli-run.ts';

const adminOf = (relay: TestApp) => overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });

/** What the answer to this is called; undefined where the connection is closed without one. */
async function statusOf(port: number, lines: readonly string[]): Promise<number | undefined> {
  await using connection = await RawConnection.open(port, address);
  await connection.send(`${lines.join('\r\n')}\r\n\r\n`);
  return await Promise.race([connection.reply().then(({ status }) => status), connection.closed.then(() => undefined)]);
}

test('an invite becomes an account of another Waystation, which trusts that authority and no other', async () => {
  await using host = await TestApp.start();
  await using guest = await TestApp.start({ upstreams: 0 });
  const { fingerprint } = await share(host);
  const ofGuest = { dataDir: guest.dataDir };
  const admin = adminOf(host);
  const issued = await admin.createInvite({ name: 'Ada' });
  const [link = ''] = issued.links;
  const foreign = link.replace(/ca=.{4}/, 'ca=0000');
  const refused = await run(['join', foreign], ofGuest);
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('is not who invited you')]);
  const joinedAs = await run(['join', link, '--name', 'friend'], ofGuest);
  expect([joinedAs.exitCode, joinedAs.stdout]).toEqual([0, expect.stringContaining('You joined as Ada')]);
  await guest.app.parts.accounts.reload();
  expect((await guest.messages(helloWhole)).status).toBe(200);
  expect((await host.rowsOnce(1))[0]).toMatchObject({ status: 'completed' });
  const again = await run(['join', link], ofGuest);
  expect(again.stderr).toContain('used already');
  // By code there is no fingerprint: it is asked for, or given.
  const second = await admin.createInvite({ memberId: issued.invite.memberId });
  const byCode = ['join', second.code, '--at', new URL(link).origin, '--name', 'by code'];
  expect((await run(byCode, ofGuest)).stderr).toContain(fingerprint);
  expect(await run([...byCode, '--fingerprint', fingerprint], ofGuest)).toMatchObject({ exitCode: 0, stderr: '' });
  const listed = (await run(['invite', 'list'], { dataDir: host.dataDir })).stdout;
  expect(listed).toMatch(/Ada +taken[\s\S]+Ada +taken/);
  expect((await run(['join', 'https://relay.example.com/'], ofGuest)).stderr).toContain('That is no invite');
});

test('an account that pins an authority takes no other certificate', async () => {
  await using host = await TestApp.start();
  await using other = await TestApp.start();
  await using guest = await TestApp.start({ upstreams: 0 });
  const { port } = await share(host);
  const { certificate } = await share(other);
  await guest.app.parts.accountRepository.create({
    ...{ name: 'host', provider: 'relay', secretText: host.secret, allowLocalUpstream: true },
    settings: { baseUrl: `https://${address}:${port}`, authority: certificate },
  });
  await guest.app.parts.accounts.reload();
  expect((await guest.messages(helloWhole)).status).toBe(502);
  expect(await host.rows()).toEqual([]);
});

test('B16 proxy-headers: behind a reverse proxy its word counts, nobody else is let in, and plain requests to it are refused', async () => {
  await using relay = await TestApp.start({ key: { addresses: ['203.0.113.7'] } });
  const behind = { encryption: 'proxy', publicUrl: 'https://relay.example.com' };
  expect(await change(relay, { isOn: true, addresses: [address], port: 0, ...behind })).toMatchObject({ status: 400 });
  const shown = await change(relay, {
    isOn: true,
    addresses: [address],
    port: 0,
    ...behind,
    proxies: ['127.0.0.0/30'],
  });
  const [{ port }] = shown['standings'] as [{ port: number }];
  const ask = async (headers: readonly string[]) => {
    const lines = ['GET /v1/models HTTP/1.1', 'Host: relay.example.com', `x-api-key: ${relay.secret}`, ...headers];
    return await statusOf(port, lines);
  };
  expect(await ask(['x-forwarded-for: 203.0.113.7', 'x-forwarded-proto: https'])).toBe(200);
  expect(await ask(['x-forwarded-for: 203.0.113.8, 203.0.113.9'])).toBe(403);
  expect(await ask(['x-forwarded-for: 203.0.113.7, 203.0.113.9'])).toBe(403);
  expect(await ask(['x-real-ip: 203.0.113.7'])).toBe(403);
  expect(await ask(['x-forwarded-for: 203.0.113.7', 'x-forwarded-proto: http'])).toBe(403);
  const issued = await adminOf(relay).createInvite({ name: 'Ada' });
  expect(issued.links).toEqual([expect.stringMatching(/^https:\/\/relay\.example\.com\/join\/#t=[\w-]{43}$/)]);
  await change(relay, { proxies: ['10.0.0.1'] });
  const moved = ((await relay.admin('/sharing')) as { standings: [{ port: number }] }).standings[0].port;
  expect(await statusOf(moved, ['GET /join/ HTTP/1.1', 'Host: relay.example.com'])).toBeUndefined();
});
