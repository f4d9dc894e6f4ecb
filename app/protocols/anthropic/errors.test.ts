import { describe, expect, test } from 'vitest';
import { type ErrorKind, RelayError } from '../../domain/errors.ts';
import { FrameReader, frameText } from '../sse.ts';
import { encodeError, encodeStreamError } from './errors.ts';

type Row = readonly [status: number, type: string, shouldRetry: string | undefined, retryAfter: string | undefined];

// What a client sees for each kind, without a time in the error and with one of 90 seconds.
const table: Readonly<Record<ErrorKind, readonly [bare: Row, timed: Row]>> = {
  'key-missing': both([401, 'authentication_error', 'false', undefined]),
  'key-invalid': both([401, 'authentication_error', 'false', undefined]),
  'key-disabled': both([401, 'authentication_error', 'false', undefined]),
  'key-expired': both([401, 'authentication_error', 'false', undefined]),
  'credentials-conflict': both([401, 'authentication_error', 'false', undefined]),
  'service-not-allowed': both([403, 'permission_error', 'false', undefined]),
  'model-not-allowed': both([403, 'permission_error', 'false', undefined]),
  'address-not-allowed': both([403, 'permission_error', 'false', undefined]),
  'client-not-allowed': both([403, 'permission_error', 'false', undefined]),
  'request-invalid': both([400, 'invalid_request_error', 'false', undefined]),
  'request-timeout': timed([408, 'timeout_error', undefined, undefined], '90'),
  'body-too-large': both([413, 'request_too_large', 'false', undefined]),
  'encoding-unsupported': both([415, 'invalid_request_error', 'false', undefined]),
  'route-unknown': both([404, 'not_found_error', 'false', undefined]),
  'method-not-allowed': both([405, 'invalid_request_error', 'false', undefined]),
  'quota-exhausted': both([429, 'billing_error', 'false', undefined]),
  'rate-limited': timed([429, 'rate_limit_error', undefined, undefined], '90'),
  'concurrency-limited': timed([429, 'rate_limit_error', undefined, '1'], '5'),
  'accounts-limited': timed([429, 'rate_limit_error', undefined, undefined], '90'),
  'accounts-unavailable': [
    [503, 'api_error', 'false', undefined],
    [503, 'api_error', undefined, '90'],
  ],
  'model-unavailable': both([404, 'not_found_error', 'false', undefined]),
  'state-unknown': both([404, 'not_found_error', 'false', undefined]),
  'already-running': timed([409, 'invalid_request_error', undefined, '2'], '5'),
  'already-answered': both([409, 'invalid_request_error', 'false', undefined]),
  'upstream-overloaded': timed([529, 'overloaded_error', undefined, undefined], '90'),
  'upstream-broken': timed([502, 'api_error', 'true', undefined], '90'),
  'upstream-timeout': timed([504, 'timeout_error', 'true', undefined], '90'),
  'shutting-down': timed([503, 'api_error', undefined, '2'], '90'),
  paused: both([503, 'api_error', 'false', undefined]),
  overloaded: timed([503, 'api_error', undefined, '1'], '90'),
  internal: timed([500, 'api_error', undefined, undefined], '90'),
};

function both(row: Row): readonly [Row, Row] {
  return [row, row];
}

function timed(row: Row, retryAfter: string): readonly [Row, Row] {
  return [row, [row[0], row[1], row[2], retryAfter]];
}

function rowOf(kind: ErrorKind, retryAfterMs?: number): Row {
  const { status, headers, body } = encodeError(
    new RelayError(kind, 'What happened. What to do.', { retryAfterMs }),
    'req_1',
  );
  expect(headers['content-type']).toBe('application/json');
  return [status, JSON.parse(body).error.type, headers['x-should-retry'], headers['retry-after']];
}

describe('encodeError', () => {
  test.each(Object.entries(table))('%s', (kind, rows) => {
    if (!isKind(kind)) throw new Error(kind);
    expect([rowOf(kind), rowOf(kind, 90_000)]).toEqual(rows);
  });

  test('speaks Anthropic’s envelope and keeps the cause to itself', () => {
    const cause = new Error('a canary that must not leave');
    const { body } = encodeError(new RelayError('internal', 'It broke "here".', { cause }), 'req_1');
    expect(JSON.parse(body)).toEqual({
      type: 'error',
      error: { type: 'api_error', message: 'It broke "here".' },
      request_id: 'req_1',
    });
    expect(body).not.toContain('canary');
  });

  test.each([
    [1, '1'],
    [0, '1'],
    [1_001, '2'],
    [3_600_000, '3600'],
    [8 * 24 * 3_600_000, '3600'],
  ])('names a wait of %i ms as %s whole seconds', (retryAfterMs, seconds) => {
    expect(rowOf('accounts-limited', retryAfterMs)[3]).toBe(seconds);
  });
});

describe('encodeStreamError', () => {
  const error = new RelayError('upstream-broken', 'The upstream broke off.\nTry again.');
  const read = (before: string) => {
    const frames: (readonly [string, string])[] = [];
    const reader = new FrameReader((frame) => frames.push([frame.event, frameText(frame)]));
    reader.push(Buffer.from(before + encodeStreamError(error, 'req_1')));
    return frames;
  };
  const envelope =
    '{"type":"error","error":{"type":"api_error","message":"The upstream broke off.\\nTry again."},"request_id":"req_1"}';

  test('is an error event of its own after whole events', () => {
    expect(read('event: ping\ndata: {}\n\n')).toEqual([
      ['ping', '{}'],
      ['error', envelope],
    ]);
  });

  test.each([
    'event: content_block_delta\ndata: {"type":"cont',
    'event: content_block_delta\n',
    'event: cont',
    'data: {}\r',
    '',
  ])('S02 sse-cut-mid-event: after %j the client still gets one error event and no half one', (cut) => {
    const frames = read(cut);
    expect(frames.map(([event]) => event)).toEqual(['error']);
    expect(frames[0]?.[1].endsWith(envelope)).toBe(true);
  });
});

function isKind(text: string): text is ErrorKind {
  return Object.hasOwn(table, text);
}
