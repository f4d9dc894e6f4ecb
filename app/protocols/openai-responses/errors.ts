import type { ErrorKind, RelayError } from '../../domain/errors.ts';
import type { WireError } from '../protocol.ts';
import { retryHeaders } from '../retry-headers.ts';

type ErrorType = 'invalid_request_error' | 'insufficient_quota' | 'rate_limit_error' | 'server_error';

interface Answer {
  readonly status: number;
  readonly type: ErrorType;
  /** Never `server_is_overloaded` or `slow_down`: on those Codex gives up the turn at once. */
  readonly code: string;
}

const keyRefused = answer(401, 'invalid_request_error', 'invalid_api_key');
const limited = answer(429, 'rate_limit_error', 'rate_limit_exceeded');

const answers: Record<ErrorKind, Answer> = {
  'key-missing': keyRefused,
  'key-invalid': keyRefused,
  'key-disabled': keyRefused,
  'key-expired': keyRefused,
  'credentials-conflict': keyRefused,
  'service-not-allowed': answer(403, 'invalid_request_error', 'service_not_allowed'),
  'model-not-allowed': answer(403, 'invalid_request_error', 'model_not_allowed'),
  'address-not-allowed': answer(403, 'invalid_request_error', 'address_not_allowed'),
  'client-not-allowed': answer(403, 'invalid_request_error', 'client_not_allowed'),
  'request-invalid': answer(400, 'invalid_request_error', 'invalid_request'),
  'request-timeout': answer(408, 'invalid_request_error', 'request_timeout'),
  'body-too-large': answer(413, 'invalid_request_error', 'request_too_large'),
  'encoding-unsupported': answer(415, 'invalid_request_error', 'unsupported_encoding'),
  'route-unknown': answer(404, 'invalid_request_error', 'unknown_url'),
  'method-not-allowed': answer(405, 'invalid_request_error', 'method_not_allowed'),
  'quota-exhausted': answer(429, 'insufficient_quota', 'insufficient_quota'),
  'rate-limited': limited,
  'concurrency-limited': limited,
  'accounts-limited': limited,
  'accounts-unavailable': answer(503, 'server_error', 'server_error'),
  'model-unavailable': answer(404, 'invalid_request_error', 'model_not_found'),
  'state-unknown': answer(404, 'invalid_request_error', 'not_found'),
  'already-running': answer(409, 'invalid_request_error', 'already_running'),
  'already-answered': answer(409, 'invalid_request_error', 'already_answered'),
  'upstream-overloaded': answer(503, 'server_error', 'server_error'),
  'upstream-broken': answer(502, 'server_error', 'server_error'),
  'upstream-timeout': answer(504, 'server_error', 'server_error'),
  'shutting-down': answer(503, 'server_error', 'server_error'),
  paused: answer(503, 'server_error', 'server_error'),
  overloaded: answer(503, 'server_error', 'server_error'),
  internal: answer(500, 'server_error', 'server_error'),
};

export function encodeError(error: RelayError, requestId: string): WireError {
  const { status, type, code } = answers[error.kind];
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'x-request-id': requestId,
      ...retryHeaders(error),
    },
    body: JSON.stringify({ error: { message: error.message, type, param: null, code, ...usageLimit(error) } }),
  };
}

/** Codex waits for as long as `retry-after` says, five times over; for longer limits it has words and a time of its own. */
const longWaitMs = 300_000;

/** As ChatGPT says that a plan is used up: Codex then stops at once and tells its user when to try again. */
function usageLimit({ kind, retryAfterMs = 0, returnsAt }: RelayError) {
  if (kind !== 'accounts-limited' || returnsAt === undefined || retryAfterMs < longWaitMs) return {};
  return {
    type: 'usage_limit_reached',
    resets_at: Math.ceil(returnsAt / 1_000),
    resets_in_seconds: Math.ceil(retryAfterMs / 1_000),
  };
}

/**
 * The leading line break ends a line that the upstream left unfinished. No blank line, so that its event becomes part
 * of this error: a blank line would hand the client an event with half a document.
 */
export function encodeStreamError(error: RelayError, requestId: string): string {
  const response = {
    id: `resp_${requestId}`,
    object: 'response',
    created_at: 0,
    status: 'failed',
    error: { code: answers[error.kind].code, message: error.message },
    incomplete_details: null,
    model: '',
    output: [],
    usage: null,
  };
  const event = JSON.stringify({ type: 'response.failed', sequence_number: 0, response });
  return `\nevent: response.failed\ndata: ${event}\n\n`;
}

function answer(status: number, type: ErrorType, code: string): Answer {
  return { status, type, code };
}
