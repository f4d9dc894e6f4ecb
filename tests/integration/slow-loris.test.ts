import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { ownTimeMs } from '../support/own-time.ts';
import { cleanEnvironment } from '../support/relay-process.ts';
import { helloWhole, TestApp } from '../support/test-app.ts';

const child = fileURLToPath(new URL('./slow-loris-child.ts', import.meta.url));
const told = z.array(z.object({ ms: z.number(), status: z.int().optional() }));
/** Ten and thirty seconds otherwise. */
const limitMs = 2_000;
const count = 500;
const goalMs = 50;
/** The best counts: this machine has other things to do as well. */
const rounds = 6;

/** What 99 of 100 calls take at most, one after the other until `end`: client, relay and upstream are this one thread. */
async function p99OfCalls(relay: TestApp, end: Promise<unknown>): Promise<number> {
  let isOver = false;
  void end.then(() => {
    isOver = true;
  });
  const times: number[] = [];
  while (!isOver) {
    const began = ownTimeMs();
    expect((await relay.messages(helloWhole)).status).toBe(200);
    times.push(ownTimeMs() - began);
    await pause(5);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.POSITIVE_INFINITY;
}

test('P13 slow-loris: 500 headers and 500 bodies that come a byte at a time are all cut, and other calls stay quick', async () => {
  await using relay = await TestApp.start({ config: { limits: { headersMs: limitMs, bodyIdleMs: limitMs } } });
  const lines = Object.entries(relay.headers({ host: `127.0.0.1:${relay.port}` }));
  const head = `POST /v1/messages HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}`;
  const heads = [`${head}x-slow: `, `${head}content-length: 100000\r\n\r\n{"model":"`];
  const orders = JSON.stringify({ port: relay.port, heads, count, everyMs: 400 });
  await relay.messages(helloWhole);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds && best > goalMs; round += 1) {
    const dripping = fork(child, [orders], { env: cleanEnvironment() });
    await once(dripping, 'message');
    const ended = once(dripping, 'message');
    best = Math.min(best, await p99OfCalls(relay, ended));
    const drips = told.parse((await ended)[0]);
    expect(drips).toHaveLength(2 * count);
    for (const { ms, status } of drips) expect([status, ms >= limitMs, ms < 2 * limitMs]).toEqual([408, true, true]);
  }
  expect(best).toBeLessThanOrEqual(goalMs);
});
