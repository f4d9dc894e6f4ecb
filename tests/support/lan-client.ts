import { request as httpsRequest } from 'node:https';
import { asOwner } from './me-client.ts';
import type { TestApp } from './test-app.ts';

export const lanAddress = '127.0.0.2';

export interface LanReply {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  json(): Record<string, unknown>;
}

/** A browser on another computer: over TLS, trusting this installation's authority and nothing else. */
export class LanClient {
  readonly cookies = new Map<string, string>();
  readonly origin: string;
  readonly #port: number;
  readonly #ca: string;

  private constructor(port: number, ca: string) {
    this.#port = port;
    this.#ca = ca;
    this.origin = `https://${lanAddress}:${port}`;
  }

  /** Turns sharing on. */
  static async share(relay: TestApp): Promise<LanClient> {
    const shared = await asOwner(relay, 'PATCH', '/sharing', { isOn: true, addresses: [lanAddress], port: 0 });
    const { standings, authority } = shared.json() as {
      standings: readonly { port: number }[];
      authority: { certificate: string };
    };
    return new LanClient(standings[0]?.port ?? 0, authority.certificate);
  }

  /** Another browser there. */
  another(): LanClient {
    return new LanClient(this.#port, this.#ca);
  }

  send(
    method: string,
    path: string,
    { body = '{}', headers = {} }: { readonly body?: string; readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<LanReply> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const page = { origin: this.origin, 'x-waystation-csrf': '1', 'content-type': 'application/json' };
    // NOTE: Node sends a body with DELETE without saying where it ends.
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const sent = { ...(method !== 'GET' && { ...page, ...length }), ...(cookie !== '' && { cookie }), ...headers };
    const options = { host: lanAddress, port: this.#port, path, method, ca: this.#ca, agent: false, headers: sent };
    return new Promise((resolve, reject) => {
      const request = httpsRequest(options, (response) => {
        let text = '';
        const { statusCode: status = 0, headers: got } = response;
        for (const one of got['set-cookie'] ?? []) this.#keep(one);
        const reply = () => ({ status, text, headers: got, json: () => JSON.parse(text) });
        if (got['content-type'] === 'text/event-stream') {
          response.destroy();
          resolve(reply());
          return;
        }
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
        });
        response.once('end', () => resolve(reply()));
      });
      request.once('error', reject).end(method === 'GET' ? undefined : body);
    });
  }

  #keep(text: string): void {
    const [pair = ''] = text.split(';');
    const mark = pair.indexOf('=');
    if (/max-age=0/i.test(text)) this.cookies.delete(pair.slice(0, mark));
    else this.cookies.set(pair.slice(0, mark), pair.slice(mark + 1));
  }
}
