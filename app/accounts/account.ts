import type { ListedModel } from '../domain/listed-model.ts';
import type { SignInProfile } from '../providers/oauth.ts';
import type { ProviderId } from '../providers/provider-id.ts';

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

export type HealthState = 'active' | 'cooling-down' | 'limited' | 'needs-sign-in' | 'blocked';

/** Why an account can or cannot be used now. Times are epoch milliseconds. */
export interface Health {
  readonly state: HealthState;
  /** One sentence for people; empty while active. */
  readonly reason: string;
  /** When it ends by itself; undefined when somebody has to act. */
  readonly until?: number | undefined;
  readonly changedAt: number;
  /** Consecutive overloads and broken connections. */
  readonly failures: number;
  /** Limits of single models: upstream model to end time. */
  readonly modelLimits: Readonly<Record<string, number>>;
}
