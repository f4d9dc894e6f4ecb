import { describe, expect, test } from 'vitest';
import { manualClock } from '../state/__fixtures__/manual-clock.ts';
import { ClientLost, type Reply, type Tail } from './call.ts';
import { Replays } from './replays.ts';

const end: Tail = { kind: 'end', chunks: [] };
const megabyte = 1024 * 1024;
const never = new AbortController().signal;

interface Client extends Reply {
  readonly bytes: () => number;
}

/** A client that takes everything, or nothing until it is let. */
function client(gate?: Promise<void>): Client {
  let bytes = 0;
  let hasBegun = false;
  return {
    get hasBegun() {
      return hasBegun;
    },
    announce: () => undefined,
    begin: () => {
      hasBegun = true;
    },
    write: (chunk) => {
      bytes += chunk.length;
      return gate;
    },
    finish: () => undefined,
    bytes: () => bytes,
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('what is kept of answers', () => {
  test('is at most 32 MB of answers that have ended, the latest of them', () => {
    const replays = new Replays(manualClock());
    for (let index = 0; index < 100; index += 1) {
      const answer = replays.begin(`name ${index}`, 'asked', `req_${index}`);
      answer.begin(200, {});
      void answer.write(Buffer.alloc(megabyte / 2));
      answer.finish(end);
      replays.end(`name ${index}`, answer);
    }
    expect(replays.size).toEqual({ answers: 64, bytes: 32 * megabyte });
    expect([replays.find('name 35', 'asked'), replays.find('name 36', 'asked')?.requestId]).toEqual([
      undefined,
      'req_36',
    ]);
  });

  test('is at most a thousand answers, and nothing after ten minutes', () => {
    const clock = manualClock();
    const replays = new Replays(clock);
    for (let index = 0; index < 1_200; index += 1) {
      const answer = replays.begin(`name ${index}`, 'asked', `req_${index}`);
      answer.begin(200, {});
      void answer.write(Buffer.from('small'));
      answer.finish(end);
      replays.end(`name ${index}`, answer);
    }
    expect(replays.size).toEqual({ answers: 1_000, bytes: 5_000 });
    clock.advance(600_000);
    expect(replays.find('name 1199', 'asked')).toBeUndefined();
    expect(replays.size).toEqual({ answers: 0, bytes: 0 });
  });

  test('is nothing of an answer that broke, of an error, or of one that is too large', () => {
    const replays = new Replays(manualClock());
    const tails: Tail[] = [
      { kind: 'cut', chunks: [] },
      { kind: 'none' },
      { kind: 'whole', status: 429, headers: {}, body: Buffer.from('wait') },
      { kind: 'whole', status: 200, headers: {}, body: Buffer.alloc(megabyte + 1) },
    ];
    for (const [index, tail] of tails.entries()) {
      const answer = replays.begin(`name ${index}`, 'asked', 'req');
      if (tail.kind !== 'whole') answer.begin(200, {});
      answer.finish(tail);
      replays.end(`name ${index}`, answer);
      expect(replays.find(`name ${index}`, 'asked')).toBeUndefined();
    }
    expect(replays.size).toEqual({ answers: 0, bytes: 0 });
  });
});

describe('an answer that is too large to keep', () => {
  test('goes on for those who read along, cannot be joined, and takes no room', async () => {
    const replays = new Replays(manualClock());
    const answer = replays.begin('name', 'asked', 'req');
    const [one, two] = [client(), client()];
    const reading = [answer.read(one, never, false), answer.read(two, never, true)];
    answer.begin(200, {});
    for (let part = 0; part < 48; part += 1) {
      await answer.write(Buffer.alloc(megabyte / 8));
      await settled();
    }
    expect(() => replays.find('name', 'asked')).toThrow(expect.objectContaining({ kind: 'concurrency-limited' }));
    expect(replays.size.bytes).toBe(0);
    answer.finish(end);
    replays.end('name', answer);
    await Promise.all(reading);
    expect([one.bytes(), two.bytes()]).toEqual([6 * megabyte, 6 * megabyte]);
    expect(replays.find('name', 'asked')).toBeUndefined();
  });

  test('is lost to a client that falls behind, and makes nobody else slow', async () => {
    const replays = new Replays(manualClock());
    const answer = replays.begin('name', 'asked', 'req');
    const stalled = Promise.withResolvers<void>();
    const [quick, slow] = [client(), client(stalled.promise)];
    const reading = answer.read(quick, never, false);
    const losing = expect(answer.read(slow, never, true)).rejects.toThrow(ClientLost);
    answer.begin(200, {});
    for (let part = 0; part < 48; part += 1) {
      await answer.write(Buffer.alloc(megabyte / 8));
      await settled();
    }
    answer.finish(end);
    await reading;
    expect(quick.bytes()).toBe(6 * megabyte);
    stalled.resolve();
    await losing;
  });

  test('waits for its client when there is only a slow one', async () => {
    const replays = new Replays(manualClock());
    const answer = replays.begin('name', 'asked', 'req');
    const stalled = Promise.withResolvers<void>();
    const reading = answer.read(client(stalled.promise), never, false);
    answer.begin(200, {});
    void answer.write(Buffer.alloc(1));
    await settled();
    const held = answer.write(Buffer.alloc(megabyte / 2));
    expect(held).toBeInstanceOf(Promise);
    stalled.resolve();
    await held;
    answer.finish(end);
    await reading;
  });
});
