import { createServer, type Server } from 'node:http';
import { closeAll, listen } from './fake-anthropic/listen.ts';

/** AWS's token service on loopback: gives out whatever credential it is told to, or a refusal. */
export class FakeSts {
  readonly url: string;
  /** The forms that were posted. */
  readonly asked: URLSearchParams[] = [];
  /** Undefined refuses. */
  gives: { readonly accessKeyId: string; readonly expiresAt: number } | undefined;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.url = `http://127.0.0.1:${port}`;
    this.#server = server;
  }

  /** Every credential has this secret, and its id as the session token. */
  static async start(secret: string): Promise<FakeSts> {
    const server = createServer();
    const fake = new FakeSts(server, await listen(server, 0));
    server.on('request', async (request, response) => {
      let body = '';
      for await (const part of request.setEncoding('utf8')) body += part;
      fake.asked.push(new URLSearchParams(body));
      const { gives } = fake;
      if (!gives) return response.writeHead(400).end('<Error><Code>ExpiredTokenException</Code></Error>');
      const { accessKeyId, expiresAt } = gives;
      const fields = {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secret,
        SessionToken: accessKeyId,
        Expiration: new Date(expiresAt).toISOString(),
      };
      const xml = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`);
      return response.end(`<R><Credentials>${xml.join('')}</Credentials></R>`);
    });
    return fake;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeAll(this.#server);
  }
}
