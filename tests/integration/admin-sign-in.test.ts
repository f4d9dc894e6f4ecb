import { expect, test } from 'vitest';
import { overHttp } from '../../app/cli/client.ts';
import { accessRoutes, routes } from '../../app/server/admin/contract.ts';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { AdminBrowser } from '../support/admin-client.ts';
import { TestApp } from '../support/test-app.ts';

const password = 'correct horse battery';

function operationsOf(relay: TestApp) {
  return overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
}

async function withPassword(relay: TestApp): Promise<void> {
  await operationsOf(relay).setPassword({ password });
  await operationsOf(relay).changeSetting({ name: 'admin.access', value: { allowPassword: true } });
}

test('a password is taken only once its owner allowed it', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  const browser = new AdminBrowser(relay);
  expect((await browser.ask(accessRoutes.showSession)).json()).toEqual({ state: 'signed-out', takesPassword: false });
  expect((await browser.open({ password })).status).toBe(403);
  await operationsOf(relay).setPassword({ password });
  expect((await browser.open({ password })).status).toBe(403);
  await withPassword(relay);
  expect((await browser.ask(accessRoutes.showSession)).json()).toEqual({ state: 'signed-out', takesPassword: true });
  expect((await browser.open({ password: 'wrong horse battery' })).json()).toMatchObject({
    error: { kind: 'password-wrong' },
  });
  expect((await browser.open({ password })).json()).toEqual({ signedIn: true });
  expect((await browser.ask(routes.status)).status).toBe(200);
  await operationsOf(relay).clearPassword({});
  expect((await new AdminBrowser(relay).open({ password })).status).toBe(403);
});

test('guessing passwords is slowed down, and the way by ticket stays open', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  await withPassword(relay);
  const guesses = await Promise.all(
    Array.from({ length: 14 }, (_, index) => new AdminBrowser(relay).open({ password: `guess number ${index}` })),
  );
  expect(guesses.map(({ status }) => status).sort()).toEqual([...Array(10).fill(401), ...Array(4).fill(429)]);
  expect((await new AdminBrowser(relay).open({ password })).status).toBe(429);
  await AdminBrowser.signedIn(relay);
});

test('a new password ends the other sessions, and who holds a page must know the old one', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  const mine = await AdminBrowser.signedIn(relay);
  const other = await AdminBrowser.signedIn(relay);
  expect((await mine.ask(routes.setPassword, { password })).json()).toEqual({ isSet: true });
  expect([(await mine.ask(routes.status)).status, (await other.ask(routes.status)).status]).toEqual([200, 401]);
  expect((await mine.ask(routes.setPassword, { password: 'another password' })).status).toBe(401);
  const known = { password: 'another password', current: password };
  expect((await mine.ask(routes.setPassword, known)).status).toBe(200);
});

test('sessions are listed and can be revoked', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  const mine = await AdminBrowser.signedIn(relay);
  const other = await AdminBrowser.signedIn(relay);
  const listed: unknown = JSON.parse((await mine.ask(routes.listSignIns)).text);
  const sessions = routes.listSignIns.output.parse(listed);
  expect(sessions.map(({ way, isCurrent, address }) => ({ way, isCurrent, address }))).toEqual([
    { way: 'ticket', isCurrent: true, address: '127.0.0.1' },
    { way: 'ticket', isCurrent: false, address: '127.0.0.1' },
  ]);
  expect((await mine.ask(routes.revokeSignIn, { id: sessions[1]?.id })).status).toBe(200);
  expect([(await other.ask(routes.status)).status, (await mine.ask(routes.status)).status]).toEqual([401, 200]);
});

test('an idle page locks, says so, and goes on after another sign-in', async () => {
  const clock = manualClock();
  await using relay = await TestApp.start({ upstreams: 0, ports: { clock } });
  await operationsOf(relay).changeSetting({ name: 'admin.access', value: { lockMinutes: 5 } });
  const browser = await AdminBrowser.signedIn(relay);
  clock.advance(4 * 60_000);
  // What the page asks by itself keeps nothing open.
  expect((await browser.ask(routes.status, {}, { 'x-waystation-background': '1' })).status).toBe(200);
  clock.advance(60_000);
  const locked = await browser.ask(routes.status);
  expect([locked.status, locked.json()]).toEqual([
    401,
    { error: { kind: 'locked', message: 'This page is locked. Sign in again, with: waystation open' } },
  ]);
  expect((await browser.ask(routes.createKey, { name: 'x' })).status).toBe(401);
  expect((await browser.ask(accessRoutes.showSession)).json()).toMatchObject({ state: 'locked' });
  const before = browser.cookie;
  await browser.signIn();
  expect((await browser.ask(routes.status)).status).toBe(200);
  expect(browser.cookie).not.toBe(before);
});

test('a page can be locked at once', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  const browser = await AdminBrowser.signedIn(relay);
  expect((await browser.ask(accessRoutes.lockSession)).json()).toMatchObject({ state: 'locked' });
  expect((await browser.ask(routes.listKeys)).status).toBe(401);
  expect((await browser.ask(accessRoutes.closeSession)).status).toBe(200);
});

test('a GET that another page of this computer caused is refused, although it brings no origin', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  const browser = await AdminBrowser.signedIn(relay);
  const { cookie = '' } = browser;
  for (const site of ['cross-site', 'same-site']) {
    const headers = { cookie, 'sec-fetch-site': site };
    expect((await relay.request({ path: '/admin/api/status', headers })).status).toBe(403);
  }
  const own = { cookie, 'sec-fetch-site': 'same-origin' };
  expect((await relay.request({ path: '/admin/api/status', headers: own })).status).toBe(200);
});

test('what a browser, the command line and nobody changed is recorded, without a secret', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  const browser = await AdminBrowser.signedIn(relay);
  await browser.ask(routes.createKey, { name: 'from the page' });
  await operationsOf(relay).setPassword({ password });
  await new AdminBrowser(relay).open({ ticket: 'invented' });
  const { entries, next } = await operationsOf(relay).listAudit({ limit: 3 });
  expect(entries).toMatchObject([
    { actor: 'nobody', action: 'ticket', kind: 'sign-in' },
    { actor: 'control', action: 'setPassword', kind: 'setting', object: 'admin.password', after: { value: 'secret' } },
    { actor: 'session', action: 'createKey', kind: 'key', before: null, after: { name: 'from the page' } },
  ]);
  const rest = await operationsOf(relay).listAudit({ before: next ?? '', kind: 'key' });
  expect(rest.entries).toEqual([]);
  expect(JSON.stringify(entries)).not.toMatch(/wsk_|battery/);
});
