import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ControlPlane, NoAnswer } from './control-plane.ts';

const local = { proxy: undefined, allowLocal: true };

let control: ControlPlane;
let servers: Server[];

beforeEach(() => {
  control = new ControlPlane({ connectMs: 2_000 });
  servers = [];
});
afterEach(async () => {
  await control.close();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function listening(listener: RequestListener): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function post(url: string, body = '{}') {
  return { url, method: 'POST' as const, headers: { 'content-type': 'application/json' }, body };
}

test('the text goes out and comes back as it is, whatever the status', async () => {
  const { url } = await listening(async (message, response) => {
    response.setHeader('retry-after', '7').writeHead(429);
    response.end(JSON.stringify([message.method, message.headers['content-type'], await bodyOf(message)]));
  });
  const reply = await control.by(local)(post(url, '{"a": 1}'));
  expect([reply.status, reply.headers['retry-after']]).toEqual([429, '7']);
  expect(JSON.parse(reply.body)).toEqual(['POST', 'application/json', '{"a": 1}']);
});

test('A16 upstream-origin: a redirect is an answer like any other, and is not followed', async () => {
  const seen: string[] = [];
  const elsewhere = await listening((message, response) => {
    seen.push(message.url ?? '');
    response.end();
  });
  const { url } = await listening((_, response) => response.writeHead(307, { location: elsewhere.url }).end());
  expect((await control.by(local)(post(url))).status).toBe(307);
  expect(seen).toEqual([]);
});

test.each([
  ['http://vendor.example/token', local, /not https/],
  ['http://10.1.2.3/token', local, /not https/],
  ['http://127.0.0.1:9/token', { ...local, allowLocal: false }, /not https/],
  ['https://127.0.0.1:9/token', { ...local, allowLocal: false }, /this computer/],
  ['https://169.254.169.254/token', local, /metadata/],
  ['nowhere', local, /no address/],
])('A17 ssrf-config: %s with %j is not asked', async (url, way, reason) => {
  await expect(control.by(way)(post(url))).rejects.toThrow(reason);
});

test('A17 ssrf-config: a name that leads to this computer is not asked', async () => {
  const asked = control.by({ ...local, allowLocal: false })(post('https://localhost.localhost.test.localhost/'));
  await expect(asked).rejects.toThrow(NoAnswer);
});

test('what breaks off is no answer, said in words', async () => {
  const { url } = await listening((message) => message.socket.destroy());
  await expect(control.by(local)(post(url))).rejects.toThrow(/closed|reset/);
});

test('an answer that never ends is no answer', async () => {
  const { url } = await listening((_, response) => {
    const more = () => response.write(Buffer.alloc(256 * 1024));
    response.on('drain', more);
    more();
  });
  await expect(control.by(local)(post(url))).rejects.toThrow(NoAnswer);
});

test('goes through the account’s proxy, or not at all', async () => {
  const { url } = await listening((_, response) => response.end('from behind'));
  const asked: string[] = [];
  const proxy = await listening((_, response) => response.writeHead(500).end());
  proxy.server.on('connect', (message: IncomingMessage, socket: Socket) => {
    asked.push(message.url ?? '');
    const [host = '', port] = (message.url ?? '').split(':');
    const onwards = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onwards.pipe(socket).pipe(onwards);
    });
    onwards.on('error', () => socket.destroy());
    socket.on('error', () => onwards.destroy());
  });
  const reply = await control.by({ ...local, proxy: proxy.url })(post(url));
  expect([reply.body, asked]).toEqual(['from behind', [new URL(url).host]]);
  const away = control.by({ ...local, proxy: 'http://127.0.0.1:9' })(post(url));
  await expect(away).rejects.toThrow(NoAnswer);
  await expect(away).rejects.toMatchObject({ mayHaveArrived: false });
});
