import { expect, test } from 'vitest';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { asOwner, MeClient } from '../support/me-client.ts';
import { eventually, helloWhole, TestApp } from '../support/test-app.ts';

const password = 'correct horse battery';

interface Member {
  readonly id: string;
  readonly keyId: string;
  readonly secret: string;
}

async function addMember(relay: TestApp, name: string, more: object = {}): Promise<Member> {
  const made = await asOwner(relay, 'POST', '/members', { name, ...more });
  expect(made.status).toBe(200);
  const id = String(made.json()['id']);
  expect((await asOwner(relay, 'POST', `/members/${id}/password`, { password })).status).toBe(200);
  const { key, secret } = await relay.app.parts.keyRepository.create({ name: `${name}'s laptop`, memberId: id });
  return { id, keyId: key.id, secret };
}

async function call(relay: TestApp, secret: string): Promise<void> {
  expect((await relay.messages(helloWhole, { 'x-api-key': secret })).status).toBe(200);
}

async function signedIn(relay: TestApp, credentials: object): Promise<MeClient> {
  const client = new MeClient(relay);
  const reply = await client.signIn(credentials);
  expect([reply.status, reply.text]).toEqual([200, '{"signedIn":true}']);
  return client;
}

test('a member signs in with a key or a password and sees their own numbers, and nothing of anybody else', async () => {
  await using relay = await TestApp.start();
  const ada = await addMember(relay, 'Ada', {
    limits: [{ measure: 'requests', amount: 10, window: { kind: 'total' }, mode: 'strict' }],
  });
  const bob = await addMember(relay, 'Bob');
  await call(relay, ada.secret);
  await call(relay, ada.secret);
  await call(relay, bob.secret);
  await relay.rowsOnce(3);
  const [sum] = (await relay.admin('/usage/summary?by=member')) as [{ calls: number; costNanoUsd: number }];
  expect(sum.calls).toBe(2);
  for (const credentials of [{ key: ada.secret }, { name: ' ada ', password }]) {
    const client = await signedIn(relay, credentials);
    const reply = await client.mine();
    expect(reply.json()).toMatchObject({
      name: 'Ada',
      today: { calls: 2, costNanoUsd: sum.costNanoUsd },
      fiveHours: { calls: 2 },
      week: { calls: 2 },
      limits: [{ measure: 'requests', amount: 10, spent: 2, isShared: true }],
      keys: [{ id: ada.keyId, name: "Ada's laptop", state: 'usable', mayRotate: false }],
      days: [{ calls: 2 }],
      models: [{ model: 'claude-sonnet-4-5', calls: 2 }],
    });
    expect(reply.text).not.toMatch(new RegExp(`Bob|${bob.id}|${bob.keyId}|upstream-0|${ada.secret}`));
  }
  const bobs = await signedIn(relay, { key: bob.secret });
  expect((await bobs.mine()).json()).toMatchObject({ name: 'Bob', today: { calls: 1 }, limits: [] });
  const nobodys = await signedIn(relay, { key: relay.secret });
  expect((await nobodys.mine()).json()).toMatchObject({ name: 'test', today: { calls: 0 }, keys: [{ name: 'test' }] });
});

test('a member is told of limits that are nearly used up, their own and nobody else’s', async () => {
  const clock = manualClock();
  await using relay = await TestApp.start({ ports: { clock } });
  const window = { kind: 'calendar', unit: 'day', timeZone: 'UTC' };
  const limits = [{ measure: 'requests', amount: 2, window, mode: 'strict' }];
  const ada = await addMember(relay, 'Ada', { limits });
  const bob = await addMember(relay, 'Bob');
  await call(relay, ada.secret);
  await call(relay, ada.secret);
  const adas = await signedIn(relay, { key: ada.secret });
  const alerts = await eventually(async () => {
    const found = (await adas.mine()).json()['alerts'] as readonly object[];
    return found.length > 0 ? found : undefined;
  });
  expect(alerts).toMatchObject([{ keyName: null, percent: 100, resetsAt: expect.any(Number) }]);
  const bobs = await signedIn(relay, { key: bob.secret });
  expect((await bobs.mine()).json()['alerts']).toEqual([]);
});

test('who signs out, is suspended, gets another password or loses the key is out at once', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  const ada = await addMember(relay, 'Ada');
  const state = async (client: MeClient) => (await client.send('GET', 'session')).json()['state'];
  const out = async (change: () => Promise<unknown>, by: 'key' | 'password') => {
    const client = await signedIn(relay, by === 'key' ? { key: ada.secret } : { name: 'Ada', password });
    expect(await state(client)).toBe('open');
    await change();
    expect([await state(client), (await client.mine()).status]).toEqual(['signed-out', 401]);
  };
  const client = await signedIn(relay, { name: 'Ada', password });
  const stolen = new MeClient(relay);
  for (const [name, value] of client.cookies) stolen.cookies.set(name, value);
  expect((await client.send('DELETE', 'session')).status).toBe(200);
  expect([await state(client), await state(stolen)]).toEqual(['signed-out', 'signed-out']);

  const again = `/members/${ada.id}/resume`;
  for (const by of ['key', 'password'] as const) {
    await out(() => asOwner(relay, 'POST', `/members/${ada.id}/suspend`), by);
    expect((await new MeClient(relay).signIn({ name: 'Ada', password })).status).toBe(401);
    await asOwner(relay, 'POST', again);
  }
  const another = { password: `${password}!` };
  await out(() => asOwner(relay, 'POST', `/members/${ada.id}/password`, another), 'password');
  await asOwner(relay, 'POST', `/members/${ada.id}/password`, { password });
  await out(() => asOwner(relay, 'DELETE', `/members/${ada.id}/sign-in/password`), 'password');
  await out(() => asOwner(relay, 'POST', `/keys/${ada.keyId}/rotate`, { graceMs: 60_000 }), 'key');
  await asOwner(relay, 'DELETE', `/keys/${ada.keyId}`);
  expect((await new MeClient(relay).signIn({ key: ada.secret })).status).toBe(401);
});

test('whether somebody is known is not told: a wrong name and a wrong password are answered alike, and both lock out', async () => {
  const clock = manualClock();
  await using relay = await TestApp.start({ upstreams: 0, ports: { clock } });
  await addMember(relay, 'Ada');
  const refusals = [];
  for (const name of ['Ada', 'Nobody']) {
    const client = new MeClient(relay);
    for (let tries = 0; tries < 5; tries += 1) {
      const { status, text } = await client.signIn({ name, password: `wrong ${tries}` });
      refusals.push({ status, text });
    }
    const locked = await client.signIn({ name, password });
    expect([locked.status, locked.header('retry-after')]).toEqual([429, '60']);
    expect(locked.text).toContain('in 60 seconds');
  }
  expect(new Set(refusals.map((one) => JSON.stringify(one))).size).toBe(1);
  clock.advance(59_000);
  expect((await new MeClient(relay).signIn({ name: 'Ada', password })).header('retry-after')).toBe('1');
  clock.advance(1_000);
  await signedIn(relay, { name: 'Ada', password });
  // Keys are tried from an address: many of them lock it.
  const guesser = new MeClient(relay);
  const seen = new Set<number>();
  for (let tries = 0; tries < 40; tries += 1) seen.add((await guesser.signIn({ key: `ws-guess-${tries}` })).status);
  expect(seen).toEqual(new Set([401, 429]));
});

test('only the page of this address may ask, and what the owner turned off lets nobody in', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  const ada = await addMember(relay, 'Ada');
  const client = await signedIn(relay, { key: ada.secret });
  const foreign = { origin: 'http://192.0.2.1', 'sec-fetch-site': 'cross-site' };
  expect((await client.send('POST', 'session', { key: ada.secret }, foreign)).status).toBe(403);
  expect((await client.send('GET', 'mine', undefined, { 'sec-fetch-site': 'same-site' })).status).toBe(403);
  expect((await client.send('DELETE', 'session', {}, { 'x-waystation-csrf': '0' })).status).toBe(403);
  expect((await client.send('POST', 'session', {}, { 'content-type': 'text/plain' })).status).toBe(415);
  expect((await client.mine()).status).toBe(200);
  const rules = { value: { allowKeys: false, allowPasswords: false } };
  expect((await asOwner(relay, 'PATCH', '/settings/members.sign-in', rules)).status).toBe(200);
  expect((await client.mine()).status).toBe(401);
  expect((await client.signIn({ key: ada.secret })).status).toBe(401);
  expect((await client.signIn({ name: 'Ada', password })).status).toBe(401);
  expect((await client.send('GET', 'session')).json()).toEqual({
    state: 'signed-out',
    ways: { key: false, password: false, oidc: null },
  });
});

test('a member rotates a key only where the owner allows it, and with a key only that one', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  const ada = await addMember(relay, 'Ada');
  const bob = await addMember(relay, 'Bob');
  const second = await relay.app.parts.keyRepository.create({ name: 'desk', memberId: ada.id });
  const byKey = await signedIn(relay, { key: ada.secret });
  const byPassword = await signedIn(relay, { name: 'Ada', password });
  expect((await byPassword.send('POST', `keys/${ada.keyId}/rotate`)).status).toBe(403);
  await asOwner(relay, 'PATCH', '/settings/members.sign-in', { value: { rotateKeys: true } });
  expect((await byPassword.send('POST', `keys/${bob.keyId}/rotate`)).status).toBe(404);
  expect((await byPassword.send('POST', `keys/${relay.keyId}/rotate`)).status).toBe(404);
  expect((await byKey.send('POST', `keys/${second.key.id}/rotate`)).status).toBe(403);
  const rotated = await byPassword.send('POST', `keys/${second.key.id}/rotate`);
  expect(rotated.status).toBe(200);
  const fresh = await signedIn(relay, { key: String(rotated.json()['secret']) });
  expect((await fresh.mine()).json()).toMatchObject({ name: 'Ada' });
  const { entries } = (await relay.admin('/audit?limit=1')) as { entries: readonly object[] };
  expect(entries).toMatchObject([{ actor: 'member', actorId: ada.id, action: 'rotateOwnKey', object: second.key.id }]);
});
