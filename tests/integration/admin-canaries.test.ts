import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { overHttp } from '../../app/cli/client.ts';
import { accessRoutes, type Route, routes } from '../../app/server/admin/contract.ts';
import { writeCrash } from '../../main/crash-log.ts';
import { AdminBrowser } from '../support/admin-client.ts';
import { refuses, says } from '../support/fake-anthropic/answers.ts';
import { TestApp } from '../support/test-app.ts';

const canary = {
  secret: 'sk-ant-CANARY-account-secret',
  newSecret: 'sk-ant-CANARY-second-secret',
  proxy: 'http://user:CANARY-proxy@proxy.example:8080',
  // Its beginning is shown on purpose, to recognise it by.
  imported: 'imported-key-of-somebody-else-CANARY-0123456789',
  password: 'CANARY admin password',
  webhook: 'https://hooks.example/services/CANARY-webhook',
  webhookSecret: 'CANARY-webhook-secret',
  prompt: 'CANARY-prompt',
  answer: 'CANARY-answer',
  upstreamError: 'CANARY-upstream-words',
} as const;

/** Makes one of everything, each with a secret that nobody may ever read again; answers the one-time secrets too. */
async function fill(relay: TestApp): Promise<readonly string[]> {
  const admin = overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
  const account = await admin.createAccount({
    ...{ name: 'canary', provider: 'anthropic', secret: canary.secret, proxy: canary.proxy },
    settings: { baseUrl: 'https://upstream.example' },
  });
  await admin.updateAccount({ id: account.id, secret: canary.newSecret });
  await admin.pauseAccount({ id: account.id });
  await admin.createGroup({ name: 'group', members: [{ accountId: account.id }] });
  await admin.setAlias({ name: 'fast', target: 'claude-haiku-4-5' });
  const made = await admin.createKey({ name: 'one', note: 'n', owner: 'o' });
  const rotated = await admin.rotateKey({ id: made.id });
  const batch = await admin.createKeys({ name: 'many', count: 2 });
  await admin.importKeys({ keys: [{ name: 'imported', secret: canary.imported }] });
  const { webhook: url, webhookSecret } = canary;
  const hook = await admin.createWebhook({
    kind: 'feishu',
    name: 'hook',
    types: ['sharing'],
    url,
    secret: webhookSecret,
  });
  await admin.updateWebhook({ id: hook.id, url: `${url}-2`, secret: `${webhookSecret}-2` });
  await admin.setPassword({ password: canary.password });
  await admin.changeSetting({ name: 'admin.access', value: { allowPassword: true } });
  relay.upstream.script([says(canary.answer), refuses(400, { message: canary.upstreamError })]);
  const body = {
    ...{ model: 'claude-sonnet-4-5', max_tokens: 9 },
    messages: [{ role: 'user', content: canary.prompt }],
  };
  await relay.messages(body);
  await relay.messages(body);
  await relay.rowsOnce(2);
  return [made.key, rotated.key, ...batch.map(({ key }) => key), relay.secret];
}

test('D23 log-canary: no answer of the admin API, no log and no record of a change ever holds a secret', async () => {
  await using relay = await TestApp.start({ upstreams: 1 });
  const shownOnce = await fill(relay);
  const browser = await AdminBrowser.signedIn(relay);
  const token = browser.cookie?.split('=')[1] ?? '';
  const forbidden = ['CANARY', ...shownOnce, token, relay.app.controlToken];
  const { db } = relay.app.parts.store;
  const ids = {
    id: [
      ...(await db.selectFrom('accounts').select('id').execute()),
      ...(await db.selectFrom('keys').select('id').execute()),
      ...(await db.selectFrom('account_groups').select('id').execute()),
    ].map((row) => row.id),
    requestId: (await relay.rows()).map((row) => row.requestId),
  };
  let answered = 0;
  const look = async (name: string, route: Route, input: Readonly<Record<string, unknown>>) => {
    const { text, status } = await browser.ask(route, input);
    answered += Number(status === 200);
    for (const secret of forbidden) expect([name, text.includes(secret)]).toEqual([name, false]);
  };
  for (const [name, route] of Object.entries<Route>({ ...routes, showSession: accessRoutes.showSession })) {
    if (route.method !== 'GET') continue;
    const named = /:(id|requestId)\b/.exec(route.path)?.[1];
    const wanted = named === 'id' || named === 'requestId' ? ids[named].map((id) => ({ [named]: id })) : [{}];
    for (const input of wanted) await look(name, route, input);
  }
  await look('testModel', routes.testModel, { model: 'fast' });
  await look('trash', routes.listKeys, { place: 'trash' });
  // Refusals repeat nothing of what was sent either.
  await look('wrong', routes.createKey, { name: 'x', unknown: 1, key: canary.secret });
  await look('wrong', routes.createAccount, { name: 'x', provider: 'anthropic', secret: { a: canary.secret } });
  expect(answered).toBeGreaterThan(40);
  const logs = join(relay.dataDir, 'logs');
  for (const file of readdirSync(logs).filter((name) => statSync(join(logs, name)).isFile())) {
    const text = readFileSync(join(logs, file), 'utf8');
    for (const secret of forbidden) expect([file, text.includes(secret)]).toEqual([file, false]);
  }
  const audit = JSON.stringify(await db.selectFrom('audit').selectAll().execute());
  for (const secret of forbidden) expect(audit.includes(secret)).toBe(false);
});

test('check 10: no file of the data folder, no crash file and no archive of diagnostics holds a secret in plain text', async () => {
  await using relay = await TestApp.start({ upstreams: 1 });
  const shownOnce = await fill(relay);
  const admin = overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
  writeCrash(relay.dataDir, new Error(`refused ${canary.secret}, then ${shownOnce.join(' ')}`), 0);
  const { archive } = await admin.collectDiagnostics({});
  const { secret, newSecret, imported, password } = canary;
  const forbidden = [secret, newSecret, 'CANARY-proxy', imported, password, ...shownOnce];
  const files = readdirSync(relay.dataDir, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(relay.dataDir, name)).isFile())
    .map((name) => ({ name, bytes: readFileSync(join(relay.dataDir, name)) }));
  const all = [...files, { name: 'archive of diagnostics', bytes: gunzipSync(Buffer.from(archive, 'base64')) }];
  const found = all.flatMap(({ name, bytes }) =>
    forbidden.filter((one) => bytes.includes(one)).map((one) => [name, one]),
  );
  expect(found).toEqual([]);
  // What was looked through is where they are sealed, hashed or left out.
  const names = files.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([expect.stringMatching(/\.sqlite$/), expect.stringMatching(/^crashes/)]),
  );
  expect(files.some(({ bytes }) => bytes.includes('canary'))).toBe(true);
});
