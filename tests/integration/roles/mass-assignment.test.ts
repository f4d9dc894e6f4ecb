import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { providerIds } from '../../../app/providers/provider-id.ts';
import { accessRoutes, adminRoot, type Route, requestFor, routes } from '../../../app/server/admin/contract.ts';
import { exportPath, exportQuestion } from '../../../app/server/admin/contract-usage.ts';
import { helloWhole, TestApp } from '../../support/test-app.ts';
import { objectsIn } from './schema-objects.ts';

const exportRoute: Route = { method: 'GET', path: exportPath, input: exportQuestion, output: exportQuestion };
const everyRoute: readonly (readonly [string, Route])[] = Object.entries({
  ...routes,
  ...accessRoutes,
  exportUsage: exportRoute,
});

/** What somebody would like to set who may not: who he is, what he owes, what he may. */
const wanted = [
  'role',
  'cost',
  'limit',
  'owner',
  'isAdmin',
  'permissions',
  'costNanoUsd',
  'spent',
  'hash',
  'keyId',
  'constructor',
];

const says = (name: string): unknown => expect.stringContaining(name);
const anthropic = (name: string) =>
  expect.objectContaining({ type: 'error', error: { type: 'invalid_request_error', message: says(name) } });
const openAi = (name: string) => ({
  error: expect.objectContaining({ type: 'invalid_request_error', message: says(name) }),
});
const gemini = (name: string) => ({
  error: expect.objectContaining({ code: 400, status: 'INVALID_ARGUMENT', message: says(name) }),
});
const holderPages: readonly (readonly [string, (name: string) => unknown])[] = [
  ['/v1/me', anthropic],
  ['/v1/key-info', anthropic],
  ['/v1/usage', anthropic],
  ['/api/v1/usage', anthropic],
  ['/claude/v1/key-info', anthropic],
  ['/openai/v1/me', openAi],
  ['/openai/usage', openAi],
  ['/gemini/key-info', gemini],
];

interface Attempt {
  readonly name: string;
  readonly place: string;
  readonly path: string;
  readonly method: Route['method'];
  readonly body: string | undefined;
  readonly extra: readonly string[];
}

const namesIn = ({ path }: Route) => [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);

/** Fields that a route's answer has and its question has not, such as when a key was made. */
function readOnly({ input, output }: Route): readonly string[] {
  const askedFor = new Set(objectsIn(input).flatMap(({ fields }) => [...fields]));
  return objectsIn(output)
    .flatMap(({ place, fields }) => (place === '' || place === '0' ? [...fields] : []))
    .filter((name) => !askedFor.has(name));
}

function attemptsOn([name, route]: readonly [string, Route]): readonly Attempt[] {
  const inPath = Object.fromEntries(namesIn(route).map((field) => [field, 'unknown']));
  return objectsIn(route.input).map((object) => {
    const extra = [...new Set([...wanted, ...readOnly(route)])].filter((field) => !object.fields.has(field));
    const input = object.with(Object.fromEntries(extra.map((field) => [field, 'mine'])));
    const { method, path, body } = requestFor(route, { ...inPath, ...Object(input) });
    return { name, place: object.place, path, method, body, extra };
  });
}

async function send(relay: TestApp, { method, path, body }: Pick<Attempt, 'method' | 'path' | 'body'>) {
  const headers = { authorization: `Bearer ${relay.app.controlToken}`, 'content-type': 'application/json' };
  return await relay.request({ method, path, headers, ...(body !== undefined && { body }) });
}

async function dump({ app }: TestApp): Promise<unknown> {
  const tables = [
    'keys',
    'members',
    'plans',
    'top_ups',
    'accounts',
    'settings',
    'budgets',
    'account_groups',
    'model_aliases',
    'own_prices',
  ] as const;
  return await Promise.all(tables.map((table) => app.parts.store.db.selectFrom(table).selectAll().execute()));
}

describe('Q16 mass-assignment', () => {
  test('Q16 mass-assignment: no route of the admin API takes an object with fields that nobody named', () => {
    const openObjects = everyRoute.flatMap(([name, { input }]) =>
      objectsIn(input).flatMap(({ place, isClosed }) => (isClosed ? [] : [`${name} ${place}`])),
    );
    expect(openObjects).toEqual([]);
  });

  test('Q16 mass-assignment: on every route, as deep as it goes, fields that are not its own are refused by their names', async () => {
    await using relay = await TestApp.start({ upstreams: 0 });
    const before = await dump(relay);
    const attempts = everyRoute.flatMap(attemptsOn);
    const unnamed: unknown[] = [];
    for (const attempt of attempts) {
      const reply = await send(relay, attempt);
      const missing = attempt.extra.filter((field) => !reply.text.includes(`\\"${field}\\"`));
      if (reply.status !== 400 || missing.length > 0)
        unnamed.push([attempt.name, attempt.place, reply.status, reply.text, missing]);
    }
    expect(unnamed).toEqual([]);
    expect(attempts.length).toBeGreaterThan(everyRoute.length);
    expect(await dump(relay)).toEqual(before);
  });

  test('Q16 mass-assignment: nor do settings and the fields of each kind of account', async () => {
    await using relay = await TestApp.start({ upstreams: 0 });
    const before = await dump(relay);
    const settings = z.array(z.object({ name: z.string() })).parse(await relay.admin('/settings'));
    const attempts = [
      ...settings.map(({ name }) => ['PATCH', `/settings/${name}`, { value: { role: 'admin' } }] as const),
      ...providerIds.map((provider) => {
        const account = { name: provider, provider, secret: 'sk-made-up', settings: { role: 'admin' } };
        return ['POST', '/accounts', account] as const;
      }),
    ];
    expect(settings.length).toBeGreaterThan(0);
    for (const [method, path, body] of attempts) {
      const reply = await send(relay, { method, path: adminRoot + path, body: JSON.stringify(body) });
      expect([path, body, reply.status, reply.text]).toEqual([path, body, 400, expect.stringContaining('role')]);
    }
    expect(await dump(relay)).toEqual(before);
  });

  test.each(holderPages)(
    'Q16 mass-assignment: the holder of a key cannot ask for %s as another or with more',
    async (path, error) => {
      await using relay = await TestApp.start({ upstreams: 0 });
      const other = await relay.app.parts.keyRepository.create({ name: 'other' });
      const before = await dump(relay);
      const questions = [...wanted, 'account', 'id', 'groupBy', '__proto__'].map((name) => [
        name,
        `${name}=${other.key.id}`,
      ]);
      for (const [name, query] of [...questions, ['since', 'since=1&since=2']]) {
        const reply = await relay.request({ path: `${path}?${query}`, headers: relay.headers() });
        expect([name, reply.status, reply.json()]).toEqual([name, 400, error(String(name))]);
      }
      // There is nothing to send: who tries to change a key by its own address is told so.
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        const body = JSON.stringify({ role: 'admin', limits: [], owner: 'me' });
        expect((await relay.request({ method, path, headers: relay.headers(), body })).status).toBe(405);
      }
      expect(await dump(relay)).toEqual(before);
    },
  );

  test('Q16 mass-assignment: what a call says of its key, its cost or its account is none of ours', async () => {
    await using relay = await TestApp.start({ upstreams: 2 });
    const other = await relay.app.parts.keyRepository.create({ name: 'other' });
    const before = await relay.app.parts.keyRepository.list();
    const [first, second] = [relay.account(0).account.id, relay.account(1).account.id];
    const said = { role: 'admin', limits: [], owner: 'me', costNanoUsd: 0, keyId: other.key.id, accountId: second };
    const inHeaders = { 'x-waystation-account': second, 'x-waystation-key-id': other.key.id, 'x-waystation-cost': '0' };
    expect((await relay.messages({ ...helloWhole, ...said }, inHeaders)).status).toBe(200);
    const [row] = await relay.rowsOnce(1);
    expect(row).toMatchObject({ keyId: relay.keyId, accountId: first });
    expect(row?.costNanoUsd).toBeGreaterThan(0);
    expect(await relay.app.parts.keyRepository.list()).toEqual(before);
  });
});
