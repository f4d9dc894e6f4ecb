import { expect, test } from 'vitest';
import { codeAt } from '../../app/people/totp.ts';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { fromBase32 } from '../support/base32.ts';
import { asOwner, MeClient } from '../support/me-client.ts';
import { ask, share } from '../support/shared-relay.ts';
import { TestApp } from '../support/test-app.ts';

const password = 'correct horse battery';
const another = 'a staple of another colour';

async function rig() {
  const clock = manualClock();
  const relay = await TestApp.start({ upstreams: 0, ports: { clock } });
  const id = String((await asOwner(relay, 'POST', '/members', { name: 'Ada' })).json()['id']);
  await asOwner(relay, 'POST', `/members/${id}/password`, { password });
  const { secret } = await relay.app.parts.keyRepository.create({ name: 'laptop', memberId: id });
  const enter = async (credentials: object) => {
    const client = new MeClient(relay);
    return { client, status: (await client.signIn(credentials)).status };
  };
  return { ...{ clock, relay, id, secret, enter }, [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose]() };
}

test('a member changes their password, telling the one before; other sessions end and theirs goes on', async () => {
  await using at = await rig();
  const { client } = await at.enter({ name: 'Ada', password });
  const other = await at.enter({ name: 'Ada', password });
  at.clock.advance(1_000);
  const own = await client.send('GET', 'sign-in');
  expect(own.json()).toEqual({ mayChange: true, hasPassword: true, factor: { isOn: false, recoveryCodesLeft: 0 } });
  for (const body of [{ password: another }, { password: another, current: 'wrong' }]) {
    const refused = await client.send('POST', 'password', body);
    expect([refused.status, refused.json()]).toMatchObject([401, { error: { kind: 'password-wrong' } }]);
  }
  expect((await client.send('POST', 'password', { password: 'short', current: password })).status).toBe(400);
  expect((await client.send('POST', 'password', { password: another, current: password })).status).toBe(200);
  expect([(await client.mine()).status, (await other.client.mine()).status]).toEqual([200, 401]);
  expect((await at.enter({ name: 'Ada', password })).status).toBe(401);
  expect((await at.enter({ name: 'Ada', password: another })).status).toBe(200);
  const { entries } = (await at.relay.admin('/audit?action=setOwnPassword')) as { entries: readonly object[] };
  expect(entries).toMatchObject([{ actor: 'member', actorId: at.id }]);
  expect(JSON.stringify(entries)).not.toContain(another);
});

test('who guesses the password on a page left open is slowed down', async () => {
  await using at = await rig();
  const { client } = await at.enter({ name: 'Ada', password });
  const statuses: number[] = [];
  for (let count = 0; count < 7; count += 1) {
    statuses.push((await client.send('POST', 'password', { password: another, current: `${count}` })).status);
  }
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
});

test('a second factor that a member turned on is asked for, until they turn it off', async () => {
  await using at = await rig();
  const { client } = await at.enter({ name: 'Ada', password });
  expect((await client.send('POST', 'second-factor')).status).toBe(401);
  const begun = (await client.send('POST', 'second-factor', { current: password })).json();
  const code = () => codeAt(fromBase32(String(begun['secret'])), Math.floor(at.clock.now() / 30_000));
  expect(begun['address']).toMatch(/^otpauth:\/\/totp\//);
  expect((await client.send('POST', 'second-factor/confirm', { code: '000000' })).status).toBe(409);
  expect((await at.enter({ name: 'Ada', password })).status).toBe(200);
  const confirmed = await client.send('POST', 'second-factor/confirm', { code: code() });
  expect(confirmed.json()['recoveryCodes']).toHaveLength(10);
  expect((await at.enter({ name: 'Ada', password })).status).toBe(401);
  expect((await at.enter({ name: 'Ada', password, code: code() })).status).toBe(401);
  at.clock.advance(30_000);
  expect((await at.enter({ name: 'Ada', password, code: code() })).status).toBe(200);
  const [recovery = ''] = confirmed.json()['recoveryCodes'] as string[];
  expect((await at.enter({ name: 'Ada', password, code: recovery })).status).toBe(200);
  expect((await client.send('GET', 'sign-in')).json()).toMatchObject({ factor: { isOn: true, recoveryCodesLeft: 9 } });
  expect((await client.send('DELETE', 'second-factor')).status).toBe(401);
  expect((await client.send('DELETE', 'second-factor', { current: password })).status).toBe(200);
  expect((await at.enter({ name: 'Ada', password })).status).toBe(200);
});

test('with a key alone nobody changes how its member signs in', async () => {
  await using at = await rig();
  const { client } = await at.enter({ key: at.secret });
  expect((await client.send('GET', 'sign-in')).json()).toEqual({ mayChange: false, hasPassword: false, factor: null });
  const asked = [
    ['POST', 'password', { password: another, current: password }],
    ['POST', 'second-factor', { current: password }],
    ['POST', 'second-factor/confirm', { code: '000000' }],
    ['DELETE', 'second-factor', { current: password }],
  ] as const;
  for (const [method, path, body] of asked) {
    expect([path, (await client.send(method, path, body)).status]).toEqual([path, 403]);
  }
});

test('who is invited sets a password with the key that the invite gave, once and soon', async () => {
  await using at = await rig();
  const shared = await share(at.relay);
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    return await ask(shared, { method: 'POST', path, headers, body: JSON.stringify(body) });
  };
  const invited = async (name: string) => {
    const { links } = (await asOwner(at.relay, 'POST', '/invites', { name })).json();
    const [, token] = /#t=([\w-]+)/.exec(String((links as string[])[0])) ?? [];
    return String(JSON.parse((await post('/join/exchange', { token })).text)['secret']);
  };
  const bob = await invited('Bob');
  expect((await post('/join/password', { secret: bob, password: 'short' })).status).toBe(400);
  expect((await post('/join/password', { secret: bob, password: another })).status).toBe(200);
  expect((await at.enter({ name: 'Bob', password: another })).status).toBe(200);
  // It is no way to take over a member: not a second time, not with another key, not later.
  expect((await post('/join/password', { secret: bob, password })).status).toBe(401);
  expect((await post('/join/password', { secret: at.secret, password })).status).toBe(401);
  const eve = await invited('Eve');
  at.clock.advance(16 * 60_000);
  expect((await post('/join/password', { secret: eve, password })).status).toBe(401);
  const { entries } = (await at.relay.admin('/audit?action=setInvitedPassword')) as { entries: readonly object[] };
  expect(entries).toMatchObject([{ actor: 'invite' }]);
});
