import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { overHttp } from '../../app/cli/client.ts';
import { noAmount } from '../../app/domain/alert.ts';
import type { Input, Operations } from '../../app/server/admin/contract.ts';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { eventually, TestApp } from '../support/test-app.ts';

interface Taken {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
  readonly raw: string;
}

/** A service that takes messages, and answers as it is told. */
async function receiver() {
  const taken: Taken[] = [];
  const answers: { readonly status?: number; readonly body?: unknown }[] = [];
  const server = createServer(async (request, response) => {
    const raw = await text(request);
    taken.push({ path: request.url ?? '', headers: request.headers, body: JSON.parse(raw), raw });
    const { status = 200, body = 'ok' } = answers.shift() ?? {};
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ taken, answers, url: `http://127.0.0.1:${port}` },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function relayWith(clock = manualClock()) {
  const relay = await TestApp.start({ ports: { clock } });
  const admin: Operations = overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
  const { alerts } = relay.app.parts;
  let number = 0;
  const fails = async (more: object = {}) => {
    number += 1;
    const subject = { subjectId: 'a', subjectName: 'Max <5x>', otherName: 'Console' };
    await alerts.raise(`failover ${number}`, { ...noAmount, ...subject, kind: 'failed-over', used: 1, ...more });
  };
  return { relay, admin, clock, fails, [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose]() };
}

const usual: Pick<Input<'createWebhook'>, 'name' | 'types' | 'allowLocal'> = {
  ...{ name: 'ops', types: ['failed-over'], allowLocal: true },
};
const sentence = 'Waystation: A request to Max <5x> failed. Console served it instead.';
const second = (ms: number) => String(Math.floor(ms / 1_000));
const sign = (key: string, message: string) => createHmac('sha256', key).update(message).digest('base64');

type Case = [
  kind: Input<'createWebhook'>['kind'],
  more: { readonly secret?: string; readonly chatId?: string },
  answer: unknown,
  path: (now: number) => string,
  body: (now: number) => object,
];
const cases: readonly Case[] = [
  ['slack', {}, 'ok', () => '/hook/abc', () => ({ text: sentence.replace('<5x>', '&lt;5x&gt;') })],
  ['feishu', {}, { code: 0 }, () => '/hook/abc', () => ({ msg_type: 'text', content: { text: sentence } })],
  [
    'feishu',
    { secret: 'key' },
    { code: 0 },
    () => '/hook/abc',
    (now) => ({
      ...{ timestamp: second(now), sign: sign(`${second(now)}\nkey`, '') },
      ...{ msg_type: 'text', content: { text: sentence } },
    }),
  ],
  ['wecom', {}, { errcode: 0 }, () => '/hook/abc', () => ({ msgtype: 'text', text: { content: sentence } })],
  [
    'dingtalk',
    { secret: 'SECkey' },
    { errcode: 0 },
    (now) => `/hook/abc?timestamp=${now}&sign=${encodeURIComponent(sign('SECkey', `${now}\nSECkey`))}`,
    () => ({ msgtype: 'text', text: { content: sentence } }),
  ],
  [
    'telegram',
    { secret: '12:token', chatId: '-100' },
    { ok: true },
    () => '/hook/abc/bot12:token/sendMessage',
    () => ({ chat_id: '-100', text: sentence }),
  ],
];

test.each(cases)('%s with %j is told in its own words', async (kind, more, answer, path, body) => {
  await using service = await receiver();
  await using here = await relayWith();
  service.answers.push({ body: answer });
  await here.admin.createWebhook({ ...usual, kind, url: `${service.url}/hook/abc`, ...more });
  await here.fails();
  const [one] = await eventually(async () => (service.taken.length > 0 ? service.taken : undefined));
  expect([one?.path, one?.body]).toEqual([path(here.clock.now()), body(here.clock.now())]);
  const [shown] = await eventually(async () => {
    const webhooks = await here.admin.listWebhooks({});
    return webhooks[0]?.sentAt === undefined ? undefined : webhooks;
  });
  expect(shown?.failure).toBeUndefined();
});

test('a program of one’s own gets the alert as data, signed with its secret', async () => {
  await using service = await receiver();
  await using here = await relayWith();
  await here.admin.createWebhook({
    ...usual,
    kind: 'generic',
    url: `${service.url}/in`,
    secret: 'key',
    language: 'ja',
  });
  await here.fails({ used: 3 });
  const [one] = await eventually(async () => (service.taken.length > 0 ? service.taken : undefined));
  expect(one?.body).toMatchObject({
    ...{ kind: 'failed-over', subjectName: 'Max <5x>', otherName: 'Console', used: 3 },
    text: 'Waystation: 1 分間に Max <5x> へのリクエスト 3 件が失敗し、Console が代わりに処理しました。',
    at: new Date(here.clock.now()).toISOString(),
  });
  const signature = createHmac('sha256', 'key')
    .update(one?.raw ?? '')
    .digest('hex');
  expect(one?.headers['x-waystation-signature']).toBe(`sha256=${signature}`);
});

test('what does not arrive is tried three times, later each time, and then stands beside the webhook', async () => {
  await using service = await receiver();
  await using here = await relayWith();
  const { id } = await here.admin.createWebhook({ ...usual, kind: 'feishu', url: `${service.url}/hook/secret-part` });
  service.answers.push(
    { status: 503 },
    { status: 429 },
    { body: { code: 11232, msg: 'too many for /hook/secret-part' } },
  );
  await here.fails();
  const came = (count: number) => eventually(async () => service.taken.length === count);
  const failure = async () => (await here.admin.listWebhooks({})).find((one) => one.id === id)?.failure?.message;
  await came(1);
  await eventually(async () => (await failure()) === 'It answered 503 and did not take the message');
  here.clock.advance(4_999);
  expect(service.taken).toHaveLength(1);
  here.clock.advance(1);
  await came(2);
  await eventually(async () => (await failure())?.includes('429'));
  here.clock.advance(30_000);
  await came(3);
  const expected = 'It answered 200 and did not take the message: too many for /hook/•••';
  await eventually(async () => (await failure()) === expected);
  here.clock.advance(600_000);
  await here.fails();
  await eventually(async () => service.taken.length === 4);
  expect(service.taken).toHaveLength(4);
});

test('what the service does not want is not tried again, and only what is wanted is told', async () => {
  await using service = await receiver();
  await using here = await relayWith();
  const { id } = await here.admin.createWebhook({ ...usual, kind: 'slack', url: `${service.url}/x` });
  service.answers.push({ status: 404, body: 'no_service' });
  await here.fails();
  await eventually(async () => (await here.admin.listWebhooks({}))[0]?.failure !== undefined);
  here.clock.advance(600_000);
  await here.fails({ kind: 'tool-drifted' });
  await here.admin.updateWebhook({ id, isEnabled: false });
  await here.fails();
  await here.admin.updateWebhook({ id, isEnabled: true, types: ['tool-drifted'] });
  await here.fails();
  await here.fails({ kind: 'tool-drifted', subjectName: 'Codex' });
  await eventually(async () => service.taken.length === 2);
  expect(service.taken[1]?.body['text']).toMatch(/^Waystation: Another program changed the settings of Codex/);
});

test('the test button sends one message and says what came of it', async () => {
  await using service = await receiver();
  await using here = await relayWith();
  const chat = { kind: 'wecom', url: `${service.url}/x`, language: 'zh-CN' } as const;
  const { id } = await here.admin.createWebhook({ ...usual, ...chat });
  service.answers.push({ body: { errcode: 93000, errmsg: 'invalid webhook url' } }, { body: { errcode: 0 } });
  expect(await here.admin.testWebhook({ id })).toEqual({
    arrived: false,
    message: 'It answered 200 and did not take the message: invalid webhook url',
  });
  expect(await here.admin.testWebhook({ id })).toEqual({ arrived: true });
  expect(service.taken.map(({ body }) => body['text'])).toEqual(
    Array.from({ length: 2 }, () => ({ content: 'Waystation: 有事发生时，Waystation 会这样通知您。' })),
  );
  expect((await here.admin.listWebhooks({}))[0]).toMatchObject({ host: new URL(service.url).host, hasSecret: false });
});

test('an address of this computer or its network needs the owner’s word, and the cloud’s own is never one', async () => {
  await using here = await relayWith();
  const make = async (url: string, allowLocal: boolean, more: object = {}) =>
    await here.admin.createWebhook({ ...usual, kind: 'slack', url, allowLocal, ...more }).then(
      () => 'taken',
      (error: unknown) => String(error),
    );
  expect(await make('https://hooks.example/x', false)).toBe('taken');
  expect(await make('https://192.168.1.9/x', true)).toBe('taken');
  for (const url of ['https://192.168.1.9/x', 'https://localhost/x', 'https://[::1]/x', 'https://10.1/x'])
    expect(await make(url, false)).toMatch(/allow local addresses/);
  for (const url of [
    'https://169.254.169.254/x',
    'https://metadata.google.internal/x',
    'https://user:word@hooks.example/',
  ])
    expect(await make(url, true)).toMatch(/no address that messages are sent to/);
  for (const url of ['http://hooks.example/x', 'file:///etc/passwd', 'nonsense'])
    expect(await make(url, true)).toMatch(/url: must/);
  expect(await make('https://hooks.example/x', false, { secret: 'x' })).toMatch(/secret: this service knows none/);
  expect(await make('https://hooks.example/x', false, { kind: 'telegram' })).toMatch(/token of the bot/);
  expect(await make('https://hooks.example/x', false, { kind: 'telegram', secret: 'x' })).toMatch(/chatId: is missing/);
  // What was allowed and is taken back holds for what is there.
  const local = (await here.admin.listWebhooks({})).find(({ allowLocal }) => allowLocal);
  await expect(here.admin.updateWebhook({ id: local?.id ?? '', allowLocal: false })).rejects.toThrow(/allow local/);
});

test('where it goes is looked at again whenever something is sent', async () => {
  await using service = await receiver();
  await using here = await relayWith();
  const port = new URL(service.url).port;
  const { id } = await here.admin.createWebhook({ ...usual, kind: 'slack', url: `${service.url}/x` });
  const { db } = here.relay.app.parts.store;
  await db.updateTable('webhooks').set({ allow_local: 0 }).where('id', '=', id).execute();
  const { arrived, message } = await here.admin.testWebhook({ id });
  expect([arrived, message]).toEqual([false, expect.stringMatching(/could not be reached/)]);
  expect(message).not.toContain(port);
  expect(service.taken).toEqual([]);
});

test('a change is in the record, without the address', async () => {
  await using here = await relayWith();
  const secretUrl = 'https://hooks.example/services/very-secret';
  const { id } = await here.admin.createWebhook({ ...usual, kind: 'feishu', url: secretUrl, secret: 'signs' });
  here.clock.advance(1_000);
  await here.admin.updateWebhook({ id, name: 'night', secret: null });
  here.clock.advance(1_000);
  await here.admin.removeWebhook({ id });
  const { entries } = await here.admin.listAudit({ limit: 10 });
  const own = entries.filter(({ kind }) => kind === 'webhook');
  expect(own.map(({ action, object }) => [action, object])).toEqual(
    ['removeWebhook', 'updateWebhook', 'createWebhook'].map((action) => [action, id]),
  );
  expect(own[1]).toMatchObject({
    before: { name: 'ops', sealed: 'secret' },
    after: { name: 'night', sealed: 'changed' },
  });
  expect(JSON.stringify(own)).not.toMatch(/very-secret|signs/);
  await expect(here.admin.testWebhook({ id })).rejects.toThrow(/no such webhook/);
});

test('of several nodes on one database one tells it', async () => {
  await using here = await relayWith();
  const { webhooks } = here.relay.app.parts;
  const { id } = await here.admin.createWebhook({ ...usual, kind: 'slack', url: 'https://hooks.example/x' });
  const claims = await Promise.all([webhooks.claim(id, 7), webhooks.claim(id, 7), webhooks.claim(id, 8)]);
  expect(claims.filter(Boolean)).toHaveLength(2);
  expect(await webhooks.claim(id, 8)).toBe(false);
});
