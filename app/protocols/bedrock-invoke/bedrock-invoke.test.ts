import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RelayError } from '../../domain/errors.ts';
import { bedrockInvoke, bedrockMessages } from './index.ts';
import { readInvocation } from './path.ts';

const { open: openBody, answer } = bedrockInvoke({ model: 'anthropic.claude-x-v1:0', isStream: true });
const open = (text: string) => {
  const { body, headers } = openBody(Buffer.from(text));
  return { text: body.toString(), headers };
};

describe('the path', () => {
  test.each([
    ['/model/anthropic.claude-x-v1:0/invoke', 'anthropic.claude-x-v1:0', false],
    ['/bedrock/model/us.anthropic.claude-x-v1%3A0/invoke-with-response-stream', 'us.anthropic.claude-x-v1:0', true],
    [
      '/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fa/invoke',
      'arn:aws:bedrock:us-east-1:1:inference-profile/a',
      false,
    ],
  ])('%s names the model and the verb', (path, model, isStream) => {
    expect(readInvocation(path)).toEqual({ model, isStream });
  });

  test.each([
    '/model//invoke',
    '/model/a/b/invoke',
    '/model/a/converse',
    '/model/%/invoke',
    '/x/model/a/invoke',
    '/model/a',
  ])('%s is none', (path) => {
    expect(readInvocation(path)).toBeUndefined();
  });
});

describe('the body', () => {
  test('gets what the path says, gives its versions to headers, and keeps every other byte', () => {
    const text =
      '{ "anthropic_version" : "bedrock-2023-05-31","anthropic_beta":["a-1","b-2"],\n"max_tokens": 5 , "messages":[{"role":"user","content":"\\u00e4 ä"}], "new":{"anthropic_version":1}}';
    expect(open(text)).toEqual({
      text: '{"model":"anthropic.claude-x-v1:0","stream":true,\n"max_tokens": 5, "messages":[{"role":"user","content":"\\u00e4 ä"}], "new":{"anthropic_version":1}}',
      headers: { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'a-1,b-2' },
    });
  });

  test('a version of Anthropic’s own is kept; what no header can hold is left out', () => {
    const text = JSON.stringify({
      anthropic_version: '2026-10-21',
      anthropic_beta: ['ok-1', 'no\r\nx: y', 7],
      model: 'other',
    });
    expect(open(text)).toEqual({
      text: '{"model":"anthropic.claude-x-v1:0","stream":true}',
      headers: { 'anthropic-version': '2026-10-21', 'anthropic-beta': 'ok-1' },
    });
  });

  test('stays the same document for every body', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (fields) => {
        const own = Object.fromEntries(
          Object.entries(fields).filter(
            ([name]) => !/^(model|stream|anthropic_version|anthropic_beta|__proto__)$/.test(name),
          ),
        );
        expect(JSON.parse(open(JSON.stringify({ ...own, anthropic_version: 'x' })).text)).toEqual({
          model: 'anthropic.claude-x-v1:0',
          stream: true,
          ...JSON.parse(JSON.stringify(own)),
        });
      }),
    );
  });

  test('P05 malformed-json: what is no object is refused', () => {
    for (const text of ['', '[]', '{"a":1', '{"a":1}x']) expect(() => open(text)).toThrow(RelayError);
  });
});

describe('errors', () => {
  test('our own are said in AWS’s way, with the time to wait', () => {
    const limited = new RelayError('accounts-limited', 'At the limit.', { retryAfterMs: 5_000 });
    expect(bedrockMessages.encodeError(limited, 'req_1')).toMatchObject({
      status: 429,
      headers: { 'retry-after': '5', 'x-amzn-errortype': 'ThrottlingException' },
      body: '{"message":"At the limit."}',
    });
    const overloaded = bedrockMessages.encodeError(new RelayError('upstream-overloaded', 'Busy.'), 'req_1');
    expect([overloaded.status, overloaded.headers['x-amzn-errortype']]).toEqual([503, 'ServiceUnavailableException']);
  });

  test.each([
    [
      400,
      '{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: no"}}',
      'ValidationException',
      'max_tokens: no',
    ],
    [502, '<html>', 'InternalServerException', 'The upstream answered with HTTP 502.'],
  ])('an upstream’s %i keeps its sentence', (status, body, type, message) => {
    expect(answer?.encodeRefusal(status, Buffer.from(body))).toEqual({
      headers: { 'content-type': 'application/json', 'x-amzn-errortype': type },
      body: Buffer.from(JSON.stringify({ message })),
    });
  });
});
