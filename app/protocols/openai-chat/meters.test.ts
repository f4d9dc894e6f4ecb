import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noUsage } from '../../domain/usage.ts';
import { BodyMeter } from './body-meter.ts';
import { StreamMeter } from './stream-meter.ts';

const fixture = (name: string) => readFileSync(new URL(`./__fixtures__/${name}.sse`, import.meta.url));

function streamed(...chunks: readonly (string | Uint8Array)[]): StreamMeter {
  const meter = new StreamMeter(400);
  for (const chunk of chunks) meter.push(Buffer.from(chunk));
  return meter;
}

function whole(...chunks: readonly (string | Uint8Array)[]): BodyMeter {
  const meter = new BodyMeter(400);
  for (const chunk of chunks) meter.push(Buffer.from(chunk));
  return meter;
}

const sse = (chunk: unknown) => `data: ${typeof chunk === 'string' ? chunk : JSON.stringify(chunk)}\n\n`;
const delta = (fields: object, more: object = {}) =>
  sse({ choices: [{ index: 0, delta: fields, finish_reason: null }], ...more });
const done = sse('[DONE]');
const reported = { ...noUsage, basis: 'reported' };
const floor = { ...noUsage, basis: 'estimated', inputTokens: 100 };

describe('StreamMeter', () => {
  test.each([
    [
      'tool-calls',
      {
        ...{ inputTokens: 176, cacheReadTokens: 1_024, outputTokens: 90, thinkingTokens: 64, serviceTier: 'default' },
        servedModel: 'gpt-5.4-2026-08-01',
      },
    ],
    ['azure-refusal', { inputTokens: 9, outputTokens: 4, servedModel: 'gpt-5.4' }],
    [
      'vendor-reasoning',
      {
        ...{ inputTokens: 4, cacheReadTokens: 16, outputTokens: 12, thinkingTokens: 10 },
        servedModel: 'deepseek-reasoner',
      },
    ],
  ])('S01 utf8-every-cut: %s reports the same for every cut', (name, expected) => {
    const bytes = fixture(name);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const meter = streamed(bytes.subarray(0, cut), bytes.subarray(cut));
      expect([meter.phase, meter.usage()]).toEqual(['ended', { ...reported, serviceTier: undefined, ...expected }]);
    }
  });

  test('passes from handshake through content to its end', () => {
    const meter = streamed();
    const phases = [
      ': wait\n\n',
      delta({ role: 'assistant', content: '' }),
      delta({ content: 'a' }),
      done,
      delta({}),
    ].map((text) => {
      meter.push(Buffer.from(text));
      return meter.phase;
    });
    expect(phases).toEqual(['handshake', 'handshake', 'content', 'ended', 'ended']);
  });

  test.each([
    ['reasoning', { reasoning_content: 'x' }],
    ['reasoning of other vendors', { reasoning: 'x' }],
    ['a refusal', { refusal: 'x' }],
    ['a tool call', { tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '' } }] }],
    ['an old function call', { function_call: { name: 'f', arguments: '{}' } }],
  ])('%s is content', (_, fields) => {
    expect(streamed(delta(fields)).phase).toBe('content');
  });

  test('an answer with nothing in it has content when it says why it ends', () => {
    expect(streamed(sse({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })).phase).toBe('content');
  });

  test('completions count their text', () => {
    const meter = streamed(sse({ choices: [{ index: 0, text: '12345678' }] }));
    expect([meter.phase, meter.usage()]).toEqual(['content', { ...floor, outputTokens: 2, serviceTier: undefined }]);
  });

  test('a stream without its end, or without numbers, leaves a floor of all that was said', () => {
    const said = [
      delta({ reasoning_content: '12345678' }),
      delta({ content: '1234' }),
      delta({ tool_calls: [{ index: 0, function: { name: 'f', arguments: '{"a"' } }] }),
    ];
    const expected = { ...floor, outputTokens: 4, thinkingTokens: 2, serviceTier: undefined };
    expect(streamed(...said).usage()).toEqual(expected);
    expect(streamed(...said, done).usage()).toEqual(expected);
  });

  test.each<[string, object | string, string]>([
    ['OpenAI’s', { error: { message: 'm', type: 'server_error', code: null, param: null } }, 'server_error'],
    [
      'one with a code',
      { error: { message: 'm', type: 'requests', code: 'rate_limit_exceeded' } },
      'rate_limit_exceeded',
    ],
    ['one with a number', { error: { message: 'm', code: 502 } }, '502'],
    ['a bare text', { error: 'm' }, 'server_error'],
    ['vLLM’s', { object: 'error', message: 'm', type: 'BadRequestError', code: 400 }, 'BadRequestError'],
  ])('%s error ends the stream and costs nothing', (_, error, type) => {
    const meter = streamed(delta({ role: 'assistant' }), sse(error), done);
    expect([meter.phase, meter.failure, meter.usage()]).toEqual(['error', { type, message: 'm' }, noUsage]);
  });

  test('an error after content costs what was said', () => {
    expect(streamed(delta({ content: '12345678' }), sse({ error: { message: 'm' } })).usage().outputTokens).toBe(2);
  });

  test('a stream of pictures ends with the picture and counts none of its bytes', () => {
    const meter = streamed(
      `event: image_generation.partial_image\n${sse({ type: 'image_generation.partial_image', b64_json: 'x'.repeat(300_000) })}`,
    );
    expect([meter.phase, meter.usage().outputTokens]).toEqual(['content', 0]);
    const usage = {
      input_tokens: 50,
      output_tokens: 4_000,
      total_tokens: 4_050,
      input_tokens_details: { text_tokens: 50 },
    };
    meter.push(Buffer.from(sse({ type: 'image_generation.completed', b64_json: 'eA==', usage })));
    expect([meter.phase, meter.usage()]).toMatchObject([
      'ended',
      { basis: 'reported', inputTokens: 50, outputTokens: 4_000, imageOutputTokens: 4_000, images: 1 },
    ]);
  });

  test('S08 giant-event: an event beyond all limits is content and is not kept', () => {
    const meter = streamed('data: {"choices":[{"delta":{"content":"');
    const piece = Buffer.alloc(65_536, 'x');
    const before = process.memoryUsage().arrayBuffers;
    for (let sent = 0; sent < 20_000_000; sent += piece.length) meter.push(piece);
    meter.push(Buffer.from('"}}]}\n\n'));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4_000_000);
    expect([meter.phase, meter.usage().basis]).toEqual(['content', 'estimated']);
  });

  test('nothing that arrives makes it throw, and counts are never negative', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.jsonValue(), fc.string())), (chunks) => {
        const usage = streamed(
          ...chunks.map(sse),
          sse({ usage: { prompt_tokens: 3, prompt_tokens_details: { cached_tokens: 9 } } }),
          done,
        ).usage();
        expect(
          Math.min(usage.inputTokens, usage.outputTokens, usage.cacheReadTokens, usage.thinkingTokens),
        ).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 200 },
    );
  });
});

const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  service_tier: 'priority',
  choices: [{ index: 0, message: { role: 'assistant', content: '世界' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, prompt_tokens_details: { cached_tokens: 4 } },
};

describe('BodyMeter', () => {
  test('S01 utf8-every-cut: reports the usage of a whole answer, for every cut', () => {
    const bytes = Buffer.from(JSON.stringify(completion));
    const expected = { ...reported, inputTokens: 6, cacheReadTokens: 4, outputTokens: 5, serviceTier: 'priority' };
    for (let cut = 0; cut <= bytes.length; cut++) {
      const meter = whole(bytes.subarray(0, cut), bytes.subarray(cut));
      expect([meter.phase, meter.usage()]).toEqual(['ended', expected]);
    }
  });

  test('has no end while the document is not whole', () => {
    const text = JSON.stringify(completion);
    for (let length = 1; length < text.length; length++) expect(whole(text.slice(0, length)).phase).toBe('content');
    expect(whole('', ' \n').phase).toBe('handshake');
  });

  test.each<[string, object, object]>([
    [
      'embeddings',
      { object: 'list', data: [{ embedding: [0.1] }], usage: { prompt_tokens: 8, total_tokens: 8 } },
      { basis: 'reported', inputTokens: 8, outputTokens: 0 },
    ],
    ['embeddings without numbers', { object: 'list', data: [{ embedding: [0.1] }] }, { ...floor }],
    [
      'pictures',
      { created: 1, data: [{ b64_json: 'eA==' }], usage: { input_tokens: 7, output_tokens: 99, total_tokens: 106 } },
      { basis: 'reported', inputTokens: 7, outputTokens: 99, imageOutputTokens: 99, images: 1 },
    ],
    [
      'pictures without numbers',
      { created: 1, data: [{ url: 'https://x' }, { url: 'https://y', revised_prompt: 'the \\"url\\": "z"' }] },
      { ...reported, images: 2 },
    ],
    ['a list of models', { object: 'list', data: [{ id: 'gpt-5', object: 'model' }] }, noUsage],
  ])('%s', (_, body, expected) => {
    expect(whole(JSON.stringify(body)).usage()).toMatchObject(expected);
  });

  test('an answer without numbers is an estimate', () => {
    const body = JSON.stringify({ choices: [] });
    expect(whole(body).usage()).toMatchObject({ ...floor, outputTokens: Math.ceil(body.length / 4) });
  });

  test('an error in a 200 answer is an error', () => {
    const meter = whole('{"error":{"message":"m","type":"server_error"}}');
    expect([meter.phase, meter.failure, meter.usage()]).toEqual([
      'error',
      { type: 'server_error', message: 'm' },
      noUsage,
    ]);
  });

  test('of an answer beyond all limits the numbers at its end count, and no base64 does', () => {
    const big = `{"data":[{"b64_json":"${'x'.repeat(9_000_000)}"}]`;
    const numbers =
      ',"usage":{"input_tokens":7,"output_tokens":99,"input_tokens_details":{"cached_tokens":2}}, "size":"1x1"}\n';
    expect(whole(big, numbers.slice(0, 20), numbers.slice(20)).usage()).toMatchObject({
      basis: 'reported',
      inputTokens: 5,
      outputTokens: 99,
    });
    expect(whole(big, '}').usage()).toMatchObject({ basis: 'estimated', inputTokens: 100, outputTokens: 0 });
  });
});
