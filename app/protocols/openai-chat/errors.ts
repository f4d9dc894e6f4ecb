import type { ErrorKind, RelayError } from '../../domain/errors.ts';
import type { WireError } from '../protocol.ts';
import { retryHeaders } from '../retry-headers.ts';

type ErrorType = 'invalid_request_error' | 'insufficient_quota' | 'rate_limit_error' | 'server_error';

interface Answer {
  readonly status: number;
  readonly type: ErrorType;
  readonly code: string | null;
}

const keyRefused: Answer = { status: 401, type: 'invalid_request_error', code: 'invalid_api_key' };
const rateLimited: Answer = { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' };

const answers: Record<ErrorKind, Answer> = {
  'key-missing': keyRefused,
  'key-invalid': keyRefused,
  'key-disabled': keyRefused,
  'key-expired': keyRefused,
  'credentials-conflict': keyRefused,
  'service-not-allowed': refused(403, 'service_not_allowed'),
  'model-not-allowed': refused(403, 'model_not_allowed'),
  'address-not-allowed': refused(403, 'address_not_allowed'),
  'client-not-allowed': refused(403, 'client_not_allowed'),
  'request-invalid': refused(400, 'invalid_request'),
  'request-timeout': { status: 408, type: 'server_error', code: 'request_timeout' },
  'body-too-large': refused(413, 'request_too_large'),
  'encoding-unsupported': refused(415, 'unsupported_encoding'),
  'route-unknown': refused(404, 'unknown_url'),
  'method-not-allowed': refused(405, 'method_not_allowed'),
  'quota-exhausted': { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
  'rate-limited': rateLimited,
  'concurrency-limited': rateLimited,
  'accounts-limited': rateLimited,
  'accounts-unavailable': { status: 503, type: 'server_error', code: 'accounts_unavailable' },
  'model-unavailable': refused(404, 'model_not_found'),
  'state-unknown': refused(404, 'not_found'),
  'already-running': refused(409, 'already_running'),
  'already-answered': refused(409, 'already_answered'),
  'upstream-overloaded': { status: 503, type: 'server_error', code: 'overloaded' },
  'upstream-broken': { status: 502, type: 'server_error', code: 'upstream_broken' },
  'upstream-timeout': { status: 504, type: 'server_error', code: 'upstream_timeout' },
  'shutting-down': { status: 503, type: 'server_error', code: 'shutting_down' },
  paused: { status: 503, type: 'server_error', code: 'paused' },
  overloaded: { status: 503, type: 'server_error', code: 'overloaded' },
  internal: { status: 500, type: 'server_error', code: 'internal_error' },
};

function refused(status: number, code: string): Answer {
  return { status, type: 'invalid_request_error', code };
}

/** The request id travels in a header of ours: OpenAI's envelope has no place for it. */
export function encodeError(error: RelayError): WireError {
  return {
    status: answers[error.kind].status,
    headers: { 'content-type': 'application/json', ...retryHeaders(error) },
    body: envelope(error),
  };
}

/**
 * No `[DONE]` follows, so that nobody takes the answer for whole. The leading line break ends a line that the upstream
 * left unfinished; its event then becomes part of this one, which no client can read as a chunk.
 */
export function encodeStreamError(error: RelayError): string {
  return `\ndata: ${envelope(error)}\n\n`;
}

/** OpenAI's error envelope, of chat and Responses alike. */
export function errorEnvelope(error: {
  readonly message: string;
  readonly type: string;
  readonly code: string | null;
}) {
  return { error: { message: error.message, type: error.type, param: null, code: error.code } };
}

function envelope(error: RelayError): string {
  const { type, code } = answers[error.kind];
  return JSON.stringify(errorEnvelope({ message: error.message, type, code }));
}
