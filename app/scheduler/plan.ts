import type { AccountView } from '../accounts/view.ts';
import type { ClientKind } from '../domain/client-kind.ts';
import type { RouteId } from '../protocols/protocol.ts';

/** What is asked of the scheduler. */
export interface Ask {
  readonly model: string;
  /** An account that serves it itself goes before one that needs a translation. */
  readonly route: RouteId;
  readonly bringsCredential: boolean;
  /** What the caller's program looks like, where it is one that we know. */
  readonly client?: ClientKind | undefined;
  /** Whether the call comes from this computer; what is not known to does not. */
  readonly isFromHere?: boolean | undefined;
  /** The account this session used last, when it is known. */
  readonly stickyAccountId?: string | undefined;
  /** The only account that may serve this call, when it is bound to one. */
  readonly boundAccountId?: string | undefined;
  /** What binds it: its key, or something at the upstream that it names. */
  readonly boundBy?: 'key' | 'server-state' | undefined;
  /** Why no account at all may serve it: what it names at the upstream cannot be placed. */
  readonly unplaced?: 'unknown' | 'foreign' | 'split' | 'elsewhere' | undefined;
  /** Models that the account must serve all, each under its own name, because nothing is renamed on the way. */
  readonly models?: readonly string[] | undefined;
}

/** Why an account cannot serve a call now. */
export type SkipReason =
  | 'not-bound'
  | 'paused'
  | 'cooling-down'
  | 'limited'
  | 'model-limited'
  | 'needs-sign-in'
  | 'blocked'
  | 'model-not-supported'
  | 'needs-client-credential'
  | 'client-credential-only'
  | 'terms-not-accepted'
  | 'client-not-served'
  | 'this-computer-only';

export interface Verdict {
  readonly accountId: string;
  /** Position in the order of tries, from 0; absent when skipped. */
  readonly rank?: number | undefined;
  readonly skipped?: SkipReason | undefined;
  /** When the reason for skipping ends by itself. */
  readonly until?: number | undefined;
  readonly priority: number;
  /** `inFlight / weight` at the time. */
  readonly load: number;
}

export type StickyOutcome = 'none' | 'kept' | 'moved';

/** Every decision of one plan, in a form that can be stored, shown and simulated again. */
export interface Explanation {
  readonly sticky: StickyOutcome;
  readonly verdicts: readonly Verdict[];
}

export interface Plan {
  /** Best first. */
  readonly candidates: readonly AccountView[];
  readonly explanation: Explanation;
}
