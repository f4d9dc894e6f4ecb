import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noUsage, type Usage } from '../../domain/usage.ts';
import { answer, array, blocked, chunk, failed, sse } from './__fixtures__/streams.ts';
import { BodyMeter } from './body-meter.ts';
import { gemini } from './index.ts';
import { StreamMeter } from './stream-meter.ts';

const reported: Usage = {
  ...noUsage,
  basis: 'reported',
  inputTokens: 207,
  cacheReadTokens: 1_000,
  outputTokens: 62,
  thinkingTokens: 20,
  servedModel: 'gemini-3.8-flash',
};

function metered(text: string | Uint8Array, size = 1 << 20): StreamMeter {
  const meter = new StreamMeter(400);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) meter.push(bytes.subarray(at, at + size));
  return meter;
}

function bodyOf(document: unknown): BodyMeter {
  const meter = new BodyMeter(400);
  meter.push(Buffer.from(JSON.stringify(document)));
  return meter;
}

describe.each([
  ['server-sent events', sse(answer)],
  ['a growing array', array(answer)],
])('a stream as %s', (_, text) => {
  test('S01 utf8-every-cut: two halves, cut anywhere, give the same usage', () => {
    const bytes = Buffer.from(text);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const meter = new StreamMeter(400);
      meter.push(bytes.subarray(0, cut));
      meter.push(bytes.subarray(cut));
      expect([meter.phase, meter.usage()]).toEqual(['ended', reported]);
    }
  });

  test('chunks of any size give the same usage', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (size) => {
        expect(metered(text, size).usage()).toEqual(reported);
      }),
    );
  });

  test('S03 sse-cut-before-usage: an answer without its end is a floor', () => {
    const bytes = Buffer.from(text);
    const meter = metered(bytes.subarray(0, bytes.length - 260));
    expect(meter.phase).toBe('content');
    expect(meter.usage()).toMatchObject({ basis: 'estimated', inputTokens: 200, cacheReadTokens: 1_000 });
    expect(meter.usage().outputTokens).toBeGreaterThan(0);
  });
});

test('an array is whole with its last bracket only', () => {
  const text = array(answer).trimEnd();
  expect([metered(text.slice(0, -1)).phase, metered(text).phase]).toEqual(['content', 'ended']);
});

test('content begins with the first text, thought or call, not with an empty chunk', () => {
  const meter = new StreamMeter(400);
  meter.push(Buffer.from(sse([chunk({ parts: [{ text: '' }], usage: { promptTokenCount: 3 } })])));
  expect(meter.phase).toBe('handshake');
  meter.push(Buffer.from(sse([chunk({ parts: [{ functionCall: { name: 'a' } }] })])));
  expect(meter.phase).toBe('content');
});

test('a model that names a finish reason in every chunk is read to its last usage', () => {
  const many = [1, 2, 3].map((count) =>
    chunk({
      parts: [{ text: 'word ' }],
      finishReason: 'STOP',
      usage: { promptTokenCount: 5, candidatesTokenCount: count },
    }),
  );
  const meter = metered(sse(many));
  expect([meter.mayContinue, meter.phase, meter.usage().outputTokens]).toEqual([true, 'ended', 3]);
  expect(metered(sse([...many, chunk({ parts: [{ text: 'more' }] })])).phase).toBe('ended');
});

test('a refused prompt has ended without content', () => {
  expect([metered(sse([blocked])).phase, metered(sse([blocked])).usage().inputTokens]).toEqual(['ended', 9]);
});

test('S04 error-event-in-200: an error instead of an answer costs nothing, one after it began does', () => {
  const before = metered(sse([failed]));
  expect([before.phase, before.failure, before.usage()]).toEqual([
    'error',
    { type: 'UNAVAILABLE', message: 'The model is overloaded. Please try again later.' },
    noUsage,
  ]);
  const after = metered(sse([...answer.slice(0, 2), failed]));
  expect([after.phase, after.usage().basis, after.usage().inputTokens]).toEqual(['error', 'estimated', 200]);
});

test('S08 giant-event: a chunk that is too long to keep is no failure, and the next one counts', () => {
  const giant = chunk({ parts: [{ inlineData: { mimeType: 'image/png', data: 'A'.repeat(9_000_000) } }] });
  for (const form of [sse, array]) {
    expect(metered(form([giant]), 65_536).phase).toBe('ended');
    expect(metered(form([giant, ...answer]), 65_536).usage()).toEqual(reported);
  }
}, 30_000);

test.each([
  ['nothing', ''],
  ['a web page', '<html>error</html>'],
  ['frames that are no JSON', 'data: {"cand\n\ndata: 7\n\ndata: null\n\n'],
  ['numbers that are none', sse([{ usageMetadata: { promptTokenCount: -1, candidatesTokenCount: 'x' } }])],
])('S06 no-content-type / wrong type: %s is no answer', (_, text) => {
  expect(metered(text).phase).toBe('handshake');
  expect(metered(text).usage()).toMatchObject({ basis: 'estimated', inputTokens: 100, outputTokens: 0 });
});

test('S18 unknown-event/field: unknown fields, parts and reasons change nothing', () => {
  const odd = [
    { somethingNew: true, ...chunk({ parts: [{ newPart: { a: 1 } }], usage: { promptTokenCount: 3, newCount: 9 } }) },
    chunk({ parts: [], finishReason: 'A_NEW_REASON', usage: { promptTokenCount: 3, candidatesTokenCount: 2 } }),
  ];
  expect(metered(sse(odd)).usage()).toMatchObject({ basis: 'reported', inputTokens: 3, outputTokens: 2 });
});

test('Q10 cache-5m-1h-split: no combination of numbers gives a negative class', () => {
  const count = fc.option(fc.nat(1_000_000), { nil: undefined });
  const metadata = fc.record({
    promptTokenCount: count,
    cachedContentTokenCount: count,
    candidatesTokenCount: count,
    thoughtsTokenCount: count,
    toolUsePromptTokenCount: count,
  });
  fc.assert(
    fc.property(metadata, (usageMetadata) => {
      const usage = bodyOf({ candidates: [], usageMetadata }).usage();
      const numbers = Object.values(usage).filter((value) => typeof value === 'number');
      expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
      expect(usage.thinkingTokens).toBeLessThanOrEqual(usage.outputTokens);
    }),
  );
});

describe('a whole body', () => {
  test('reports what a stream of the same numbers reports', () => {
    const meter = bodyOf(answer.at(-1));
    expect([meter.phase, meter.usage()]).toEqual(['ended', reported]);
  });

  test('of counted tokens costs nothing, and one of embeddings its input', () => {
    expect(bodyOf({ totalTokens: 31 }).usage()).toEqual(noUsage);
    const embedded = { ...noUsage, basis: 'estimated', inputTokens: 100 };
    expect(bodyOf({ embedding: { values: [0.1] } }).usage()).toEqual(embedded);
    expect(bodyOf({ embeddings: [{ values: [0.1] }] }).usage()).toEqual(embedded);
  });

  test('that is an error is one, and half a body is not whole', () => {
    expect(bodyOf(failed)).toMatchObject({ phase: 'error', failure: { type: 'UNAVAILABLE' } });
    const meter = gemini.createMeter({ isStream: false, requestBytes: 400 });
    expect(meter.phase).toBe('handshake');
    meter.push(Buffer.from('{"candidates":[{}'));
    expect(meter.phase).toBe('content');
    meter.push(Buffer.from(']}\n'));
    expect(meter.phase).toBe('ended');
  });
});
