import { request as httpRequest, type IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { overHttp } from '../../app/cli/client.ts';
import { accessRoutes } from '../../app/server/admin/contract.ts';
import { type FeedEventName, feedEvents } from '../../app/server/admin/contract-live.ts';
import { AdminBrowser } from '../support/admin-client.ts';
import { refuses, says } from '../support/fake-anthropic/answers.ts';
import { gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { eventually, TestApp } from '../support/test-app.ts';

interface Heard {
  readonly id: string | undefined;
  readonly name: string;
  readonly data: Record<string, unknown>;
}

/** One stream of events, as an `EventSource` would read it; every event is held against the contract. */
class Listener {
  readonly heard: Heard[] = [];
  readonly status: number;
  isOver = false;
  readonly #response: IncomingMessage;
  #rest = '';

  private constructor(response: IncomingMessage) {
    this.#response = response;
    this.status = response.statusCode ?? 0;
    response.setEncoding('utf8');
    response.on('data', (text: string) => this.#read(text));
    response.on('close', () => {
      this.isOver = true;
    });
  }

  static open(relay: TestApp, headers: Readonly<Record<string, string>>): Promise<Listener> {
    const options = {
      port: relay.port,
      path: '/admin/api/events',
      headers: { accept: 'text/event-stream', ...headers },
    };
    return new Promise((resolve, reject) => {
      httpRequest({ host: '127.0.0.1', ...options }, (response) => resolve(new Listener(response)))
        .on('error', reject)
        .end();
    });
  }

  static control(relay: TestApp, more: Readonly<Record<string, string>> = {}): Promise<Listener> {
    return Listener.open(relay, { authorization: `Bearer ${relay.app.controlToken}`, ...more });
  }

  /** The first event that fits. */
  once(fits: (event: Heard) => boolean): Promise<Heard> {
    return eventually(() => this.heard.find(fits));
  }

  close(): void {
    this.#response.destroy();
  }

  #read(text: string): void {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
      const name = fields.get('event');
      if (name === undefined) continue;
      expect(Object.keys(feedEvents)).toContain(name);
      const data = feedEvents[name as FeedEventName].parse(JSON.parse(fields.get('data') ?? ''));
      this.heard.push({ id: fields.get('id'), name, data });
    }
  }
}

function operationsOf(relay: TestApp) {
  return overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
}

test('a call is told from its beginning to its end, and nothing of what it says', async () => {
  await using relay = await TestApp.start();
  const listener = await Listener.control(relay);
  await listener.once(({ name }) => name === 'hello');
  await relay.messages({
    ...{ model: 'claude-sonnet-4-5', max_tokens: 64, stream: true },
    messages: [{ role: 'user', content: 'canary-prompt' }],
  });
  const { data } = await listener.once(({ name, data }) => name === 'call' && data['phase'] === 'completed');
  const accountId = relay.account(0).account.id;
  expect(data).toMatchObject({
    keyId: relay.keyId,
    model: 'claude-sonnet-4-5',
    accountId,
    attempts: 1,
    httpStatus: 200,
  });
  expect(data['firstByteMs']).toBeTypeOf('number');
  expect(JSON.stringify(listener.heard)).not.toContain('canary');
  listener.close();
});

test('a call on its way is listed, and can be ended', async () => {
  await using relay = await TestApp.start();
  const admin = operationsOf(relay);
  const gate = new Gate();
  relay.upstream.script([gated(says('too late'), { 'before-headers': gate })]);
  const call = relay.messages().catch(() => undefined);
  const [running] = await eventually(async () => {
    const calls = await admin.listRunningCalls({});
    return calls[0]?.phase === 'asking' ? calls : undefined;
  });
  expect(running).toMatchObject({ keyId: relay.keyId, accountId: relay.account(0).account.id, attempts: 1 });
  await admin.cancelCall({ requestId: running?.requestId ?? '' });
  const [row] = await relay.rowsOnce(1);
  expect(row).toMatchObject({ requestId: running?.requestId, status: 'aborted' });
  expect(await admin.listRunningCalls({})).toEqual([]);
  await expect(admin.cancelCall({ requestId: running?.requestId ?? '' })).rejects.toMatchObject({ kind: 'not-found' });
  gate.open();
  await call;
});

test('what somebody changes and what happens to an account is told by name', async () => {
  await using relay = await TestApp.start();
  const admin = operationsOf(relay);
  const listener = await Listener.control(relay);
  await admin.createKey({ name: 'new' });
  await listener.once(({ name, data }) => name === 'changed' && data['resource'] === 'keys');
  relay.upstream.script([refuses(401), refuses(401)]);
  await relay.messages();
  const { data } = await listener.once(({ name }) => name === 'account');
  expect(data).toMatchObject({ accountId: relay.account(0).account.id, state: 'needs-sign-in' });
  listener.close();
});

test('who comes back with the last id gets what was missed, and after a restart a reset', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  const admin = operationsOf(relay);
  const first = await Listener.control(relay);
  const hello = await first.once(({ name }) => name === 'hello');
  first.close();
  await admin.createKey({ name: 'missed' });
  const again = await Listener.control(relay, { 'last-event-id': hello.id ?? '' });
  await again.once(({ name, data }) => name === 'changed' && data['resource'] === 'keys');
  expect(again.heard.map(({ name }) => name)).not.toContain('reset');
  again.close();
  await using anew = await relay.restart();
  const late = await Listener.control(anew, { 'last-event-id': hello.id ?? '' });
  await late.once(({ name }) => name === 'hello');
  expect(late.heard.map(({ name }) => name)).toEqual(['reset', 'hello']);
  late.close();
});

test('the stream of a session that was locked or revoked ends with the reason', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  const admin = operationsOf(relay);
  const locked = await AdminBrowser.signedIn(relay);
  const listener = await Listener.open(relay, locked.headers());
  await listener.once(({ name }) => name === 'hello');
  await locked.ask(accessRoutes.lockSession);
  await admin.createKey({ name: 'unseen' });
  expect((await listener.once(({ name }) => name === 'ended')).data).toEqual({ reason: 'locked' });
  await eventually(() => listener.isOver);
  expect(listener.heard.map(({ name }) => name)).toEqual(['hello', 'ended']);
  expect((await Listener.open(relay, locked.headers())).status).toBe(401);
  expect((await Listener.open(relay, {})).status).toBe(401);
});

test('stopping ends the streams at once', async () => {
  const relay = await TestApp.start({ upstreams: 0 });
  const listener = await Listener.control(relay);
  await listener.once(({ name }) => name === 'hello');
  await relay[Symbol.asyncDispose]();
  await eventually(() => listener.isOver);
  expect(listener.heard.at(-1)).toMatchObject({ name: 'relay', data: { state: 'stopping' } });
});
