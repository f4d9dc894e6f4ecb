import * as z from 'zod';
import { ConnectRefused } from '../../connect/refusal.ts';
import { type ErrorKind, type FieldIssue, RelayError } from '../../domain/errors.ts';
import { isDiskFull } from '../../store/disk-full.ts';
import { StoreBusy } from '../../store/store.ts';
import type { AdminErrorKind } from './contract.ts';

/** Why the admin API refused. `message` is for the person who asked: what happened, then what to do. */
export class AdminError extends Error {
  readonly kind: AdminErrorKind;
  /** What is wrong with which field of the input. */
  readonly issues: readonly FieldIssue[] | undefined;
  /** When it is worth another try. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: AdminErrorKind,
    message: string,
    options: ErrorOptions & { issues?: readonly FieldIssue[] | undefined; retryAfterMs?: number | undefined } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'AdminError';
    this.kind = kind;
    this.issues = options.issues;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export const statusOf: Readonly<Record<AdminErrorKind, number>> = {
  'request-invalid': 400,
  'signed-out': 401,
  locked: 401,
  'ticket-invalid': 401,
  'password-wrong': 401,
  'sign-in-refused': 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'body-too-large': 413,
  'content-type-unsupported': 415,
  'too-many-tries': 429,
  internal: 500,
  unavailable: 503,
  waiting: 503,
};

const kindOf: Readonly<Partial<Record<ErrorKind, AdminErrorKind>>> = {
  'request-invalid': 'request-invalid',
  'body-too-large': 'body-too-large',
  'encoding-unsupported': 'content-type-unsupported',
  internal: 'internal',
};

/** What Express and its body parser throw. */
const httpError = z.object({ status: z.int().min(400).max(499) });

const httpErrors: Readonly<Record<number, readonly [AdminErrorKind, string]>> = {
  413: ['body-too-large', 'The body is larger than 1 MB.'],
  415: ['content-type-unsupported', 'Send plain JSON in UTF-8, without a content-encoding.'],
};

/** Whatever was thrown, as something that may be shown. */
export function toAdminError(error: unknown): AdminError {
  if (error instanceof AdminError) return error;
  if (error instanceof RelayError) {
    const { kind, message, issues } = error;
    return new AdminError(kindOf[kind] ?? 'unavailable', message, { cause: error, issues });
  }
  if (error instanceof ConnectRefused) return new AdminError(error.kind, error.message, { cause: error });
  if (error instanceof StoreBusy)
    return new AdminError('unavailable', `${error.message}. ${adviceFor(error)}`, { cause: error });
  const http = httpError.safeParse(error);
  if (http.success) {
    // NOTE: the parser's own message repeats a piece of the body, which may be a secret.
    const [kind, message] = httpErrors[http.data.status] ?? ['request-invalid', 'The body is not valid JSON.'];
    return new AdminError(kind, message, { cause: error });
  }
  return new AdminError('internal', 'Waystation could not do this. The log in the data folder says why.', {
    cause: error,
  });
}

function adviceFor({ cause }: StoreBusy): string {
  return isDiskFull(cause) ? 'Free some space, then try again.' : 'Try again in a moment.';
}
