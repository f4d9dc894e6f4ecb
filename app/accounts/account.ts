import type { ListedModel } from '../domain/listed-model.ts';
import type { SignInProfile } from '../providers/oauth.ts';
import type { ProviderId } from '../providers/provider-id.ts';
import type { AccountCare } from './care.ts';

/** One upstream identity, as stored; its secrets stay in the vault. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly provider: ProviderId;
  /** Parsed with the provider's `settings` schema. */
  readonly settings: unknown;
  readonly hasSecret: boolean;
  /** Counts up with every new secret. */
  readonly secretRevision: number;
  /** How somebody signed in; undefined where a credential was entered. */
  readonly signIn?: SignIn | undefined;
  /** When its owner accepted the note of terms. */
  readonly termsAcceptedAt?: number | undefined;
  /** Whether its owner lets a subscription serve other computers. */
  readonly isShared: boolean;
  readonly hasProxy: boolean;
  /** Whether its owner allowed an upstream on this computer or its own network. */
  readonly allowLocalUpstream: boolean;
  /** 1 to 100, lower first. */
  readonly priority: number;
  /** 1 to 100; twice the weight gets twice the calls. */
  readonly weight: number;
  /** False when its owner paused it. */
  readonly isEnabled: boolean;
  /** Model patterns (`*` matches any run) as the client asks for them; empty means all. */
  readonly models: readonly string[];
  /** Model the client asks for to model sent upstream; a key may end in `*`. */
  readonly modelMap: Readonly<Record<string, string>>;
  /** What its owner asked to be kept in mind about it. */
  readonly care: AccountCare;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The models of an upstream, as it told them. */
export interface Listing {
  readonly models: readonly ListedModel[];
  readonly fetchedAt: number;
}

/** How somebody signed in, and who; nothing secret. */
export interface SignIn {
  /** `linked`: the login of the vendor's own tool on this computer, which that tool renews. */
  readonly kind: 'browser' | 'setup-token' | 'linked';
  readonly profile?: SignInProfile | undefined;
}

/** What happened to an account upstream. What its owner and its calendar say comes on top: see `AccountState`. */
export type HealthState = 'active' | 'cooling-down' | 'limited' | 'needs-sign-in' | 'blocked';

/** What an account is at one moment, as people see it. */
export type AccountState = HealthState | 'paused' | 'expired';

/** Why an account is not simply active: a closed list with its parameters, so that every language can say it. */
export type Reason =
  | { readonly kind: 'rate-limit'; readonly window?: string | undefined }
  | { readonly kind: 'overloaded' }
  | { readonly kind: 'unreachable'; readonly detail: string }
  | { readonly kind: 'slow'; readonly firstByteMs: number }
  | { readonly kind: 'credential-rejected' }
  /** `detail` is a sentence: how the sign-in ended, and what to do. */
  | { readonly kind: 'sign-in-ended'; readonly detail: string }
  | { readonly kind: 'renewal-waits'; readonly detail: string }
  | { readonly kind: 'account-blocked' }
  | { readonly kind: 'paused' }
  | { readonly kind: 'subscription-ended'; readonly at: number }
  /** Its owner's own limit, such as `cost per day`. */
  | { readonly kind: 'cap-reached'; readonly cap: string };

/** A limit of a part of the account. */
export interface ScopedLimit {
  readonly scope: 'family' | 'model';
  /** Upstream model patterns; for the scope `model` one name. */
  readonly models: readonly string[];
  /** As the upstream names the window. */
  readonly window?: string | undefined;
  readonly until: number;
}

/** Why an account can or cannot be used now. Times are epoch milliseconds. */
export interface Health {
  readonly state: HealthState;
  /** Absent while active. */
  readonly reason?: Reason | undefined;
  /**
   * When it ends by itself; absent when somebody has to act. After a cooldown by the
   * breaker it is half-open: a few calls at a time may try, and it ends when enough of them were answered.
   */
  readonly until?: number | undefined;
  readonly changedAt: number;
  /** It has just come back from a limit: one call goes first and shows whether that is true. */
  readonly isUnproven?: boolean | undefined;
  readonly breaker: Breaker;
  readonly limits: readonly ScopedLimit[];
}

/** What counts against an account that breaks off or is overloaded. */
export interface Breaker {
  /** Failures since `since`. */
  readonly failures: number;
  /** Calls since the first of them, failed or served. */
  readonly calls: number;
  /** Failures with no served call between them. */
  readonly inARow: number;
  /** Epoch milliseconds; 0 when nothing counts. */
  readonly since: number;
  /** How often it opened without a quiet time in between. */
  readonly openings: number;
  /** Answers in a row since it was last open. */
  readonly answers: number;
  /** Epoch milliseconds of the opening that lasts; 0 when it is closed. */
  readonly openedAt: number;
  /** Epoch milliseconds of the last closing; 0 when it never opened. */
  readonly closedAt: number;
}
