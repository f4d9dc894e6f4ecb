import { describe, expect, test } from 'vitest';
import { type ErrorKind, RelayError } from '../../domain/errors.ts';
import { FrameReader, frameText } from '../sse.ts';
import { encodeError, encodeStreamError } from './errors.ts';
import { StreamMeter } from './stream-meter.ts';

type Row = readonly [status: number, code: string, shouldRetry?: string | undefined, retryAfter?: string];

const table: Readonly<Record<ErrorKind, Row>> = {
  'key-missing': [401, 'invalid_api_key', 'false'],
  'key-invalid': [401, 'invalid_api_key', 'false'],
  'key-disabled': [401, 'invalid_api_key', 'false'],
  'key-expired': [401, 'invalid_api_key', 'false'],
  'credentials-conflict': [401, 'invalid_api_key', 'false'],
  'service-not-allowed': [403, 'service_not_allowed', 'false'],
  'model-not-allowed': [403, 'model_not_allowed', 'false'],
  'address-not-allowed': [403, 'address_not_allowed', 'false'],
  'client-not-allowed': [403, 'client_not_allowed', 'false'],
  'request-invalid': [400, 'invalid_request', 'false'],
  'request-timeout': [408, 'request_timeout'],
  'body-too-large': [413, 'request_too_large', 'false'],
  'encoding-unsupported': [415, 'unsupported_encoding', 'false'],
  'route-unknown': [404, 'unknown_url', 'false'],
  'method-not-allowed': [405, 'method_not_allowed', 'false'],
  'quota-exhausted': [429, 'insufficient_quota', 'false'],
  'rate-limited': [429, 'rate_limit_exceeded'],
  'concurrency-limited': [429, 'rate_limit_exceeded', undefined, '1'],
  'accounts-limited': [429, 'rate_limit_exceeded'],
  'accounts-unavailable': [503, 'server_error', 'false'],
  'model-unavailable': [404, 'model_not_found', 'false'],
  'state-unknown': [404, 'not_found', 'false'],
  'already-running': [409, 'already_running', undefined, '2'],
  'already-answered': [409, 'already_answered', 'false'],
  'upstream-overloaded': [503, 'server_error'],
  'upstream-broken': [502, 'server_error', 'true'],
  'upstream-timeout': [504, 'server_error', 'true'],
  'shutting-down': [503, 'server_error', undefined, '2'],
  paused: [503, 'server_error', 'false'],
  overloaded: [503, 'server_error', undefined, '1'],
  internal: [500, 'server_error'],
};

function isKind(kind: string): kind is ErrorKind {
  return kind in table;
}

describe('encodeError', () => {
  test.each(Object.entries(table))('%s', (kind, [status, code, shouldRetry, retryAfter]) => {
    if (!isKind(kind)) throw new Error(kind);
    const answer = encodeError(new RelayError(kind, 'What happened.'), 'req_1');
    const { error } = JSON.parse(answer.body);
    expect([answer.status, error.code, answer.headers['x-should-retry'], answer.headers['retry-after']]).toEqual([
      status,
      code,
      shouldRetry,
      retryAfter,
    ]);
    expect(Object.keys(error)).toEqual(['message', 'type', 'param', 'code']);
  });

  test.each([
    ['accounts-limited', 90_000, '90'],
    ['accounts-limited', 90_000_000, '3600'],
    ['concurrency-limited', 90_000, '5'],
    ['accounts-unavailable', 300, '1'],
  ] as const)('%s after %d ms', (kind, retryAfterMs, seconds) => {
    expect(encodeError(new RelayError(kind, '', { retryAfterMs }), 'req_1').headers['retry-after']).toBe(seconds);
  });
});

test('a limit that lasts is said as ChatGPT says it, so that Codex names the time instead of waiting', () => {
  const errorOf = (retryAfterMs: number, returnsAt: number | undefined) => {
    const error = new RelayError('accounts-limited', 'All are at their limit.', { retryAfterMs, returnsAt });
    return JSON.parse(encodeError(error, 'req_1').body).error;
  };
  expect(errorOf(3_600_000, 1_800_000_000_500)).toEqual({
    message: 'All are at their limit.',
    type: 'usage_limit_reached',
    param: null,
    code: 'rate_limit_exceeded',
    resets_at: 1_800_000_001,
    resets_in_seconds: 3_600,
  });
  expect(errorOf(299_000, 1_800_000_000_500).type).toBe('rate_limit_error');
  expect(errorOf(3_600_000, undefined).type).toBe('rate_limit_error');
});

test('in a stream that began, a failure is response.failed, also after half a line', () => {
  const text = encodeStreamError(new RelayError('upstream-broken', 'It broke.'), 'req_1');
  const frames: string[] = [];
  const reader = new FrameReader((frame) => frames.push(frame.event, frameText(frame)));
  reader.push(Buffer.from(`event: response.output_text.delta\ndata: {"type":"resp${text}`));
  expect(frames[0]).toBe('response.failed');
  const meter = new StreamMeter(0);
  meter.push(Buffer.from(text));
  expect([meter.phase, meter.failure]).toEqual(['error', { type: 'server_error', message: 'It broke.' }]);
});
