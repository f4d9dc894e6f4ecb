import { expect, test } from 'vitest';
import { says } from '../../support/fake-anthropic/answers.ts';
import { headerOf, RawConnection } from '../../support/raw-http.ts';
import { helloWhole, TestApp } from '../../support/test-app.ts';

function requestOf(relay: TestApp, more: readonly string[] = [], body = JSON.stringify(helloWhole)): string {
  const lines = [
    'POST /v1/messages HTTP/1.1',
    `host: 127.0.0.1:${relay.port}`,
    ...['content-type: application/json', 'anthropic-version: 2023-06-01', `x-api-key: ${relay.secret}`],
    `content-length: ${Buffer.byteLength(body)}`,
    ...more,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

test('P14 pipelining-100: a hundred requests on one socket are answered in order, each its own, and each counts for the limit', async () => {
  const limits = [{ measure: 'requests', amount: 60, window: { kind: 'total' }, mode: 'strict' }];
  await using relay = await TestApp.start({ upstreams: 1, key: { limits } });
  relay.upstream.answer(({ body }) => says(`answer to ${String(body['max_tokens'])}`));
  await using connection = await RawConnection.open(relay.port);
  const requests = Array.from({ length: 100 }, (_, index) => {
    return requestOf(relay, [], JSON.stringify({ ...helloWhole, max_tokens: index + 1 }));
  });
  await connection.send(requests.join(''));
  const statuses: number[] = [];
  const texts: string[] = [];
  for (let index = 0; index < 100; index += 1) {
    const { status, body } = await connection.reply();
    statuses.push(status);
    if (status === 200) texts.push(String(JSON.parse(body.toString()).content[0].text));
  }
  expect(statuses).toEqual([...Array.from({ length: 60 }, () => 200), ...Array.from({ length: 40 }, () => 429)]);
  expect(texts).toEqual(Array.from({ length: 60 }, (_, index) => `answer to ${index + 1}`));
  expect(await relay.rowsOnce(60)).toHaveLength(60);
});

test('P15 expect-100: a client that waits for leave to send its body gets it', async () => {
  await using relay = await TestApp.start({ upstreams: 1 });
  await using connection = await RawConnection.open(relay.port);
  const [head = '', body = ''] = requestOf(relay, ['expect: 100-continue']).split('\r\n\r\n');
  await connection.send(`${head}\r\n\r\n`);
  await connection.until('100 Continue');
  await connection.send(body);
  expect((await connection.reply()).status).toBe(200);
});

test('P15 expect-100: what else is expected is refused, and the connection does not hang', async () => {
  await using relay = await TestApp.start({ upstreams: 1 });
  await using connection = await RawConnection.open(relay.port);
  await connection.send(requestOf(relay, ['expect: 200-maybe']));
  const { status } = await connection.reply();
  expect([400, 417]).toContain(status);
});

test('P15 trailers: fields after a chunked body are left out, and the call is served', async () => {
  await using relay = await TestApp.start({ upstreams: 1 });
  await using connection = await RawConnection.open(relay.port);
  const body = JSON.stringify(helloWhole);
  const head = requestOf(relay, ['transfer-encoding: chunked', 'trailer: x-late'], '')
    .replace(/content-length: \d+\r\n/, '')
    .trimEnd();
  await connection.send(
    `${head}\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\nx-late: yes\r\nx-api-key: other\r\n\r\n`,
  );
  expect((await connection.reply()).status).toBe(200);
  expect(relay.upstream.requests.at(-1)?.headers).not.toHaveProperty('x-late');
});

test.each(['h2c', 'websocket', 'TLS/1.3'])(
  'P15 upgrade: %s on a path without one is answered or refused, and nothing hangs',
  async (to) => {
    await using relay = await TestApp.start({ upstreams: 1 });
    await using connection = await RawConnection.open(relay.port);
    await connection.send(requestOf(relay, [`upgrade: ${to}`, 'connection: upgrade']));
    const reply = await connection.reply();
    expect([200, 400, 404, 405, 426, 501]).toContain(reply.status);
    expect(headerOf(reply, 'upgrade') ?? to).toBe(to);
  },
);
