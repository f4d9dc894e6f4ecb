import { Client } from 'pg';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { type CuttableProxy, startCuttableProxy } from '../support/cuttable-proxy.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { createTestDatabase, missingPostgres } from '../support/postgres.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { eventually, helloWhole, TestApp } from '../support/test-app.ts';

const usual = { usage: { inputTokens: 1_000, outputTokens: 100, cacheReadTokens: 0, cacheWrite5mTokens: 0 } };
const limits = ['requests=1000/day', 'tokens=10m/5h'].map((text) => parseLimit(text, 'UTC'));
const shownKey = z.object({ standings: z.array(z.object({ spent: z.number(), held: z.number() })) });
const pending = z.object({ pendingRows: z.int() });

/** The relay on a PostgreSQL that can be taken away from it. */
class Rig implements AsyncDisposable {
  readonly relay: TestApp;
  readonly proxy: CuttableProxy;
  /** Past the proxy. */
  readonly direct: Client;
  readonly #drop: () => Promise<void>;

  private constructor(relay: TestApp, proxy: CuttableProxy, direct: Client, drop: () => Promise<void>) {
    this.relay = relay;
    this.proxy = proxy;
    this.direct = direct;
    this.#drop = drop;
  }

  static async start(): Promise<Rig> {
    const { url, drop } = await createTestDatabase();
    const through = new URL(url);
    const proxy = await startCuttableProxy({ host: through.hostname, port: Number(through.port || 5432) });
    through.hostname = '127.0.0.1';
    through.port = String(proxy.port);
    const relay = await TestApp.start({ key: { limits }, config: { databaseUrl: through.href } });
    relay.upstream.answer(({ request }) => (request.method === 'POST' ? says('Hi', usual) : undefined));
    const direct = new Client({ connectionString: url });
    await direct.connect();
    return new Rig(relay, proxy, direct, drop);
  }

  /** Calls one after the other, all of them served; answers how long the slowest took. */
  async call(count: number): Promise<number> {
    let slowestMs = 0;
    for (let made = 0; made < count; made += 1) {
      const began = performance.now();
      const reply = await this.relay.messages(helloWhole);
      expect([reply.status, reply.isWhole]).toEqual([200, true]);
      slowestMs = Math.max(slowestMs, performance.now() - began);
    }
    return slowestMs;
  }

  /** What is stored and counted once nothing waits any more. */
  async settled(): Promise<object> {
    await eventually(async () => {
      const shown = pending.safeParse(await this.relay.admin('/status'));
      return shown.success && shown.data.pendingRows === 0;
    });
    const { rows } = await this.direct.query('select count(*)::int as rows from usage');
    const { rows: rolled } = await this.direct.query('select coalesce(sum(calls), 0)::int as calls from usage_rollups');
    const standings = await this.standings(this.relay.keyId);
    return { rows: rows[0]?.rows, rolled: rolled[0]?.calls, standings };
  }

  /** Of each limit, what is spent and what is held. */
  async standings(keyId: string): Promise<readonly number[][]> {
    const { standings } = shownKey.parse(await this.relay.admin(`/keys/${keyId}`));
    return standings.map(({ spent, held }) => [spent, held]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.relay[Symbol.asyncDispose]();
    await this.direct.end();
    await this.proxy.close();
    await this.#drop();
  }
}

const after = (calls: number) => ({
  rows: calls,
  rolled: calls,
  standings: [
    [calls, 0],
    [calls * 1_100, 0],
  ],
});

suiteThatNeeds(await missingPostgres(), 'PostgreSQL in trouble', () => {
  test('D13 pg-failover: calls are served while the server is silent, gone or still a standby, and each is stored once', async () => {
    await using rig = await Rig.start();
    const { proxy, direct } = rig;
    await rig.call(3);
    // What it commits now nobody hears of, and then it is gone.
    proxy.holdAnswers();
    expect(await rig.call(5)).toBeLessThan(2_000);
    proxy.cut();
    await rig.call(20);
    // The next one answers, but takes no writes before it is promoted.
    const name = direct.escapeIdentifier(direct.database ?? '');
    await direct.query(`alter database ${name} set default_transaction_read_only = on`);
    proxy.mend();
    await rig.call(20);
    await direct.query(`alter database ${name} reset default_transaction_read_only`);
    // Connections keep what they began with until the old server ends them.
    proxy.cut();
    proxy.mend();
    expect(await rig.settled()).toEqual(after(48));
    await using next = await rig.relay.restart();
    expect(await next.rows()).toHaveLength(48);
  });

  test('D14 pg-pool-exhausted: queries that hang take every connection, and calls are admitted and served as before', async () => {
    await using rig = await Rig.start();
    const { relay, direct } = rig;
    const { key, secret } = await relay.app.parts.keyRepository.create({ name: 'fresh', limits });
    await rig.call(3);
    await direct.query('begin');
    await direct.query('lock table usage in access exclusive mode');
    // More at once than there are connections: their rows hang until the journal has them.
    const slowest = Math.max(...(await Promise.all(Array.from({ length: 30 }, () => rig.call(1)))));
    expect(slowest).toBeLessThan(3_000);
    expect(await rig.call(50)).toBeLessThan(1_000);
    // What counts for a key that was never used before is in the database only: it is waited for, but not for long.
    const began = performance.now();
    const fresh = async () => (await relay.messages(helloWhole, { 'x-api-key': secret })).status;
    expect([await fresh(), performance.now() - began < 4_000]).toEqual([200, true]);
    await direct.query('rollback');
    expect(await rig.settled()).toEqual({ ...after(83), rows: 84, rolled: 84 });
    expect(await rig.standings(key.id)).toEqual(after(1).standings);
  });
});
