import { expect, test } from 'vitest';
import { asOwner } from '../support/me-client.ts';
import { OidcIssuer, oidcClient } from '../support/oidc-issuer.ts';
import { TestApp } from '../support/test-app.ts';

/** A browser without scripts: it keeps the cookies of each origin, and goes where it is sent. */
class Browser {
  readonly cookies = new Map<string, Map<string, string>>();
  readonly seen: string[] = [];

  async get(address: string): Promise<Response> {
    return await this.#send(address, { method: 'GET' });
  }

  async post(address: string): Promise<Response> {
    const { origin } = new URL(address);
    const headers = { origin, 'x-waystation-csrf': '1', 'content-type': 'application/json' };
    return await this.#send(address, { method: 'POST', headers, body: '{}' });
  }

  /** Up to where `stops` says, or there is nothing to follow. */
  async follow(from: string, stops: (next: string) => boolean): Promise<string> {
    let address = from;
    for (let hops = 0; hops < 10; hops += 1) {
      if (stops(address)) return address;
      const location = (await this.get(address)).headers.get('location');
      if (location === null) return address;
      address = new URL(location, address).href;
    }
    throw new Error('it goes round and round');
  }

  async #send(address: string, { headers, ...init }: RequestInit): Promise<Response> {
    this.seen.push(address);
    const { origin } = new URL(address);
    const own = this.cookies.get(origin) ?? new Map<string, string>();
    this.cookies.set(origin, own);
    const cookie = [...own].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(address, { ...init, redirect: 'manual', headers: { ...headers, cookie } });
    for (const one of response.headers.getSetCookie()) {
      const [pair = ''] = one.split(';');
      const mark = pair.indexOf('=');
      if (/max-age=0/i.test(one)) own.delete(pair.slice(0, mark));
      else own.set(pair.slice(0, mark), pair.slice(mark + 1));
    }
    return response;
  }
}

interface Rig extends AsyncDisposable {
  readonly relay: TestApp;
  readonly issuer: OidcIssuer;
  readonly home: string;
}

async function open(more: object = {}): Promise<Rig> {
  const relay = await TestApp.start({ upstreams: 0 });
  const home = `http://127.0.0.1:${relay.port}`;
  const issuer = await OidcIssuer.start([`${home}/me/api/oidc/callback`]);
  issuer.people.set('ada', { name: 'Ada', email: 'ada@example.test', email_verified: true, groups: ['relay'] });
  const fields = { issuer: issuer.url, clientId: oidcClient.id, label: 'Company', createMembers: true, ...more };
  const set = await asOwner(relay, 'POST', '/directory/oidc', { fields, secret: oidcClient.secret });
  expect([set.status, set.text.includes(oidcClient.secret)]).toEqual([200, false]);
  return {
    ...{ relay, issuer, home },
    async [Symbol.asyncDispose]() {
      await issuer[Symbol.asyncDispose]();
      await relay[Symbol.asyncDispose]();
    },
  };
}

async function begin(browser: Browser, home: string): Promise<string> {
  const response = await browser.post(`${home}/me/api/oidc`);
  expect(response.status).toBe(200);
  return ((await response.json()) as { url: string }).url;
}

const isBack = (next: string) => next.includes('/me/api/oidc/callback');
const isHome = (next: string) => /\/me\/(#.*)?$/.test(next);

async function signIn({ home }: Rig, browser = new Browser()): Promise<string> {
  return (await browser.follow(await begin(browser, home), isHome)).slice(home.length);
}

async function mine({ home }: Rig, browser: Browser): Promise<unknown> {
  return await (await browser.get(`${home}/me/api/mine`)).json();
}

test('somebody comes back from the issuer signed in, and is made a member with the role of their group', async () => {
  await using rig = await open({ roles: [{ group: 'relay', role: 'viewer' }], otherRole: null });
  const browser = new Browser();
  const there = await begin(browser, rig.home);
  const asked = new URL(there).searchParams;
  expect(Object.fromEntries(asked)).toMatchObject({
    response_type: 'code',
    redirect_uri: `${rig.home}/me/api/oidc/callback`,
    code_challenge_method: 'S256',
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    state: expect.stringMatching(/.{20}/),
    nonce: expect.stringMatching(/.{20}/),
  });
  expect(await browser.follow(there, isHome)).toBe(`${rig.home}/me/`);
  expect(await mine(rig, browser)).toMatchObject({ name: 'Ada', signedInBy: 'oidc' });
  expect(await rig.relay.admin('/members')).toMatchObject([{ name: 'Ada', role: 'viewer', email: 'ada@example.test' }]);
  // The next time it is the same member, whatever they are called by then.
  rig.issuer.people.set('ada', { name: 'Ada Lovelace', groups: ['relay'] });
  expect(await signIn(rig)).toBe('/me/');
  rig.issuer.people.set('ada', { name: 'Ada Lovelace', groups: [] });
  expect(await signIn(rig)).toBe('/me/#refused=no-group');
  expect(await rig.relay.admin('/members')).toHaveLength(1);
});

test('an address that the issuer did not verify makes nobody somebody else, and who is not wanted is told why', async () => {
  await using rig = await open({ createMembers: false, matchEmail: true });
  await asOwner(rig.relay, 'POST', '/members', { name: 'my Ada', email: 'ada@example.test' });
  rig.issuer.people.set('mallory', { name: 'Mallory', email: 'ada@example.test', email_verified: false });
  rig.issuer.next = 'mallory';
  expect(await signIn(rig)).toBe('/me/#refused=unknown');
  rig.issuer.next = 'ada';
  const browser = new Browser();
  expect(await signIn(rig, browser)).toBe('/me/');
  expect(await mine(rig, browser)).toMatchObject({ name: 'my Ada' });
  rig.issuer.next = undefined;
  expect(await signIn(rig)).toBe('/me/#refused=failed');
  expect((await asOwner(rig.relay, 'POST', '/directory/test', { kind: 'oidc' })).json()).toMatchObject({ ok: true });
  await rig.issuer[Symbol.asyncDispose]();
  const fields = { issuer: rig.issuer.url.replace(/\d+$/, '1'), clientId: 'waystation' };
  await asOwner(rig.relay, 'POST', '/directory/oidc', { fields, secret: null });
  const tested = await asOwner(rig.relay, 'POST', '/directory/test', { kind: 'oidc' });
  expect(tested.json()).toMatchObject({ ok: false, step: 'discover' });
  expect((await new Browser().post(`${rig.home}/me/api/oidc`)).status).toBe(503);
});

test('what comes back without the browser’s own ticket, a second time, or changed signs nobody in', async () => {
  await using rig = await open();
  const browser = new Browser();
  const back = await browser.follow(await begin(browser, rig.home), isBack);
  const stateOf = async (one: Browser, address: string) => (await one.get(address)).headers.get('location');
  // Somebody else's browser: a link that signs its victim in as the attacker.
  expect(await stateOf(new Browser(), back)).toBe('/me/#refused=failed');
  const other = new Browser();
  await begin(other, rig.home);
  expect(await stateOf(other, back)).toBe('/me/#refused=failed');
  expect(await stateOf(browser, back)).toBe('/me/');
  expect(await mine(rig, browser)).toMatchObject({ name: 'Ada' });
  // The ticket is gone, and so is the code.
  const replayed = new Browser();
  for (const [origin, cookies] of browser.cookies) replayed.cookies.set(origin, new Map(cookies));
  expect(await stateOf(replayed, back)).toBe('/me/#refused=failed');
  for (const [name, value] of [
    ['state', 'another'],
    ['code', 'guessed'],
    ['iss', 'https://192.0.2.1'],
  ] as const) {
    const one = new Browser();
    const address = new URL(await one.follow(await begin(one, rig.home), isBack));
    address.searchParams.set(name, value);
    expect([name, await stateOf(one, address.href)]).toEqual([name, '/me/#refused=failed']);
  }
  expect(browser.seen.join(' ')).not.toMatch(/access_token|id_token/);
});
