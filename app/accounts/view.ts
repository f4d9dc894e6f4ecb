import type { ClientKind } from '../domain/client-kind.ts';
import type { ListedModel } from '../domain/listed-model.ts';
import type { RouteId } from '../protocols/protocol.ts';
import type { Account, Health, Listing } from './account.ts';

/** One account as the scheduler sees it at one instant. */
export interface AccountView {
  /** What its provider serves itself. */
  readonly routes: readonly RouteId[];
  /** Model patterns of its provider: what an account that names none serves clients of other protocols. */
  readonly usualModels: readonly string[];
  readonly account: Account;
  /** What its upstream told when it was last asked for its models. */
  readonly listed: Listing | undefined;
  readonly health: Health;
  readonly inFlight: number;
  /** How far the upstream's clock is ahead of ours, once it refused a signature for its time. */
  readonly upstreamAheadMs?: number | undefined;
  /** Calls started, divided by weight, since the pool formed: who has least is next. */
  readonly served: number;
  /** Whether its provider forwards the client's own credential. */
  readonly forwardsClientCredential: boolean;
  /** Somebody signs in to it, after accepting its terms. */
  readonly isSubscription: boolean;
  /** The only client that its terms are meant for. */
  readonly onlyClient: ClientKind | undefined;
  /** What the account calls the model that a client asks for; undefined when it does not serve it. */
  upstreamModel(model: string, route: RouteId): string | undefined;
  /** Whether something says that it has this model: its own list, its upstream's, or what its provider is known for. */
  claims(model: string): boolean;
  /** What its upstream told of this model, under whatever spelling. */
  told(model: string): ListedModel | undefined;
}
