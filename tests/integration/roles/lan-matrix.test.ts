import { expect, test } from 'vitest';
import { codeAt } from '../../../app/people/totp.ts';
import { accessRoutes, adminRoot, type Route, routes } from '../../../app/server/admin/contract.ts';
import { exportPath } from '../../../app/server/admin/contract-usage.ts';
import { manualClock } from '../../../app/state/__fixtures__/manual-clock.ts';
import { LanClient } from '../../support/lan-client.ts';
import { asOwner } from '../../support/me-client.ts';
import { TestApp } from '../../support/test-app.ts';
import { adminRequest } from './callers.ts';
import { adminTable, expectedOnLan, type LanRole, lanRoles } from './expected.ts';

const password = 'correct horse battery';
const stepMs = 30_000;

interface Asked {
  readonly name: keyof typeof adminTable;
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

const isKnown = (name: string): name is keyof typeof adminTable => Object.hasOwn(adminTable, name);

const questions: readonly Asked[] = [
  ...Object.entries<Route>({ ...routes, ...accessRoutes }).flatMap(([name, route]) =>
    isKnown(name) ? [{ name, ...adminRequest(route) }] : [],
  ),
  { name: 'exportUsage', method: 'GET', path: adminRoot + exportPath },
  { name: 'downloadBackup', method: 'GET', path: `${adminRoot}/backups/unknown/file` },
];

/** It closes the very connection that it is asked over. */
const endsItself = (name: string, role: LanRole) => name === 'changeSharing' && role === 'owner';

async function start() {
  const clock = manualClock();
  const relay = await TestApp.start({ ports: { clock } });
  const lan = await LanClient.share(relay);
  expect((await asOwner(relay, 'PATCH', '/settings/admin.lan', { value: { isOn: true } })).status).toBe(200);
  return { clock, relay, lan };
}

type Rig = Awaited<ReturnType<typeof start>>;

async function enrol({ clock, relay, lan }: Rig, role: Exclude<LanRole, 'nobody'>) {
  const id = String((await asOwner(relay, 'POST', '/members', { name: role, role })).json()['id']);
  await asOwner(relay, 'POST', `/members/${id}/password`, { password });
  const begun = (await asOwner(relay, 'POST', `/members/${id}/second-factor`)).json();
  const bits = [...String(begun['secret'])].map((one) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(one).toString(2).padStart(5, '0'),
  );
  const secret = Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const code = () => codeAt(secret, Math.floor(clock.now() / stepMs));
  await asOwner(relay, 'POST', `/members/${id}/second-factor/confirm`, { code: code() });
  return async () => {
    clock.advance(stepMs);
    const client = lan.another();
    const body = JSON.stringify({ name: role, password, code: code() });
    expect((await client.send('POST', `${adminRoot}/session`, { body })).status).toBe(200);
    return client;
  };
}

test.each(lanRoles)(
  'Q15 role-matrix: from another computer every admin route answers as the table says to: %s',
  async (role) => {
    const rig = await start();
    await using _ = rig.relay;
    const signIn = role === 'nobody' ? async () => rig.lan.another() : await enrol(rig, role);
    let client = await signIn();
    const wrong: unknown[] = [];
    for (const { name, method, path, body } of questions) {
      if (endsItself(name, role)) continue;
      const state = (await client.send('GET', `${adminRoot}/session`)).json()['state'];
      if (state !== (role === 'nobody' ? 'signed-out' : 'open')) client = await signIn();
      const { status } = await client.send(method, path, body === undefined ? {} : { body });
      const expected = expectedOnLan(name, method === 'GET', role);
      if (status !== expected) wrong.push([name, { status, expected }]);
    }
    expect(wrong).toEqual([]);
    expect(questions.length).toBe(Object.keys(adminTable).length);
  },
);

test('Q15 role-matrix: a member’s own session from another computer opens their own page, and no key and no session of another kind does', async () => {
  const rig = await start();
  await using _ = rig.relay;
  const { relay, lan } = rig;
  const id = String((await asOwner(relay, 'POST', '/members', { name: 'Ada' })).json()['id']);
  const { key, secret } = await relay.app.parts.keyRepository.create({ name: 'laptop', memberId: id });
  const ada = lan.another();
  const body = JSON.stringify({ key: secret });
  const opened = await ada.send('POST', '/me/api/session', { body });
  expect([opened.status, String(opened.headers['set-cookie'])]).toEqual([
    200,
    expect.stringMatching(/HttpOnly; SameSite=Strict; Path=\/me; Secure/),
  ]);
  const owner = await (await enrol(rig, 'owner'))();
  const keyed = { 'x-api-key': secret, authorization: `Bearer ${relay.app.controlToken}` };
  const asked = [
    ['GET', '/me/', 200, 200, 200, 200],
    ['GET', '/me/api/session', 200, 200, 200, 200],
    ['GET', '/me/api/mine', 401, 401, 401, 200],
    ['GET', '/me/api/mine?memberId=other', 401, 401, 401, 400],
    ['POST', `/me/api/keys/${relay.keyId}/rotate`, 401, 401, 401, 404],
    ['POST', `/me/api/keys/${key.id}/rotate`, 401, 401, 401, 403],
    ['POST', '/me/api/oidc', 404, 404, 404, 404],
    ['GET', '/me/api/oidc/callback', 303, 303, 303, 303],
    ['GET', '/me/api/nothing', 404, 404, 404, 404],
    ['GET', '/admin/api/members', 401, 401, 200, 401],
    ['DELETE', '/me/api/session', 200, 200, 200, 200],
  ] as const;
  for (const [method, path, ...expected] of asked) {
    const answers = [
      (await lan.another().send(method, path)).status,
      (await lan.another().send(method, path, { headers: keyed })).status,
      (await owner.send(method, path)).status,
      (await ada.send(method, path)).status,
    ];
    expect([method, path, answers]).toEqual([method, path, expected]);
  }
});
