import { describe, expect, test } from 'vitest';
import { overHttp } from '../../app/cli/client.ts';
import { adminRoot, type Operations } from '../../app/server/admin/contract.ts';
import { AdminError } from '../../app/server/admin/errors.ts';
import { refuses } from '../support/fake-anthropic/answers.ts';
import { FakeGemini } from '../support/fake-gemini/fake-gemini.ts';
import { hello, type Reply, TestApp } from '../support/test-app.ts';

function operationsOf(relay: TestApp): Operations {
  return overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
}

/** A new key, asked for as no typed client would. */
function postKey(relay: TestApp, body: string, headers: Record<string, string> = {}): Promise<Reply> {
  const authorization = `Bearer ${relay.app.controlToken}`;
  const usual = { authorization, 'content-type': 'application/json' };
  return relay.request({ method: 'POST', path: `${adminRoot}/keys`, body, headers: { ...usual, ...headers } });
}

async function refusalOf(work: Promise<unknown>): Promise<Pick<AdminError, 'kind' | 'message'>> {
  const error = await work.then(
    () => undefined,
    (refused: unknown) => refused,
  );
  if (!(error instanceof AdminError)) throw new Error(`It was not refused: ${String(error)}`);
  return { kind: error.kind, message: error.message };
}

describe('accounts', () => {
  test('an account is made, changed, paused, resumed and removed, and the relay follows at once', async () => {
    await using relay = await TestApp.start({ upstreams: 1 });
    const admin = operationsOf(relay);
    const { id: first } = relay.account(0).account;
    const added = await admin.createAccount({
      name: 'spare',
      provider: 'claude-console',
      settings: { baseUrl: relay.upstream.url, auth: 'bearer' },
      secret: 'sk-spare-credential',
      allowLocalUpstream: true,
      priority: 1,
      modelMap: { 'claude-sonnet-4-5': 'claude-sonnet-5' },
    });
    expect(added).toMatchObject({ name: 'spare', hasSecret: true, health: { state: 'active' }, inFlight: 0 });
    expect((await relay.messages()).status).toBe(200);
    expect((await admin.listUsage({}))[0]).toMatchObject({ accountId: added.id, upstreamModel: 'claude-sonnet-5' });

    expect(await admin.pauseAccount({ id: added.id })).toMatchObject({ isEnabled: false });
    await relay.messages();
    expect((await admin.listUsage({ limit: 1 }))[0]).toMatchObject({ accountId: first });

    await admin.resumeAccount({ id: added.id });
    await admin.updateAccount({ id: added.id, priority: 99, name: 'last' });
    await relay.messages();
    expect((await admin.listUsage({ limit: 1 }))[0]).toMatchObject({ accountId: first });
    expect(await admin.showAccount({ id: added.id })).toMatchObject({ name: 'last', priority: 99, isEnabled: true });

    expect(await admin.removeAccount({ id: added.id })).toEqual({ id: added.id, removed: true });
    expect((await admin.listAccounts({})).map(({ id }) => id)).toEqual([first]);
    expect(await refusalOf(admin.showAccount({ id: added.id }))).toMatchObject({ kind: 'not-found' });
  });

  test('a new credential and a resume both forget what stood against an account', async () => {
    await using relay = await TestApp.start();
    const admin = operationsOf(relay);
    const { id } = relay.account(0).account;
    relay.upstream.script([refuses(401), refuses(401)]);
    await relay.messages();
    expect((await admin.showAccount({ id })).health).toMatchObject({ state: 'needs-sign-in' });
    expect((await admin.doctor({})).checks).toContainEqual(
      expect.objectContaining({ name: 'account upstream-0', outcome: 'fail' }),
    );
    const updated = await admin.updateAccount({ id, secret: 'sk-ant-new' });
    expect(updated.health.state).toBe('active');
    expect((await relay.messages()).status).toBe(200);
    expect(relay.upstream.calls.at(-1)?.headers['x-api-key']).toBe('sk-ant-new');
    expect((await admin.resumeAccount({ id })).health.state).toBe('active');
  });

  test('A16 upstream-origin: an address cannot be changed while the old credential stays', async () => {
    await using relay = await TestApp.start();
    const admin = operationsOf(relay);
    const { id } = relay.account(0).account;
    const moved = { id, settings: { baseUrl: 'https://elsewhere.example' } };
    expect((await refusalOf(admin.updateAccount(moved))).message).toMatch(/give the credential again/);
    expect(await admin.updateAccount({ ...moved, secret: 'sk-ant-other' })).toMatchObject({ settings: moved.settings });
  });

  test('A17 ssrf-config: an upstream on this computer needs an explicit word, metadata addresses are never taken', async () => {
    await using relay = await TestApp.start({ upstreams: 0 });
    const admin = operationsOf(relay);
    const account = { name: 'local', provider: 'anthropic', secret: 'sk-ant-local' } as const;
    for (const host of ['127.0.0.1:9', '[::1]:9', '0.0.0.0', '169.254.169.254']) {
      const refusal = await refusalOf(admin.createAccount({ ...account, settings: { baseUrl: `http://${host}` } }));
      expect(refusal.kind).toBe('request-invalid');
    }
    const metadata = { ...account, settings: { baseUrl: 'http://169.254.169.254' }, allowLocalUpstream: true };
    expect(await refusalOf(admin.createAccount(metadata))).toMatchObject({ kind: 'request-invalid' });
    expect(await admin.listAccounts({})).toEqual([]);
  });

  test('a test makes one real request, and neither usage nor health follow from it', async () => {
    await using relay = await TestApp.start();
    const admin = operationsOf(relay);
    const { id } = relay.account(0).account;
    expect(await admin.testAccount({ id })).toMatchObject({
      ok: true,
      accountId: id,
      model: 'claude-haiku-4-5',
      status: 200,
    });
    relay.upstream.script([refuses(401)]);
    expect(await admin.testAccount({ id, model: 'claude-opus-5' })).toMatchObject({
      ok: false,
      model: 'claude-opus-5',
      status: 401,
      fault: 'credential-rejected',
    });
    expect((await admin.showAccount({ id })).health.state).toBe('active');
    expect(await admin.listUsage({})).toEqual([]);
  });

  test('an account of another vendor is tested in its own protocol, with a model that has to be named', async () => {
    await using relay = await TestApp.start({ upstreams: 0 });
    await using fake = await FakeGemini.start();
    const admin = operationsOf(relay);
    const { id } = await admin.createAccount({
      name: 'gemini',
      provider: 'gemini',
      settings: { baseUrl: fake.url },
      secret: 'AIzaMadeUpMadeUpMadeUpMadeUpMadeUpMadeU',
      allowLocalUpstream: true,
    });
    expect(await refusalOf(admin.testAccount({ id }))).toMatchObject({ kind: 'request-invalid' });
    expect(await admin.testAccount({ id, model: 'gemini-3.8-flash' })).toMatchObject({ ok: true, status: 200 });
  });
});

describe('keys', () => {
  test('a key is shown once, and every change of it holds from the next call on', async () => {
    await using relay = await TestApp.start();
    const admin = operationsOf(relay);
    const { key: secret, ...shown } = await admin.createKey({ name: 'laptop', models: ['claude-*'] });
    expect(secret).toMatch(/^wsk_[\w-]{43}$/);
    expect(await admin.showKey({ id: shown.id })).toEqual({ ...shown, standings: [] });
    const call = async () => (await relay.messages(hello, { 'x-api-key': secret })).status;
    expect(await call()).toBe(200);
    await admin.updateKey({ id: shown.id, isEnabled: false });
    expect(await call()).not.toBe(200);
    await admin.updateKey({ id: shown.id, isEnabled: true, models: ['claude-haiku-*'] });
    expect(await call()).toBe(403);
    await admin.updateKey({ id: shown.id, models: [] });
    expect(await call()).toBe(200);
    await admin.removeKey({ id: shown.id });
    expect(await call()).not.toBe(200);
    expect(await refusalOf(admin.removeKey({ id: shown.id }))).toMatchObject({ kind: 'not-found' });
  });

  test('a key is bound to an account that exists, and set free again', async () => {
    await using relay = await TestApp.start({ upstreams: 2 });
    const admin = operationsOf(relay);
    const [first, second] = [relay.account(0).account.id, relay.account(1).account.id];
    const { key: secret, ...shown } = await admin.createKey({ name: 'laptop', accountId: second });
    expect([shown.accountId, (await admin.showKey({ id: shown.id })).accountId]).toEqual([second, second]);
    const servedBy = async () => {
      await relay.messages(hello, { 'x-api-key': secret });
      return (await admin.listUsage({ limit: 1 }))[0]?.accountId;
    };
    expect(await servedBy()).toBe(second);
    expect((await admin.updateKey({ id: shown.id, accountId: first })).accountId).toBe(first);
    expect(await servedBy()).toBe(first);
    for (const accountId of ['acc_none', shown.id]) {
      const unknown = { kind: 'request-invalid', message: expect.stringContaining('there is no such account') };
      expect(await refusalOf(admin.createKey({ name: 'other', accountId }))).toMatchObject(unknown);
      expect(await refusalOf(admin.updateKey({ id: shown.id, accountId }))).toMatchObject(unknown);
    }
    expect((await admin.updateKey({ id: shown.id, name: 'desk' })).accountId).toBe(first);
    expect((await admin.updateKey({ id: shown.id, accountId: null })).accountId).toBeUndefined();
    expect(await admin.listKeys({})).toHaveLength(2);
  });
});

describe('usage', () => {
  test('calls are listed newest first, filtered, added up and explained', async () => {
    await using relay = await TestApp.start({ upstreams: 2 });
    const admin = operationsOf(relay);
    const [first, second] = [relay.account(0).account.id, relay.account(1).account.id];
    await relay.messages();
    relay.upstream.script([refuses(429, { headers: { 'retry-after': '600' } })]);
    await relay.messages({ ...hello, model: 'claude-opus-5' });
    await relay.rowsOnce(2);
    const [newest, oldest] = await admin.listUsage({});
    if (!newest || !oldest) throw new Error('there are no calls');
    expect([newest.model, oldest.model]).toEqual(['claude-opus-5', 'claude-sonnet-4-5']);
    expect(newest.attempts.map(({ accountId, fault }) => [accountId, fault])).toEqual([
      [first, 'rate-limited'],
      [second, undefined],
    ]);
    expect(await admin.listUsage({ limit: 1 })).toEqual([newest]);
    expect(await admin.listUsage({ account: first })).toEqual([oldest]);
    expect(await admin.listUsage({ key: relay.keyId, before: newest.startedAt, since: 0 })).toEqual([oldest]);
    expect(await admin.listUsage({ status: 'failed' })).toEqual([]);
    const byAccount = await admin.summarizeUsage({ by: 'account' });
    expect(byAccount.map(({ group, calls }) => [group, calls]).sort()).toEqual(
      [
        [first, 1],
        [second, 1],
      ].sort(),
    );
    expect(byAccount.reduce((total, { costNanoUsd }) => total + costNanoUsd, 0)).toBe(
      (newest.costNanoUsd ?? 0) + (oldest.costNanoUsd ?? 0),
    );
    const explained = await admin.explainCall({ requestId: newest.requestId });
    expect(explained).toMatchObject({
      call: newest,
      keyName: 'test',
      accountNames: { [first]: 'upstream-0', [second]: 'upstream-1' },
    });
    expect(explained.verdicts.map(({ accountId, rank }) => [accountId, rank])).toEqual([
      [first, 0],
      [second, 1],
    ]);
    expect(await refusalOf(admin.explainCall({ requestId: 'req_unknown' }))).toMatchObject({ kind: 'not-found' });
  });
});

describe('what is sent is checked before anything happens', () => {
  test('Q16 mass-assignment: fields that are not in the contract are refused on every mutation', async () => {
    await using relay = await TestApp.start();
    const { id } = relay.account(0).account;
    const key = await relay.app.parts.keyRepository.find(relay.keyId);
    const attempts: readonly (readonly [string, string, object])[] = [
      ['POST', '/keys', { name: 'x', id: 'key_mine' }],
      ['POST', '/keys', { name: 'x', hash: '00' }],
      ['POST', '/keys', { name: 'x', isEnabled: true }],
      ['POST', '/keys', { name: 'x', role: 'admin' }],
      ['PATCH', `/keys/${relay.keyId}`, { hash: '00' }],
      ['PATCH', `/keys/${relay.keyId}`, { prefix: 'aaaa' }],
      ['PATCH', `/keys/${relay.keyId}`, { id: 'key_other' }],
      ['PATCH', `/keys/${relay.keyId}`, { costNanoUsd: 0 }],
      ['POST', '/accounts', { name: 'x', provider: 'anthropic', secret: 's', health: { state: 'active' } }],
      ['POST', '/accounts', { name: 'x', provider: 'anthropic', secret: 's', settings: { extra: 1 } }],
      ['PATCH', `/accounts/${id}`, { provider: 'claude-console' }],
      ['PATCH', `/accounts/${id}`, { isEnabled: false }],
      ['POST', `/accounts/${id}/resume`, { health: {} }],
      ['POST', `/accounts/${id}/test`, { baseUrl: 'https://evil.example' }],
      ['DELETE', `/accounts/${id}`, { force: true }],
      ['POST', '/ticket', { life: 1e9 }],
    ];
    for (const [method, path, body] of attempts) {
      const headers = { authorization: `Bearer ${relay.app.controlToken}`, 'content-type': 'application/json' };
      const text = JSON.stringify(body);
      const reply = await relay.request({ method, path: adminRoot + path, headers, body: text });
      expect([method, path, text, reply.status]).toEqual([method, path, text, 400]);
      expect(reply.json()).toMatchObject({ error: { kind: 'request-invalid' } });
    }
    expect(await relay.app.parts.keyRepository.list()).toEqual([key]);
    expect(await relay.app.parts.accountRepository.list()).toHaveLength(1);
  });

  test('P07 proto-pollution: names from the prototype are refused like any other unknown field', async () => {
    await using relay = await TestApp.start({ upstreams: 0 });
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect((await postKey(relay, `{"name":"x","${name}":{"isEnabled":true}}`)).status).toBe(400);
    }
    const made = await operationsOf(relay).createAccount({
      name: 'x',
      provider: 'anthropic-passthrough',
      modelMap: JSON.parse('{"constructor":"a","toString":"b"}'),
    });
    expect(made.modelMap).toEqual(JSON.parse('{"constructor":"a","toString":"b"}'));
  });

  test('a body that is malformed, too large, compressed or no object is refused without repeating it', async () => {
    await using relay = await TestApp.start({ upstreams: 0 });
    const attempts: readonly (readonly [string, Record<string, string>, number])[] = [
      ['{"name": CANARY}', {}, 400],
      ['["CANARY"]', {}, 400],
      ['"CANARY"', {}, 400],
      [`{"name":"CANARY${'x'.repeat(1_100_000)}"}`, {}, 413],
      ['{"name":"CANARY"}', { 'content-encoding': 'gzip' }, 415],
      ['{"name":"CANARY"}', { 'content-type': 'application/json; charset=utf-16' }, 415],
      ['{"name":"CANARY"}', { 'content-type': 'application/vnd.api+json' }, 415],
      ['{"name":123,"CANARY":1}', {}, 400],
    ];
    for (const [body, headers, status] of attempts) {
      const reply = await postKey(relay, body, headers);
      expect([body.slice(0, 20), reply.status]).toEqual([body.slice(0, 20), status]);
      expect(reply.json()).toMatchObject({ error: { kind: expect.any(String), message: expect.any(String) } });
      expect(reply.text.replace('Unrecognized key: \\"CANARY\\"', '')).not.toContain('CANARY');
    }
    expect(await relay.app.parts.keyRepository.list()).toHaveLength(1);
  });

  test('a query that is no number or is there twice is refused', async () => {
    await using relay = await TestApp.start({ upstreams: 0 });
    const headers = { authorization: `Bearer ${relay.app.controlToken}` };
    for (const query of [
      'limit=0',
      'limit=1001',
      'limit=-1',
      'limit=',
      'limit=1e3',
      'limit=1&limit=2',
      'x=1',
      'status=x',
    ]) {
      const reply = await relay.request({ path: `${adminRoot}/usage?${query}`, headers });
      expect([query, reply.status]).toEqual([query, 400]);
    }
    for (const path of ['/nothing', '/accounts/%E0%A4%A', `/accounts/${'x'.repeat(200)}`]) {
      expect([404, 400]).toContain((await relay.request({ path: adminRoot + path, headers })).status);
    }
  });
});

test('D23 log-canary: no admin answer carries a secret, but the one that makes a key', async () => {
  await using relay = await TestApp.start();
  const admin = operationsOf(relay);
  const canaries = ['CANARYcredential', 'CANARYpassword', relay.secret, relay.app.controlToken];
  const { id } = await admin.createAccount({
    name: 'canary',
    provider: 'anthropic',
    settings: { baseUrl: relay.upstream.url },
    allowLocalUpstream: true,
    secret: 'sk-ant-CANARYcredential',
    proxy: 'http://user:CANARYpassword@127.0.0.1:9',
    priority: 1,
  });
  const made = await admin.createKey({ name: 'once' });
  await relay.messages({ ...hello, messages: [{ role: 'user', content: 'CANARYcredential' }] });
  await relay.rowsOnce(1);
  const [call] = await admin.listUsage({});
  const answers = [
    await admin.status({}),
    await admin.doctor({}),
    await admin.listAccounts({}),
    await admin.updateAccount({ id, secret: 'sk-ant-CANARYcredential', weight: 3 }),
    await admin.pauseAccount({ id }),
    await admin.resumeAccount({ id }),
    await admin.testAccount({ id }),
    await refusalOf(admin.createAccount({ name: 'canary', provider: 'anthropic', secret: 'CANARYcredential' })),
    await refusalOf(admin.updateAccount({ id, proxy: 'ftp://user:CANARYpassword@127.0.0.1' })),
    await admin.listKeys({}),
    await admin.showKey({ id: made.id }),
    await admin.updateKey({ id: made.id, isEnabled: false }),
    await admin.summarizeUsage({ by: 'account' }),
    await admin.explainCall({ requestId: call?.requestId ?? '' }),
    await admin.removeKey({ id: made.id }),
    await admin.removeAccount({ id }),
  ];
  const text = JSON.stringify(answers);
  for (const canary of [...canaries, made.key]) expect(text).not.toContain(canary);
  const { hash } = await relay.app.parts.store.db.selectFrom('keys').select('hash').executeTakeFirstOrThrow();
  expect(text).not.toContain(hash);
});
