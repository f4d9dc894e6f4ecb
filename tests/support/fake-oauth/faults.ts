/** How the token endpoint misbehaves once. */
export type TokenFault =
  | {
      readonly kind: 'refuse';
      readonly status: number;
      /** The `error` of its answer; none for a body that is no JSON. */
      readonly error?: string | undefined;
      readonly headers?: Readonly<Record<string, string>> | undefined;
    }
  /** Answers as usual, but not before `until`. `rotated` says whether the tokens change before or after the wait. */
  | { readonly kind: 'wait'; readonly until: Promise<void>; readonly rotated: 'before' | 'after' }
  /** Changes the tokens, then cuts the connection: nobody ever learns the new ones. */
  | { readonly kind: 'lose-answer' }
  /** A 200 that is no token. */
  | { readonly kind: 'garbage' };

export function tooMany(retryAfterSeconds: number): TokenFault {
  return {
    kind: 'refuse',
    status: 429,
    error: 'rate_limit_error',
    headers: { 'retry-after': String(retryAfterSeconds) },
  };
}

export const invalidGrant: TokenFault = { kind: 'refuse', status: 400, error: 'invalid_grant' };

export const unwell: TokenFault = { kind: 'refuse', status: 503 };
