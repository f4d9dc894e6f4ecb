import type { CloudId } from '../domain/cloud.ts';
import type { Conversation } from '../domain/conversation.ts';
import type { ErrorKind, RelayError } from '../domain/errors.ts';
import type { RequestFacts } from '../domain/facts.ts';
import type { Headers } from '../domain/headers.ts';
import type { Usage } from '../domain/usage.ts';
import type { ApiKey } from '../keys/key.ts';
import type { Billing } from '../keys/multipliers.ts';
import type { Reservation } from '../keys/reservation.ts';
import type { Where } from '../keys/services.ts';
import type { Envelope } from '../protocols/envelope.ts';
import type { BatchResult, Protocol, RouteId } from '../protocols/protocol.ts';
import { routeFacts } from '../protocols/routes.ts';
import type { Ask, Plan } from '../scheduler/plan.ts';
import type { Placement } from '../scheduler/server-state.ts';
import type { SessionName } from '../scheduler/sticky.ts';
import type { Statement } from '../store/store.ts';
import type { Attempt, CallStatus } from '../usage/record.ts';
import type { AccountHolds } from './account-holds.ts';
import type { ClientHeaders } from './headers.ts';
import type { Waited } from './waited.ts';

/** A call as it arrived; its body is not read yet. */
export interface Received {
  readonly requestId: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** Monotonic milliseconds at the same instant, for durations. */
  readonly startedAt: number;
  readonly protocol: Protocol;
  readonly route: RouteId;
  readonly method: string;
  /** Set when the client's platform wraps the protocol: the body comes out of it. */
  readonly envelope?: Envelope | undefined;
  /** Path on the protocol's own root, with the client's query. */
  readonly path: string;
  readonly headers: ClientHeaders;
  /** What the client calls this request, so that sending it again does not make it again. */
  readonly idempotencyKey?: string | undefined;
  /** Who is at the other end of the socket. */
  readonly address: string | undefined;
  readonly isLoopback: boolean;
  /** Aborted when the client goes away, or the relay stops for good. */
  readonly signal: AbortSignal;
  /** The whole body, decompressed. Throws `body-too-large`, `encoding-unsupported`, `request-timeout`. */
  readBody(): Promise<Buffer>;
}

/** Who calls: a holder of one of our keys, or this computer with an upstream credential of its own. */
export type Caller = { readonly kind: 'key'; readonly key: ApiKey } | { readonly kind: 'this-computer' };

export interface Authenticated extends Received {
  readonly caller: Caller;
  /** Credential headers that are the client's own, for pass-through accounts. */
  readonly clientCredential: Headers | undefined;
}

/** What a call holds from admission on; disposing gives everything back. */
export interface Admitted extends Authenticated, AsyncDisposable {
  readonly keyId: string;
  readonly body: Buffer;
  readonly facts: RequestFacts;
  /** What it holds of its key's limits; undefined for keys without. */
  readonly reservation: Reservation | undefined;
  /** What its cost is billed with from now on, whatever changes; undefined when nothing is made of it. */
  readonly billing: Billing | undefined;
  /** The most of that, while it is not known who serves it. */
  readonly multiplier: number | undefined;
  /** Where its key lets it be served; undefined for anywhere. */
  readonly reach: readonly Where[] | undefined;
  /** How it waited for one of its key's places; undefined when there was one at once. */
  readonly keyWait: { readonly position: number; readonly ms: number } | undefined;
  /** What is asked for once aliases are resolved; `facts.model` is what the client wrote. Empty when it names none. */
  readonly model: string;
  /** What the sticky session is pinned by. */
  readonly session: string;
  /** The request in neutral form, read when an account of another protocol needs it. Throws `request-invalid`. */
  conversation(): Conversation;
}

export interface Planned extends Admitted {
  readonly sessionName: SessionName;
  /** What was asked of the scheduler. */
  readonly ask: Ask;
  /** Where that is what the call names at the upstream; undefined when it names nothing. */
  readonly placement: Placement | undefined;
  readonly plan: Plan;
  /** What it holds of the caps of accounts. */
  readonly holds: AccountHolds;
}

/** Counting tokens and asking about an account cost nothing; looking at what is stored tells its old usage again. */
export function isFree({ route }: Pick<Received, 'route'>): boolean {
  return freeRoutes.has(route) || routeFacts[route].isStored === true;
}

const freeRoutes: ReadonlySet<RouteId> = new Set([
  'assist-control',
  'assist-count',
  'count-tokens',
  'gemini-count',
  'responses-item',
]);

/** How a call ended. `tail` is sent to the client after the usage row is durable. */
export interface Outcome {
  readonly status: CallStatus;
  readonly httpStatus?: number | undefined;
  readonly errorKind?: ErrorKind | undefined;
  readonly usage: Usage;
  readonly accountId?: string | undefined;
  /** That of the account, where it is one's. */
  readonly cloud?: CloudId | undefined;
  readonly upstreamModel?: string | undefined;
  readonly attempts: readonly Attempt[];
  /** What the answer left at its upstream, where a later call may name it. */
  readonly stateIds?: readonly string[] | undefined;
  /** What the results of a batch consumed, when they came whole. */
  readonly batchResults?: readonly BatchResult[] | undefined;
  /** Monotonic time of the first byte to the client. */
  readonly firstByteAt?: number | undefined;
  /** Times the call waited for an account. */
  readonly waits: readonly Waited[];
  /** Account health that changed on the way, stored with the row. */
  readonly health: readonly Statement[];
  readonly tail: Tail;
}

/**
 * The end of an answer: the last bytes, the last bytes of one that broke (the connection is cut, so that the client
 * knows), a whole answer, our own error, or nothing because nobody listens.
 */
export type Tail =
  | { readonly kind: 'end' | 'cut'; readonly chunks: readonly Uint8Array[] }
  | { readonly kind: 'whole'; readonly status: number; readonly headers: Record<string, string>; readonly body: Buffer }
  | { readonly kind: 'error'; readonly error: RelayError }
  | { readonly kind: 'none' };

/** The client stopped reading for too long, or went away, while we wrote to it. */
export class ClientLost extends Error {
  constructor() {
    super('The client stopped reading');
    this.name = 'ClientLost';
  }
}

/** The way back to the client. */
export interface Reply {
  readonly hasBegun: boolean;
  /** Headers of whatever the answer will be. */
  announce(headers: Readonly<Record<string, string>>): void;
  begin(status: number, headers: Record<string, string>): void;
  /** Answers a promise only when the client is slower than we are. Rejects when it stalls or leaves. */
  write(chunk: Uint8Array): Promise<void> | undefined;
  finish(tail: Tail): void;
}
