import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { callRelay, exportFrom, type RelayAddress, RelayUnreachable } from './client.ts';

const route = { method: 'POST', path: '/things', input: z.object({}), output: z.object({ name: z.string() }) } as const;

/** Something that answers where a relay should be. */
async function answering(listener: RequestListener): Promise<RelayAddress> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('It has no port');
  return { url: `http://127.0.0.1:${address.port}`, token: 'made-up' };
}

async function whole(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

test.each(['POST', 'PATCH', 'DELETE'] as const)(
  '%s carries the token and the input, and its answer is read by the contract',
  async (method) => {
    let heard = '';
    const relay = await answering(async (request, response) => {
      const { url, headers } = request.setEncoding('utf8');
      for await (const piece of request) heard += piece;
      heard = [request.method, url, headers.authorization, headers['content-type'], heard].join(' ');
      response.end('{"name":"Tür"}');
    });
    expect(await callRelay(relay, { ...route, method }, { size: 2 })).toEqual({ name: 'Tür' });
    expect(heard).toBe(`${method} /admin/api/things Bearer made-up application/json {"size":2}`);
  },
);

test('a refusal is thrown as what it was there', async () => {
  const relay = await answering((_, response) =>
    response.writeHead(409).end('{"error":{"kind":"conflict","message":"There is one."}}'),
  );
  await expect(callRelay(relay, route, {})).rejects.toMatchObject({ kind: 'conflict', message: 'There is one.' });
});

test.each([
  ['a redirect, which nobody follows', 302, '', 'answered with status 302'],
  ['an error without a reason', 500, '<html>', 'answered with status 500'],
  ['an answer of another version', 200, '{"title":"x"}', 'they may be of different versions'],
  ['no JSON', 200, 'hello', 'they may be of different versions'],
])('%s is told', async (_what, status, body, message) => {
  const relay = await answering((_, response) => response.writeHead(status, { location: '/elsewhere' }).end(body));
  await expect(callRelay(relay, route, {})).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining(message),
  });
});

test('where nobody listens, or it goes before it answers, no relay is running', async () => {
  const relay = await answering((request) => request.socket.destroy());
  await expect(callRelay(relay, route, {})).rejects.toThrow(RelayUnreachable);
  await expect(callRelay({ ...relay, url: 'http://127.0.0.1:1' }, route, {})).rejects.toThrow(RelayUnreachable);
});

test('calls come as a file, piece by piece, and a character that is cut in two is whole again', async () => {
  const relay = await answering((_, response) => {
    const bytes = Buffer.from('a,ü\r\n');
    response.write(bytes.subarray(0, 3), () => response.end(bytes.subarray(3)));
  });
  expect(await whole(exportFrom(relay, { format: 'csv' }))).toBe('a,ü\r\n');
});

test('a file that breaks off is said to be not whole', async () => {
  const relay = await answering((request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('a,b\r\n', () => request.socket.destroy());
  });
  await expect(whole(exportFrom(relay, {}))).rejects.toThrow('it is not whole');
});

test('a file that is refused is thrown as what it was there', async () => {
  const relay = await answering((_, response) =>
    response.writeHead(400).end('{"error":{"kind":"request-invalid","message":"No such format."}}'),
  );
  await expect(whole(exportFrom(relay, {}))).rejects.toThrow('No such format.');
});
