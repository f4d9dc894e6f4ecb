import type { ErrorKind, RelayError } from '../../domain/errors.ts';
import type { WireError } from '../protocol.ts';
import { retryHeaders } from '../retry-headers.ts';

type ErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'billing_error'
  | 'permission_error'
  | 'not_found_error'
  | 'request_too_large'
  | 'rate_limit_error'
  | 'timeout_error'
  | 'api_error'
  | 'overloaded_error';

interface Answer {
  readonly status: number;
  readonly type: ErrorType;
}

/** One number for every refused key. Claude Code retries a bare 401 for minutes and shows a 403 at once. */
const keyRefusedStatus = 401;

const keyRefused: Answer = { status: keyRefusedStatus, type: 'authentication_error' };
const notAllowed: Answer = { status: 403, type: 'permission_error' };

const answers: Record<ErrorKind, Answer> = {
  'key-missing': keyRefused,
  'key-invalid': keyRefused,
  'key-disabled': keyRefused,
  'key-expired': keyRefused,
  'credentials-conflict': keyRefused,
  'service-not-allowed': notAllowed,
  'model-not-allowed': notAllowed,
  'address-not-allowed': notAllowed,
  'client-not-allowed': notAllowed,
  'request-invalid': { status: 400, type: 'invalid_request_error' },
  'request-timeout': { status: 408, type: 'timeout_error' },
  'body-too-large': { status: 413, type: 'request_too_large' },
  'encoding-unsupported': { status: 415, type: 'invalid_request_error' },
  'route-unknown': { status: 404, type: 'not_found_error' },
  'method-not-allowed': { status: 405, type: 'invalid_request_error' },
  'quota-exhausted': { status: 429, type: 'billing_error' },
  'rate-limited': { status: 429, type: 'rate_limit_error' },
  'concurrency-limited': { status: 429, type: 'rate_limit_error' },
  'accounts-limited': { status: 429, type: 'rate_limit_error' },
  'accounts-unavailable': { status: 503, type: 'api_error' },
  'model-unavailable': { status: 404, type: 'not_found_error' },
  'state-unknown': { status: 404, type: 'not_found_error' },
  'already-running': { status: 409, type: 'invalid_request_error' },
  'already-answered': { status: 409, type: 'invalid_request_error' },
  'upstream-overloaded': { status: 529, type: 'overloaded_error' },
  'upstream-broken': { status: 502, type: 'api_error' },
  'upstream-timeout': { status: 504, type: 'timeout_error' },
  'shutting-down': { status: 503, type: 'api_error' },
  paused: { status: 503, type: 'api_error' },
  overloaded: { status: 503, type: 'api_error' },
  internal: { status: 500, type: 'api_error' },
};

export function encodeError(error: RelayError, requestId: string): WireError {
  return {
    status: answers[error.kind].status,
    headers: { 'content-type': 'application/json', ...retryHeaders(error) },
    body: envelope(error, requestId),
  };
}

/**
 * The leading line break ends a line that the upstream left unfinished. No blank line, so that its event becomes part
 * of this error: a blank line would hand the client an event with half a document.
 */
export function encodeStreamError(error: RelayError, requestId: string): string {
  return `\nevent: error\ndata: ${envelope(error, requestId)}\n\n`;
}

function envelope(error: RelayError, requestId: string): string {
  const { type } = answers[error.kind];
  return JSON.stringify({ type: 'error', error: { type, message: error.message }, request_id: requestId });
}
