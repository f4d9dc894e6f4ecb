import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface FakeProxyOptions {
  /** `user:password`; without it everybody may connect. */
  readonly credential?: string;
  /** Where names and addresses lead, as this proxy's own resolver has it; others are connected to as they are. */
  readonly leads?: Readonly<Record<string, string>>;
  /** Refuses every connection. */
  readonly isClosed?: boolean;
}

/** A proxy on loopback that writes down what it was asked for. */
export class FakeProxy {
  /** `host:port`, as the client named it. */
  readonly asked: string[] = [];
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: Set<Duplex>;

  private constructor(made: { url: string; server: Server; sockets: Set<Duplex>; asked: string[] }) {
    this.url = made.url;
    this.#server = made.server;
    this.#sockets = made.sockets;
    this.asked = made.asked;
  }

  static async http(options: FakeProxyOptions = {}): Promise<FakeProxy> {
    const asked: string[] = [];
    const server = createHttpServer();
    server.on('connect', (request: IncomingMessage, client: Duplex) => {
      const isKnown = isCredential(options, request.headers['proxy-authorization']);
      const place = request.url ?? '';
      asked.push(place);
      if (!isKnown || options.isClosed) return client.end(`HTTP/1.1 ${isKnown ? 403 : 407} No\r\n\r\n`);
      bridge(client, reach(options, place), 'HTTP/1.1 200 Connection established\r\n\r\n');
    });
    return await FakeProxy.#listening('http', server, { options, asked });
  }

  static async socks5(options: FakeProxyOptions = {}): Promise<FakeProxy> {
    const asked: string[] = [];
    const server = createServer((client) => {
      client.on('error', () => client.destroy());
      void speakSocks5(client, options, asked).catch(() => client.destroy());
    });
    return await FakeProxy.#listening('socks5', server, { options, asked });
  }

  static async #listening(
    protocol: string,
    server: Server,
    { options, asked }: { options: FakeProxyOptions; asked: string[] },
  ): Promise<FakeProxy> {
    const sockets = new Set<Duplex>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address() as AddressInfo;
    const url = new URL(`${protocol}://127.0.0.1:${address.port}`);
    [url.username = '', url.password = ''] = (options.credential ?? '').split(':').map(encodeURIComponent);
    return new FakeProxy({ url: url.href, server, sockets, asked });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function isCredential({ credential }: FakeProxyOptions, given: string | undefined): boolean {
  return credential === undefined || given === `Basic ${Buffer.from(credential).toString('base64')}`;
}

function reach({ leads = {} }: FakeProxyOptions, place: string): Socket {
  const end = place.lastIndexOf(':');
  const host = place.slice(0, end).replace(/^\[|\]$/g, '');
  const [leadsTo = host, port = place.slice(end + 1)] = (leads[host] ?? host).split(':');
  return connect({ host: leadsTo, port: Number(port) });
}

function bridge(client: Duplex, upstream: Socket, greeting: string | Uint8Array): void {
  const stop = () => {
    client.destroy();
    upstream.destroy();
  };
  client.once('error', stop).once('close', stop);
  upstream.once('error', stop).once('close', stop);
  upstream.once('connect', () => {
    client.write(greeting);
    client.pipe(upstream).pipe(client);
  });
}

const refusedByRules = 2;

async function speakSocks5(client: Socket, options: FakeProxyOptions, asked: string[]): Promise<void> {
  const [, count = 0] = await take(client, 2);
  const methods = [...(await take(client, count))];
  const method = options.credential === undefined ? 0 : 2;
  if (!methods.includes(method)) return void client.end(Buffer.from([5, 0xff]));
  client.write(Buffer.from([5, method]));
  if (method === 2 && !(await isWelcome(client, options))) return void client.end(Buffer.from([1, 1]));
  if (method === 2) client.write(Buffer.from([1, 0]));
  const [, , , kind] = await take(client, 4);
  const host = await hostOf(client, kind);
  const place = `${host}:${(await take(client, 2)).readUInt16BE(0)}`;
  asked.push(place);
  const answer = (code: number) => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
  if (options.isClosed) return void client.end(answer(refusedByRules));
  bridge(client, reach(options, place), answer(0));
}

async function isWelcome(client: Socket, { credential }: FakeProxyOptions): Promise<boolean> {
  const [, userLength = 0] = await take(client, 2);
  const user = await take(client, userLength);
  const password = await take(client, (await take(client, 1))[0] ?? 0);
  return `${user}:${password}` === credential;
}

async function hostOf(client: Socket, kind: number | undefined): Promise<string> {
  if (kind === 3) return String(await take(client, (await take(client, 1))[0] ?? 0));
  const bytes = await take(client, kind === 1 ? 4 : 16);
  if (kind === 1) return bytes.join('.');
  return `[${Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(':')}]`;
}

async function take(socket: Socket, length: number): Promise<Buffer> {
  if (length === 0) return Buffer.alloc(0);
  for (;;) {
    const bytes: Buffer | null = socket.read(length);
    if (bytes) return bytes;
    await once(socket, 'readable');
  }
}
