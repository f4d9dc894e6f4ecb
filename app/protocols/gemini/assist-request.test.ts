import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAssistTarget } from './assist-path.ts';
import { gemini } from './index.ts';

const path = '/v1internal:streamGenerateContent?alt=sse';
const user = (text: string) => ({ role: 'user', parts: [{ text }] });
const request = {
  contents: [user('Hi')],
  generationConfig: { thinkingConfig: { includeThoughts: true } },
  session_id: 'session-1',
};
const wrapped = { model: 'gemini-3.8-flash', project: 'p-1', user_prompt_id: 'u-1', request };

const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const factsOf = (value: unknown, where = path) => gemini.readFacts(bytes(value), where);

function open(value: unknown, where: string) {
  const opened = gemini.wrapperOf?.(readAssistTarget(where)?.route ?? 'generate')?.open(bytes(value), where);
  return opened && { body: Buffer.from(opened.body).toString(), path: opened.path };
}

describe('facts', () => {
  test('come from the wrapper and from the request inside', () => {
    const body = bytes(wrapped);
    const { contentHash, modelSpan, ...facts } = gemini.readFacts(body, path);
    expect(facts).toEqual({
      model: 'gemini-3.8-flash',
      isStream: true,
      isThinking: true,
      bodySessionId: 'session-1',
    });
    expect(body.subarray(modelSpan?.start, modelSpan?.end).toString()).toBe('"gemini-3.8-flash"');
    const native = gemini.readFacts(bytes(request), '/v1beta/models/m:generateContent');
    expect(contentHash()).toBe(native.contentHash());
  });

  test('of a token count name the model as it is named elsewhere', () => {
    const facts = factsOf({ request: { model: 'models/gemini-3.8-pro', contents: [] } }, '/v1internal:countTokens');
    expect(facts).toMatchObject({ model: 'gemini-3.8-pro', modelSpan: undefined, isStream: false });
  });

  test('of questions about an account name none, with a body or without', () => {
    for (const [value, where] of [
      [{}, '/v1internal:loadCodeAssist'],
      ['', '/v1internal/operations/made-up.17'],
    ] as const) {
      expect(factsOf(value, where)).toMatchObject({ model: '', isStream: false, isThinking: false });
    }
  });

  test.each([
    ['{"model":"m","request":[}', /cannot be used as JSON/],
    [{ model: 'm' }, /field request/],
    [{ model: 'm', request: 'contents' }, /field request/],
    [{ model: 'm', request: null }, /field request/],
    [{ request }, /field model/],
    [{ model: 7, request }, /field model/],
  ])('P05 malformed-json: %j is refused', (value, message) => {
    expect(() => factsOf(value)).toThrow(message);
  });

  test('P05 malformed-json: a question about an account is JSON or nothing', () => {
    expect(() => factsOf('{"a":', '/v1internal:onboardUser')).toThrow(/cannot be used as JSON/);
  });

  test.each(['__proto__', 'constructor'])('P07 proto-pollution: %s is a field like any other', (name) => {
    const facts = factsOf(`{"${name}":{"request":1},"model":"${name}","request":{"${name}":2,"contents":[]}}`);
    expect([facts.model, facts.bodySessionId]).toEqual([name, undefined]);
  });
});

describe('the request inside', () => {
  test('is the very same bytes, at the Gemini API’s own path', () => {
    const inner = '{ "contents" : [{"parts":[{"text":"\\u2028 ü"}]}],"new":1e400}';
    expect(open(`{"model":"a/b","request":${inner},"x":1}`, path)).toEqual({
      body: inner,
      path: '/v1beta/models/a%2Fb:streamGenerateContent?alt=sse',
    });
  });

  test('lacks only what Code Assist alone knows', () => {
    const inner = '{"session_id":"s", "contents":[1,{"session_id":2}],"model":"models/m","q\\"é":[]}';
    expect(open(`{"request":${inner}}`, '/gemini')).toBeUndefined();
    expect(open(`{"request":${inner}}`, '/v1internal:countTokens')).toEqual({
      body: '{"contents":[1,{"session_id":2}],"q\\"é":[]}',
      path: '/v1beta/models/m:countTokens',
    });
    expect(open({ model: 'm', request: { session_id: 's' } }, path)?.body).toBe('{}');
  });

  test('keeps every other field, whatever it is called', () => {
    const inner = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue());
    fc.assert(
      fc.property(inner, fc.string(), (fields, session) => {
        const { session_id: _, sessionId: _camel, model: _model, ...rest } = fields;
        const opened = open({ model: 'm', request: { ...fields, session_id: session } }, path);
        expect(JSON.parse(opened?.body ?? '')).toEqual(JSON.parse(JSON.stringify(rest)));
      }),
    );
  });
});

test.each([
  ['/v1internal:generateContent', 'assist-generate', 'generateContent'],
  ['/v1internal:streamGenerateContent?alt=sse', 'assist-generate', 'streamGenerateContent'],
  ['/v1internal:countTokens', 'assist-count', 'countTokens'],
  ['/v1internal:retrieveUserQuota', 'assist-control', 'retrieveUserQuota'],
  ['/v1internal/operations/a.b-1', 'assist-control', ''],
])('%s', (where, route, verb) => {
  expect(readAssistTarget(where)).toMatchObject({ route, verb });
});

test.each([
  '/v1internal',
  '/v1internal:',
  '/v1internal:__proto__',
  '/v1internal:setCodeAssistGlobalUserSetting',
  '/v1internal/operations/',
  '/v1internal/operations/../x',
  '/v1beta/models/m:generateContent',
])('%s is none of Code Assist’s', (where) => {
  expect(readAssistTarget(where)).toBeUndefined();
});
