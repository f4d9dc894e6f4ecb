import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ByteFilter } from '../protocol.ts';
import { createAssistUnwrapper, createAssistWrapper } from './assist-answer.ts';
import { gemini } from './index.ts';

const trace = 'req_made_up';
const wrapper = () => createAssistWrapper(trace);

/** Everything that comes out when `text` goes in, in pieces of `size` bytes. */
function through(filter: ByteFilter, text: string | Uint8Array, size = Number.MAX_SAFE_INTEGER): string {
  const bytes = Buffer.from(text);
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) out.push(filter.push(bytes.subarray(at, at + size)));
  out.push(filter.end());
  return Buffer.concat(out).toString();
}

const answer = (text: string) => ({
  candidates: [{ content: { parts: [{ text }], role: 'model' }, index: 0 }],
  'odd "name" \\': [{ response: 1 }, '}', ']', '\\', '"', null],
});
const sse = (objects: readonly unknown[], lineEnd = '\r\n') =>
  objects.map((object) => `data: ${JSON.stringify(object)}${lineEnd}${lineEnd}`).join('');
const array = (objects: readonly unknown[]) => `[${objects.map((object) => JSON.stringify(object)).join(',\r\n')}\n]\n`;

const some = [
  answer('Grüße, 世界 🎉'),
  answer('{"response":{}} \u2028 \\"}'),
  { usageMetadata: { promptTokenCount: 7 } },
];
const error = { error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'response' } };

describe.each([
  ['server-sent events', sse],
  ['server-sent events with bare line feeds', (objects: readonly unknown[]) => sse(objects, '\n')],
  ['an array', array],
  ['one body', ([first]: readonly unknown[]) => JSON.stringify(first, undefined, 2)],
])('%s', (_, shape) => {
  const wrapped = shape(some.map((response) => ({ response, traceId: trace })));

  test('the wrapper comes off and goes on, whatever the chunks', () => {
    const parsed = (text: string) => text.replace(/\s*\n\s*/g, '').replaceAll('": ', '":');
    for (const size of [1, 2, 3, 7, 64, 10_000]) {
      expect(parsed(through(createAssistUnwrapper(), wrapped, size))).toBe(parsed(shape(some)));
      expect(parsed(through(wrapper(), shape(some), size))).toBe(parsed(wrapped));
    }
  });

  test('S08 giant-event: nothing of a long answer is kept back', () => {
    const filter = createAssistUnwrapper();
    const [head = ''] = shape([{ response: { a: 'x' } }]).split('x');
    expect(filter.push(Buffer.from(head)).length).toBeGreaterThan(0);
    const chunk = Buffer.alloc(65_536, 'x');
    for (let count = 0; count < 320; count += 1) expect(filter.push(chunk).length).toBe(chunk.length);
  });

  test('an error has no wrapper, before or after', () => {
    const text = shape([error]);
    expect(through(createAssistUnwrapper(), text, 5)).toBe(text);
    expect(through(wrapper(), text, 5)).toBe(text);
  });
});

test('any answer in any chunks keeps its bytes: what goes on comes off', () => {
  const json = fc.jsonValue({ depthSize: 'small', stringUnit: 'grapheme' });
  const objects = fc.array(
    fc.dictionary(
      fc.string().filter((name) => name !== 'error'),
      json,
    ),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(objects, fc.boolean(), fc.integer({ min: 1, max: 40 }), (values, isSse, size) => {
      const text = isSse ? sse(values) : array(values);
      expect(through(createAssistUnwrapper(), through(wrapper(), text, size), size)).toBe(text);
    }),
  );
});

test('the response is found behind other fields, and what stands around it is left out', () => {
  const unwrapped = through(
    createAssistUnwrapper(),
    'data: {"traceId":"a","list":[{"response":1}],"n":-1.5e3 , "response" : {"b":2} ,"consumedCredits":[{}]}\n\n',
  );
  expect(unwrapped).toBe('data: {"b":2}\n\n');
  expect(through(createAssistUnwrapper(), 'data: {"response":{}}\n\ndata: {}\n\n')).toBe('data: {}\n\ndata: {}\n\n');
  expect(through(wrapper(), '{}')).toBe(`{"response":{},"traceId":"${trace}"}`);
});

test('an object that does not say for long what it is fails instead of being kept', () => {
  const filter = createAssistUnwrapper();
  expect(() => filter.push(Buffer.from(`{"a":"${'x'.repeat(70_000)}`))).toThrow(/does not tell/);
});

test('S09 crlf-cr-comments: only data lines are looked into, and an event ends with its blank line', () => {
  const frames = [
    ': a comment with { and "\n\n',
    'event: {\rid: "7\rdata: {"response":{"a":1},\rdata: "traceId":"t"}\r\r',
    'retry: 5\r\ndata:{\r\ndata:"response"\r\ndata:: {"b":[1,\r\ndata:2]}}\r\n\r\n',
    'data: {"response":{"cut\n',
  ];
  const objects = (text: string) => {
    const joined = text.split(/\r\n\r\n|\n\n|\r\r/).map((frame) => frame.split(/\r\n|\n|\r/));
    return joined.map((lines) => lines.flatMap((line) => /^data: ?(.*)$/.exec(line)?.[1] ?? []).join('\n'));
  };
  for (const size of [1, 2, 5, 1_000]) {
    const text = through(createAssistUnwrapper(), frames.join(''), size);
    expect(
      objects(text)
        .slice(1, 3)
        .map((data) => JSON.parse(data)),
    ).toEqual([{ a: 1 }, { b: [1, 2] }]);
    expect(text.startsWith(': a comment with { and "\n\n')).toBe(true);
  }
});

test('S02 sse-cut-mid-event: an event that broke off does not swallow the next one', () => {
  const text = 'data: {"response":{"a":[1,\n\ndata: {"response":{"b":2}}\n\n';
  expect(through(createAssistUnwrapper(), text)).toBe('data: {"a":[1,\n\ndata: {"b":2}\n\n');
  expect(through(wrapper(), 'data: {"a":[1,\n\ndata: {"b":2}\n\n')).toContain(
    `{"response":{"b":2},"traceId":"${trace}"}`,
  );
});

test('escapes stay as Google wrote them: U+2028 does not come out raw', () => {
  const text = 'data: {"response":{"text":"a\\u2028b \\u003c \\ud83c\\udf89"}}\r\n\r\n';
  expect(through(createAssistUnwrapper(), text, 3)).toBe('data: {"text":"a\\u2028b \\u003c \\ud83c\\udf89"}\r\n\r\n');
});

test('P08 invalid-utf8-request: bytes that are no text pass as they came', () => {
  const bytes = Buffer.concat([Buffer.from('{"response":{"a":"'), Buffer.from([0xff, 0xc3]), Buffer.from('"}}')]);
  const filter = createAssistUnwrapper();
  const out = Buffer.concat([filter.push(bytes), filter.end()]);
  expect(out).toEqual(bytes.subarray(12, -1));
});

describe('the meters read through the wrapper', () => {
  const last = {
    ...answer('x'),
    usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 4, thoughtsTokenCount: 2 },
  };
  const finished = { ...last, candidates: [{ ...last.candidates[0], finishReason: 'STOP' }] };
  const usage = { basis: 'reported', inputTokens: 9, outputTokens: 6, thinkingTokens: 2 };

  test.each([
    ['a stream', true, sse([{ response: answer('y') }, { response: finished, traceId: 't' }])],
    ['an array', true, array([{ response: answer('y') }, { response: finished, traceId: 't' }])],
    ['one body', false, JSON.stringify({ response: finished, traceId: 't' })],
  ])('%s', (_, isStream, text) => {
    const meter = gemini.createMeter({ isStream, requestBytes: 0 });
    meter.push(Buffer.from(text));
    expect(meter.phase).toBe('ended');
    expect(meter.usage()).toMatchObject(usage);
  });

  test('S04 error-event-in-200: an error is one without a wrapper', () => {
    const meter = gemini.createMeter({ isStream: true, requestBytes: 0 });
    meter.push(Buffer.from(sse([error])));
    expect([meter.phase, meter.failure?.type]).toEqual(['error', 'RESOURCE_EXHAUSTED']);
  });
});
