import type { AccountCredential } from '../accounts/directory.ts';
import type { Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { Headers } from '../domain/headers.ts';
import type { LimitSnapshot } from '../domain/limits.ts';
import type { Usage } from '../domain/usage.ts';
import type { BatchResult } from '../protocols/protocol.ts';
import type { OAuthEndpoints } from '../providers/oauth.ts';
import type { Provider, UpstreamRequest } from '../providers/provider.ts';
import type { ProviderId } from '../providers/provider-id.ts';
import type { Tail } from './call.ts';
import type { UpstreamReply } from './exchange.ts';
import type { PrepareDeps } from './prepare.ts';
import type { EditDeps } from './stored.ts';
import type { SendOptions } from './transport.ts';

export interface AttemptDeps extends PrepareDeps, EditDeps {
  readonly clock: Clock;
  readonly providers: ReadonlyMap<ProviderId, Provider>;
  readonly limits: { readonly firstByteMs: number; readonly firstByteThinkingMs: number };
  /** Renewed first when it has ended. Throws `CredentialUnusable`, `SecretUnreadable`. */
  credential(accountId: string): Promise<AccountCredential>;
  /** Where accounts of this provider sign in; undefined for those that nobody signs in to. */
  endpoints(provider: ProviderId): OAuthEndpoints | undefined;
  send(request: UpstreamRequest, options: SendOptions): Promise<UpstreamReply>;
  /** What an answer told of its account's limits. */
  noteLimits(accountId: string, limits: LimitSnapshot): void;
  /** Told before the upstream can have seen the request, for the journal. */
  attempting(requestId: string, accountId: string): void;
}

/** What an upstream answered when it refused. */
export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** How an answer ended: something reached the client, or nothing did and another account may try. */
export type Answer =
  | {
      readonly kind: 'faulted';
      readonly fault: Fault;
      readonly detail?: string | undefined;
      readonly refusal?: Refusal;
    }
  | {
      readonly kind: 'served';
      readonly status: 'completed' | 'aborted' | 'failed';
      readonly usage: Usage;
      readonly tail: Tail;
      readonly stateIds?: readonly string[] | undefined;
      readonly batchResults?: readonly BatchResult[] | undefined;
      readonly firstByteAt?: number | undefined;
      /** What broke after the client already had bytes. */
      readonly fault?: Fault | undefined;
    };
