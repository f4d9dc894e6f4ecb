import { expect, test } from 'vitest';
import * as z from 'zod';
import { type Clock, systemClock } from '../../app/domain/clock.ts';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { type CuttableProxy, startCuttableProxy } from '../support/cuttable-proxy.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { RawConnection } from '../support/raw-http.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { eventually, helloWhole, TestApp } from '../support/test-app.ts';
import { missingRedis, readHashes, redisUrl, removeKeys } from './state-redis.ts';

const usual = { usage: { inputTokens: 1_000, outputTokens: 100, cacheReadTokens: 0, cacheWrite5mTokens: 0 } };
const limits = ['requests=1000/day', 'tokens=10m/5h'].map((text) => parseLimit(text, 'UTC'));
const shownKey = z.object({ standings: z.array(z.object({ spent: z.number(), held: z.number() })) });

/** The relay on a Redis whose answers can be kept back. */
class Rig implements AsyncDisposable {
  readonly relay: TestApp;
  readonly proxy: CuttableProxy;
  readonly #pass: (ms: number) => void;

  private constructor(relay: TestApp, proxy: CuttableProxy, pass: (ms: number) => void) {
    this.relay = relay;
    this.proxy = proxy;
    this.#pass = pass;
  }

  static async start(): Promise<Rig> {
    const target = new URL(redisUrl);
    const proxy = await startCuttableProxy({ host: target.hostname, port: Number(target.port || 6379) });
    let passedMs = 0;
    const clock: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() + passedMs };
    const through = `redis://127.0.0.1:${proxy.port}${target.pathname}`;
    const relay = await TestApp.start({ key: { limits }, config: { redisUrl: through }, ports: { clock } });
    relay.upstream.answer(({ request }) => (request.method === 'POST' ? says('Hi', usual) : undefined));
    return new Rig(relay, proxy, (ms) => {
      passedMs += ms;
    });
  }

  async call(count: number): Promise<void> {
    for (let made = 0; made < count; made += 1) expect((await this.relay.messages(helloWhole)).status).toBe(200);
  }

  /** A stream that stands still in the middle until the gate opens. */
  async begin(gate: Gate): Promise<RawConnection> {
    const { upstream, port } = this.relay;
    const answers = [gated(says('A long answer of many words', usual), { 'mid-content': gate })];
    upstream.answer(({ request }) => (request.method === 'POST' ? (answers.pop() ?? says('Hi', usual)) : undefined));
    const client = await RawConnection.open(port);
    await this.relay.send(client);
    await client.until('content_block_delta');
    return client;
  }

  /** Of each limit, what is spent and what is held, once Redis can be asked. */
  async standings(): Promise<readonly number[][]> {
    return await eventually(async () => {
      const shown = shownKey.safeParse(await this.relay.admin(`/keys/${this.relay.keyId}`));
      return shown.success ? shown.data.standings.map(({ spent, held }) => [spent, held]) : undefined;
    });
  }

  /** What Redis has of the limits. */
  hashes(): Promise<string> {
    return readHashes(`*${this.relay.keyId} *`);
  }

  /** Room that a call took while nobody heard of it comes back by itself within half a minute. */
  letHoldsEnd(): void {
    this.#pass(30_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.proxy.mend();
    await this.relay[Symbol.asyncDispose]();
    await this.proxy.close();
    await removeKeys(`*${this.relay.keyId}*`);
  }
}

const spent = (calls: number) => [
  [calls, 0],
  [calls * 1_100, 0],
];

suiteThatNeeds(await missingRedis(), 'a Redis that is slow', () => {
  test('D11 redis-latency-timeout: answers that come too late leave nothing counted twice and nothing held', async () => {
    await using rig = await Rig.start();
    await rig.call(3);
    rig.proxy.holdAnswers();
    await Promise.all(Array.from({ length: 4 }, () => rig.call(1)));
    rig.proxy.mend();
    await rig.call(3);
    expect((await rig.standings()).map(([count]) => count)).toEqual([10, 11_000]);
    rig.letHoldsEnd();
    expect(await rig.standings()).toEqual(spent(10));
  });

  test('D11 redis-latency-timeout: a settlement that Redis took before its answer was lost counts once', async () => {
    await using rig = await Rig.start();
    await rig.call(3);
    const gate = new Gate();
    const client = await rig.begin(gate);
    expect((await rig.standings())[0]).toEqual([3, 1]);
    const before = await rig.hashes();
    rig.proxy.holdAnswers();
    gate.open();
    expect((await client.reply()).status).toBe(200);
    await eventually(async () => (await rig.hashes()) !== before);
    rig.proxy.cut();
    rig.proxy.mend();
    await rig.call(3);
    expect(await rig.standings()).toEqual(spent(7));
  });
});
