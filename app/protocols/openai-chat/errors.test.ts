import { describe, expect, test } from 'vitest';
import { type ErrorKind, RelayError } from '../../domain/errors.ts';
import { encodeError, encodeStreamError } from './errors.ts';

type Row = readonly [status: number, type: string, code: string, shouldRetry?: string | undefined, retryAfter?: string];

const refused = 'invalid_request_error';
const key: Row = [401, refused, 'invalid_api_key', 'false'];
const limited: Row = [429, 'rate_limit_error', 'rate_limit_exceeded'];

// What a client sees for each kind of error that names no time.
const table: Readonly<Record<ErrorKind, Row>> = {
  'key-missing': key,
  'key-invalid': key,
  'key-disabled': key,
  'key-expired': key,
  'credentials-conflict': key,
  'service-not-allowed': [403, refused, 'service_not_allowed', 'false'],
  'model-not-allowed': [403, refused, 'model_not_allowed', 'false'],
  'address-not-allowed': [403, refused, 'address_not_allowed', 'false'],
  'client-not-allowed': [403, refused, 'client_not_allowed', 'false'],
  'request-invalid': [400, refused, 'invalid_request', 'false'],
  'request-timeout': [408, 'server_error', 'request_timeout'],
  'body-too-large': [413, refused, 'request_too_large', 'false'],
  'encoding-unsupported': [415, refused, 'unsupported_encoding', 'false'],
  'route-unknown': [404, refused, 'unknown_url', 'false'],
  'method-not-allowed': [405, refused, 'method_not_allowed', 'false'],
  'quota-exhausted': [429, 'insufficient_quota', 'insufficient_quota', 'false'],
  'rate-limited': limited,
  'concurrency-limited': [429, 'rate_limit_error', 'rate_limit_exceeded', undefined, '1'],
  'accounts-limited': limited,
  'accounts-unavailable': [503, 'server_error', 'accounts_unavailable', 'false'],
  'model-unavailable': [404, refused, 'model_not_found', 'false'],
  'state-unknown': [404, refused, 'not_found', 'false'],
  'already-running': [409, refused, 'already_running', undefined, '2'],
  'already-answered': [409, refused, 'already_answered', 'false'],
  'upstream-overloaded': [503, 'server_error', 'overloaded'],
  'upstream-broken': [502, 'server_error', 'upstream_broken', 'true'],
  'upstream-timeout': [504, 'server_error', 'upstream_timeout', 'true'],
  'shutting-down': [503, 'server_error', 'shutting_down', undefined, '2'],
  paused: [503, 'server_error', 'paused', 'false'],
  overloaded: [503, 'server_error', 'overloaded', undefined, '1'],
  internal: [500, 'server_error', 'internal_error'],
};

function isKind(text: string): text is ErrorKind {
  return Object.hasOwn(table, text);
}

function waitOf(kind: ErrorKind, retryAfterMs: number): string | undefined {
  return encodeError(new RelayError(kind, 'm', { retryAfterMs })).headers['retry-after'];
}

describe('encodeError', () => {
  test.each(Object.entries(table))('%s', (kind, [status, type, code, shouldRetry, retryAfter]) => {
    if (!isKind(kind)) throw new Error(kind);
    const wire = encodeError(new RelayError(kind, 'What happened. What to do.', { cause: new Error('a canary') }));
    expect(JSON.parse(wire.body)).toEqual({
      error: { message: 'What happened. What to do.', type, param: null, code },
    });
    expect(wire.status).toBe(status);
    expect(wire.headers).toEqual({
      'content-type': 'application/json',
      ...(shouldRetry && { 'x-should-retry': shouldRetry }),
      ...(retryAfter && { 'retry-after': retryAfter }),
    });
  });

  test('names a wait in whole seconds, never longer than an hour', () => {
    expect([waitOf('accounts-limited', 90_001), waitOf('rate-limited', 86_400_000)]).toEqual(['91', '3600']);
    expect([waitOf('concurrency-limited', 90_000), waitOf('accounts-unavailable', 1)]).toEqual(['5', '1']);
    expect([waitOf('quota-exhausted', 90_000), waitOf('request-invalid', 90_000)]).toEqual([undefined, undefined]);
  });
});

test('an error in a stream ends a line that was left unfinished, and is no end', () => {
  const text = encodeStreamError(new RelayError('upstream-broken', 'It broke.'));
  expect(text).toBe(
    '\ndata: {"error":{"message":"It broke.","type":"server_error","param":null,"code":"upstream_broken"}}\n\n',
  );
});
