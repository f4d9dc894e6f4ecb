import { describe, expect, test } from 'vitest';
import { type ErrorKind, RelayError } from '../../domain/errors.ts';
import { encodeError, encodeStreamError } from './errors.ts';

function answerTo(kind: ErrorKind, retryAfterMs?: number) {
  const { status, headers, body } = encodeError(new RelayError(kind, 'What happened.', { retryAfterMs }), 'req_1');
  const { 'content-type': type, ...rest } = headers;
  expect(type).toBe('application/json; charset=UTF-8');
  return { status, headers: rest, error: JSON.parse(body).error };
}

const request = { '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId: 'req_1' };
const retry = (retryDelay: string) => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay });
const never = { 'x-should-retry': 'false' };

describe('encodeError', () => {
  test.each<[ErrorKind, number, string, object]>([
    ['key-missing', 401, 'UNAUTHENTICATED', never],
    ['key-invalid', 401, 'UNAUTHENTICATED', never],
    ['key-disabled', 401, 'UNAUTHENTICATED', never],
    ['key-expired', 401, 'UNAUTHENTICATED', never],
    ['credentials-conflict', 401, 'UNAUTHENTICATED', never],
    ['service-not-allowed', 403, 'PERMISSION_DENIED', never],
    ['model-not-allowed', 403, 'PERMISSION_DENIED', never],
    ['request-invalid', 400, 'INVALID_ARGUMENT', never],
    ['request-timeout', 408, 'DEADLINE_EXCEEDED', {}],
    ['body-too-large', 413, 'INVALID_ARGUMENT', never],
    ['encoding-unsupported', 415, 'INVALID_ARGUMENT', never],
    ['route-unknown', 404, 'NOT_FOUND', never],
    ['method-not-allowed', 405, 'INVALID_ARGUMENT', never],
    ['quota-exhausted', 429, 'RESOURCE_EXHAUSTED', never],
    ['rate-limited', 429, 'RESOURCE_EXHAUSTED', {}],
    ['concurrency-limited', 429, 'RESOURCE_EXHAUSTED', { 'retry-after': '1' }],
    ['accounts-limited', 429, 'RESOURCE_EXHAUSTED', {}],
    ['accounts-unavailable', 503, 'UNAVAILABLE', never],
    ['model-unavailable', 404, 'NOT_FOUND', never],
    ['state-unknown', 404, 'NOT_FOUND', never],
    ['already-running', 409, 'ABORTED', { 'retry-after': '2' }],
    ['already-answered', 409, 'ALREADY_EXISTS', never],
    ['upstream-overloaded', 503, 'UNAVAILABLE', {}],
    ['upstream-broken', 502, 'INTERNAL', { 'x-should-retry': 'true' }],
    ['upstream-timeout', 504, 'DEADLINE_EXCEEDED', { 'x-should-retry': 'true' }],
    ['shutting-down', 503, 'UNAVAILABLE', { 'retry-after': '2' }],
    ['paused', 503, 'UNAVAILABLE', never],
    ['overloaded', 503, 'UNAVAILABLE', { 'retry-after': '1' }],
    ['internal', 500, 'INTERNAL', {}],
  ])('%s is %i %s', (kind, code, status, headers) => {
    const answer = answerTo(kind);
    expect(answer).toMatchObject({ status: code, headers, error: { code, status, message: 'What happened.' } });
    expect(Object.keys(answer.headers)).toEqual(Object.keys(headers));
    expect(answer.error.details[0]).toEqual(request);
  });

  test('a wait is said in the header and as RetryInfo, capped at an hour', () => {
    for (const [waitMs, seconds] of [
      [1_200, 2],
      [3_600_000, 3_600],
      [90_000_000, 3_600],
    ] as const) {
      const { headers, error } = answerTo('accounts-limited', waitMs);
      expect([headers, error.details]).toEqual([{ 'retry-after': `${seconds}` }, [request, retry(`${seconds}s`)]]);
    }
  });

  test('a used-up quota names a daily one, which makes Gemini CLI stop, and no wait', () => {
    const { error, headers } = answerTo('quota-exhausted', 60_000);
    expect(headers).toEqual(never);
    expect(error.details).toEqual([
      request,
      {
        '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
        violations: [{ quotaId: expect.stringContaining('PerDay'), description: 'What happened.' }],
      },
    ]);
  });
});

test('S02 sse-cut-mid-event: a broken stream ends with an error that Google’s SDK throws', () => {
  const separators = '\u2028\u2029';
  const text = encodeStreamError(new RelayError('upstream-broken', `Broke.${separators}`), 'req_1');
  expect(text).toMatch(/^\ndata: \{"error":\{"code":502,.*\}\n\n$/);
  expect(text).not.toMatch(/[\u2028\u2029]/);
  expect(JSON.parse(text.slice('\ndata: '.length)).error.message).toBe(`Broke.${separators}`);
});
