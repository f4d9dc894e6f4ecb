import type { RelayError } from '../../domain/errors.ts';
import { encodeError as encodeAnthropicError } from '../anthropic/errors.ts';
import type { EnvelopedRefusal } from '../envelope.ts';
import { member, parseJson, textMember } from '../json-value.ts';
import type { WireError } from '../protocol.ts';

const exceptions: Readonly<Record<number, string>> = {
  401: 'AccessDeniedException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  408: 'ModelTimeoutException',
  409: 'ConflictException',
  429: 'ThrottlingException',
  503: 'ServiceUnavailableException',
  504: 'ModelTimeoutException',
};

/** AWS knows no 529. */
const overloaded = 529;

/** With Anthropic's statuses; a sentence and AWS's name for it. */
export function encodeError(error: RelayError, requestId: string): WireError {
  const { status, headers } = encodeAnthropicError(error, requestId);
  return {
    status: status === overloaded ? 503 : status,
    headers: { ...headers, 'x-amzn-errortype': exceptionOf(status) },
    body: JSON.stringify({ message: error.message }),
  };
}

export function encodeRefusal(status: number, body: Uint8Array): EnvelopedRefusal {
  const message = textMember(member(parseJson(Buffer.from(body).toString()), 'error'), 'message');
  return {
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': exceptionOf(status) },
    body: Buffer.from(JSON.stringify({ message: message ?? `The upstream answered with HTTP ${status}.` })),
  };
}

function exceptionOf(status: number): string {
  if (status === overloaded) return 'ServiceUnavailableException';
  return exceptions[status] ?? (status >= 500 ? 'InternalServerException' : 'ValidationException');
}

/** Anthropic's error types in the names that a stream of Bedrock has for them. */
const streamExceptions: ReadonlyMap<string, string> = new Map([
  ['invalid_request_error', 'validationException'],
  ['not_found_error', 'validationException'],
  ['request_too_large', 'validationException'],
  ['rate_limit_error', 'throttlingException'],
  ['overloaded_error', 'serviceUnavailableException'],
  ['timeout_error', 'modelTimeoutException'],
]);

export function streamExceptionOf(type: string | undefined): string {
  return streamExceptions.get(type ?? '') ?? 'internalServerException';
}
