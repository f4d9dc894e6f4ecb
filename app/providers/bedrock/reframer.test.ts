import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReframeError } from '../provider.ts';
import { bedrock } from './index.ts';
import { BedrockReframer } from './reframer.ts';

type Header = readonly [name: string, value: string];

function encodeHeader([name, value]: Header): Buffer {
  const text = Buffer.from(value);
  const length = Buffer.alloc(3);
  length.writeUInt8(7);
  length.writeUInt16BE(text.length, 1);
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), length, text]);
}

function message(headers: Buffer, payload: Buffer): Buffer {
  const whole = Buffer.alloc(16 + headers.length + payload.length);
  whole.writeUInt32BE(whole.length);
  whole.writeUInt32BE(headers.length, 4);
  whole.writeUInt32BE(crc32(whole.subarray(0, 8)), 8);
  headers.copy(whole, 12);
  payload.copy(whole, 12 + headers.length);
  whole.writeUInt32BE(crc32(whole.subarray(0, -4)), whole.length - 4);
  return whole;
}

function typed(type: string, payload: Buffer, kind = 'event'): Buffer {
  const headers: Header[] = [
    [`:${kind}-type`, type],
    [':content-type', 'application/json'],
    [':message-type', kind],
  ];
  return message(Buffer.concat(headers.map(encodeHeader)), payload);
}

function chunk(text: string): Buffer {
  const payload = { bytes: Buffer.from(text).toString('base64'), p: 'abcdefghijklmnop' };
  return typed('chunk', Buffer.from(JSON.stringify(payload)));
}

function exception(type: string, text: string): Buffer {
  return typed(type, Buffer.from(JSON.stringify({ message: text })), 'exception');
}

function reframe(chunks: readonly Uint8Array[]): string {
  const reframer = new BedrockReframer();
  const bytes = chunks.map((part) => reframer.push(part));
  return Buffer.concat([...bytes, reframer.end()]).toString();
}

/** The stream of another protocol fixture's events, as Bedrock would send them. */
const sse = readFileSync(new URL('./__fixtures__/answer.sse', import.meta.url), 'utf8');
const events = sse
  .split('\n\n')
  .filter((frame) => frame !== '')
  .map((frame) => frame.replace(/^event: \w+\ndata: /, ''));
const wire = Buffer.concat(events.map(chunk));

describe('a stream from Bedrock', () => {
  test('is the stream that Anthropic would send', () => {
    expect(reframe([wire])).toBe(sse);
  });

  test('S01 utf8-every-cut: is the same for every cut, and byte by byte', () => {
    for (let cut = 0; cut <= wire.length; cut++) expect(reframe([wire.subarray(0, cut), wire.subarray(cut)])).toBe(sse);
    expect(reframe(Array.from(wire, (byte) => Uint8Array.of(byte)))).toBe(sse);
  });

  test('is the same by any chunking', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 8 }), (cuts) => {
        const edges = [0, ...cuts.map((cut) => cut % (wire.length + 1)).sort((a, b) => a - b), wire.length];
        expect(reframe(edges.slice(1).map((edge, index) => wire.subarray(edges[index], edge)))).toBe(sse);
      }),
    );
  });

  test('metrics without a type, new kinds of events and names that could end a line are left out', () => {
    const metrics = chunk('{"amazon-bedrock-invocationMetrics":{"inputTokenCount":3}}');
    const other = typed('initial-response', Buffer.from('{}'));
    const unnamed = message(Buffer.alloc(0), Buffer.from('{}'));
    const hostile = chunk('{"type":"a\\ndata: b"}');
    expect(reframe([metrics, other, unnamed, hostile, chunk('{"type":"ping"}')])).toBe(
      'event: ping\ndata: {"type":"ping"}\n\n',
    );
  });

  test('an event that is printed on several lines stays one event', () => {
    expect(reframe([chunk('{\n"type":"ping"\r\n}')])).toBe('event: ping\ndata: {\ndata: "type":"ping"\ndata: }\n\n');
  });

  test('headers of every type are read past', () => {
    const values = [[0], [1], [2, 9], [3, 0, 9], [4, 0, 0, 0, 9], [5, 0, 0, 0, 0, 0, 0, 0, 9], [6, 0, 2, 9, 9]];
    const strange = [...values, [8, 0, 0, 0, 0, 0, 0, 0, 9], [9, ...Array.from({ length: 16 }, () => 9)]];
    const headers = Buffer.concat([
      ...strange.map((value) => Buffer.from([1, 0x61, ...value])),
      ...[[':message-type', 'event'] as const, [':event-type', 'chunk'] as const].map(encodeHeader),
    ]);
    const payload = JSON.stringify({ bytes: Buffer.from('{"type":"ping"}').toString('base64') });
    expect(reframe([message(headers, Buffer.from(payload))])).toContain('event: ping');
  });

  test('a whole answer needs no reframing', () => {
    expect([bedrock.createReframer?.(false, 'messages'), bedrock.createReframer?.(true, 'messages')]).toEqual([
      undefined,
      expect.any(BedrockReframer),
    ]);
  });
});

describe('S16 bedrock-frame-corrupt', () => {
  const ping = 'event: ping\ndata: {"type":"ping"}\n\n';

  test.each([
    ['internalServerException', 'api_error'],
    ['modelStreamErrorException', 'api_error'],
    ['modelTimeoutException', 'timeout_error'],
    ['serviceUnavailableException', 'overloaded_error'],
    ['throttlingException', 'rate_limit_error'],
    ['validationException', 'invalid_request_error'],
    ['somethingNewException', 'overloaded_error'],
  ])('the exception %s is an error event of type %s, and the last one', (type, expected) => {
    const error = { type: 'error', error: { type: expected, message: 'Why' } };
    const after = chunk('{"type":"ping"}');
    expect(reframe([chunk('{"type":"ping"}'), exception(type, 'Why'), after, Buffer.from('garbage')])).toBe(
      `${ping}event: error\ndata: ${JSON.stringify(error)}\n\n`,
    );
  });

  test('an error message is an error event', () => {
    const headers: Header[] = [
      [':message-type', 'error'],
      [':error-code', 'InternalServerException'],
      [':error-message', 'Why'],
    ];
    expect(reframe([message(Buffer.concat(headers.map(encodeHeader)), Buffer.alloc(0))])).toBe(
      'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"Why"}}\n\n',
    );
  });

  test('any byte that is changed is noticed', () => {
    const frame = chunk('{"type":"ping"}');
    for (let at = 0; at < frame.length; at++) {
      const changed = Buffer.from(frame);
      changed.writeUInt8((changed[at] ?? 0) ^ 0x10, at);
      expect(() => reframe([changed])).toThrow(ReframeError);
    }
  });

  test('a stream that is cut inside a message is noticed', () => {
    const frame = chunk('{"type":"ping"}');
    for (let length = 1; length < frame.length; length++) {
      expect(() => reframe([frame.subarray(0, length)])).toThrow(ReframeError);
    }
  });

  test('what came before a broken message is passed on, and then it is told', () => {
    const reframer = new BedrockReframer();
    const bytes = Buffer.concat([chunk('{"type":"ping"}'), Buffer.alloc(16)]);
    expect(Buffer.from(reframer.push(bytes)).toString()).toBe(ping);
    expect(() => reframer.push(chunk('{"type":"ping"}'))).toThrow(ReframeError);
    expect(() => reframer.end()).toThrow(ReframeError);
  });

  test.each([
    ['a chunk without bytes', typed('chunk', Buffer.from('{}'))],
    ['a chunk that is no JSON', typed('chunk', Buffer.from('{'))],
    ['an event that is no JSON', chunk('{"type":')],
    ['a header of an unknown type', message(Buffer.from([1, 0x61, 77]), Buffer.alloc(0))],
    ['a header that is cut', message(Buffer.from([1, 0x61, 7, 0]), Buffer.alloc(0))],
    ['a header that is longer than all', message(Buffer.from([1, 0x61, 7, 0, 9]), Buffer.alloc(0))],
    ['a name that is longer than all', message(Buffer.from([9, 0x61]), Buffer.alloc(0))],
  ])('%s is noticed', (_, bytes) => {
    expect(() => reframe([bytes])).toThrow(ReframeError);
  });

  test('S08 giant-event: a length beyond all limits is refused before anything is kept', () => {
    const prelude = Buffer.alloc(12);
    prelude.writeUInt32BE(2_000_000_000);
    prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => reframe([prelude])).toThrow(/impossible length/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  });
});
