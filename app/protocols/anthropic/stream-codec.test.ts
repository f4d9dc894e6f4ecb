import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StreamEvent } from '../../domain/conversation.ts';
import { RelayError } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import { noUsage } from '../../domain/usage.ts';
import type { EncoderOptions } from '../codec.ts';
import { FrameReader, frameText } from '../sse.ts';
import { codec } from './codec.ts';

const model = 'claude-opus-5-5';
const conversation = codec.decodeRequest({ model, messages: [] }, '/v1/messages');
const options: EncoderOptions = { model, createdAt: 1_790_000_000_000, conversation };

function fixture(name: string): string {
  return readFileSync(new URL(`./__fixtures__/${name}`, import.meta.url), 'utf8');
}

function decode(chunks: readonly Uint8Array[]): StreamEvent[] {
  const decoder = codec.createDecoder();
  const events: StreamEvent[] = [];
  const reader = new FrameReader((frame) => {
    events.push(...decoder.push({ event: frame.event, text: frameText(frame) }));
  });
  for (const chunk of chunks) reader.push(chunk);
  return [...events, ...decoder.end()];
}

function decodeText(text: string): StreamEvent[] {
  return decode([Buffer.from(text)]);
}

function encode(events: readonly StreamEvent[]): string {
  const encoder = codec.createEncoder(options);
  return events.map((event) => encoder.push(event)).join('');
}

/** The JSON of each frame; pings are no part of an answer. */
function framesOf(text: string): Record<string, Json>[] {
  const frames = text.split('\n\n').filter((frame) => frame !== '');
  return frames
    .map((frame) => JSON.parse(frame.replace(/^event: \w+\ndata: /, '')))
    .filter(({ type }) => type !== 'ping');
}

/** What other protocols get to see. */
function neutral(events: readonly StreamEvent[]): StreamEvent[] {
  return events.filter(({ kind }) => kind !== 'extra');
}

const start: StreamEvent = { kind: 'response-start', id: 'msg_1', model };
const usage: StreamEvent = { kind: 'usage', usage: { ...noUsage, basis: 'reported', inputTokens: 5, outputTokens: 7 } };
const end: StreamEvent = { kind: 'response-end', reason: 'end-turn' };

describe('decoding a stream', () => {
  test('every kind of event has its meaning', () => {
    const events = decodeText(fixture('every-event.sse'));
    expect(neutral(events)).toEqual([
      { kind: 'response-start', id: 'msg_01MadeUp', model },
      expect.objectContaining({ kind: 'usage' }),
      { kind: 'reasoning-start', index: 0, isSummary: true },
      { kind: 'reasoning-delta', index: 0, text: 'First I look it ' },
      { kind: 'reasoning-delta', index: 0, text: 'up.' },
      { kind: 'reasoning-signature', index: 0, signature: { protocol: 'anthropic', value: 'bWFkZSB1cA==' } },
      { kind: 'part-end', index: 0 },
      { kind: 'reasoning-start', index: 1, isSummary: true },
      {
        kind: 'reasoning-signature',
        index: 1,
        signature: { protocol: 'anthropic', value: 'redacted_thinking:c2VhbGVk' },
      },
      { kind: 'part-end', index: 1 },
      { kind: 'text-start', index: 4 },
      { kind: 'text-delta', index: 4, text: 'It is sunny, 你好 👩‍💻.' },
      { kind: 'part-end', index: 4 },
      { kind: 'tool-call-start', index: 5, callId: 'toolu_01MadeUp', name: 'Read' },
      { kind: 'tool-call-delta', index: 5, text: '{"file_path": "/tmp/no' },
      { kind: 'tool-call-delta', index: 5, text: 'tes.txt"}' },
      { kind: 'part-end', index: 5 },
      { kind: 'tool-call-start', index: 6, callId: 'toolu_02MadeUp', name: 'Now' },
      { kind: 'tool-call-delta', index: 6, text: '{}' },
      { kind: 'part-end', index: 6 },
      {
        kind: 'usage',
        usage: {
          basis: 'reported',
          inputTokens: 20,
          outputTokens: 93,
          cacheReadTokens: 4_000,
          cacheWrite5mTokens: 100,
          cacheWrite1hTokens: 200,
          thinkingTokens: 31,
          webSearchRequests: 1,
          serviceTier: 'standard',
          speed: 'standard',
          inferenceGeo: 'us',
        },
      },
      { kind: 'response-end', reason: 'tool-calls' },
    ]);
  });

  test('a server’s tools may not be lost; citations, unknown events and bookkeeping may', () => {
    const extras = decodeText(fixture('every-event.sse')).flatMap((event) =>
      event.kind === 'extra' ? event.extra : [],
    );
    expect(extras.map(({ field, mayDrop }) => [field, mayDrop])).toEqual([
      ['message_start.message.container', true],
      ['content_block_start', false],
      ['content_block_delta', false],
      ['content_block_stop', false],
      ['content_block_start', false],
      ['content_block_stop', false],
      ['content_block_start.content_block.citations', true],
      ['content_block_delta', true],
      ['content_block_start.content_block.caller', true],
      ['weather_report', true],
      ['message_delta.delta.container', true],
      ['message_delta.context_management', true],
    ]);
  });

  test('no tool of a server, nor what it brought, may be lost', () => {
    const events = decodeText(fixture('server-tools.sse'));
    const blocks = events.flatMap((event) =>
      event.kind === 'extra' && event.extra.field === 'content_block_start'
        ? [[Object(event.extra.value).content_block.type, event.extra.mayDrop]]
        : [],
    );
    expect(blocks).toEqual([
      ['server_tool_use', false],
      ['web_search_tool_result', false],
      ['server_tool_use', false],
      ['web_fetch_tool_result', false],
      ['server_tool_use', false],
      ['code_execution_tool_result', false],
      ['server_tool_use', false],
      ['bash_code_execution_tool_result', false],
      ['server_tool_use', false],
      ['text_editor_code_execution_tool_result', false],
      ['server_tool_use', false],
      ['tool_search_tool_result', false],
      ['container_upload', false],
    ]);
    expect(events.at(-1)).toEqual({ kind: 'response-end', reason: 'paused' });
  });

  test('a refusal says why', () => {
    expect(neutral(decodeText(fixture('refusal.sse'))).slice(-5)).toEqual([
      { kind: 'part-end', index: 0 },
      { kind: 'refusal-delta', index: 1, text: 'This request was stopped.' },
      { kind: 'part-end', index: 1 },
      expect.objectContaining({ kind: 'usage' }),
      { kind: 'response-end', reason: 'refusal' },
    ]);
  });

  test.each([
    ['end_turn', 'end-turn'],
    ['max_tokens', 'max-tokens'],
    ['stop_sequence', 'stop-sequence'],
    ['tool_use', 'tool-calls'],
    ['pause_turn', 'paused'],
    ['refusal', 'refusal'],
    ['model_context_window_exceeded', 'context-full'],
    ['something_new', 'end-turn'],
  ])('it ends with %s', (word, reason) => {
    const wire = [
      { type: 'message_start', message: { id: 'msg_1', model } },
      { type: 'message_delta', delta: { stop_reason: word, stop_sequence: 'X' } },
      { type: 'message_stop' },
    ];
    const events = decodeText(wire.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join(''));
    expect(events.at(-1)).toEqual({ kind: 'response-end', reason, stopSequence: 'X' });
    expect(encode(events)).toContain(`"stop_reason":"${word}","stop_sequence":"X"`);
  });

  test('S04 error-event-in-200: an error is an error, and the last event', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    const events = decodeText(`event: error\ndata: ${JSON.stringify(error)}\n\nevent: message_stop\ndata: {}\n\n`);
    expect(events).toEqual([{ kind: 'error', type: 'overloaded_error', message: 'Overloaded' }]);
    expect(framesOf(encode(events))).toEqual([error]);
  });

  test('S17 partial-tool-json: a stream that is cut anywhere before its end ends with an error', () => {
    const frames = fixture('every-event.sse').split(/(?<=\n\n)/);
    for (let count = 0; count < frames.length; count++) {
      const last = decodeText(frames.slice(0, count).join('')).at(-1);
      if (!frames.slice(0, count).join('').includes('message_stop')) expect(last?.kind).toBe('error');
    }
    expect(decodeText('event: message_start\ndata: {"type":\n\n')).toMatchObject([{ kind: 'error' }]);
  });

  test('S01 utf8-every-cut: one cut at any byte gives the same events', () => {
    const bytes = Buffer.from(fixture('every-event.sse'));
    const whole = decode([bytes]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(decode([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole);
    }
  });

  test('S18 unknown-event/field: what is not known is passed over, wherever it stands', () => {
    const strange = [
      { type: 'content_block_delta', index: 9, delta: { type: 'new_delta', value: 1 } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 5 } },
      { type: 'content_block_start' },
      { type: 'content_block_stop', index: 77 },
      { type: 'message_delta' },
      { type: 'message_start', message: 'no' },
      {},
      { type: 5 },
    ];
    for (const frame of strange) {
      const text = `data: ${JSON.stringify(frame)}\n\ndata: {"type":"message_stop"}\n\n`;
      expect(decodeText(text).at(-1)).toEqual({ kind: 'response-end', reason: 'end-turn' });
    }
  });
});

test.each(['every-event.sse', 'refusal.sse', 'server-tools.sse', 'tool-use.sse'])(
  '%s is the same stream again',
  (name) => {
    const before = framesOf(fixture(name));
    const after = framesOf(encode(decodeText(fixture(name))));
    // Usage is said in full each time, and empty pieces are left out; all else is what the upstream sent.
    const plain = (frames: Record<string, Json>[]) => {
      return frames
        .filter(({ delta }) => Object(delta).partial_json !== '' && Object(delta).partial_json !== '{}')
        .map((frame) => JSON.parse(JSON.stringify(frame, (field, value) => (field === 'usage' ? null : value))));
    };
    const strip = (frames: Record<string, Json>[]) => {
      for (const { message } of frames) if (Object(message).stop_details === null) delete Object(message).stop_details;
      return frames;
    };
    expect(strip(plain(after))).toEqual(strip(plain(before)));
  },
);

describe('encoding a stream', () => {
  test('has the lines that SDKs read, in their order', () => {
    const events: StreamEvent[] = [
      { ...start, id: 'chatcmpl-1', model: 'gpt-x' },
      { kind: 'text-start', index: 0 },
      { kind: 'text-delta', index: 0, text: 'Hi' },
      { kind: 'part-end', index: 0 },
      usage,
      end,
    ];
    const numbers = (output: number, input: number) =>
      `{"input_tokens":${input},"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":${output},"output_tokens_details":{"thinking_tokens":0},"server_tool_use":null}`;
    expect(encode(events)).toBe(
      [
        `event: message_start\ndata: {"type":"message_start","message":{"id":"msg_chatcmpl-1","type":"message","role":"assistant","model":"${model}","content":[],"stop_reason":null,"stop_sequence":null,"usage":${numbers(0, 0)}}}`,
        'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}',
        'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}',
        'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}',
        `event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":${numbers(7, 5)}}`,
        'event: message_stop\ndata: {"type":"message_stop"}',
        '',
      ].join('\n\n'),
    );
  });

  test('parts that overlap follow one another, and nothing of them is lost', () => {
    const call = (index: number): StreamEvent => ({
      kind: 'tool-call-start',
      index,
      callId: `c${index}`,
      name: 'Read',
    });
    const piece = (index: number, text: string): StreamEvent => ({ kind: 'tool-call-delta', index, text });
    const events: StreamEvent[] = [
      start,
      call(1),
      call(2),
      piece(2, '{"b'),
      piece(1, '{}'),
      { kind: 'text-delta', index: 3, text: 'late' },
      { kind: 'part-end', index: 1 },
      piece(2, '":1}'),
      { kind: 'part-end', index: 3 },
      end,
    ];
    expect(codec.encodeReply(events, options)).toMatchObject({
      content: [
        { type: 'tool_use', id: 'c1', input: {} },
        { type: 'tool_use', id: 'c2', input: { b: 1 } },
        { type: 'text', text: 'late' },
      ],
      stop_reason: 'tool_use',
    });
    const indexes = framesOf(encode(events)).flatMap(({ type, index }) =>
      type === 'content_block_start' ? index : [],
    );
    expect(indexes).toEqual([0, 1, 2]);
  });

  test('other protocols’ signatures travel in Anthropic’s fields, and are read again', () => {
    const gemini = { protocol: 'gemini', value: 'cHJvb2Y=' } as const;
    const events: StreamEvent[] = [
      start,
      usage,
      { kind: 'reasoning-start', index: 0, isSummary: true },
      { kind: 'reasoning-signature', index: 0, signature: { protocol: 'openai-responses', value: 'c2VhbGVk' } },
      { kind: 'part-end', index: 0 },
      { kind: 'tool-call-start', index: 1, callId: 'c', name: 'Read', signature: gemini },
      { kind: 'tool-call-delta', index: 1, text: '{}' },
      { kind: 'part-end', index: 1 },
      { kind: 'response-end', reason: 'tool-calls' },
    ];
    const reply = Object(codec.encodeReply(events, options));
    const request = { model, messages: [{ role: 'assistant', content: reply.content }] };
    const [turn] = codec.decodeRequest(request, '').turns;
    expect(turn?.parts).toEqual([
      {
        kind: 'reasoning',
        text: '',
        isSummary: true,
        signature: { protocol: 'openai-responses', value: 'c2VhbGVk' },
      },
      { kind: 'tool-call', callId: 'c', name: 'Read', input: '{}', signature: gemini },
    ]);
  });

  test('a refusal is text that clients show, and the reason for the end', () => {
    const refusal: StreamEvent[] = [
      start,
      { kind: 'refusal-delta', index: 0, text: 'No.' },
      { kind: 'part-end', index: 0 },
      end,
    ];
    expect(codec.encodeReply(refusal, options)).toMatchObject({
      content: [{ type: 'text', text: 'No.' }],
      stop_reason: 'refusal',
    });
  });

  test('what another protocol alone can say ends the answer with an error, unless it may be dropped', () => {
    const extra = { protocol: 'gemini', field: 'groundingMetadata', value: {}, mayDrop: true } as const;
    const events = (mayDrop: boolean): StreamEvent[] => [start, { kind: 'extra', extra: { ...extra, mayDrop } }, end];
    expect(framesOf(encode(events(true))).map(({ type }) => type)).toEqual([
      'message_start',
      'message_delta',
      'message_stop',
    ]);
    expect(framesOf(encode(events(false)))).toEqual([
      { type: 'error', error: { type: 'api_error', message: expect.stringContaining('groundingMetadata') } },
    ]);
    expect(() => codec.encodeReply(events(false), options)).toThrow(RelayError);
  });

  test.each([
    ['server_error', 'api_error'],
    ['RESOURCE_EXHAUSTED', 'rate_limit_error'],
    ['insufficient_quota', 'billing_error'],
    ['overloaded_error', 'overloaded_error'],
    ['new_error', 'new_error'],
    ['whatever', 'api_error'],
  ])('the error %s is %s to Anthropic’s clients', (type, expected) => {
    expect(framesOf(encode([{ kind: 'error', type, message: 'm' }]))).toEqual([
      { type: 'error', error: { type: expected, message: 'm' } },
    ]);
  });
});

describe('whole replies', () => {
  test('say the same as the stream', () => {
    for (const name of ['every-event.sse', 'refusal.sse', 'tool-use.sse']) {
      const events = decodeText(fixture(name));
      const reply = codec.encodeReply(events, options);
      expect(codec.encodeReply(codec.decodeReply(reply), options)).toEqual(reply);
      expect(texts(codec.decodeReply(reply))).toEqual(texts(events));
    }
  });

  test('have their blocks as the API gives them', () => {
    const reply = Object(codec.encodeReply(decodeText(fixture('every-event.sse')), options));
    expect(reply).toMatchObject({ id: 'msg_01MadeUp', type: 'message', role: 'assistant', stop_reason: 'tool_use' });
    expect(reply.content).toMatchObject([
      { type: 'thinking', thinking: 'First I look it up.', signature: 'bWFkZSB1cA==' },
      { type: 'redacted_thinking', data: 'c2VhbGVk' },
      { type: 'server_tool_use', name: 'web_search', input: { query: 'weather' } },
      { type: 'web_search_tool_result', content: [{ url: 'https://weather.example/' }] },
      { type: 'text', text: 'It is sunny, 你好 👩‍💻.', citations: [{ cited_text: 'Sunny' }] },
      { type: 'tool_use', id: 'toolu_01MadeUp', input: { file_path: '/tmp/notes.txt' } },
      { type: 'tool_use', id: 'toolu_02MadeUp', input: {} },
    ]);
    expect(reply.usage).toMatchObject({ input_tokens: 20, output_tokens: 93, cache_read_input_tokens: 4_000 });
  });

  test('an error body, something else and broken arguments are errors', () => {
    const body = { type: 'error', error: { type: 'api_error', message: 'm' } };
    expect(codec.decodeReply(body)).toEqual([{ kind: 'error', type: 'api_error', message: 'm' }]);
    expect(codec.decodeReply([])).toMatchObject([{ kind: 'error' }]);
    const cut: StreamEvent[] = [
      start,
      { kind: 'tool-call-start', index: 0, callId: 'c', name: 'Read' },
      { kind: 'tool-call-delta', index: 0, text: '{"a":' },
      end,
    ];
    expect(() => codec.encodeReply(cut, options)).toThrow(/not a JSON object/);
  });
});

function texts(events: readonly StreamEvent[]): string {
  const pieces = events.map((event) => ('text' in event ? event.text : ''));
  return pieces.join('').replaceAll(' ', ''); // a whole reply has its arguments as JSON, without the blanks of the stream
}

const words = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).map((value) => value.toWellFormed());
const part = fc.oneof(
  fc.array(words, { minLength: 1, maxLength: 3 }).map((pieces) => (index: number): StreamEvent[] => [
    { kind: 'text-start', index },
    ...pieces.map((text): StreamEvent => ({ kind: 'text-delta', index, text })),
    { kind: 'part-end', index },
  ]),
  fc.tuple(fc.array(words, { maxLength: 3 }), words).map(([pieces, value]) => (index: number): StreamEvent[] => [
    { kind: 'reasoning-start', index, isSummary: true },
    ...pieces.map((text): StreamEvent => ({ kind: 'reasoning-delta', index, text })),
    { kind: 'reasoning-signature', index, signature: { protocol: 'anthropic', value } },
    { kind: 'part-end', index },
  ]),
  words.map((value) => (index: number): StreamEvent[] => [
    { kind: 'reasoning-start', index, isSummary: true },
    { kind: 'reasoning-signature', index, signature: { protocol: 'anthropic', value: `redacted_thinking:${value}` } },
    { kind: 'part-end', index },
  ]),
  fc
    .tuple(words, words, fc.dictionary(words, fc.jsonValue()))
    .map(([callId, name, input]) => (index: number): StreamEvent[] => {
      const text = JSON.stringify(input);
      const cut = text.length >> 1;
      return [
        { kind: 'tool-call-start', index, callId, name },
        { kind: 'tool-call-delta', index, text: text.slice(0, cut) },
        { kind: 'tool-call-delta', index, text: text.slice(cut) },
        { kind: 'part-end', index },
      ];
    }),
);
const count = fc.nat({ max: 1_000_000 });
const numbers = fc.record({
  inputTokens: count,
  outputTokens: count,
  cacheReadTokens: count,
  cacheWrite5mTokens: count,
  cacheWrite1hTokens: count,
  thinkingTokens: count,
  webSearchRequests: fc.integer({ min: 1, max: 9 }),
});
const reason = fc.constantFrom('max-tokens', 'tool-calls', 'paused', 'context-full', 'refusal');
const answers = fc
  .tuple(numbers, fc.array(part, { minLength: 1, maxLength: 5 }), numbers, reason)
  .map(([first, parts, last, ending]): StreamEvent[] => [
    start,
    { kind: 'usage', usage: { basis: 'reported', ...first } },
    ...parts.flatMap((make, index) => make(index)),
    { kind: 'usage', usage: { basis: 'reported', ...last } },
    { kind: 'response-end', reason: ending },
  ]);

test('what is encoded decodes to the same events, by any chunking', () => {
  fc.assert(
    fc.property(answers, fc.array(fc.nat(), { maxLength: 6 }), (events, cuts) => {
      const bytes = Buffer.from(encode(events));
      const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      expect(decode(edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge)))).toEqual(events);
    }),
    { numRuns: 300 },
  );
});

test('a whole reply says the same as its events', () => {
  fc.assert(
    fc.property(answers, (events) => {
      const reply = codec.encodeReply(events, options);
      const again = codec.decodeReply(JSON.parse(JSON.stringify(reply)));
      expect(codec.encodeReply(again, options)).toEqual(reply);
      const last = (list: readonly StreamEvent[]) => list.findLast(({ kind }) => kind === 'usage');
      expect([again.at(-1), last(again)]).toEqual([events.at(-1), last(events)]);
    }),
  );
});
