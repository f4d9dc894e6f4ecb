import type { CallCost } from '../accounts/caps.ts';
import type { Group } from '../accounts/groups.ts';
import type { AccountView } from '../accounts/view.ts';
import type { ClientKind } from '../domain/client-kind.ts';
import type { Where } from '../keys/services.ts';
import type { RouteId } from '../protocols/protocol.ts';
import type { Rules, Strategy } from './rules.ts';

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
  /** Whether it is a call of the accounts' owner. */
  readonly isOwn?: boolean | undefined;
  /** Where its key lets it be served; anywhere when left out. */
  readonly reach?: readonly Where[] | undefined;
  /** The account this session used last, when it is known. */
  readonly stickyAccountId?: string | undefined;
  /** What it would cost to write the session's prompt cache again elsewhere; 0 or absent when there is none any more. */
  readonly moveNanoUsd?: number | undefined;
  /** What it may cost, where an account has a cap. */
  readonly cost?: CallCost | undefined;
  /** The only account that may serve this call, when it is bound to one. */
  readonly boundAccountId?: string | undefined;
  /** What binds it: its key, or something at the upstream that it names. */
  readonly boundBy?: 'key' | 'server-state' | undefined;
  /** Why no account at all may serve it: what it names at the upstream cannot be placed. */
  readonly unplaced?: 'unknown' | 'foreign' | 'split' | 'elsewhere' | undefined;
  /** Models that the account must serve all, each under its own name, because nothing is renamed on the way. */
  readonly models?: readonly string[] | undefined;
  /** The group whose accounts may serve it, when its key is bound to one. */
  readonly groupId?: string | undefined;
}

/** A group as the scheduler sees it. */
export type GroupView = Pick<Group, 'id' | 'members' | 'fallbackId'>;

/** Everything a choice depends on beside what is asked. */
export interface Snapshot {
  readonly views: readonly AccountView[];
  readonly groups: ReadonlyMap<string, GroupView>;
  readonly rules: Rules;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Why an account cannot serve a call now. */
export type SkipReason =
  | 'not-bound'
  | 'not-in-group'
  /** It is a cloud's, and the key may not use that, or may use nothing else. */
  | 'service-not-allowed'
  /** All calls are to go to another account. */
  | 'passed-over'
  | 'dedicated'
  | 'owner-only'
  | 'paused'
  | 'expired'
  | 'cooling-down'
  | 'limited'
  | 'family-limited'
  | 'model-limited'
  | 'no-new-sessions'
  | 'reserved'
  /** Its owner's own limit for the day, week or month; `cap-held`: calls that run may leave enough of it. */
  | 'capped'
  | 'cap-held'
  | 'needs-sign-in'
  | 'blocked'
  | 'model-not-supported'
  | 'needs-client-credential'
  | 'client-credential-only'
  | 'terms-not-accepted'
  | 'client-not-served'
  | 'this-computer-only'
  /** Nothing is wrong with it, but it cannot begin a call at this moment. */
  | 'busy'
  | 'probing'
  | 'ramping';

export interface Verdict {
  readonly accountId: string;
  /** Position in the order of tries, from 0; absent when skipped. */
  readonly rank?: number | undefined;
  readonly skipped?: SkipReason | undefined;
  /** When the reason for skipping ends by itself. */
  readonly until?: number | undefined;
  /** The limit's window that is the reason, as the upstream names it. */
  readonly window?: string | undefined;
  readonly priority: number;
  /** `inFlight / weight` at the time. */
  readonly load: number;
  readonly inFlight: number;
  readonly served: number;
  readonly starts: number;
  readonly lastStartAt: number;
  /** Least share that is left of any limit; absent when nothing is known. */
  readonly left?: number | undefined;
  /** What is left in relation to the time that is left. */
  readonly spare?: number | undefined;
  /** When the first long window resets. */
  readonly resetsAt?: number | undefined;
}

export type StickyOutcome = 'none' | 'kept' | 'waits' | 'moved';

/** Every decision of one plan, in a form that can be stored, shown and simulated again. */
export interface Explanation {
  /** What was asked, beside the model and the route. */
  readonly ask: Omit<Ask, 'model' | 'route'>;
  readonly sticky: StickyOutcome;
  readonly strategy: Strategy;
  readonly verdicts: readonly Verdict[];
}

/** What a call had better wait for, instead of being served at once or refused. */
export interface WaitAdvice {
  readonly accounts: readonly { readonly id: string; readonly notBefore?: number | undefined }[];
  readonly maxMs: number;
  /** Its session's own account would be cheaper, or no account is free. */
  readonly reason: 'sticky' | 'nobody-free';
}

export interface Plan {
  /** Best first. */
  readonly candidates: readonly AccountView[];
  readonly wait?: WaitAdvice | undefined;
  readonly explanation: Explanation;
}
