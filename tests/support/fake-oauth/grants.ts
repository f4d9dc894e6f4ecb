import { createHash, randomUUID } from 'node:crypto';

export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly scope: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

interface Code {
  readonly challenge: string;
  readonly redirectUri: string;
  readonly scope: string;
}

export interface GrantsOptions {
  readonly now: () => number;
  readonly lifetimeMs: number;
  /** Whether each refresh spends its token and answers another. */
  readonly rotates: boolean;
}

/** What an authorization server remembers: codes and refresh tokens that are good once, access tokens that end. */
export class Grants {
  readonly #options: GrantsOptions;
  readonly #codes = new Map<string, Code>();
  /** Refresh token to scope. */
  readonly #refresh = new Map<string, string>();
  /** Access token to its end. */
  readonly #access = new Map<string, number>();
  #count = 0;

  constructor(options: GrantsOptions) {
    this.#options = options;
  }

  newCode(code: Code): string {
    const name = `code-${randomUUID()}`;
    this.#codes.set(name, code);
    return name;
  }

  /** Undefined when the code is not good, or any of its three proofs does not fit. Good once in any case. */
  exchange(name: string, redirectUri: string, verifier: string): TokenPair | undefined {
    const code = this.#codes.get(name);
    this.#codes.delete(name);
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    if (!code || code.redirectUri !== redirectUri || code.challenge !== challenge) return undefined;
    return this.issue(code.scope);
  }

  /** Undefined when the token is spent, revoked or was never given out. */
  refresh(token: string): TokenPair | undefined {
    const scope = this.#refresh.get(token);
    if (scope === undefined) return undefined;
    if (this.#options.rotates) this.#refresh.delete(token);
    return this.issue(scope, this.#options.rotates ? undefined : token);
  }

  issue(scope: string, refreshToken = `refresh-${this.#count + 1}-${randomUUID()}`): TokenPair {
    this.#count += 1;
    const accessToken = `access-${this.#count}-${randomUUID()}`;
    const expiresAt = this.#options.now() + this.#options.lifetimeMs;
    this.#access.set(accessToken, expiresAt);
    this.#refresh.set(refreshToken, scope);
    return { accessToken, refreshToken, scope, expiresAt };
  }

  /** A spent refresh token is good again. */
  restore(refreshToken: string, scope: string): void {
    this.#refresh.set(refreshToken, scope);
  }

  isGood(accessToken: string): boolean {
    return (this.#access.get(accessToken) ?? 0) > this.#options.now();
  }

  /** Works for both kinds. */
  revoke(token: string): void {
    this.#access.delete(token);
    this.#refresh.delete(token);
  }
}
