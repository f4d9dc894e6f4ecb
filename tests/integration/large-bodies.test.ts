import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { cleanEnvironment } from '../support/relay-process.ts';
import { createFolder } from '../support/temporary-folder.ts';

const child = fileURLToPath(new URL('./storm-child.ts', import.meta.url));
const ready = z.object({ port: z.int(), secret: z.string() });
const told = z.object({ longestMs: z.number() });
/** The best counts: this machine has other things to do as well. */
const rounds = 6;
/** So long at most all others wait for their turn. */
const maxTurnMs = 50;
/** What the relay may add until the first byte of an answer. */
const goals = [
  { mb: 4.5, addedMs: 40 },
  { mb: 18, addedMs: 150 },
  { mb: 32, addedMs: 300 },
] as const;

/** A conversation as long as asked, of code, prose of several languages, and what must be escaped. */
function conversation(bytes: number): Buffer {
  const code = 'export function find(list, id) {\n\treturn list.find((one) => one.id === id) ?? "nobody";\n}\n'.repeat(
    20,
  );
  const prose = 'Ein Satz über Größe. 这是一个句子，关于上下文。 もう一つの文です。 And one more 🙂.\n'.repeat(20);
  const turn = JSON.stringify({ role: 'user', content: [{ type: 'text', text: code + prose }] });
  const answer = JSON.stringify({ role: 'assistant', content: [{ type: 'text', text: prose }] });
  const pair = `${turn},${answer}`;
  const head = '{"model":"claude-sonnet-4-5","max_tokens":64,"messages":[';
  const count = Math.floor((bytes - head.length) / (Buffer.byteLength(pair) + 1));
  const turns = Array.from({ length: count }, () => pair).join();
  return Buffer.from(`${head}${turns}]}`);
}

const answer = JSON.stringify({
  ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5', stop_reason: 'end_turn' },
  ...{ content: [{ type: 'text', text: 'Hi' }], usage: { input_tokens: 1_000_000, output_tokens: 1 } },
});

/** An upstream that reads all and answers at once. */
async function startUpstream() {
  let seen = Buffer.alloc(0);
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
      seen = Buffer.concat(pieces);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, seen: () => seen, close: () => void server.close() };
}

/** From sending the whole body to the first byte of the answer. */
function firstByte(port: number, body: Buffer, secret: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...{ 'content-type': 'application/json', 'content-length': body.length, 'anthropic-version': '2023-06-01' },
      'x-api-key': secret,
    };
    const began = performance.now();
    const call = send({ host: '127.0.0.1', port, path: '/v1/messages', method: 'POST', headers }, (response) => {
      const ms = performance.now() - began;
      expect(response.statusCode).toBe(200);
      response.resume().on('end', () => resolve(ms));
    });
    call.on('error', reject).end(body);
  });
}

test('P10 body-1m-context: 4.5, 18 and 32 MB go upstream byte for byte, soon, and hold up nobody', async () => {
  await using closing = new AsyncDisposableStack();
  const { folder, remove } = createFolder();
  closing.defer(remove);
  const upstream = await startUpstream();
  closing.defer(() => upstream.close());
  const relay = fork(child, [folder, '1', `http://127.0.0.1:${upstream.port}`], { env: cleanEnvironment() });
  closing.defer(async () => {
    const gone = once(relay, 'exit');
    relay.disconnect();
    await gone;
  });
  const { port, secret } = ready.parse((await once(relay, 'message'))[0]);
  relay.send('watch-turns');
  const longestTurn = async () => {
    const answer = once(relay, 'message');
    relay.send('tell');
    return told.parse((await answer)[0]).longestMs;
  };
  for (const { mb, addedMs } of goals) {
    const body = conversation(mb * 1024 * 1024);
    const best = { addedMs: Number.POSITIVE_INFINITY, turnMs: Number.POSITIVE_INFINITY };
    for (let round = 0; round < rounds && !(best.addedMs <= addedMs && best.turnMs <= maxTurnMs); round += 1) {
      const directMs = await firstByte(upstream.port, body, secret);
      await longestTurn();
      const throughMs = await firstByte(port, body, secret);
      best.turnMs = Math.min(best.turnMs, await longestTurn());
      best.addedMs = Math.min(best.addedMs, throughMs - directMs);
      expect(upstream.seen().equals(body)).toBe(true);
    }
    expect([mb, best.addedMs <= addedMs, best.turnMs <= maxTurnMs, best]).toEqual([mb, true, true, best]);
  }
});
