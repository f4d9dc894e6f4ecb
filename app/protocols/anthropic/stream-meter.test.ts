import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noUsage } from '../../domain/usage.ts';
import { StreamMeter } from './stream-meter.ts';

const toolUse = readFileSync(new URL('./__fixtures__/tool-use.sse', import.meta.url));
const emoji = readFileSync(new URL('../__fixtures__/cjk-emoji.sse', import.meta.url));

const toolUseUsage = {
  ...noUsage,
  basis: 'reported',
  inputTokens: 3,
  outputTokens: 93,
  cacheReadTokens: 45_000,
  cacheWrite5mTokens: 200,
  cacheWrite1hTokens: 1_000,
  thinkingTokens: 31,
  serviceTier: 'standard',
  inferenceGeo: 'us',
  servedModel: 'claude-opus-5-5',
};

interface Event {
  readonly type: string;
  readonly [field: string]: unknown;
}

function sse(...events: readonly Event[]): Buffer {
  return Buffer.from(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));
}

function meterOf(chunks: readonly Uint8Array[], requestBytes = 4_000): StreamMeter {
  const meter = new StreamMeter(requestBytes);
  for (const chunk of chunks) meter.push(chunk);
  return meter;
}

const start = (usage: unknown): Event => ({ type: 'message_start', message: { id: 'msg_1', content: [], usage } });
const text = (fragment: string): Event => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: fragment },
});
const end = (usage: unknown): Event => ({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage });
const stop: Event = { type: 'message_stop' };
const failure: Event = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };

describe('StreamMeter', () => {
  test('reports what the upstream reported', () => {
    const meter = meterOf([toolUse]);
    expect(meter.usage()).toEqual(toolUseUsage);
    expect(meter.phase).toBe('ended');
    expect(meter.failure).toBeUndefined();
  });

  test.each([
    ['tool-use', toolUse],
    ['cjk-emoji', emoji],
  ])('S01 utf8-every-cut: the usage of %s is the same for every cut', (_, bytes) => {
    const whole = meterOf([bytes]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const meter = meterOf([bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect([meter.phase, meter.usage()]).toEqual(['ended', whole.usage()]);
    }
  });

  test('passes from handshake through content to its end', () => {
    const meter = meterOf([]);
    const phases = [
      start({ input_tokens: 1, output_tokens: 1 }),
      { type: 'ping' },
      text('a'),
      end({}),
      stop,
      text('b'),
    ].map((event) => {
      meter.push(sse(event));
      return meter.phase;
    });
    expect(phases).toEqual(['handshake', 'handshake', 'content', 'content', 'ended', 'ended']);
  });

  test('a block that begins is content, even when nothing follows', () => {
    expect(meterOf([sse({ type: 'content_block_start', index: 0, content_block: { type: 'text' } })]).phase).toBe(
      'content',
    );
  });

  test('reads streams that leave the event lines out', () => {
    const data = toolUse.toString().replace(/^event: .*\n/gm, '');
    const meter = meterOf([Buffer.from(data)]);
    expect([meter.phase, meter.usage()]).toEqual(['ended', toolUseUsage]);
  });

  test('S18 unknown-event/field: what is not known is ignored', () => {
    const usage = {
      input_tokens: 5,
      output_tokens: 1,
      new_tokens: 9,
      cache_creation: { ephemeral_1w_input_tokens: 4 },
    };
    const meter = meterOf([
      sse(start(usage), { type: 'new_event', usage: { output_tokens: 999 } }),
      sse({ type: 'content_block_delta', index: 0, delta: { type: 'new_delta', text: 'abc' } }),
      Buffer.from('event: vendor\ndata: not json\n\nevent: message_delta\ndata: {broken\n\n'),
      sse(end({ output_tokens: 7, extra: [{}] }), stop),
    ]);
    expect(meter.usage()).toEqual({ ...noUsage, basis: 'reported', inputTokens: 5, outputTokens: 7 });
  });

  test('S02 sse-cut-mid-event: a cut stream is a floor of what it brought', () => {
    const whole = sse(start({ input_tokens: 50, cache_read_input_tokens: 7, output_tokens: 1 }), text('x'.repeat(41)));
    const meter = meterOf([whole, sse(text('never seen')).subarray(0, -9)]);
    expect(meter.phase).toBe('content');
    expect(meter.usage()).toEqual({
      ...noUsage,
      basis: 'estimated',
      inputTokens: 50,
      outputTokens: 11,
      cacheReadTokens: 7,
    });
  });

  test('S03 sse-cut-before-usage: the last total the upstream named is never undercut', () => {
    const meter = meterOf([
      sse(start({ input_tokens: 5, output_tokens: 1 }), text('abcd'), end({ output_tokens: 400 })),
    ]);
    expect(meter.usage()).toEqual({ ...noUsage, basis: 'estimated', inputTokens: 5, outputTokens: 400 });
  });

  test('S03 sse-cut-before-usage: without a start the input is counted from the request, up to a usual window', () => {
    expect(meterOf([], 4_001).usage()).toEqual({ ...noUsage, basis: 'estimated', inputTokens: 1_001 });
    expect(meterOf([sse(text('abcde'))], 5_000_000).usage()).toEqual({
      ...noUsage,
      basis: 'estimated',
      inputTokens: 200_000,
      outputTokens: 2,
    });
  });

  test('S03 sse-cut-before-usage: every beginning of a stream is a floor of the whole', () => {
    fc.assert(
      fc.property(fc.nat({ max: toolUse.length - 1 }), (length) => {
        const meter = meterOf([toolUse.subarray(0, length)], 40);
        const { basis, outputTokens, inputTokens, thinkingTokens } = meter.usage();
        expect(basis).toBe('estimated');
        expect(outputTokens).toBeLessThanOrEqual(93);
        expect(inputTokens).toBeLessThanOrEqual(10);
        expect(thinkingTokens).toBeLessThanOrEqual(outputTokens);
      }),
    );
  });

  test('a stream that ends without any numbers is an estimate', () => {
    expect(meterOf([sse(text('abcdefgh'), stop)], 40).usage()).toMatchObject({ basis: 'estimated', outputTokens: 2 });
  });

  test('S04 error-event-in-200: an error instead of an answer consumes nothing', () => {
    const meter = meterOf([sse(failure)]);
    expect([meter.phase, meter.failure, meter.usage()]).toEqual([
      'error',
      { type: 'overloaded_error', message: 'Overloaded' },
      noUsage,
    ]);
  });

  test('S04 error-event-in-200: an error in the middle of an answer leaves a floor', () => {
    const meter = meterOf([sse(start({ input_tokens: 9, output_tokens: 1 }), text('abcdefgh'), failure, stop)]);
    expect([meter.phase, meter.usage()]).toEqual([
      'error',
      { ...noUsage, basis: 'estimated', inputTokens: 9, outputTokens: 2 },
    ]);
  });

  test.each(['', '{}', 'not json', '{"error":"text"}', '{"error":{"type":7}}'])(
    'an error event with %j is still an error',
    (data) => {
      const meter = meterOf([Buffer.from(`event: error\ndata: ${data}\n\n`)]);
      expect([meter.phase, meter.failure]).toEqual(['error', { type: 'api_error', message: '' }]);
    },
  );

  test('S08 giant-event: a delta of 20 MB does not stay in memory', () => {
    const meter = meterOf([sse(start({ input_tokens: 5, output_tokens: 1 }))]);
    const before = process.memoryUsage().arrayBuffers;
    const chunk = Buffer.alloc(65_536, 'x');
    meter.push(Buffer.from('event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'));
    meter.push(Buffer.from('"delta":{"type":"text_delta","text":"'));
    for (let sent = 0; sent < 20_000_000; sent += chunk.length) meter.push(chunk);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2_000_000);
    meter.push(Buffer.from('"}}\n\n'));
    expect(meter.usage().outputTokens).toBeGreaterThan(65_000);
    meter.push(sse(end({ output_tokens: 5_000_000 }), stop));
    expect(meter.usage()).toMatchObject({ basis: 'reported', outputTokens: 5_000_000 });
  });

  test('S08 giant-event: tiny events cost less than 20 µs each', () => {
    const chunk = Buffer.concat(Array.from({ length: 1_000 }, () => sse(text('a'))));
    const meter = meterOf([]);
    const startedAt = performance.now();
    for (let round = 0; round < 100; round++) meter.push(chunk);
    expect((performance.now() - startedAt) / 100_000).toBeLessThan(0.02);
    expect(meter.usage().outputTokens).toBe(25_000);
  });
});
