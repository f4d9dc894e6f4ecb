import type { ErrorKind, RelayError } from '../domain/errors.ts';

// Whether and when trying again can help is one decision for all protocols; only how it is said differs.

interface RetryRule {
  /** `yes` is said aloud, `when-known` helps only when the error says when, `client` is left to the client's own rules. */
  readonly retry: 'yes' | 'no' | 'when-known' | 'client';
  /** When the error does not know better. */
  readonly defaultWaitMs?: number;
  readonly maxWaitMs?: number;
}

const secondMs = 1_000;
const hourMs = 3_600_000;

const never: RetryRule = { retry: 'no' };
const client: RetryRule = { retry: 'client' };
const worthwhile: RetryRule = { retry: 'yes' };

const rules: Record<ErrorKind, RetryRule> = {
  'key-missing': never,
  'key-invalid': never,
  'key-disabled': never,
  'key-expired': never,
  'credentials-conflict': never,
  'service-not-allowed': never,
  'model-not-allowed': never,
  'address-not-allowed': never,
  'client-not-allowed': never,
  'request-invalid': never,
  'request-timeout': client,
  'body-too-large': never,
  'encoding-unsupported': never,
  'route-unknown': never,
  'method-not-allowed': never,
  'quota-exhausted': never,
  'rate-limited': client,
  'concurrency-limited': { retry: 'client', defaultWaitMs: secondMs, maxWaitMs: 5 * secondMs },
  'accounts-limited': client,
  'accounts-unavailable': { retry: 'when-known' },
  'model-unavailable': never,
  'state-unknown': never,
  'already-running': { retry: 'client', defaultWaitMs: 2 * secondMs, maxWaitMs: 5 * secondMs },
  'already-answered': never,
  'upstream-overloaded': client,
  'upstream-broken': worthwhile,
  'upstream-timeout': worthwhile,
  // Somebody has to resume it: trying again would only make its client wait.
  paused: never,
  'shutting-down': { retry: 'client', defaultWaitMs: 2 * secondMs },
  overloaded: { retry: 'client', defaultWaitMs: secondMs },
  internal: client,
};

/** What the SDKs obey before any rule of their own. */
export function retryHeaders(error: RelayError): Record<string, string> {
  const { retry } = rules[error.kind];
  const seconds = retryAfterSeconds(error);
  if (retry === 'no' || (retry === 'when-known' && seconds === undefined)) return { 'x-should-retry': 'false' };
  return {
    ...(retry === 'yes' ? { 'x-should-retry': 'true' } : {}),
    ...(seconds === undefined ? {} : { 'retry-after': String(seconds) }),
  };
}

/** The wait that the client is told; undefined when none is known or waiting does not help. */
export function retryAfterSeconds({ kind, retryAfterMs }: RelayError): number | undefined {
  const { retry, defaultWaitMs, maxWaitMs } = rules[kind];
  const waitMs = retryAfterMs ?? defaultWaitMs;
  if (retry === 'no' || waitMs === undefined) return undefined;
  return Math.max(1, Math.ceil(Math.min(waitMs, maxWaitMs ?? hourMs) / secondMs));
}
