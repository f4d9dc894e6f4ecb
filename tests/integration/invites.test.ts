import { expect, test } from 'vitest';
import { overHttp } from '../../app/cli/client.ts';
import { SignInRepository } from '../../app/people/sign-in-repository.ts';
import { readJoinFragment } from '../../app/server/join/contract.ts';
import { JoinDoor } from '../../app/server/join/door.ts';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { type Answer, ask, change, type Shared, share } from '../support/shared-relay.ts';
import { helloWhole, TestApp } from '../support/test-app.ts';

const minuteMs = 60_000;
const adminOf = (relay: TestApp) => overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
const json = { 'content-type': 'application/json' };

interface Joining {
  readonly proof: unknown;
  readonly from?: string;
}

function join(shared: Shared, { proof, from }: Joining): Promise<Answer> {
  const question = { method: 'POST', path: '/join/exchange', headers: json, body: JSON.stringify(proof) };
  return ask(shared, { ...question, ...(from !== undefined && { from }) });
}

function tokenOf(link: string | undefined): string {
  return readJoinFragment(new URL(link ?? '').hash.slice(1))?.token ?? '';
}

const reasonOf = ({ text }: Answer) => JSON.parse(text).error?.reason;

test('an invite becomes a key that works at once, once, and everything is in the record', async () => {
  await using relay = await TestApp.start();
  const admin = adminOf(relay);
  await expect(admin.createInvite({ name: 'Ada' })).rejects.toThrow('Turn sharing on first');
  const shared = await share(relay);
  const issued = await admin.createInvite({ name: 'Ada', role: 'viewer' });
  expect(issued).toMatchObject({
    invite: { memberName: 'Ada', state: 'open' },
    code: expect.stringMatching(/^....-....$/),
  });
  const link = new URL(issued.links[0] ?? '');
  expect([link.origin, link.pathname, link.search]).toEqual([`https://127.0.0.2:${shared.port}`, '/join/', '']);
  expect(readJoinFragment(link.hash.slice(1))?.fingerprint).toBe(shared.fingerprint);
  const answer = await join(shared, { proof: { token: tokenOf(issued.links[0]) } });
  const { secret, ...rest } = JSON.parse(answer.text);
  expect([answer.status, rest]).toEqual([200, { keyName: 'Ada', memberName: 'Ada', urls: [link.origin] }]);
  const call = { method: 'POST', path: '/v1/messages', body: JSON.stringify(helloWhole) };
  expect((await ask(shared, { ...call, headers: { ...json, 'x-api-key': secret } })).status).toBe(200);
  const again = await join(shared, { proof: { code: issued.code } });
  expect([again.status, reasonOf(again)]).toEqual([410, 'taken']);
  expect(await admin.listInvites({})).toMatchObject([{ state: 'taken', takenBy: expect.stringMatching(/^key_/) }]);
  const { entries } = await admin.listAudit({ kind: 'invite' });
  expect(entries.map(({ actor, action }) => [actor, action])).toEqual([
    ['invite', 'takeInvite'],
    ['control', 'createInvite'],
  ]);
  expect(await admin.listRefusals({})).toMatchObject([{ route: '/join/exchange', reason: 'request-invalid' }]);
});

test('an invite is dead after 15 minutes and when it was taken back; a member who is there gets a further key', async () => {
  const clock = manualClock();
  await using relay = await TestApp.start({ ports: { clock } });
  const admin = adminOf(relay);
  const shared = await share(relay);
  const member = await admin.createMember({ name: 'Ada' });
  await expect(admin.createInvite({ name: 'ada' })).rejects.toThrow('there is one called ada already');
  const [late, revoked] = [
    await admin.createInvite({ memberId: member.id }),
    await admin.createInvite({ memberId: member.id }),
  ];
  expect((await admin.revokeInvite({ id: revoked.invite.id })).state).toBe('revoked');
  expect(reasonOf(await join(shared, { proof: { code: revoked.code } }))).toBe('revoked');
  clock.advance(15 * minuteMs);
  expect(reasonOf(await join(shared, { proof: { token: tokenOf(late.links[0]) } }))).toBe('expired');
  expect((await admin.showMember({ id: member.id })).keys).toBe(0);
  const fresh = await admin.createInvite({ memberId: member.id });
  expect((await join(shared, { proof: { code: fresh.code.toLowerCase() } })).status).toBe(200);
  expect((await admin.showMember({ id: member.id })).keys).toBe(1);
  await expect(admin.revokeInvite({ id: fresh.invite.id })).rejects.toThrow('used already');
});

test('B14 pairing-brute-force: of 10,000 guesses from 50 addresses five reach a code, which is locked and told, and the others wait', async () => {
  const clock = manualClock();
  await using relay = await TestApp.start({ ports: { clock } });
  const admin = adminOf(relay);
  await share(relay);
  const { invite, code } = await admin.createInvite({ name: 'Ada' });
  // The worst case: the guesser knows how the code begins. Sockets would only make this slow: the door is asked itself.
  const { store } = relay.app.parts;
  const door = new JoinDoor({
    ...{ ...relay.app.parts, clock, signIns: new SignInRepository(store, clock) },
    ...{ changed: () => undefined, noteRefused: () => undefined },
    audited: (change, work) => store.audited(change, work),
  });
  const outcomes = new Map<string, number>();
  for (let index = 0; index < 10_000; index += 1) {
    const guess = `${code.slice(0, 3)}${lastFive(code, index)}`;
    const guest = { address: `192.0.2.${index % 50}`, userAgent: undefined };
    const outcome = await door.take({ code: guess }, guest).then(
      () => 'taken',
      (error) => String(error.reason ?? error.kind),
    );
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    clock.advance(10);
  }
  expect(outcomes.get('unknown')).toBe(5);
  expect(outcomes.get('taken')).toBeUndefined();
  expect((await admin.listInvites({}))[0]).toMatchObject({ id: invite.id, state: 'locked' });
  expect(await admin.listAlerts({})).toMatchObject([
    { kind: 'invites-guessed', subjectName: 'Ada', used: 5, limit: 5 },
  ]);
  await expect(door.take({ code }, { address: '192.0.2.200', userAgent: undefined })).rejects.toThrow(
    'tried too often',
  );
});

/** Never those of the code. */
function lastFive(code: string, index: number): string {
  const alphabet = '23456789ABCDEFGHJKMNPQRSTWXYZ';
  const first = alphabet[(alphabet.indexOf(code[3] ?? '') + 1) % 29] ?? '';
  const rest = [29 ** 3, 29 ** 2, 29, 1].map((place) => alphabet[Math.floor(index / place) % 29]);
  return `${first}-${rest.join('')}`;
}

test('an address that brings five wrong invites has to wait, and others need not', async () => {
  const clock = manualClock();
  await using relay = await TestApp.start({ ports: { clock } });
  const shared = await share(relay);
  const { code } = await adminOf(relay).createInvite({ name: 'Ada' });
  const wrong = { proof: { token: 'x'.repeat(43) }, from: '127.0.0.9' };
  const statuses: number[] = [];
  for (let index = 0; index < 6; index += 1) statuses.push((await join(shared, wrong)).status);
  expect(statuses).toEqual([410, 410, 410, 410, 410, 429]);
  expect((await join(shared, { proof: { code }, from: '127.0.0.9' })).status).toBe(429);
  expect((await join(shared, { proof: { code }, from: '127.0.0.10' })).status).toBe(200);
});

test('only an invite as JSON is taken: no query, no form, no other fields, and nothing of it is said again', async () => {
  await using relay = await TestApp.start();
  const shared = await share(relay);
  const send = async (body: string, headers = json) => {
    const { status, text } = await ask(shared, { method: 'POST', path: '/join/exchange?token=abc', headers, body });
    expect(text).not.toContain('canary');
    return status;
  };
  expect(await send('{"token":"canary","role":"owner"}')).toBe(400);
  expect(await send('{"token":"canary",')).toBe(400);
  expect(await send('token=canary', { 'content-type': 'application/x-www-form-urlencoded' })).toBe(400);
  expect(await send(JSON.stringify({ code: 'canary'.repeat(2_000) }))).toBe(400);
  const foreign = { ...json, origin: 'https://elsewhere.example' };
  expect((await ask(shared, { method: 'POST', path: '/join/exchange', headers: foreign, body: '{}' })).status).toBe(
    403,
  );
  expect((await ask(shared, { path: '/join/exchange' })).status).toBe(404);
});

test('the join page says what to trust and where, and is as strict as every page of ours', async () => {
  await using relay = await TestApp.start();
  const shared = await share(relay);
  const host = JSON.parse((await ask(shared, { path: '/join/host' })).text);
  expect(host).toEqual({
    urls: [`https://127.0.0.2:${shared.port}`],
    encryption: 'own-authority',
    fingerprint: shared.fingerprint,
  });
  expect((await ask(shared, { path: '/join/ca.pem' })).text).toBe(shared.certificate);
  const page = await ask(shared, { path: '/join/' });
  expect([page.status, page.text]).toEqual([200, expect.stringContaining('<title>Waystation</title>')]);
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  await change(relay, { encryption: 'plain' });
  expect(await relay.request({ path: '/join/host' })).toMatchObject({ status: 404 });
});
