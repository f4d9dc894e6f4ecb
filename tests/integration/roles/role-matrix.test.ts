import { describe, expect, test } from 'vitest';
import type { ProtocolId } from '../../../app/domain/conversation.ts';
import { protocols } from '../../../app/protocols/index.ts';
import { routeFacts } from '../../../app/protocols/routes.ts';
import { accessRoutes, adminRoot, routes } from '../../../app/server/admin/contract.ts';
import { exportPath } from '../../../app/server/admin/contract-usage.ts';
import { type ClientRoute, clientRoutes, type RelayRoute } from '../../../app/server/client-routes.ts';
import { RawConnection, type RawRequest, requestBytes } from '../../support/raw-http.ts';
import { helloWhole, type TestApp } from '../../support/test-app.ts';
import { adminRequest, type CallerName, callerNames, openRig, type Rig } from './callers.ts';
import {
  adminTable,
  listTable,
  open,
  otherTable,
  ownedRow,
  pageTable,
  type Row,
  relayTable,
  socketRow,
} from './expected.ts';

const tables = [
  ...(['accounts', 'account_health', 'account_timeline', 'account_errors', 'account_groups'] as const),
  ...([
    'account_models',
    'keys',
    'members',
    'plans',
    'key_uses',
    'key_devices',
    'removed_keys',
    'usage',
    'usage_rollups',
    'budgets',
  ] as const),
  ...(['price_versions', 'own_prices', 'settings', 'model_aliases', 'server_state'] as const),
  'audit' as const,
] as const;

interface Question extends RawRequest {
  readonly method: string;
  readonly path: string;
}

type Asked = readonly [name: string, question: Question, expected: Row | undefined];

const found = clientRoutes(protocols);
const model = 'claude-sonnet-4-5';
const contents = [{ role: 'user', parts: [{ text: 'Hello' }] }];
const bodies: Readonly<Record<ProtocolId, object>> = {
  anthropic: helloWhole,
  'openai-chat': { model, messages: helloWhole.messages },
  'openai-responses': { model, input: 'Hello' },
  gemini: { contents },
};

/** Paths with names in them: the others are in the route table itself. */
const namedPaths: readonly (readonly [string, string])[] = [
  ['POST', `/model/${model}/invoke`],
  ['POST', `/bedrock/model/${model}/invoke-with-response-stream`],
  ...['', '/gemini', '/api'].flatMap((prefix) =>
    ['generateContent', 'streamGenerateContent', 'countTokens', 'embedContent', 'batchEmbedContents'].map(
      (verb): [string, string] => ['POST', `${prefix}/v1beta/models/${model}:${verb}`],
    ),
  ),
  ['POST', `/openai/deployments/${model}/chat/completions`],
  ['POST', `/azure/openai/deployments/${model}/embeddings`],
  ['POST', `/azure/openai/deployments/${model}/images/generations`],
  ['POST', `/openai/deployments/${model}/completions`],
  ['GET', '/v1internal/operations/unknown'],
  ['GET', '/v1/responses/resp_unknown'],
  ['DELETE', '/openai/v1/responses/resp_unknown'],
  ['POST', '/responses/resp_unknown/cancel'],
  ['GET', '/v1/responses/resp_unknown/input_items'],
  ['GET', '/v1/messages/batches'],
  ['POST', '/v1/messages/batches'],
  ['GET', '/v1/messages/batches/msgbatch_unknown'],
  ['DELETE', '/api/v1/messages/batches/msgbatch_unknown'],
  ['POST', '/claude/v1/messages/batches/msgbatch_unknown/cancel'],
  ['GET', '/v1/messages/batches/msgbatch_unknown/results'],
  ['GET', '/v1/files'],
  ['POST', '/claude/v1/files'],
  ['GET', '/claude/v1/files/file_unknown'],
  ['DELETE', '/claude/v1/files/file_unknown'],
  ['GET', '/claude/v1/files/file_unknown/content'],
  ['GET', '/openai/v1/files/file_unknown'],
  ['GET', '/v1/files/file_unknown/content'],
  ['POST', '/v1/batches'],
  ['GET', '/v1/batches/batch_unknown'],
  ['POST', '/openai/v1/batches/batch_unknown/cancel'],
  ['POST', '/v1/conversations'],
  ['GET', '/v1/conversations/conv_unknown'],
  ['GET', '/v1/conversations/conv_unknown/items'],
  ['DELETE', '/openai/v1/conversations/conv_unknown/items/item_unknown'],
  ['GET', `/v1/models/${model}`],
  ['GET', `/v1beta/models/${model}`],
];

const adminQuestions: readonly Asked[] = [
  ...Object.entries({ ...routes, ...accessRoutes }).map(
    ([name, route]): Asked => [name, adminRequest(route), rowOf(name)],
  ),
  ['exportUsage', { method: 'GET', path: adminRoot + exportPath }, adminTable.exportUsage],
  ['downloadBackup', { method: 'GET', path: `${adminRoot}/backups/unknown/file` }, adminTable.downloadBackup],
];

const pageQuestions = Object.entries(pageTable).map(([name, row]): Asked => {
  const [method = '', path = ''] = name.split(' ');
  return [name, { method, path, ...(method === 'POST' && { body: '{}' }) }, row];
});

const clientQuestions: readonly Asked[] = [
  ...found.paths.flatMap((path) => ['GET', 'POST'].flatMap((method) => clientQuestion(method, path))),
  ...namedPaths.flatMap(([method, path]) => clientQuestion(method, path)),
];

const questions = [...adminQuestions, ...pageQuestions, ...clientQuestions];

function rowOf(name: string): Row | undefined {
  return Object.entries(adminTable).find(([known]) => known === name)?.[1];
}

function clientQuestion(method: string, path: string): readonly Asked[] {
  const route = found.find(path);
  const name = `${method} ${path}`;
  if (route === undefined) return [[name, { method, path }, undefined]];
  if (route.kind === 'hello') return [];
  const isRelay = route.kind === 'relay';
  const methods = methodsOf(route);
  const question = { method, path, ...(method !== 'GET' && { body: JSON.stringify(isRelay ? bodyOf(route) : {}) }) };
  return [[name, question, methods.includes(method) ? (listTable[name] ?? rowFor(route)) : open(405)]];
}

function methodsOf(route: Exclude<ClientRoute, { readonly kind: 'hello' }>): readonly string[] {
  if (route.kind === 'relay') return route.methods ?? ['POST'];
  return route.kind === 'holder' && route.page === 'top-up' ? ['POST'] : ['GET'];
}

/** Without a hint whose client asks, a path of two vendors is Anthropic's. */
function rowFor(route: Exclude<ClientRoute, { readonly kind: 'hello' }>): Row {
  if (route.kind === 'relay') return relayTable[(route.inDialect ?? route).route];
  return otherTable[route.kind === 'holder' && route.page === 'top-up' ? 'top-up' : route.kind];
}

function bodyOf({ route, protocol }: RelayRoute): object {
  if (route === 'assist-count') return { request: { model: `models/${model}`, contents } };
  return route.startsWith('assist-') ? { model, request: { contents } } : bodies[protocol.id];
}

/** The head of the answer: a stream of events has no end. */
async function ask(rig: Rig, caller: CallerName, question: Question): Promise<number> {
  const headers = { 'content-type': 'application/json', ...(await rig.headersOf(caller)) };
  rig.rest();
  if (question.method !== 'HEAD' && !question.path.endsWith('/events')) {
    return (await rig.relay.request({ ...question, headers })).status;
  }
  await using client = await RawConnection.open(rig.relay.port);
  await client.send(requestBytes(rig.relay.port, { ...question, headers }));
  return await headOf(client);
}

async function headOf(client: RawConnection): Promise<number> {
  return Number((await client.until('\r\n\r\n')).toString('latin1').split(' ')[1]);
}

/** All that is stored. */
async function dump({ app }: TestApp): Promise<string> {
  const { db } = app.parts.store;
  return JSON.stringify(await Promise.all(tables.map((table) => db.selectFrom(table).selectAll().execute())));
}

describe('Q15 role-matrix', () => {
  test('Q15 role-matrix: every route has its row, and every row its route', () => {
    expect(questions.filter(([, , row]) => row === undefined).map(([name]) => name)).toEqual([]);
    expect(Object.keys(adminTable).sort()).toEqual(adminQuestions.map(([name]) => name).sort());
    const asked = clientQuestions.flatMap(([, { path }]) => found.find(path) ?? []);
    const reached = asked.flatMap((route) => (route.kind === 'relay' ? [route.route] : []));
    expect([...new Set(reached)].sort()).toEqual(Object.keys(routeFacts).sort());
    expect(Object.keys(relayTable).sort()).toEqual(Object.keys(routeFacts).sort());
  });

  test.each(callerNames)('Q15 role-matrix: every route answers as the table says to: %s', async (caller) => {
    await using rig = await openRig();
    await rig.headersOf(caller);
    const before = await dump(rig.relay);
    const seen: [string, number][] = [];
    for (const [name, question] of questions) seen.push([name, await ask(rig, caller, question)]);
    expect(seen).toEqual(questions.map(([name, , row]) => [name, row?.[caller]]));
    const isLetIn = ['key', 'other key', 'LAN key', 'session', 'control'].includes(caller);
    // Who is refused everywhere has changed nothing, and no upstream has heard of it.
    if (!isLetIn) expect([await dump(rig.relay), rig.relay.upstream.requests]).toEqual([before, []]);
  });

  test('Q15 role-matrix: what a key made is there for that key alone', async () => {
    await using rig = await openRig();
    const requests = [{ custom_id: 'r0', params: helloWhole }];
    const headers = { 'content-type': 'application/json', ...(await rig.headersOf('key')) };
    const batches = '/v1/messages/batches';
    const made = await rig.relay.request({
      method: 'POST',
      path: batches,
      body: JSON.stringify({ requests }),
      headers,
    });
    const own = `${batches}/${String(made.json()['id'])}`;
    for (const path of [own, `${own}/results`]) {
      expect([path, await rowSeen(rig, { method: 'GET', path })]).toEqual([path, ownedRow]);
    }
    // Nor may anybody else end it; whoever made it may.
    const cancel = { method: 'POST', path: `${own}/cancel`, body: '{}' };
    expect(await rowSeen(rig, cancel)).toEqual(ownedRow);
  });

  test('Q15 role-matrix: a WebSocket is opened for keys that work, and for nobody else', async () => {
    await using rig = await openRig();
    const handshake = {
      ...{ connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    };
    const seen: Partial<Record<CallerName, number>> = {};
    for (const caller of callerNames) {
      await using client = await RawConnection.open(rig.relay.port);
      const headers = { ...handshake, ...(await rig.headersOf(caller)) };
      await client.send(requestBytes(rig.relay.port, { path: '/v1/responses', headers }));
      seen[caller] = await headOf(client);
    }
    expect(seen).toEqual(socketRow);
  });
});

async function rowSeen(rig: Rig, question: Question): Promise<Partial<Row>> {
  const seen: Partial<Record<CallerName, number>> = {};
  for (const caller of callerNames) seen[caller] = await ask(rig, caller, question);
  return seen;
}
