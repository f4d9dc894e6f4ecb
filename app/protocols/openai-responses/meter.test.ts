import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noUsage } from '../../domain/usage.ts';
import { BodyMeter } from './body-meter.ts';
import { StreamMeter } from './stream-meter.ts';

const everyKind = fixture('every-kind');

const everyKindUsage = {
  ...noUsage,
  basis: 'reported',
  inputTokens: 200,
  outputTokens: 93,
  cacheReadTokens: 2_000,
  cacheWrite5mTokens: 400,
  thinkingTokens: 31,
  webSearchRequests: 1,
  serviceTier: 'default',
  servedModel: 'gpt-6.1-sol',
};

function fixture(name: string): Buffer {
  return readFileSync(new URL(`./__fixtures__/${name}.sse`, import.meta.url));
}

function streamed(...chunks: readonly (string | Uint8Array)[]): StreamMeter {
  const meter = new StreamMeter(4_000);
  for (const chunk of chunks) meter.push(Buffer.from(chunk));
  return meter;
}

function sse(event: { readonly type: string; readonly [field: string]: unknown }, spaces = 0): string {
  const data = JSON.stringify(event, null, spaces).replaceAll('\n', ' ');
  return spaces > 0 ? `data: ${data}\n\n` : `event: ${event.type}\ndata: ${data}\n\n`;
}

function whole(body: unknown): BodyMeter {
  const meter = new BodyMeter(4_000);
  meter.push(Buffer.from(JSON.stringify(body)));
  return meter;
}

/** The response and its items: later calls may name any of them. */
const everyKindIds = ['resp_0123456789abcdef', 'rs_1', 'ws_1', 'msg_1', 'fc_1', 'ctc_1'];

const created = sse({ type: 'response.created', response: { id: 'resp_1', status: 'in_progress' } });
const delta = { type: 'response.output_text.delta', output_index: 0, delta: 'a"b\\ 你好 👋' };

describe('StreamMeter', () => {
  test('reports what the upstream reported, with the tokens of the cache taken out of the input', () => {
    const meter = streamed(everyKind);
    expect(meter.usage()).toEqual(everyKindUsage);
    expect([meter.phase, meter.failure]).toEqual(['ended', undefined]);
    expect(meter.stateIds).toEqual(everyKindIds);
  });

  test('S01 utf8-every-cut: phase, usage and id are the same for every cut', () => {
    for (let cut = 0; cut <= everyKind.length; cut += 1) {
      const meter = streamed(everyKind.subarray(0, cut), everyKind.subarray(cut));
      expect([meter.phase, meter.usage(), meter.stateIds]).toEqual(['ended', everyKindUsage, everyKindIds]);
    }
  });

  test('content begins with the first output item or delta, not with the handshake', () => {
    const meter = streamed();
    const phases = [
      created,
      sse({ type: 'response.queued', response: {} }),
      sse({ type: 'response.in_progress', response: {} }),
      sse({ type: 'codex.rate_limits', rate_limits: {} }),
      ': keep-alive\n\n',
      sse({ type: 'response.output_item.added', item: {} }),
    ].map((text) => {
      meter.push(Buffer.from(text));
      return meter.phase;
    });
    expect(phases).toEqual([...Array(5).fill('handshake'), 'content']);
  });

  test('an overload right after the handshake is an error that costs nothing', () => {
    const meter = streamed(fixture('overloaded'));
    expect([meter.phase, meter.failure, meter.usage()]).toEqual([
      'error',
      { type: 'server_is_overloaded', message: 'Our servers are currently overloaded.' },
      noUsage,
    ]);
  });

  test.each([
    [{ type: 'error', code: 'rate_limit_exceeded', message: 'Slow.', param: null }],
    [{ type: 'error', error: { type: 'tokens', code: 'rate_limit_exceeded', message: 'Slow.' } }],
  ])('a bare error event is an error: %j', (event) => {
    const meter = streamed(created, sse(event));
    expect([meter.phase, meter.failure]).toEqual(['error', { type: 'rate_limit_exceeded', message: 'Slow.' }]);
  });

  test('an incomplete answer is a whole answer with its usage', () => {
    const meter = streamed(fixture('refusal-cut-short'));
    expect([meter.phase, meter.usage().basis, meter.usage().outputTokens]).toEqual(['ended', 'reported', 4]);
  });

  test('a cut stream is estimated from the request and from the text that came', () => {
    const text = delta.delta.repeat(8);
    const reasoning = { type: 'response.reasoning_text.delta', delta: 'xxxx' };
    const meter = streamed(created, sse({ ...delta, delta: text }), sse(reasoning));
    expect(meter.usage()).toEqual({
      ...noUsage,
      basis: 'estimated',
      inputTokens: 1_000,
      outputTokens: Math.ceil((text.length + 4) / 4),
      thinkingTokens: 1,
    });
  });

  test('counts the same text however the event is laid out', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const [plain, spaced] = [sse({ ...delta, delta: text }), sse({ ...delta, delta: text }, 2)];
        const counted = [plain, spaced].map((event) => streamed(created, event).usage().outputTokens);
        expect(counted).toEqual(Array(2).fill(Math.ceil(text.length / 4)));
      }),
    );
  });

  test('a last event larger than usual frames is read whole', () => {
    const instructions = 'x'.repeat(1_000_000);
    const usage = { input_tokens: 5, output_tokens: 7 };
    const meter = streamed(created, sse({ type: 'response.completed', response: { instructions, usage } }));
    expect(meter.usage()).toMatchObject({ basis: 'reported', inputTokens: 5, outputTokens: 7 });
  });

  test('input is never below zero', () => {
    const usage = { input_tokens: 5, input_tokens_details: { cached_tokens: 9 }, output_tokens: 1 };
    expect(streamed(sse({ type: 'response.completed', response: { usage } })).usage().inputTokens).toBe(0);
  });
});

describe('BodyMeter', () => {
  const usage = { input_tokens: 12, input_tokens_details: { cached_tokens: 2 }, output_tokens: 3 };

  test('reads a whole response', () => {
    const output = [{ type: 'reasoning', id: 'rs_1' }, { type: 'message', id: 'msg_1' }, {}];
    const meter = whole({ id: 'resp_2', object: 'response', status: 'completed', output, usage });
    expect([meter.phase, meter.stateIds]).toEqual(['ended', ['resp_2', 'rs_1', 'msg_1']]);
    expect(meter.usage()).toMatchObject({ basis: 'reported', inputTokens: 10, cacheReadTokens: 2, outputTokens: 3 });
  });

  test('a response that failed is an error', () => {
    const error = { code: 'server_error', message: 'Broken.' };
    const meter = whole({ object: 'response', status: 'failed', error, usage: null });
    expect([meter.phase, meter.failure, meter.usage()]).toEqual([
      'error',
      { type: 'server_error', message: 'Broken.' },
      noUsage,
    ]);
  });

  test.each([
    [{ object: 'response', status: 'queued', usage: null }],
    [{ object: 'response.deleted', id: 'resp_2', deleted: true }],
    [{ object: 'list', data: [] }],
  ])('%j costs nothing', (body) => {
    expect([whole(body).phase, whole(body).usage()]).toEqual(['ended', noUsage]);
  });

  test('a compaction costs what it says', () => {
    expect(whole({ object: 'response.compaction', usage }).usage().basis).toBe('reported');
  });

  test('half a body is content, with an estimate', () => {
    const meter = new BodyMeter(400);
    meter.push(Buffer.from('{"object":"response","output":['));
    expect([meter.phase, meter.usage().basis]).toEqual(['content', 'estimated']);
  });
});
