import type { ZodType } from 'zod';
import type { ClientKind } from '../domain/client-kind.ts';
import type { CloudId } from '../domain/cloud.ts';
import type { RequestFacts } from '../domain/facts.ts';
import type { Fault } from '../domain/fault.ts';
import type { Headers } from '../domain/headers.ts';
import type { LimitSnapshot } from '../domain/limits.ts';
import type { ByteFilter, RouteId } from '../protocols/protocol.ts';
import type { BalanceSource } from './balances.ts';
import type { ModelList } from './model-list.ts';
import type { AccountDeps, OAuthEndpoints, OAuthLogin, Renewal } from './oauth.ts';
import type { ProviderId } from './provider-id.ts';
import type { FindDeps, Found } from './surroundings.ts';

/** What a provider may use to make one upstream request. */
export interface UpstreamCall<Settings = unknown, Secret = unknown> {
  readonly settings: Settings;
  readonly secret: Secret;
  readonly method: string;
  /** What to ask the upstream for: one of the provider's own `routes`. */
  readonly route: RouteId;
  /** The name the upstream knows the model by. */
  readonly model: string;
  readonly isStream: boolean;
  /** The path on the protocol's own root, such as `/v1/messages`, with the client's query when it speaks this protocol. */
  readonly path: string;
  /** The client's headers without hop-by-hop headers, our keys, cookies and addresses (see `relay/headers.ts`). */
  readonly headers: Headers;
  /** The credential headers the client brought for the upstream itself; only pass-through accounts get them. */
  readonly clientCredential: Headers | undefined;
  readonly body: Uint8Array | undefined;
  /** Of a provider that somebody signs in to; when left out, the table's. */
  readonly endpoints?: OAuthEndpoints | undefined;
  /** Epoch milliseconds, for providers that sign with the time; when left out they ask the system. */
  readonly nowMs?: number | undefined;
}

export interface UpstreamRequest {
  /** Scheme, host and port. A credential is only ever sent to the origin its account names. */
  readonly origin: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | undefined;
  /** The only authority whose certificate counts there, in PEM; absent: those that everybody trusts. */
  readonly authority?: string | undefined;
}

/** An upstream answer that is not a success, or an error event from inside one (then `status` is 200). */
export interface FailedReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly facts: RequestFacts | undefined;
  readonly nowMs: number;
}

/** The head of an answer of any status, for what it tells of the account's limits. */
export interface LimitReply {
  readonly status: number;
  readonly headers: Headers;
  /** The name the upstream knows the model by. */
  readonly model: string;
  readonly nowMs: number;
}

/** Watches a copy of an answer's bytes for limits that are told inside it; never throws. */
export interface LimitWatcher {
  push(chunk: Uint8Array): void;
  limits(): LimitSnapshot | undefined;
}

/** One kind of upstream: a folder and a line in `providers/index.ts`. */
export interface Provider<Settings = unknown, Secret = unknown> {
  readonly id: ProviderId;
  /** For people: "Anthropic API key". */
  readonly label: string;
  /** What it serves itself; conversations in the order in which other protocols had better be translated to. */
  readonly routes: readonly RouteId[];
  /** Its part of the catalogue: what an account that names no models serves clients of other protocols. */
  readonly models: readonly string[];
  /** Anybody's address: what `models` does not name it may have all the same. */
  readonly isOpenEnded?: boolean;
  /** For upstreams that can be asked which models they have. */
  readonly modelList?: ModelList;
  /** Account fields; also draws the account form. */
  readonly settings: ZodType<Settings>;
  /** What goes into the vault; undefined when the provider stores none. */
  readonly secret: ZodType<Secret> | undefined;
  /** Makes the secret from the one line a person pastes on the command line or in a form. */
  secretFromText?(text: string): Secret;
  /** For a secret that may only say where the credential is, such as an AWS profile. What is found is not stored. */
  findSecret?(
    account: { readonly settings: Settings; readonly secret: Secret },
    deps: FindDeps,
  ): Promise<Found<Secret>>;
  /** Serves only calls that bring their own upstream credential. */
  readonly forwardsClientCredential: boolean;
  /** A subscription that a person signs in to; its accounts are off until their owner accepted the note of terms. */
  readonly login?: OAuthLogin<Secret>;
  /** For credentials that expire. */
  readonly renewal?: Renewal<Secret>;
  /** Left out by everybody who serves under a vendor's own name. */
  readonly cloud?: CloudId;
  /** The only client that its terms are meant for; others are not served. */
  readonly onlyClient?: ClientKind;
  /** The origin the account's credential is bound to. */
  origin(settings: Settings): string;
  buildRequest(call: UpstreamCall<Settings, Secret>): UpstreamRequest;
  classify(reply: FailedReply): Fault;
  /** What an answer's headers tell of the account's limits; undefined when they tell nothing. */
  readLimits?(reply: LimitReply): LimitSnapshot | undefined;
  /** For upstreams that tell their limits inside a stream. */
  watchLimits?(model: string, nowMs: number): LimitWatcher;
  /** For upstreams whose answers tell no limits: asks for them, once. Rejects as `send` does, and with `RelayError`. */
  askLimits?(secret: Secret, deps: AccountDeps): Promise<LimitSnapshot | undefined>;
  /** For upstreams that can be asked what is left of an account's money. */
  balanceSource?(settings: Settings): BalanceSource | undefined;
  /** For upstreams whose refusals are not in their protocol's shape: the body as that protocol says it. */
  encodeRefusal?(reply: Pick<FailedReply, 'status' | 'headers' | 'body'>): Uint8Array;
  /** For upstreams that wrap their protocol's bytes in a framing of their own. One for each successful answer. */
  createReframer?(isStream: boolean, route: RouteId): Reframer | undefined;
}

/** Turns an upstream's own framing into its protocol's bytes. Throws `ReframeError` when the framing is broken. */
export interface Reframer extends ByteFilter {
  /** The framing has a content type of its own, and is judged by its frames; else the answer's type is looked at as usual. */
  readonly hasOwnType?: boolean;
}

export class ReframeError extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = 'ReframeError';
  }
}
