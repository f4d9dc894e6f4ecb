import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { codeAt } from '../../app/people/totp.ts';
import { fromBase32 } from '../support/base32.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { asOwner } from '../support/me-client.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { type ProxyName, proxyMissing, ReverseProxy } from '../support/reverse-proxies.ts';
import { change } from '../support/shared-relay.ts';
import { hello, TestApp } from '../support/test-app.ts';

const password = 'correct horse battery';
const listens = '127.0.0.3';
/** Another computer, from which people come. */
const person = '127.0.0.9';

interface Question {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly from?: string;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
  json(): Record<string, unknown>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, listens);
  await once(server, 'listening');
  const found = server.address();
  server.close();
  await once(server, 'close');
  return typeof found === 'object' && found ? found.port : 0;
}

async function rig(name: ProxyName) {
  const relay = await TestApp.start();
  const port = await freePort();
  const host = `${ReverseProxy.domain}:${port}`;
  const own = { addresses: ['127.0.0.1'], port: 0, encryption: 'proxy', proxies: ['127.0.0.1'] };
  const shared = await change(relay, { isOn: true, ...own, publicUrl: `https://${host}` });
  const [{ port: sharedPort }] = shared['standings'] as [{ port: number }];
  const proxy = await ReverseProxy.start(name, { address: listens, port, upstream: `127.0.0.1:${sharedPort}` });
  const open = (question: Question) => opened(proxy, host, question);
  const ask = async (question: Question): Promise<Answer> => {
    const response = await open(question);
    const text = await textOf(response);
    const { statusCode: status = 0, headers } = response;
    return { status, text, headers, json: () => JSON.parse(text) };
  };
  const fromPage = { origin: `https://${host}`, 'x-waystation-csrf': '1', 'content-type': 'application/json' };
  const post = (path: string, body: object, more: Partial<Question> = {}) =>
    ask({ method: 'POST', path, body: JSON.stringify(body), ...more, headers: { ...fromPage, ...more.headers } });
  return {
    ...{ relay, host, sharedPort, open, ask, post },
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await relay[Symbol.asyncDispose]();
    },
  };
}

function opened({ place, certificate }: ReverseProxy, host: string, question: Question): Promise<IncomingMessage> {
  const { method = 'GET', path, headers, body, from = person } = question;
  return new Promise((resolve, reject) => {
    const options = {
      ...{
        host: place.address,
        port: place.port,
        localAddress: from,
        ca: certificate,
        servername: ReverseProxy.domain,
      },
      ...{ method, path, agent: false, headers: { ...headers, host } },
    };
    httpsRequest(options, resolve).once('error', reject).end(body);
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of response.setEncoding('utf8')) text += piece;
  return text;
}

for (const name of ['nginx', 'caddy'] as const) {
  suiteThatNeeds(proxyMissing(name), `behind ${name}, with the text of the documentation`, () => {
    test('a stream passes as it comes, and the call is from whom the proxy heard it', async () => {
      await using at = await rig(name);
      const gate = new Gate();
      at.relay.upstream.script([gated(says('late'), { 'before-usage': gate })]);
      // What somebody writes of themselves stands before what the proxy adds.
      const spoofed = { 'x-forwarded-for': '10.9.8.7', 'x-real-ip': '10.9.8.7', forwarded: 'for=10.9.8.7' };
      const keyId = at.relay.keyId;
      await asOwner(at.relay, 'PATCH', `/keys/${keyId}`, { addresses: [person] });
      const body = JSON.stringify(hello);
      const question = { method: 'POST', path: '/v1/messages', headers: at.relay.headers(spoofed), body };
      const response = await at.open(question);
      expect(response.statusCode).toBe(200);
      const pieces: string[] = [];
      response.setEncoding('utf8').on('data', (piece: string) => pieces.push(piece));
      // The model has not ended yet: a proxy that buffers would show nothing of this.
      await expect.poll(() => pieces.join('')).toContain('late');
      expect(pieces.join('')).not.toContain('message_stop');
      gate.open();
      await once(response, 'end');
      expect(pieces.join('')).toContain('message_stop');
      const [key] = (await at.relay.admin(`/keys`)) as [{ lastUse: { address: string } }];
      expect(key).toMatchObject({ lastUse: { address: person } });
      const stranger = await at.ask({
        ...question,
        from: '127.0.0.8',
        headers: at.relay.headers({ 'x-forwarded-for': person }),
      });
      expect(stranger.status).toBe(403);
    });

    test('B16 proxy-headers: whoever comes past the proxy is not heard at all', async () => {
      await using at = await rig(name);
      const socket = connect({ port: at.sharedPort, host: '127.0.0.1', localAddress: '127.0.0.8' });
      socket.write(`GET /join/host HTTP/1.1\r\nhost: ${at.host}\r\nx-forwarded-for: ${person}\r\n\r\n`);
      let heard = '';
      socket.on('data', (bytes) => {
        heard += String(bytes);
      });
      socket.on('error', () => undefined);
      await once(socket, 'close');
      expect(heard).toBe('');
      expect((await at.ask({ path: '/join/host' })).json()).toMatchObject({ encryption: 'proxy' });
    });

    test('a member signs in on their own page with a cookie that never leaves encryption', async () => {
      await using at = await rig(name);
      const { id } = (await asOwner(at.relay, 'POST', '/members', { name: 'Ada' })).json();
      await asOwner(at.relay, 'POST', `/members/${id}/password`, { password });
      expect((await at.ask({ path: '/me/' })).status).not.toBe(421);
      const entered = await at.post('/me/api/session', { name: 'Ada', password });
      const [cookie = ''] = entered.headers['set-cookie'] ?? [];
      expect([entered.status, cookie]).toEqual([
        200,
        expect.stringMatching(/HttpOnly; SameSite=Strict; Path=\/me; Secure/),
      ]);
      const mine = await at.ask({ path: '/me/api/mine', headers: { cookie: cookie.split(';')[0] ?? '' } });
      expect(mine.json()).toMatchObject({ name: 'Ada' });
    });

    test('an administrator is recorded, and slowed down, by the address that the proxy heard', async () => {
      await using at = await rig(name);
      await asOwner(at.relay, 'PATCH', '/settings/admin.lan', { value: { isOn: true } });
      const { id } = (await asOwner(at.relay, 'POST', '/members', { name: 'Ada', role: 'admin' })).json();
      await asOwner(at.relay, 'POST', `/members/${id}/password`, { password });
      const begun = (await asOwner(at.relay, 'POST', `/members/${id}/second-factor`)).json();
      const secret = fromBase32(String(begun['secret']));
      const step = Math.floor(Date.now() / 30_000);
      await asOwner(at.relay, 'POST', `/members/${id}/second-factor/confirm`, { code: codeAt(secret, step) });
      const entered = await at.post('/admin/api/session', { name: 'Ada', password, code: codeAt(secret, step + 1) });
      const [cookie = ''] = entered.headers['set-cookie'] ?? [];
      expect([entered.status, cookie]).toEqual([200, expect.stringMatching(/Path=\/admin; Secure/)]);
      expect(await at.relay.admin('/sign-ins')).toMatchObject([{ way: 'member', address: person }]);
      const spoofed = { cookie: cookie.split(';')[0] ?? '', 'x-forwarded-for': '10.9.8.7' };
      expect((await at.post('/admin/api/members', { name: 'Bob' }, { headers: spoofed })).status).toBe(200);
      expect(await at.relay.admin('/audit?action=createMember&limit=1')).toMatchObject({
        entries: [{ actorId: id, address: person }],
      });
      const guess = async (from: string, count: number) =>
        (await at.post('/admin/api/session', { name: `nobody ${from} ${count}`, password: 'x', code: '1' }, { from }))
          .status;
      for (let count = 0; count < 10; count += 1) expect(await guess(person, count)).toBe(401);
      expect([await guess(person, 10), await guess('127.0.0.10', 0)]).toEqual([429, 401]);
    });
  });
}
