import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { createApp } from '../../../app/app.ts';
import { parseLimit } from '../../../app/keys/limit-text.ts';
import { troubleOf } from '../../../app/start-trouble.ts';
import { Checkpoints } from '../../../app/store/sqlite-checkpoints.ts';
import { says } from '../../support/fake-anthropic/answers.ts';
import { suiteThatNeeds } from '../../support/required.ts';
import { missingSmallDisk, SmallDisk } from '../../support/small-disk.ts';
import { eventually, hello, helloWhole, TestApp, testConfig } from '../../support/test-app.ts';
import { dialects } from './dialects.ts';

const usual = { usage: { inputTokens: 1_000, outputTokens: 100, cacheReadTokens: 0, cacheWrite5mTokens: 0 } };
const limits = ['requests=10000/day', 'tokens=100m/day'].map((text) => parseLimit(text, 'UTC'));
const shownKey = z.object({ standings: z.array(z.object({ spent: z.number(), held: z.number() })) });
const pending = z.object({ pendingRows: z.int() });
const kinds = z.array(z.object({ kind: z.string() }));
const doctor = z.object({ checks: z.array(z.object({ name: z.string(), outcome: z.string(), message: z.string() })) });

async function start(disk: SmallDisk): Promise<TestApp> {
  const relay = await TestApp.start({ key: { limits }, config: { dataDir: disk.folder } });
  relay.upstream.answer(({ request }) => (request.method === 'POST' ? says('Hi', usual) : undefined));
  return relay;
}

async function call(relay: TestApp, count: number): Promise<void> {
  for (let made = 0; made < count; made += 1) {
    const reply = await relay.messages(made % 2 === 0 ? hello : helloWhole);
    expect([reply.status, reply.isWhole]).toEqual([200, true]);
  }
}

/** What limits hold against the key: calls and tokens, each as spent and as held. */
async function standings(relay: TestApp) {
  const shown = shownKey.parse(await relay.admin(`/keys/${relay.keyId}`));
  return shown.standings.map(({ spent, held }) => [spent, held]);
}

const waiting = async (relay: TestApp) => pending.parse(await relay.admin('/status')).pendingRows;
const attention = async (relay: TestApp) => kinds.parse(await relay.admin('/attention')).map(({ kind }) => kind);
const checkOf = async (relay: TestApp) =>
  doctor.parse(await relay.admin('/doctor')).checks.find(({ name }) => name === 'data folder');

const message = expect.stringContaining('cannot record usage');
const unavailable = { error: expect.objectContaining({ code: 503, status: 'UNAVAILABLE', message }) };
/** How each protocol says that it must be tried again later. */
const refusals = {
  messages: { type: 'error', error: { type: 'api_error', message }, request_id: expect.any(String) },
  chat: { error: { type: 'server_error', code: 'overloaded', param: null, message } },
  responses: { error: { type: 'server_error', code: 'server_error', param: null, message } },
  generate: unavailable,
  assist: unavailable,
} satisfies Record<keyof typeof dialects, unknown>;

suiteThatNeeds(missingSmallDisk(), 'a full disk', () => {
  test('D03 disk-full: calls are served and counted once, it is told, and all is written when there is room again', async () => {
    using disk = new SmallDisk();
    await using relay = await start(disk);
    await call(relay, 3);
    disk.fill();
    await call(relay, 60);
    const counted = (calls: number) => [
      [calls, 0],
      [calls * 1_100, 0],
    ];
    expect({ waiting: await waiting(relay), standings: await standings(relay) }).toEqual({
      waiting: 60,
      standings: counted(63),
    });
    expect(await attention(relay)).toEqual(['disk-full']);
    expect(await checkOf(relay)).toMatchObject({
      outcome: 'fail',
      message: expect.stringMatching(/^the disk .* is full$/),
    });

    disk.free();
    await eventually(async () => (await waiting(relay)) === 0);
    await call(relay, 1);
    expect([await standings(relay), await attention(relay)]).toEqual([counted(64), []]);
    await using next = await relay.restart();
    const ids = (await next.rows()).map(({ requestId }) => requestId);
    expect([ids.length, new Set(ids).size, await standings(next)]).toEqual([64, 64, counted(64)]);
    const log = readFileSync(join(disk.folder, 'logs', 'waystation.log'), 'utf8');
    expect(log).toMatch(/\d+ lines are missing: the disk refused them/);
    expect(log).toContain(ids.at(-1));
  });

  test('D03 disk-full: when nothing more can be kept, new calls are refused as their protocol does, and nothing is lost', async () => {
    using disk = new SmallDisk();
    await using relay = await start(disk);
    disk.fill();
    let served = 0;
    const client = async () => {
      for (let status = 200; status === 200; ) {
        status = (await relay.messages(helloWhole)).status;
        if (status === 200) served += 1;
      }
    };
    await Promise.all(Array.from({ length: 25 }, client));
    // What the spool holds, and those that were on their way when it was full.
    expect([served >= 2_000, served < 2_025, await waiting(relay)]).toEqual([true, true, served]);
    for (const id of ['messages', 'chat', 'responses', 'generate', 'assist'] as const) {
      const { path, body } = dialects[id];
      const headers = relay.headers({ 'x-goog-api-key': relay.secret });
      const reply = await relay.request({ method: 'POST', path, body: JSON.stringify(body), headers });
      expect([reply.status, reply.header('retry-after'), reply.json()]).toEqual([503, '5', refusals[id]]);
    }
    disk.free();
    await eventually(async () => (await waiting(relay)) === 0);
    await call(relay, 1);
    expect(await relay.rows()).toHaveLength(served + 1);
    expect((await standings(relay))[0]).toEqual([served + 1, 0]);
  });

  test('D03 disk-full: a start that needs room says so', async () => {
    using disk = new SmallDisk();
    disk.fill();
    const config = testConfig(disk.folder);
    const error = await createApp(config, { warn: () => undefined }).catch((cause: unknown) => cause);
    expect(troubleOf(error, config)).toMatchObject({ kind: 'disk-full', ways: ['try-again', 'quit'] });
  });

  test('D03 disk-full: the thread that copies the WAL back is still there afterwards', async () => {
    using disk = new SmallDisk();
    const file = join(disk.folder, 'some.sqlite');
    const database = new Database(file);
    database.pragma('journal_mode = wal');
    database.exec('create table t (x); insert into t values (zeroblob(1000000))');
    database.pragma('wal_autocheckpoint = 0');
    database.exec('insert into t values (zeroblob(1000000))');
    disk.fill();
    let failures = 0;
    const checkpoints = new Checkpoints(file, () => {
      failures += 1;
    });
    for (let commit = 0; commit < 800; commit += 1) checkpoints.committed();
    await checkpoints.close();
    expect(failures).toBe(0);
    database.close();
  });
});
