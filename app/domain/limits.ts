/** One window of an upstream's limits, as it stood when it was read. */
export interface LimitWindow {
  /** As the upstream names it (`5h`, `7d_oi`, `primary`, `requests`); unique in a snapshot. */
  readonly name: string;
  /** Upstream model patterns that it binds; undefined when it binds the whole account. */
  readonly models?: readonly string[] | undefined;
  /** Share that is used, 0 to 1; an upstream may report more. Undefined when it only says allowed or rejected. */
  readonly used?: number | undefined;
  /** What is counted and how much is left, where the upstream tells numbers instead of a share. */
  readonly unit?: 'requests' | 'tokens' | 'input-tokens' | 'output-tokens' | undefined;
  readonly limit?: number | undefined;
  readonly remaining?: number | undefined;
  readonly lengthMs?: number | undefined;
  /** Epoch milliseconds; only times that can be true (at most 8 days ahead). */
  readonly resetsAt?: number | undefined;
  /** The upstream refuses calls for it now. */
  readonly isExhausted: boolean;
}

/** Every limit that one answer told of. */
export interface LimitSnapshot {
  /** Epoch milliseconds. */
  readonly readAt: number;
  readonly windows: readonly LimitWindow[];
}
