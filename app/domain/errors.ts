/** Why Waystation itself refused or could not finish a call. Each protocol maps every kind to its own wire error. */
export type ErrorKind =
  | 'key-missing'
  | 'key-invalid'
  | 'key-disabled'
  | 'key-expired'
  | 'credentials-conflict'
  | 'service-not-allowed'
  | 'model-not-allowed'
  | 'address-not-allowed'
  | 'client-not-allowed'
  | 'request-invalid'
  | 'request-timeout'
  | 'body-too-large'
  | 'encoding-unsupported'
  | 'route-unknown'
  | 'method-not-allowed'
  | 'quota-exhausted'
  | 'rate-limited'
  | 'concurrency-limited'
  | 'accounts-limited'
  | 'accounts-unavailable'
  | 'model-unavailable'
  | 'state-unknown'
  | 'already-running'
  | 'already-answered'
  | 'upstream-overloaded'
  | 'upstream-broken'
  | 'upstream-timeout'
  | 'shutting-down'
  | 'paused'
  | 'overloaded'
  | 'internal';

export interface RelayErrorOptions {
  readonly retryAfterMs?: number | undefined;
  /** When what is used up is there again, in epoch milliseconds: `retryAfterMs` is never as long as some limits are. */
  readonly returnsAt?: number | undefined;
  /** Of the key that was sent, where it is one of ours: for the record of refusals. */
  readonly keyId?: string | undefined;
  /** What is wrong with which field of what was given; `message` says all of it too. */
  readonly issues?: readonly FieldIssue[] | undefined;
  /** For the log only; never shown to a caller. */
  readonly cause?: unknown;
}

export interface FieldIssue {
  /** Names and indexes, joined by dots. */
  readonly path: string;
  /** Never tells the value: it may be a secret. */
  readonly message: string;
}

/** The only error thrown on purpose. `message` is safe to show to the caller; `cause` never leaves the log. */
export class RelayError extends Error {
  readonly kind: ErrorKind;
  readonly retryAfterMs: number | undefined;
  readonly returnsAt: number | undefined;
  readonly keyId: string | undefined;
  readonly issues: readonly FieldIssue[] | undefined;

  constructor(kind: ErrorKind, message: string, options: RelayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RelayError';
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
    this.returnsAt = options.returnsAt;
    this.keyId = options.keyId;
    this.issues = options.issues;
  }
}
