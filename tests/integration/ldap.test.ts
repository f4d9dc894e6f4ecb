import { expect, test } from 'vitest';
import { asOwner, MeClient } from '../support/me-client.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { people, Slapd, searcher, slapdMissing } from '../support/slapd.ts';
import { TestApp } from '../support/test-app.ts';

const passwordOf = (uid: string) => `${uid}'s password`;

async function setUp(relay: TestApp, slapd: Slapd, more: object = {}, secret: string | null = searcher.password) {
  const fields = {
    url: slapd.secureUrl,
    ca: slapd.ca,
    bindDn: searcher.dn,
    baseDn: people,
    createMembers: true,
    ...more,
  };
  const reply = await asOwner(relay, 'POST', '/directory/ldap', { fields, secret });
  expect(reply.status).toBe(200);
  expect(reply.text).not.toContain(searcher.password);
}

async function tryIt(relay: TestApp, name?: string): Promise<object> {
  return (
    await asOwner(relay, 'POST', '/directory/test', { kind: 'ldap', ...(name !== undefined && { name }) })
  ).json();
}

async function signIn(relay: TestApp, name: string, password = passwordOf(name)) {
  const client = new MeClient(relay);
  return { client, status: (await client.signIn({ name, password })).status };
}

const roles = {
  roles: [
    { group: 'relay-admins', role: 'admin' },
    { group: 'cn=relay-users,ou=groups,dc=example,dc=test', role: 'viewer' },
  ],
  otherRole: null,
};

suiteThatNeeds(slapdMissing, 'members from an LDAP directory', () => {
  test('somebody of the directory becomes a member with their first sign-in, with the role of their first group', async () => {
    await using slapd = await Slapd.start();
    await using relay = await TestApp.start({ upstreams: 0 });
    await setUp(relay, slapd, roles);
    const { client } = await signIn(relay, 'ada');
    expect((await client.mine()).json()).toMatchObject({ name: 'Ada Lovelace', signedInBy: 'ldap', keys: [] });
    expect((await signIn(relay, 'bob')).status).toBe(200);
    // By their address too, and for good the same member.
    expect((await signIn(relay, 'ada@example.test', passwordOf('ada'))).status).toBe(200);
    const members = (await relay.admin('/members')) as readonly { name: string; role: string }[];
    expect(members.map(({ name, role }) => [name, role])).toEqual([
      ['Ada Lovelace', 'admin'],
      ['Bob', 'viewer'],
    ]);
    const { entries } = (await relay.admin('/audit?action=memberSignIn')) as { entries: readonly { actor: string }[] };
    expect(entries.length).toBeGreaterThan(0);
    expect(new Set(entries.map(({ actor }) => actor))).toEqual(new Set(['member']));
    expect(JSON.stringify(entries)).not.toMatch(/password/);
    // Who is in none of the groups is not let in, and told so; a wrong password is not told apart from nobody.
    const eve = await new MeClient(relay).signIn({ name: 'eve', password: passwordOf('eve') });
    expect([eve.status, eve.text]).toEqual([401, expect.stringContaining('groups')]);
    const wrong = await new MeClient(relay).signIn({ name: 'eve', password: 'wrong' });
    const nobody = await new MeClient(relay).signIn({ name: 'nobody', password: 'wrong' });
    expect([wrong.status, wrong.text]).toEqual([nobody.status, nobody.text]);
  });

  test('without leave to make members only who is one by their address is let in, and never as an owner', async () => {
    await using slapd = await Slapd.start();
    await using relay = await TestApp.start({ upstreams: 0 });
    await setUp(relay, slapd, { createMembers: false, matchEmail: true });
    for (const [name, role] of [
      ['ada', 'owner'],
      ['bob', 'member'],
    ]) {
      await asOwner(relay, 'POST', '/members', { name: `my ${name}`, role, email: `${name}@example.test` });
    }
    expect((await signIn(relay, 'ada')).status).toBe(401);
    expect((await signIn(relay, 'eve')).status).toBe(401);
    const { client, status } = await signIn(relay, 'bob');
    expect([status, (await client.mine()).json()['name']]).toEqual([200, 'my bob']);
    await asOwner(relay, 'DELETE', '/directory/ldap');
    expect((await signIn(relay, 'bob')).status).toBe(401);
  });

  test('groups may be searched for, and a filter or a name of somebody else’s making finds nobody', async () => {
    await using slapd = await Slapd.start();
    await using relay = await TestApp.start({ upstreams: 0 });
    const filter = {
      groupFilter: '(&(objectClass=groupOfNames)(member={dn}))',
      groupBaseDn: 'ou=groups,dc=example,dc=test',
    };
    await setUp(relay, slapd, { ...roles, ...filter });
    expect((await signIn(relay, 'ada')).status).toBe(200);
    expect((await relay.admin('/members')) as object).toMatchObject([{ name: 'Ada Lovelace', role: 'admin' }]);
    const injections = [
      '*',
      'ad*',
      'ada)(uid=*',
      '*)(objectClass=*',
      'ada\\',
      'ada)(|(uid=*',
      '\\2a',
      'uid=ada',
      'ada\0',
    ];
    for (const name of injections) {
      // Each from another account: none is locked out by the tries before.
      expect([name, (await signIn(relay, name, passwordOf('ada'))).status]).toEqual([name, 401]);
    }
    expect((await signIn(relay, 'ada', '')).status).toBe(400);
  });

  test('StartTLS and LDAPS check the certificate, and a test says what failed', async () => {
    await using slapd = await Slapd.start();
    await using relay = await TestApp.start({ upstreams: 0 });
    expect(await tryIt(relay)).toMatchObject({ ok: false, step: 'set-up' });
    await setUp(relay, slapd);
    expect(await tryIt(relay)).toEqual({ ok: true, step: null, message: 'The directory answers.', person: null });
    expect(await tryIt(relay, 'bob')).toMatchObject({
      ok: true,
      person: { name: 'Bob', email: 'bob@example.test', groups: ['cn=relay-users,ou=groups,dc=example,dc=test'] },
    });
    expect(await tryIt(relay, 'nobody')).toMatchObject({ ok: false, step: 'search' });
    await setUp(relay, slapd, { url: slapd.url, startTls: true });
    expect(await tryIt(relay, 'bob')).toMatchObject({ ok: true });
    expect((await signIn(relay, 'bob')).status).toBe(200);
    // Another authority, another name, another password, nobody there.
    for (const url of [slapd.url, slapd.secureUrl]) {
      await setUp(relay, slapd, { url, startTls: url === slapd.url, ca: undefined });
      expect([url, await tryIt(relay)]).toMatchObject([url, { ok: false, step: 'connect' }]);
      expect((await signIn(relay, 'ada')).status).toBe(503);
      await setUp(relay, slapd, { url: url.replace('localhost', '127.0.0.1'), startTls: url === slapd.url });
      expect([url, await tryIt(relay)]).toMatchObject([url, { ok: false, step: 'connect' }]);
    }
    await setUp(relay, slapd, {}, 'wrong');
    expect(await tryIt(relay)).toMatchObject({ ok: false, step: 'bind' });
    await setUp(relay, slapd, { url: 'ldaps://127.0.0.1:1' });
    expect(await tryIt(relay)).toMatchObject({ ok: false, step: 'connect' });
    const plain = { fields: { url: slapd.url, baseDn: people } };
    expect((await asOwner(relay, 'POST', '/directory/ldap', plain)).status).toBe(400);
  });
});
