import { expect, test } from 'vitest';
import { says } from '../support/fake-anthropic/answers.ts';
import { gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { asOwner } from '../support/me-client.ts';
import { OtherHost, otherHostMissing } from '../support/other-host.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { change } from '../support/shared-relay.ts';
import { hello, helloWhole, TestApp } from '../support/test-app.ts';

async function rig() {
  const other = OtherHost.open();
  const relay = await TestApp.start();
  const shared = await change(relay, { isOn: true, addresses: [other.here], port: 0 });
  const [{ port }] = shared['standings'] as [{ port: number }];
  const { certificate: ca } = shared['authority'] as { certificate: string };
  const url = (path: string) => `https://${other.here}:${port}${path}`;
  const messages = (body: object, headers = relay.headers()) => ({
    ...{ url: url('/v1/messages'), method: 'POST', headers, body: JSON.stringify(body), ca },
  });
  return {
    ...{ other, relay, port, ca, url, messages },
    [Symbol.asyncDispose]: async () => {
      await relay[Symbol.asyncDispose]();
      other[Symbol.dispose]();
    },
  };
}

suiteThatNeeds(otherHostMissing(), 'two hosts', () => {
  test('B11 lan-off: from another host there is nothing at all, and nothing again once sharing is off', async () => {
    await using at = await rig();
    const { other, relay } = at;
    const own = () => other.ask({ url: `http://${other.here}:${relay.port}/health` });
    expect(await own()).toMatchObject({ problem: 'ECONNREFUSED' });
    expect((await other.ask(at.messages(helloWhole))).status).toBe(200);
    await change(relay, { isOn: false });
    expect(await other.ask(at.messages(helloWhole))).toMatchObject({ problem: 'ECONNREFUSED' });
    expect(await own()).toMatchObject({ problem: 'ECONNREFUSED' });
  });

  test('B12 lan-on-admin: another host calls with a key and not without, over TLS, and reaches no admin page', async () => {
    await using at = await rig();
    const { other, relay, ca } = at;
    const { 'x-api-key': _, ...keyless } = relay.headers();
    expect((await other.ask(at.messages(helloWhole, keyless))).status).toBe(401);
    expect(await other.ask(at.messages(helloWhole))).toMatchObject({
      status: 200,
      text: expect.stringContaining('"type"'),
    });
    const headers = { authorization: `Bearer ${relay.app.controlToken}` };
    for (const path of ['/admin/', '/admin/api/status', '/admin/api/session']) {
      expect([path, (await other.ask({ url: at.url(path), headers, ca })).status]).toEqual([path, 404]);
    }
    // B13: nothing is said without encryption.
    expect((await other.ask({ url: at.url('/v1/models').replace('https:', 'http:') })).status).toBeUndefined();
    const [key] = (await relay.admin('/keys')) as [{ lastUse: { address: string } }];
    expect(key.lastUse.address).toBe(other.there);
  });

  test('Q08 key-edited: what a key of another host may do now holds with its next call', async () => {
    await using at = await rig();
    const { other, relay } = at;
    expect((await other.ask(at.messages(helloWhole))).status).toBe(200);
    await asOwner(relay, 'PATCH', `/keys/${relay.keyId}`, { addresses: ['10.9.8.7'] });
    expect((await other.ask(at.messages(helloWhole))).status).toBe(403);
    await asOwner(relay, 'PATCH', `/keys/${relay.keyId}`, { addresses: [`${other.there}/32`] });
    expect((await other.ask(at.messages(helloWhole))).status).toBe(200);
  });

  test('Q07 key-revoked-midstream: a stream to another host ends as it began, and its key opens nothing any more', async () => {
    await using at = await rig();
    const { other, relay } = at;
    const gate = new Gate();
    relay.upstream.script([gated(says('late'), { 'before-stop': gate })]);
    const running = other.begin(at.messages(hello));
    await running.piece;
    await asOwner(relay, 'PATCH', `/keys/${relay.keyId}`, { isEnabled: false });
    expect((await other.ask(at.messages(helloWhole))).status).toBe(401);
    gate.open();
    expect(await running.answer).toMatchObject({ status: 200, text: expect.stringContaining('message_stop') });
    expect(await relay.rowsOnce(1)).toMatchObject([{ status: 'completed' }]);
  });
});
