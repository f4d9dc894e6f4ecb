import type { Headers } from '../domain/headers.ts';

/** A vendor's sign-in as data: hosts move, so the owner's settings may override each field (`oauth-table.ts`). */
export interface OAuthEndpoints {
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  /** The public client id of the vendor's own command-line tool. */
  readonly clientId: string;
  /** Installed apps of some vendors have one; it is public too. */
  readonly clientSecret?: string | undefined;
  readonly scopes: readonly string[];
  /** What a setup token asks for, where the vendor has one. */
  readonly setupScopes?: readonly string[] | undefined;
  /** The name under which the vendor's API takes such a token, where a request has to say it. */
  readonly capability?: string | undefined;
  /** Who signed in, for whoever holds a token that may ask. */
  readonly profileUrl?: string | undefined;
  /** The vendor's page that shows a code to paste; undefined where there is none. */
  readonly pasteRedirect?: string | undefined;
  /** Where the browser comes back to on this computer; `ports` in order of preference, any free one when empty. */
  readonly loopback: {
    readonly host: 'localhost' | '127.0.0.1';
    readonly path: string;
    readonly ports: readonly number[];
  };
}

/** One control-plane request: to a token endpoint, or for the account's profile. */
export interface ControlRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** How long an answer may take, where that is not for token endpoints. */
  readonly answerMs?: number | undefined;
}

export interface ControlReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Follows no redirect, checks addresses, uses the account's proxy. Rejects when there was no answer. */
export type ControlSend = (request: ControlRequest) => Promise<ControlReply>;

export interface OAuthDeps {
  readonly endpoints: OAuthEndpoints;
  readonly send: ControlSend;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** For what is asked at an address that the account's settings name. */
export interface AccountDeps extends OAuthDeps {
  /** Parsed with the provider's `settings` schema. */
  readonly settings: unknown;
}

export interface LoginAsk {
  readonly endpoints: OAuthEndpoints;
  readonly redirectUri: string;
  readonly state: string;
  /** PKCE S256. */
  readonly codeChallenge: string;
  /** Asks for a long-lived token that can do less, where the vendor has one. */
  readonly isSetupToken: boolean;
}

export interface LoginAnswer {
  readonly code: string;
  /** As the browser or the pasted text brought it; already compared with ours. */
  readonly state: string;
  readonly redirectUri: string;
  readonly codeVerifier: string;
  readonly isSetupToken: boolean;
}

/** Who signed in, as far as it may be shown. */
export interface SignInProfile {
  /** What the vendor calls the subscription: "Max". */
  readonly plan?: string | undefined;
  /** Masked: "j•••@example.com". */
  readonly email?: string | undefined;
}

/** Signing in with a browser. `accounts/` keeps verifier and state and decides when. */
export interface OAuthLogin<Secret = unknown> {
  /** Whether the vendor has a long-lived token that can do less. */
  readonly hasSetupToken: boolean;
  authorizeUrl(ask: LoginAsk): string;
  /** Exchanges the code. Throws `RelayError` with a sentence for people. */
  finish(answer: LoginAnswer, deps: OAuthDeps): Promise<Secret>;
  /**
   * The login that the vendor's own tool keeps on this computer, from that file's text; undefined when it is none.
   * Without what would renew it: the tool does that itself, and of two that do one is signed out.
   */
  readCliLogin?(text: string): Secret | undefined;
  /** Who is signed in there, as far as that file and the one beside it say; an empty text when there is none. */
  readCliProfile?(text: string, beside: string): SignInProfile;
  /**
   * For vendors whose logins need more than tokens, such as a project to bill: asks for what is missing, after signing in,
   * renewing, and reading the tool's login again. The very same secret when it has everything.
   */
  complete?(secret: Secret, deps: AccountDeps): Promise<Renewed<Secret>>;
  /** Who signed in. Undefined when this token may not ask; throws `RelayError` when it was refused or there was no answer. */
  readProfile?(secret: Secret, deps: OAuthDeps): Promise<SignInProfile | undefined>;
}

/** What a token endpoint said to a refresh. */
export type Renewed<Secret = unknown> =
  | { readonly kind: 'renewed'; readonly secret: Secret }
  /** The refresh token is spent or revoked: somebody has to sign in again. `detail` is for people, without secrets. */
  | { readonly kind: 'rejected'; readonly detail: string }
  /** Not now. */
  | { readonly kind: 'later'; readonly detail: string; readonly retryAfterMs?: number | undefined };

/** How a credential that expires is renewed; `accounts/` decides when, in single flight. */
export interface Renewal<Secret = unknown> {
  /** Epoch milliseconds; undefined when it is not known. */
  expiresAt(secret: Secret): number | undefined;
  /** False for one that ends without a way to renew it: a setup token, or the login of the vendor's own tool. */
  canRenew(secret: Secret): boolean;
  /** Keeps the old refresh token when the answer has none. A `send` that rejects may be left to the caller. */
  renew(secret: Secret, deps: OAuthDeps): Promise<Renewed<Secret>>;
}
