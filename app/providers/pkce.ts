import { createHash, randomBytes } from 'node:crypto';

/** Proof that whoever brings the code is whoever asked for it (RFC 7636, S256). */
export interface Pkce {
  /** 43 characters; stays here until the code is exchanged. */
  readonly verifier: string;
  /** Goes with the browser. */
  readonly challenge: string;
}

export function newPkce(): Pkce {
  const verifier = randomText();
  return { verifier, challenge: challengeOf(verifier) };
}

export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

/** Ties a browser's return to the sign-in that sent it out. */
export function newState(): string {
  return randomText();
}

function randomText(): string {
  return randomBytes(32).toString('base64url');
}
