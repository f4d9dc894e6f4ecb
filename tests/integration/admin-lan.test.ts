import { expect, test } from 'vitest';
import { codeAt } from '../../app/people/totp.ts';
import { adminRoot } from '../../app/server/admin/contract.ts';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { fromBase32 } from '../support/base32.ts';
import { LanClient } from '../support/lan-client.ts';
import { asOwner } from '../support/me-client.ts';
import { TestApp } from '../support/test-app.ts';

const password = 'correct horse battery';
const stepMs = 30_000;

interface Person {
  readonly id: string;
  readonly name: string;
  readonly secret: Buffer;
  readonly recovery: readonly string[];
}

async function rig() {
  const clock = manualClock();
  const relay = await TestApp.start({ upstreams: 0, ports: { clock } });
  const lan = await LanClient.share(relay);
  const codeOf = ({ secret }: Pick<Person, 'secret'>) => codeAt(secret, Math.floor(clock.now() / stepMs));
  const enrol = async (name: string, role: string): Promise<Person> => {
    const id = String((await asOwner(relay, 'POST', '/members', { name, role })).json()['id']);
    await asOwner(relay, 'POST', `/members/${id}/password`, { password });
    const begun = (await asOwner(relay, 'POST', `/members/${id}/second-factor`)).json();
    const secret = fromBase32(String(begun['secret']));
    const confirmed = await asOwner(relay, 'POST', `/members/${id}/second-factor/confirm`, {
      code: codeOf({ secret }),
    });
    expect(confirmed.status).toBe(200);
    clock.advance(stepMs);
    return { id, name, secret, recovery: confirmed.json()['recoveryCodes'] as string[] };
  };
  const signIn = async (client: LanClient, { name, ...given }: { name: string; code: string; password?: string }) =>
    await client.send('POST', `${adminRoot}/session`, { body: JSON.stringify({ name, password, ...given }) });
  const turn = (isOn: boolean) => asOwner(relay, 'PATCH', '/settings/admin.lan', { value: { isOn } });
  const get = (client: LanClient, path: string) => client.send('GET', adminRoot + path);
  return {
    clock,
    relay,
    lan,
    enrol,
    signIn,
    codeOf,
    turn,
    get,
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}

test('B12 lan-on-admin: it is off until it is switched on, and gone when it is switched off', async () => {
  await using at = await rig();
  const { lan, relay } = at;
  const ada = await at.enrol('Ada', 'owner');
  const control = { authorization: `Bearer ${relay.app.controlToken}` };
  for (const path of ['/admin/', '/admin/api/session', '/admin/api/status']) {
    expect([path, (await lan.send('GET', path, { headers: control })).status]).toEqual([path, 404]);
  }
  await at.turn(true);
  expect((await at.get(lan, '/session')).json()).toEqual({
    state: 'signed-out',
    takesPassword: true,
    takesMember: true,
  });
  // The token of this computer, its links and its password open nothing from elsewhere.
  expect((await lan.send('GET', '/admin/api/status', { headers: control })).status).toBe(401);
  const { ticket } = (await asOwner(relay, 'POST', '/ticket')).json();
  for (const body of [{ ticket }, { password }]) {
    expect((await lan.send('POST', '/admin/api/session', { body: JSON.stringify(body) })).status).toBe(401);
  }
  const signedIn = await at.signIn(lan, { name: 'Ada', code: at.codeOf(ada) });
  expect([signedIn.status, String(signedIn.headers['set-cookie'])]).toEqual([
    200,
    expect.stringMatching(/HttpOnly; SameSite=Strict; Path=\/admin; Secure/),
  ]);
  const session = (await at.get(lan, '/session')).json();
  expect(session).toMatchObject({ state: 'open', role: 'owner' });
  // Pages hide the rest: from the table that also refuses.
  expect(session['may']).toEqual(expect.arrayContaining(['createKey', 'changeSharing', 'status']));
  expect(session['may']).not.toContain('connectTool');
  expect((await at.get(lan, '/members')).status).toBe(200);
  expect(await relay.admin('/sign-ins')).toMatchObject([{ way: 'member', memberId: ada.id }]);
  await at.turn(false);
  expect((await at.get(lan, '/members')).status).toBe(404);
  await at.turn(true);
  expect((await at.get(lan, '/members')).status).toBe(401);
});

test('a code works once, a recovery code once, and without a second factor or a role nobody gets in', async () => {
  await using at = await rig();
  await at.turn(true);
  const ada = await at.enrol('Ada', 'admin');
  const member = await at.enrol('Bob', 'member');
  const bare = (await asOwner(at.relay, 'POST', '/members', { name: 'Eve', role: 'owner' })).json();
  await asOwner(at.relay, 'POST', `/members/${bare['id']}/password`, { password });
  const code = at.codeOf(ada);
  const tries = async (given: { name: string; code: string; password?: string }) =>
    (await at.signIn(at.lan.another(), given)).status;
  expect(await tries({ name: 'ada', code })).toBe(200);
  expect(await tries({ name: 'Ada', code })).toBe(401);
  at.clock.advance(stepMs);
  expect(await tries({ name: 'Ada', code: at.codeOf(ada), password: 'wrong' })).toBe(401);
  expect(await tries({ name: 'Ada', code: at.codeOf(ada) })).toBe(200);
  const [first = '', second = ''] = ada.recovery;
  expect(ada.recovery).toHaveLength(10);
  expect([await tries({ name: 'Ada', code: first.toUpperCase() }), await tries({ name: 'Ada', code: first })]).toEqual([
    200, 401,
  ]);
  expect(await tries({ name: 'Ada', code: second })).toBe(200);
  expect(await tries({ name: 'Bob', code: at.codeOf(member) })).toBe(401);
  expect(await tries({ name: 'Eve', code: '000000' })).toBe(401);
  const dump = JSON.stringify([
    await at.relay.app.parts.store.db.selectFrom('member_second_factors').selectAll().execute(),
    await at.relay.admin('/audit?limit=100'),
  ]);
  for (const secret of [...ada.recovery, ada.secret.toString('base64'), password]) expect(dump).not.toContain(secret);
});

test('guessing locks the account out, for an honest time, and is in the record', async () => {
  await using at = await rig();
  await at.turn(true);
  const ada = await at.enrol('Ada', 'owner');
  for (const name of ['Ada', 'nobody']) {
    for (let tries = 0; tries < 5; tries += 1) {
      expect((await at.signIn(at.lan, { name, code: String(tries).repeat(6) })).status).toBe(401);
    }
    const locked = await at.signIn(at.lan, { name, code: at.codeOf(ada) });
    expect([locked.status, locked.headers['retry-after']]).toEqual([429, '60']);
  }
  at.clock.advance(60_000);
  expect((await at.signIn(at.lan, { name: 'Ada', code: at.codeOf(ada) })).status).toBe(200);
  const { entries } = (await at.relay.admin('/audit?action=lan')) as { entries: readonly object[] };
  expect(entries.length).toBe(10);
});

test('who is demoted, suspended, gets another password or another second factor is out at once', async () => {
  await using at = await rig();
  await at.turn(true);
  const ada = await at.enrol('Ada', 'admin');
  const changes: readonly (() => Promise<unknown>)[] = [
    () => asOwner(at.relay, 'PATCH', `/members/${ada.id}`, { role: 'member' }),
    () => asOwner(at.relay, 'POST', `/members/${ada.id}/suspend`),
    () => asOwner(at.relay, 'POST', `/members/${ada.id}/password`, { password }),
    () => asOwner(at.relay, 'DELETE', `/members/${ada.id}/second-factor`),
  ];
  for (const change of changes) {
    await asOwner(at.relay, 'PATCH', `/members/${ada.id}`, { role: 'admin' });
    await asOwner(at.relay, 'POST', `/members/${ada.id}/resume`);
    at.clock.advance(stepMs);
    const client = at.lan.another();
    expect((await at.signIn(client, { name: 'Ada', code: at.codeOf(ada) })).status).toBe(200);
    expect((await at.get(client, '/status')).status).toBe(200);
    await change();
    expect([String(change), (await at.get(client, '/status')).status]).toEqual([String(change), 401]);
  }
});

test('an administrator makes nobody an owner or an administrator, and changes none', async () => {
  await using at = await rig();
  await at.turn(true);
  const owner = await at.enrol('Olga', 'owner');
  const admin = await at.enrol('Ada', 'admin');
  const bob = await at.enrol('Bob', 'member');
  await at.signIn(at.lan, { name: 'Ada', code: at.codeOf(admin) });
  const send = async (method: string, path: string, body: object = {}) =>
    (await at.lan.send(method, adminRoot + path, { body: JSON.stringify(body) })).status;
  for (const { id } of [owner, admin]) {
    expect([
      await send('PATCH', `/members/${id}`, { note: 'x' }),
      await send('POST', `/members/${id}/suspend`),
      await send('POST', `/members/${id}/password`, { password }),
      await send('DELETE', `/members/${id}/sign-in/password`),
      await send('POST', `/members/${id}/second-factor`),
      await send('DELETE', `/members/${id}/second-factor`),
      await send('DELETE', `/members/${id}`),
      await send('POST', '/invites', { memberId: id }),
    ]).toEqual(Array(8).fill(403));
  }
  for (const role of ['owner', 'admin']) {
    expect(await send('POST', '/members', { name: `new ${role}`, role })).toBe(403);
    expect(await send('PATCH', `/members/${bob.id}`, { role })).toBe(403);
  }
  expect(await send('PATCH', `/members/${bob.id}`, { role: 'viewer', note: 'reads' })).toBe(200);
  expect(await send('POST', `/members/${bob.id}/password`, { password })).toBe(200);
});
