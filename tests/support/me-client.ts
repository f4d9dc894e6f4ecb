import type { Reply, TestApp } from './test-app.ts';

/** A browser on the members' own page, as far as it matters: it keeps its cookies, and says what page asks. */
export class MeClient {
  readonly #relay: TestApp;
  readonly cookies = new Map<string, string>();

  constructor(relay: TestApp) {
    this.#relay = relay;
  }

  async send(
    method: string,
    path: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const unsafe = {
      origin: `http://127.0.0.1:${this.#relay.port}`,
      'x-waystation-csrf': '1',
      'content-type': 'application/json',
    };
    const reply = await this.#relay.request({
      method,
      path: path.startsWith('/') ? path : `/me/api/${path}`,
      headers: { ...(method !== 'GET' && unsafe), ...(cookie !== '' && { cookie }), ...headers },
      ...(method !== 'GET' && { body: JSON.stringify(body ?? {}) }),
    });
    const set = reply.header('set-cookie');
    for (const one of set === undefined ? [] : set.split(/, (?=waystation_)/)) this.#keep(one);
    return reply;
  }

  signIn(credentials: object): Promise<Reply> {
    return this.send('POST', 'session', credentials);
  }

  mine(): Promise<Reply> {
    return this.send('GET', 'mine');
  }

  #keep(text: string): void {
    const [pair = ''] = text.split(';');
    const mark = pair.indexOf('=');
    if (/max-age=0/i.test(text)) this.cookies.delete(pair.slice(0, mark));
    else this.cookies.set(pair.slice(0, mark), pair.slice(mark + 1));
  }
}

/** A change as the command line makes it. */
export async function asOwner(relay: TestApp, method: string, path: string, body: object = {}): Promise<Reply> {
  const headers = { authorization: `Bearer ${relay.app.controlToken}`, 'content-type': 'application/json' };
  const isRead = method === 'GET';
  return await relay.request({
    ...{ method, path: `/admin/api${path}`, headers },
    ...(!isRead && { body: JSON.stringify(body) }),
  });
}
