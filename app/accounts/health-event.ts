import type { Fault } from '../domain/fault.ts';
import type { LimitSnapshot } from '../domain/limits.ts';

/** What happened to an account. */
export type HealthEvent =
  | { readonly kind: 'served' }
  /** The upstream began to answer a call: enough to know that it takes calls. */
  | { readonly kind: 'answered' }
  | {
      readonly kind: 'fault';
      readonly fault: Fault;
      /** The upstream model that was asked for. `AccountDirectory.apply` takes the client's name and maps it. */
      readonly model: string;
      /** What the refusing answer told of the account's limits. */
      readonly limits?: LimitSnapshot | undefined;
      /** Nobody else could have served: then it is not kept out longer than the upstream itself says. */
      readonly isLastAccount?: boolean | undefined;
    }
  /** Several answers in a row took this long to begin (A12). */
  | { readonly kind: 'slow'; readonly firstByteMs: number }
  | { readonly kind: 'credential-changed' }
  /** The sign-in has ended; `detail` is a sentence that says how, and what to do. */
  | { readonly kind: 'sign-in-ended'; readonly detail: string }
  /** It has ended, and cannot be renewed before `until`. */
  | { readonly kind: 'renewal-waits'; readonly detail: string; readonly until: number }
  /** It is good again by itself. */
  | { readonly kind: 'sign-in-renewed' }
  | { readonly kind: 'resumed' };

export type FaultEvent = Extract<HealthEvent, { readonly kind: 'fault' }>;

export interface HealthContext {
  /** Epoch milliseconds. */
  readonly now: number;
  /** 0 to 1; spreads the return of accounts that were limited together. */
  readonly random: number;
}

/** How long the upstream says to wait, when it says so in a way that makes sense. */
export function namedWaitOf({ fault }: FaultEvent): number | undefined {
  const named = 'retryAfterMs' in fault ? fault.retryAfterMs : undefined;
  return named !== undefined && Number.isFinite(named) && named >= 0 ? Math.ceil(named) : undefined;
}
