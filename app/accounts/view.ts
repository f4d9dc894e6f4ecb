import type { ClientKind } from '../domain/client-kind.ts';
import type { CloudId } from '../domain/cloud.ts';
import type { LimitSnapshot } from '../domain/limits.ts';
import type { ListedModel } from '../domain/listed-model.ts';
import type { RouteId } from '../protocols/protocol.ts';
import type { Account, Health, Listing } from './account.ts';
import type { CapStanding } from './caps.ts';
import type { Obstacle } from './gate.ts';
import type { Headroom } from './headroom.ts';

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
  /** Calls in the queue that may go to it. */
  readonly waiting: number;
  /** Why it cannot begin a call at this moment, although nothing is wrong with it. */
  readonly obstacle?: Obstacle | undefined;
  /** Calls started, divided by weight and spare budget, since the pool formed: who has least is next. */
  readonly served: number;
  /** Calls started since the pool formed. */
  readonly starts: number;
  /** Epoch milliseconds; 0 when it has not been used since the start. */
  readonly lastStartAt: number;
  /** The last that its upstream told of its limits. */
  readonly limits?: LimitSnapshot | undefined;
  /** How its owner's caps stand, as far as it is known: whoever holds a part of them finds out for certain. */
  readonly caps: readonly CapStanding[];
  /** Whether its provider forwards the client's own credential. */
  readonly forwardsClientCredential: boolean;
  /** The cloud that serves it, which a key may be kept from. */
  readonly cloud: CloudId | undefined;
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
  /** What is left of the limits that bind this upstream model. */
  headroom(upstreamModel: string, now: number): Headroom;
}
