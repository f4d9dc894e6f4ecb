import type { ErrorKind } from '../domain/errors.ts';
import type { FaultKind } from '../domain/fault.ts';
import type { Usage } from '../domain/usage.ts';

export type CallStatus = 'completed' | 'aborted' | 'failed';

/** One upstream try. Durations count from the try's own start. */
export interface Attempt {
  readonly accountId: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** How long the call had waited for the account before. */
  readonly waitedMs?: number | undefined;
  /** Until the head of the answer. */
  readonly firstByteMs?: number | undefined;
  /** Until the first content: from then on the call stayed with this account. */
  readonly contentMs?: number | undefined;
  /** HTTP status of the upstream; absent when none arrived. */
  readonly status?: number | undefined;
  /** Absent when the try served the call. */
  readonly fault?: FaultKind | undefined;
  readonly detail?: string | undefined;
  /** The upstream's own request id, for its support. */
  readonly upstreamRequestId?: string | undefined;
  /** It ran beside another one that had content first. */
  readonly isCancelled?: true | undefined;
  /** What a cancelled one used by then, as its basis says: it costs the owner of its account, and not the key. */
  readonly usage?: Usage | undefined;
  readonly costNanoUsd?: number | undefined;
}

/** One relayed call, settled. Written once, durable before the client sees the end of its answer. */
export interface CallRecord {
  readonly requestId: string;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly firstByteMs?: number | undefined;
  /** `this-computer` for pass-through calls without a key of ours. */
  readonly keyId: string;
  /** Whose the key was then. */
  readonly memberId?: string | undefined;
  /** The account that served it, or the last one tried. */
  readonly accountId?: string | undefined;
  readonly protocol: string;
  readonly route: string;
  readonly model: string;
  readonly upstreamModel?: string | undefined;
  readonly status: CallStatus;
  readonly httpStatus?: number | undefined;
  readonly errorKind?: ErrorKind | undefined;
  readonly usage: Usage;
  readonly attempts: readonly Attempt[];
  /** The scheduler's explanation; stored as JSON. */
  readonly explanation: object;
  /** Digest of the sticky session, when there is one. */
  readonly session?: string | undefined;
  readonly userAgent?: string | undefined;
  /** What the client calls the work it belongs to (`x-waystation-project`). */
  readonly project?: string | undefined;
  /** What its service and its key made of the cost when it was admitted; absent when nothing. */
  readonly multiplier?: number | undefined;
}

/** The key id of calls that came from this computer with the client's own upstream credential. */
export const thisComputer = 'this-computer';
