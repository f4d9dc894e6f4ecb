import type { ErrorKind, RelayError } from '../../domain/errors.ts';
import type { WireError } from '../protocol.ts';
import { retryAfterSeconds, retryHeaders } from '../retry-headers.ts';
import { printJson } from './print.ts';

/** Google's canonical codes. */
export type Status =
  | 'INVALID_ARGUMENT'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'NOT_FOUND'
  | 'ABORTED'
  | 'ALREADY_EXISTS'
  | 'RESOURCE_EXHAUSTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'DEADLINE_EXCEEDED';

interface Answer {
  readonly code: number;
  readonly status: Status;
  readonly isQuota?: boolean;
}

const keyRefused: Answer = { code: 401, status: 'UNAUTHENTICATED' };
const notAllowed: Answer = { code: 403, status: 'PERMISSION_DENIED' };
const limited: Answer = { code: 429, status: 'RESOURCE_EXHAUSTED' };
const unavailable: Answer = { code: 503, status: 'UNAVAILABLE' };

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
  'request-invalid': { code: 400, status: 'INVALID_ARGUMENT' },
  'request-timeout': { code: 408, status: 'DEADLINE_EXCEEDED' },
  'body-too-large': { code: 413, status: 'INVALID_ARGUMENT' },
  'encoding-unsupported': { code: 415, status: 'INVALID_ARGUMENT' },
  'route-unknown': { code: 404, status: 'NOT_FOUND' },
  'method-not-allowed': { code: 405, status: 'INVALID_ARGUMENT' },
  'quota-exhausted': { ...limited, isQuota: true },
  'rate-limited': limited,
  'concurrency-limited': limited,
  'accounts-limited': limited,
  'accounts-unavailable': unavailable,
  'model-unavailable': { code: 404, status: 'NOT_FOUND' },
  'state-unknown': { code: 404, status: 'NOT_FOUND' },
  'already-running': { code: 409, status: 'ABORTED' },
  'already-answered': { code: 409, status: 'ALREADY_EXISTS' },
  'upstream-overloaded': unavailable,
  'upstream-broken': { code: 502, status: 'INTERNAL' },
  'upstream-timeout': { code: 504, status: 'DEADLINE_EXCEEDED' },
  'shutting-down': unavailable,
  paused: unavailable,
  overloaded: unavailable,
  internal: { code: 500, status: 'INTERNAL' },
};

export function encodeError(error: RelayError, requestId: string): WireError {
  return {
    status: answers[error.kind].code,
    headers: { 'content-type': 'application/json; charset=UTF-8', ...retryHeaders(error) },
    body: envelope(error, requestId),
  };
}

/**
 * An error event, then the end. After any half answer Gemini CLI asks again and shows the first part twice, whether the
 * stream ends early or with an error; but Google's SDK takes an early end for a whole answer, and throws on this event.
 * The leading line break ends a line that the upstream left unfinished, so that its event becomes part of this error.
 */
export function encodeStreamError(error: RelayError, requestId: string): string {
  return `\ndata: ${envelope(error, requestId)}\n\n`;
}

function envelope(error: RelayError, requestId: string): string {
  const { code, status, isQuota } = answers[error.kind];
  const seconds = retryAfterSeconds(error);
  const details = [
    { '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId },
    ...(isQuota ? [quotaFailure(error.message)] : []),
    ...(seconds === undefined ? [] : [retryInfo(seconds)]),
  ];
  return printJson({ error: { code, message: error.message, status, details } });
}

/** Gemini CLI stops at once on a quota whose id says that it is a daily one; on every other 429 it hammers for minutes. */
function quotaFailure(description: string) {
  return {
    '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
    violations: [{ quotaId: 'WaystationKeyQuotaPerDay', description }],
  };
}

function retryInfo(seconds: number) {
  return { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` };
}
