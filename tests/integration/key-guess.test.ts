import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { cleanEnvironment } from '../support/relay-process.ts';
import { createFolder } from '../support/temporary-folder.ts';
import { helloWhole, TestApp } from '../support/test-app.ts';

const child = fileURLToPath(new URL('./storm-child.ts', import.meta.url));
const ready = z.object({ port: z.int(), secret: z.string() });
const told = z.object({ cpuMs: z.number() });

const perSecond = 1_000;
const connections = 50;

/** Connections that try keys, opened again whenever they are closed. */
class Guessers {
  readonly #port: number;
  readonly #sockets: (Socket | undefined)[] = Array.from({ length: connections }, () => undefined);
  #sent = 0;

  constructor(port: number) {
    this.#port = port;
  }

  async guess(durationMs: number): Promise<number> {
    const startedAt = performance.now();
    const sentBefore = this.#sent;
    while (performance.now() - startedAt < durationMs) {
      const due = sentBefore + ((performance.now() - startedAt) / 1_000) * perSecond;
      while (this.#sent < due) this.#send();
      await pause(2);
    }
    return this.#sent - sentBefore;
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket?.destroy();
  }

  #send(): void {
    const index = this.#sent % connections;
    const socket = this.#sockets[index]?.writable ? this.#sockets[index] : this.#open(index);
    const key = `wsk_${this.#sent.toString(36).padStart(43, 'A')}`;
    const headers = `host: 127.0.0.1:${this.#port}\r\nx-api-key: ${key}\r\ncontent-length: 0\r\n\r\n`;
    socket?.write(`POST /v1/messages HTTP/1.1\r\n${headers}`);
    this.#sent += 1;
  }

  #open(index: number): Socket {
    const socket = connect(this.#port, '127.0.0.1');
    socket.on('error', () => undefined).resume();
    this.#sockets[index] = socket;
    return socket;
  }
}

test('Q14 key-guess: a thousand wrong keys a second cost at most 5 % of a core, and a right key works beside them', async () => {
  await using closing = new AsyncDisposableStack();
  const { folder, remove } = createFolder();
  closing.defer(remove);
  const relay = fork(child, [folder, '1'], { env: cleanEnvironment() });
  closing.defer(async () => {
    relay.disconnect();
    if (relay.exitCode === null) await once(relay, 'exit');
  });
  const cpuMs = async () => {
    const answer = once(relay, 'message');
    relay.send('tell');
    return told.parse((await answer)[0]).cpuMs;
  };
  const { port, secret } = ready.parse((await once(relay, 'message'))[0]);
  using guessers = new Guessers(port);
  await guessers.guess(1_000);
  // A machine that is busy with other tests makes everything dearer, never cheaper: the least of a few looks counts.
  const shares: number[] = [];
  for (let look = 0; look < 6; look += 1) {
    const before = await cpuMs();
    const guessed = await guessers.guess(1_000);
    expect(guessed).toBeGreaterThan(900);
    shares.push((((await cpuMs()) - before) / guessed) * (perSecond / 1_000));
  }
  const coreShare = Math.min(...shares);
  console.log(`Q14: ${(100 * coreShare).toFixed(1)} % of a core at ${perSecond} wrong keys a second`);
  expect(coreShare).toBeLessThanOrEqual(0.05);
  const models = await fetch(`http://127.0.0.1:${port}/v1/models`, { headers: { 'x-api-key': secret } });
  expect(models.status).toBe(200);
});

test('Q14 key-guess: an address at rest hears it in its own protocol, however late, and nothing is asked of the database', async () => {
  await using relay = await TestApp.start();
  const wrong = (number: number) =>
    relay.messages(helloWhole, { 'x-api-key': `wsk_${String(number).padStart(43, 'A')}` });
  const statuses: number[] = [];
  for (let number = 0; number < 50; number += 1) statuses.push((await wrong(number)).status);
  expect(new Set(statuses)).toEqual(new Set([401]));
  expect((await relay.messages(helloWhole)).status).toBe(200);
  await relay.app.parts.store.close();
  const late = await wrong(50);
  expect(late.status).toBe(429);
  expect(Number(late.header('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(late.json()).toMatchObject({
    type: 'error',
    error: { type: 'rate_limit_error', message: expect.stringContaining('Too many wrong Waystation keys') },
  });
});
