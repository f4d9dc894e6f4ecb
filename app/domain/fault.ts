/** Upstream trouble, as data for the scheduler. What follows from each kind is decided in `relay/policy.ts` alone. */
export type Fault =
  | {
      readonly kind: 'rate-limited';
      readonly scope: 'account' | 'model';
      /** From now until the limit lifts, when the upstream said so. */
      readonly retryAfterMs?: number | undefined;
    }
  | { readonly kind: 'overloaded'; readonly retryAfterMs?: number | undefined }
  | { readonly kind: 'credential-rejected' }
  | { readonly kind: 'account-blocked' }
  | { readonly kind: 'model-unsupported' }
  | { readonly kind: 'request-rejected' }
  /** It refused the signature's time. Its own clock is this much ahead of ours; negative when it is behind. */
  | { readonly kind: 'clock-skewed'; readonly upstreamAheadMs: number }
  /** The request says something that this account's protocol cannot. */
  | { readonly kind: 'not-carried' }
  | { readonly kind: 'unreachable'; readonly phase: UpstreamPhase; readonly detail: string };

export type FaultKind = Fault['kind'];

/** How far a try got before it failed. */
export type UpstreamPhase = 'connect' | 'first-byte' | 'stream';
