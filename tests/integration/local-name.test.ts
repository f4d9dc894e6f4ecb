import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { expect, test } from 'vitest';
import { OtherHost, otherHostMissing } from '../support/other-host.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { change } from '../support/shared-relay.ts';
import { eventually, TestApp } from '../support/test-app.ts';
import { run } from './cli-run.ts';

/** Turned on at our end of the cable. */
async function shareWith(relay: TestApp, { here }: OtherHost, localName: string) {
  const shown = await change(relay, { isOn: true, addresses: [here], port: 0, localName });
  expect(shown).toMatchObject({ status: 200, standings: [{ address: here, state: 'listening' }] });
  const [{ port }] = shown['standings'] as [{ port: number }];
  return {
    port,
    url: `https://${here}:${port}/join/`,
    ca: (shown['authority'] as { certificate: string }).certificate,
  };
}

suiteThatNeeds(otherHostMissing(), 'a name on the network', () => {
  test('another host finds it by the name that was chosen, by TLS too, and is told when that is over', async () => {
    await using relay = await TestApp.start();
    using other = OtherHost.open();
    await using listening = await other.listen('my-relay.local');
    const { port, url, ca } = await shareWith(relay, other, 'my-relay');
    expect(await listening.next()).toBe(`A ${other.here} 120`);
    listening.ask();
    expect(await listening.next()).toBe(`A ${other.here} 120`);
    const { subjectAltName = '' } = new X509Certificate(await leafAt(other.here, port));
    expect(subjectAltName).toContain('DNS:my-relay.local');
    const headers = { host: `my-relay.local:${port}` };
    expect((await other.ask({ url, headers, ca })).status).toBe(200);
    expect(await relay.admin('/sharing')).not.toHaveProperty('localNameProblem');
    await change(relay, { localName: null });
    expect(await listening.next()).toBe(`A ${other.here} 0`);
  });

  test('on two networks each host hears the addresses of its own, of the kind that it asks for', async () => {
    await using relay = await TestApp.start();
    using first = OtherHost.open();
    using second = OtherHost.open(1);
    await using atFirst = await first.listen('my-relay.local');
    await using atSecond = await second.listen('my-relay.local');
    const addresses = [first.here, first.hereSix, second.hereSix];
    expect(await change(relay, { isOn: true, addresses, port: 0, localName: 'my-relay' })).toMatchObject({
      standings: addresses.map((address) => ({ address, state: 'listening' })),
    });
    const [one, other] = [await atFirst.next(), await atFirst.next()];
    expect([one, other].toSorted()).toEqual([`A ${first.here} 120`, `AAAA ${inFull(first.hereSix)} 120`]);
    // What was not chosen is not said, although it is spoken through it.
    expect(await atSecond.next()).toBe(`AAAA ${inFull(second.hereSix)} 120`);
    atFirst.ask('AAAA');
    expect(await atFirst.next()).toBe(`AAAA ${inFull(first.hereSix)} 120`);
    atFirst.ask('A');
    expect(await atFirst.next()).toBe(`A ${first.here} 120`);
    atSecond.ask('A');
    atSecond.ask('AAAA');
    expect(await atSecond.next()).toBe(`AAAA ${inFull(second.hereSix)} 120`);
    // It hears itself, written in another way.
    expect(await relay.admin('/sharing')).not.toHaveProperty('localNameProblem');
    await change(relay, { addresses: [first.here] });
    expect(await atSecond.next()).toBe(`AAAA ${inFull(second.hereSix)} 0`);
  });

  test('another host keeps a name that it has already, and the owner is told', async () => {
    await using relay = await TestApp.start();
    using other = OtherHost.open();
    await using _ = await other.listen('my-relay.local', true);
    await shareWith(relay, other, 'my-relay');
    const problem = await eventually(
      async () => ((await relay.admin('/sharing')) as { localNameProblem?: string }).localNameProblem,
    );
    expect(problem).toBe(`${other.there} calls itself my-relay.local already. Choose another name.`);
    expect(relay.warnings).toContain(problem);
  });
});

test('a name is chosen and taken back on the command line, and nonsense is refused', async () => {
  await using relay = await TestApp.start();
  const { dataDir } = relay;
  await relay.app.stop();
  const on = ['share', 'on', '--address', '127.0.0.2'];
  expect((await run([...on, '--mdns', 'my relay!'], { dataDir })).exitCode).not.toBe(0);
  const shown = await run([...on, '--mdns', 'my-relay'], { dataDir });
  expect([shown.exitCode, shown.stdout]).toEqual([0, expect.stringContaining('my-relay.local')]);
  const without = await run(['share', 'on', '--no-mdns'], { dataDir });
  expect([without.exitCode, without.stdout]).toEqual([0, expect.not.stringContaining('my-relay.local')]);
});

/** As the other host writes it: the first zeros are left out, and not the most. */
function inFull(address: string): string {
  return address.replace('fd00:0:0:', 'fd00::').replace(/::1$/, ':0:0:0:1');
}

/** The certificate that it shows. */
function leafAt(host: string, port: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, rejectUnauthorized: false });
    socket.once('secureConnect', () => resolve(socket.getPeerCertificate().raw) ?? socket.destroy());
    socket.once('error', reject);
  });
}
