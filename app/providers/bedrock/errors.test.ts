import { describe, expect, test } from 'vitest';
import type { Headers } from '../../domain/headers.ts';
import { bedrock } from './index.ts';

function reply(status: number, type: string | undefined, message: string, headers: Headers = {}) {
  const body = Buffer.from(JSON.stringify({ message }));
  const named = type === undefined ? {} : { 'x-amzn-errortype': type };
  return { status, headers: { ...headers, ...named }, body, facts: undefined, nowMs: 0 };
}

describe('what AWS’s refusals mean', () => {
  test.each([
    [
      429,
      'ThrottlingException',
      'Too many tokens, please wait before trying again.',
      { kind: 'rate-limited', scope: 'model' },
    ],
    [
      429,
      'ThrottlingException:http://internal.amazon.com/coral/',
      'Too many requests',
      { kind: 'rate-limited', scope: 'model' },
    ],
    [400, 'ServiceQuotaExceededException', 'Quota', { kind: 'rate-limited', scope: 'model' }],
    [429, undefined, 'x', { kind: 'rate-limited', scope: 'model' }],
    [429, 'ModelNotReadyException', 'The model is not ready', { kind: 'overloaded' }],
    [503, 'ServiceUnavailableException', 'Busy', { kind: 'overloaded' }],
    [500, 'InternalServerException', 'Oops', { kind: 'overloaded' }],
    [408, 'ModelTimeoutException', 'Slow', { kind: 'overloaded' }],
    [424, 'ModelErrorException', 'The model failed', { kind: 'overloaded' }],
    [
      403,
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
      { kind: 'credential-rejected' },
    ],
    [
      403,
      'ExpiredTokenException',
      'The security token included in the request is expired',
      { kind: 'credential-rejected' },
    ],
    [
      403,
      'InvalidSignatureException',
      'The request signature we calculated does not match',
      { kind: 'credential-rejected' },
    ],
    [
      403,
      'AccessDeniedException',
      'Authentication failed: Please make sure your API Key is valid.',
      { kind: 'credential-rejected' },
    ],
    [
      403,
      'AccessDeniedException',
      'You don’t have access to the model with the specified model ID.',
      { kind: 'model-unsupported' },
    ],
    [
      403,
      'AccessDeniedException',
      'User: arn:aws:iam::1:user/a is not authorized to perform: bedrock:InvokeModel on resource: b',
      { kind: 'model-unsupported' },
    ],
    [403, 'AccessDeniedException', 'Your account is not allowed here.', { kind: 'account-blocked' }],
    [404, 'ResourceNotFoundException', 'Could not resolve the foundation model', { kind: 'model-unsupported' }],
    [400, 'ValidationException', 'The provided model identifier is invalid.', { kind: 'model-unsupported' }],
    [
      400,
      'ValidationException',
      'Invocation of model ID a with on-demand throughput isn’t supported.',
      { kind: 'model-unsupported' },
    ],
    [400, 'ValidationException', 'messages: the provided model identifier is invalid.', { kind: 'request-rejected' }],
    [400, 'ValidationException', 'invalid beta flag', { kind: 'request-rejected' }],
    [401, undefined, '', { kind: 'credential-rejected' }],
    [302, undefined, '', { kind: 'unreachable', phase: 'first-byte', detail: 'answered with HTTP 302' }],
    [
      403,
      'InvalidSignatureException',
      'Signature expired: 20261123T120000Z is now earlier than …',
      { kind: 'unreachable', phase: 'first-byte', detail: 'AWS says that the clock of this computer is wrong' },
    ],
  ])('%i %s %s', (status, type, message, fault) => {
    expect(bedrock.classify(reply(status, type, message))).toEqual(fault);
  });

  test.each([
    [
      'InvalidSignatureException',
      'Signature expired: 20261123T120000Z is now earlier than 20261123T130000Z',
      3_600_000,
    ],
    ['InvalidSignatureException', 'Signature not yet current: 20261123T120000Z is still later than …', -3_600_000],
    ['RequestTimeTooSkewed', 'The difference between the request time and the current time is too large.', 60_000],
  ])('%s by the clock says how far the other one is ahead', (type, message, upstreamAheadMs) => {
    const date = new Date(upstreamAheadMs).toUTCString();
    expect(bedrock.classify(reply(403, type, message, { date }))).toEqual({ kind: 'clock-skewed', upstreamAheadMs });
  });

  test('a time to wait is read', () => {
    const limited = reply(429, 'ThrottlingException', '', { 'retry-after': '7' });
    expect(bedrock.classify(limited)).toEqual({ kind: 'rate-limited', scope: 'model', retryAfterMs: 7_000 });
  });

  test.each([
    ['rate_limit_error', 'rate-limited'],
    ['overloaded_error', 'overloaded'],
    ['timeout_error', 'overloaded'],
    ['api_error', 'overloaded'],
    ['invalid_request_error', 'request-rejected'],
    ['authentication_error', 'credential-rejected'],
    ['new_error', 'overloaded'],
  ])('an error event of type %s inside a 200 answer is %s', (type, kind) => {
    const body = Buffer.from(JSON.stringify({ type: 'error', error: { type, message: 'm' } }));
    expect(bedrock.classify({ status: 200, headers: {}, body, facts: undefined, nowMs: 0 }).kind).toBe(kind);
  });

  test('bodies that say nothing are judged by their status', () => {
    for (const body of ['', '<html>', '[]', '{"message":5}', 'x'.repeat(70_000)]) {
      const nothing = { headers: {}, body: Buffer.from(body), facts: undefined, nowMs: 0 };
      expect(bedrock.classify({ ...nothing, status: 502 }).kind).toBe('overloaded');
      expect(bedrock.classify({ ...nothing, status: 413 }).kind).toBe('request-rejected');
    }
  });
});

test.each([
  [429, 'ThrottlingException', 'Too many tokens', 'rate_limit_error'],
  [400, 'ValidationException', 'invalid beta flag', 'invalid_request_error'],
  [400, 'ValidationException', 'The provided model identifier is invalid.', 'not_found_error'],
  [403, 'AccessDeniedException', 'No.', 'permission_error'],
  [403, 'ExpiredTokenException', 'Old', 'authentication_error'],
  [500, 'InternalServerException', 'Oops', 'api_error'],
  [503, 'ServiceUnavailableException', 'Busy', 'overloaded_error'],
  [408, 'ModelTimeoutException', 'Slow', 'timeout_error'],
])('%i %s %s reaches clients as %s', (status, type, message, expected) => {
  const body = JSON.parse(Buffer.from(bedrock.encodeRefusal?.(reply(status, type, message)) ?? '').toString());
  expect(body).toEqual({ type: 'error', error: { type: expected, message } });
});

test('a refusal without words says its status', () => {
  const refusal = { status: 502, headers: {}, body: Buffer.from('<html>') };
  expect(Buffer.from(bedrock.encodeRefusal?.(refusal) ?? '').toString()).toContain('HTTP 502');
});
