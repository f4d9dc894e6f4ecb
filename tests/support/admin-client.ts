import { accessRoutes, type Route, requestFor } from '../../app/server/admin/contract.ts';
import type { Reply, TestApp } from './test-app.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A browser on our own page: it keeps the cookie it was given. */
export class AdminBrowser {
  readonly #relay: TestApp;
  readonly #headers: Readonly<Record<string, string>>;
  cookie: string | undefined;

  constructor(relay: TestApp, headers: Readonly<Record<string, string>> = {}) {
    this.#relay = relay;
    this.#headers = headers;
  }

  static async signedIn(relay: TestApp): Promise<AdminBrowser> {
    const browser = new AdminBrowser(relay);
    await browser.signIn();
    return browser;
  }

  async signIn(): Promise<void> {
    const reply = await this.open({ ticket: await makeTicket(this.#relay) });
    if (reply.status !== 200) throw new Error(`The sign-in was answered ${reply.status}: ${reply.text}`);
  }

  async open(credentials: Fields): Promise<Reply> {
    const reply = await this.ask(accessRoutes.openSession, credentials);
    const [cookie] = reply.header('set-cookie')?.split(';') ?? [];
    if (cookie !== undefined) this.cookie = cookie;
    return reply;
  }

  ask(route: Route, input: Fields = {}, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    const { method, path, body } = requestFor(route, input);
    return this.#relay.request({
      ...{ method, path, headers: { ...this.headers(), ...headers } },
      ...(body === undefined ? {} : { body }),
    });
  }

  headers(): Record<string, string> {
    return {
      origin: `http://127.0.0.1:${this.#relay.port}`,
      'x-waystation-csrf': '1',
      'content-type': 'application/json',
      ...this.#headers,
      ...(this.cookie === undefined ? {} : { cookie: this.cookie }),
    };
  }
}

export async function makeTicket(relay: TestApp): Promise<string> {
  const headers = { authorization: `Bearer ${relay.app.controlToken}`, 'content-type': 'application/json' };
  const reply = await relay.request({ method: 'POST', path: '/admin/api/ticket', headers, body: '{}' });
  return String(reply.json()['ticket']);
}
