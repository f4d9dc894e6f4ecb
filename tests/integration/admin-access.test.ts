import { describe, expect, test } from 'vitest';
import { overHttp } from '../../app/cli/client.ts';
import { accessRoutes, adminRoot, type Route, requestFor, routes } from '../../app/server/admin/contract.ts';
import { TestApp } from '../support/test-app.ts';

type Headers = Readonly<Record<string, string>>;

const json = { 'content-type': 'application/json' };
const allRoutes: readonly (readonly [string, Route])[] = Object.entries({ ...routes, ...accessRoutes });
const mutations = allRoutes.filter(([, { method }]) => method !== 'GET');

/** What stands in the path. */
function namesIn({ path }: Route): Record<string, string> {
  return Object.fromEntries([...path.matchAll(/:(\w+)/g)].map(([, name = '']) => [name, 'unknown']));
}

function ask(relay: TestApp, route: Route, { headers = {}, body }: { headers?: Headers; body?: string } = {}) {
  const { method, path, body: usual } = requestFor(route, namesIn(route));
  const sent = body ?? usual;
  return relay.request({ method, path, headers, ...(sent === undefined ? {} : { body: sent }) });
}

function control(relay: TestApp): Headers {
  return { ...json, authorization: `Bearer ${relay.app.controlToken}` };
}

/** What our own page sends without being signed in. */
function page(relay: TestApp): Headers {
  return { ...json, origin: `http://127.0.0.1:${relay.port}`, 'x-waystation-csrf': '1' };
}

async function signIn(relay: TestApp): Promise<{ readonly cookie: string; readonly setCookie: string }> {
  const made = await ask(relay, accessRoutes.createTicket, { headers: control(relay), body: '{}' });
  const body = JSON.stringify({ ticket: made.json()['ticket'] });
  const opened = await ask(relay, accessRoutes.openSession, { headers: page(relay), body });
  expect(opened.json()).toEqual({ signedIn: true });
  const setCookie = opened.header('set-cookie') ?? '';
  return { setCookie, cookie: setCookie.split(';', 1)[0] ?? '' };
}

function operationsOf(relay: TestApp) {
  return overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
}

/** All that is stored. */
async function dump(relay: TestApp): Promise<string> {
  const { db } = relay.app.parts.store;
  const tables = ['accounts', 'account_health', 'keys', 'usage', 'settings'] as const;
  return JSON.stringify(await Promise.all(tables.map((table) => db.selectFrom(table).selectAll().execute())));
}

describe('who may ask', () => {
  test('nobody without a credential, on any route', async () => {
    await using relay = await TestApp.start({ upstreams: 0 });
    for (const [name, route] of allRoutes) {
      const reply = await ask(relay, route, { headers: json });
      const isOpen = route === accessRoutes.showSession;
      expect([name, reply.status]).toEqual([name, isOpen ? 200 : route.method === 'GET' ? 401 : 403]);
    }
    const signedOut = await ask(relay, routes.status);
    expect(signedOut.json()).toEqual({
      error: { kind: 'signed-out', message: 'You are not signed in. Open the admin UI with: waystation open' },
    });
  });

  test('nobody with a key for clients, a wrong token or an invented cookie', async () => {
    await using relay = await TestApp.start({ upstreams: 0 });
    const wrong: readonly Headers[] = [
      { authorization: `Bearer ${relay.secret}` },
      { 'x-api-key': relay.secret },
      { authorization: 'Bearer ' },
      { authorization: `Bearer ${relay.app.controlToken}x` },
      { authorization: `Basic ${relay.app.controlToken}` },
      { cookie: `waystation_${relay.port}=${relay.app.controlToken}` },
    ];
    for (const headers of wrong) expect((await ask(relay, routes.status, { headers })).status).toBe(401);
  });

  test('who holds the control token, without an origin', async () => {
    await using relay = await TestApp.start({ upstreams: 0 });
    const reply = await ask(relay, routes.status, { headers: control(relay) });
    expect(reply.json()).toMatchObject({ state: 'running', pid: process.pid, url: `http://127.0.0.1:${relay.port}` });
    expect([reply.header('cache-control'), reply.header('x-content-type-options')]).toEqual(['no-store', 'nosniff']);
  });

  test('a signed-in page, and only until it signs out', async () => {
    await using relay = await TestApp.start({ upstreams: 0 });
    const { cookie, setCookie } = await signIn(relay);
    expect(setCookie).toMatch(/^waystation_\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/admin$/);
    expect((await ask(relay, routes.status, { headers: { cookie } })).status).toBe(200);
    const created = await ask(relay, routes.createKey, {
      headers: { ...page(relay), cookie },
      body: '{"name":"page"}',
    });
    expect(created.status).toBe(200);
    const left = await ask(relay, accessRoutes.closeSession, { headers: { ...page(relay), cookie } });
    expect(left.header('set-cookie')).toMatch(/=; .*Max-Age=0$/);
    expect((await ask(relay, routes.status, { headers: { cookie } })).status).toBe(401);
  });

  test('a ticket is made for the holder of the control token only, and works once', async () => {
    await using relay = await TestApp.start({ upstreams: 0 });
    const { cookie } = await signIn(relay);
    expect((await ask(relay, accessRoutes.createTicket, { headers: { ...page(relay), cookie } })).status).toBe(403);
    const made = await ask(relay, accessRoutes.createTicket, { headers: control(relay), body: '{}' });
    const body = JSON.stringify({ ticket: made.json()['ticket'] });
    expect((await ask(relay, accessRoutes.openSession, { headers: page(relay), body })).status).toBe(200);
    const again = await ask(relay, accessRoutes.openSession, { headers: page(relay), body });
    expect([again.status, again.header('set-cookie')]).toEqual([401, undefined]);
  });

  test('guessing tickets is answered 429 with the time to wait, and shuts out nobody who has one', async () => {
    await using relay = await TestApp.start({ upstreams: 0 });
    const guess = (count: number) =>
      ask(relay, accessRoutes.openSession, {
        headers: page(relay),
        body: JSON.stringify({ ticket: `guess ${count}` }),
      });
    for (let count = 0; count < 10; count += 1) expect((await guess(count)).status).toBe(401);
    const slowed = await guess(11);
    expect([slowed.status, slowed.header('retry-after')]).toEqual([429, '60']);
    expect((await signIn(relay)).cookie).not.toBe('');
    const { entries } = await operationsOf(relay).listAudit({});
    expect(entries).toMatchObject([{ actor: 'nobody', kind: 'sign-in', address: '127.0.0.1', after: { refused: 1 } }]);
  });
});

describe('what other pages can make a browser do', () => {
  test('B05 csrf-simple-post: a cross-site form or text post changes nothing, with the cookie or without', async () => {
    await using relay = await TestApp.start({ upstreams: 0 });
    const { cookie } = await signIn(relay);
    const before = await dump(relay);
    for (const [name, route] of mutations) {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
        const foreign = { origin: 'https://evil.example', 'content-type': type, cookie };
        const reply = await ask(relay, route, { headers: foreign, body: '{"name":"evil"}' });
        expect([name, reply.status]).toEqual([name, 403]);
      }
      const own = await ask(relay, route, { headers: { ...page(relay), cookie, 'content-type': 'text/plain' } });
      expect([name, own.status]).toEqual([name, 415]);
    }
    expect(await dump(relay)).toBe(before);
  });

  test('B06 csrf-no-origin: a mutation needs our origin and the header beside the cookie', async () => {
    await using relay = await TestApp.start({ upstreams: 0 });
    const { cookie } = await signIn(relay);
    const before = await dump(relay);
    const { origin = '', ...withoutOrigin } = page(relay);
    const { 'x-waystation-csrf': _, ...withoutHeader } = page(relay);
    const attempts: readonly Headers[] = [
      { ...withoutOrigin, cookie },
      { ...withoutHeader, cookie },
      { ...page(relay), cookie, origin: 'null' },
      { ...page(relay), cookie, origin: origin.replace(/\d+$/, '1') },
      { ...page(relay), cookie, origin: `${origin}.evil.example` },
      { ...page(relay), cookie, 'x-waystation-csrf': '0' },
    ];
    for (const headers of attempts) {
      for (const [name, route] of mutations) {
        expect([name, (await ask(relay, route, { headers })).status]).toEqual([name, 403]);
      }
    }
    expect(await dump(relay)).toBe(before);
  });

  test('B07 csrf-get-side-effect: no GET or HEAD changes anything, asked twice', async () => {
    await using relay = await TestApp.start();
    await relay.messages();
    await relay.rowsOnce(1);
    const id = relay.account(0).account.id;
    const requestId = (await relay.rows())[0]?.requestId ?? '';
    const before = await dump(relay);
    let answered = 0;
    for (const [, route] of allRoutes.filter(([, { method }]) => method === 'GET')) {
      for (const wanted of [id, relay.keyId]) {
        const { path } = requestFor(
          { ...route, path: route.path.replace(':id', wanted).replace(':requestId', requestId) },
          {},
        );
        for (const method of ['GET', 'HEAD', 'GET']) {
          const { ok } = await fetch(`http://127.0.0.1:${relay.port}${path}`, { method, headers: control(relay) });
          answered += Number(ok);
        }
      }
    }
    expect(answered).toBeGreaterThan(30);
    expect(await dump(relay)).toBe(before);
  });

  test('B08 cors-silent: no admin route ever names an origin that may read it', async () => {
    await using relay = await TestApp.start({ upstreams: 0 });
    for (const origin of ['https://evil.example', 'null']) {
      for (const [name, route] of allRoutes) {
        const { path } = requestFor(route, namesIn(route));
        const asked = { origin, 'access-control-request-method': route.method };
        const reply = await relay.request({ method: 'OPTIONS', path, headers: asked });
        expect([name, reply.status, reply.header('access-control-allow-origin')]).toEqual([name, 403, undefined]);
      }
    }
    const own = await relay.request({ method: 'OPTIONS', path: `${adminRoot}/status`, headers: page(relay) });
    expect(own.header('access-control-allow-origin')).toBeUndefined();
  });
});
