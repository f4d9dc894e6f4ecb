import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { OAuthEndpoints } from '../../../app/providers/oauth.ts';
import { closeAll, listen } from '../fake-anthropic/listen.ts';
import type { TokenFault } from './faults.ts';
import { Grants, type TokenPair } from './grants.ts';

export interface FakeOAuthOptions {
  readonly port?: number;
  readonly now?: () => number;
  /** How long access tokens last; 8 hours. */
  readonly lifetimeMs?: number;
  /** Whether each refresh spends its token and answers another; true. */
  readonly rotates?: boolean;
  /** The only way it takes questions for tokens; both when left out. */
  readonly encoding?: 'json' | 'form';
  /** The only client it knows; any when left out. */
  readonly clientId?: string;
  /** Further fields of each token, such as `id_token`. */
  readonly extra?: (pair: TokenPair) => Readonly<Record<string, unknown>>;
  /** What the profile address answers to a good access token. */
  readonly profile?: unknown;
}

/** A question for a token as it came, and how it was answered. */
export interface TokenRequest {
  readonly grant: string;
  readonly encoding: 'json' | 'form';
  readonly fields: Readonly<Record<string, string>>;
  /** 0 when the connection was cut. */
  readonly status: number;
}

/** A vendor's authorization server on loopback: faithful by itself, faulty by script. */
export class FakeOAuth {
  readonly #options: FakeOAuthOptions;
  readonly #server: Server;
  readonly #grants: Grants;
  readonly #now: () => number;
  readonly #requests: TokenRequest[] = [];
  readonly #faults: TokenFault[] = [];
  #asked = 0;
  #waiters: { readonly count: number; readonly resolve: () => void }[] = [];
  #port = 0;

  private constructor(options: FakeOAuthOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    const { lifetimeMs = 8 * 3_600_000, rotates = true } = options;
    this.#grants = new Grants({ now: this.#now, lifetimeMs, rotates });
    this.#server = createServer((message, response) => void this.#answer(message, response));
  }

  static async start(options: FakeOAuthOptions = {}): Promise<FakeOAuth> {
    const fake = new FakeOAuth(options);
    fake.#port = await listen(fake.#server, options.port ?? 0);
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** What the settings' `oauth.endpoints` say for a provider, so that it signs in here. */
  get endpoints() {
    return {
      authorizeUrl: `${this.url}/authorize`,
      tokenUrl: `${this.url}/token`,
      profileUrl: `${this.url}/profile`,
      pasteRedirect: `${this.url}/paste`,
    } satisfies Partial<OAuthEndpoints>;
  }

  /** Questions for tokens that were answered, or cut. */
  get requests(): readonly TokenRequest[] {
    return this.#requests;
  }

  /** Questions for tokens that arrived, answered or not. */
  get asked(): number {
    return this.#asked;
  }

  get refreshes(): readonly TokenRequest[] {
    return this.#requests.filter(({ grant }) => grant === 'refresh_token');
  }

  /** For the next questions, in their order. Afterwards it is well again. */
  script(...faults: readonly TokenFault[]): void {
    this.#faults.push(...faults);
  }

  /** Tokens of a person who signed in elsewhere. */
  issue(scope = 'user:profile user:inference'): TokenPair {
    return this.#grants.issue(scope);
  }

  isGood(accessToken: string | undefined): boolean {
    return accessToken !== undefined && this.#grants.isGood(accessToken);
  }

  revoke(token: string): void {
    this.#grants.revoke(token);
  }

  /** A spent refresh token is good again, as some vendors allow for a while. */
  restore(refreshToken: string, scope = 'user:profile user:inference'): void {
    this.#grants.restore(refreshToken, scope);
  }

  /** Somebody else refreshed with this token: it is spent here. Answers what they got. */
  refreshElsewhere(refreshToken: string): TokenPair {
    const pair = this.#grants.refresh(refreshToken);
    if (!pair) throw new Error('that refresh token is spent already');
    return pair;
  }

  /** Resolves once this many questions for tokens have arrived, answered or not. */
  async arrived(count: number): Promise<void> {
    if (this.#asked >= count) return;
    await new Promise<void>((resolve) => this.#waiters.push({ count, resolve }));
  }

  /** A browser whose user says yes: where it is sent to in the end, or the page's text where a code is shown. */
  async consent(authorizeUrl: string): Promise<string> {
    const answer = await fetch(authorizeUrl, { redirect: 'manual' });
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`the sign-in page refused: ${answer.status} ${await answer.text()}`);
    if (!location.startsWith(this.url)) return location;
    return await (await fetch(location)).text();
  }

  async close(): Promise<void> {
    await closeAll(this.#server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(message.url ?? '/', this.url);
    if (pathname === '/authorize') this.#authorize(searchParams, response);
    // What the vendors' pages show is pasted as `code#state`.
    else if (pathname === '/paste') response.end(`${searchParams.get('code')}#${searchParams.get('state')}`);
    else if (pathname === '/profile') this.#profile(message, response);
    else if (pathname === '/token' && message.method === 'POST') await this.#token(message, response);
    else json(response, 404, { error: 'not_found' });
  }

  #authorize(asked: URLSearchParams, response: ServerResponse): void {
    const wanted = { response_type: 'code', code_challenge_method: 'S256' };
    const wrong = Object.entries(wanted).find(([name, value]) => asked.get(name) !== value);
    const challenge = asked.get('code_challenge') ?? '';
    const redirectUri = asked.get('redirect_uri') ?? '';
    if (wrong || challenge.length !== 43 || !URL.canParse(redirectUri) || !this.#knows(asked.get('client_id'))) {
      json(response, 400, { error: 'invalid_request' });
      return;
    }
    const code = this.#grants.newCode({ challenge, redirectUri, scope: asked.get('scope') ?? '' });
    const target = new URL(redirectUri);
    target.searchParams.set('code', code);
    target.searchParams.set('state', asked.get('state') ?? '');
    response.writeHead(302, { location: target.href }).end();
  }

  #profile({ headers }: IncomingMessage, response: ServerResponse): void {
    const token = headers.authorization?.replace(/^Bearer /, '');
    const { profile } = this.#options;
    if (!this.isGood(token)) json(response, 401, { error: { type: 'authentication_error', message: 'not this one' } });
    else if (profile === undefined) json(response, 403, { error: { type: 'permission_error' } });
    else json(response, 200, profile);
  }

  async #token(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const isJson = message.headers['content-type']?.startsWith('application/json') ?? false;
    const encoding = isJson ? 'json' : 'form';
    const fields = readFields(await bodyOf(message), encoding);
    this.#asked += 1;
    for (const { count, resolve } of this.#waiters) if (count <= this.#asked) resolve();
    const status = await this.#reply({ encoding, fields }, this.#faults.shift(), response);
    this.#requests.push({ grant: fields['grant_type'] ?? '', encoding, fields, status });
  }

  /** The status that was answered. */
  async #reply(
    { encoding, fields }: Pick<TokenRequest, 'encoding' | 'fields'>,
    fault: TokenFault | undefined,
    response: ServerResponse,
  ): Promise<number> {
    if (fault?.kind === 'refuse') {
      const body = fault.error === undefined ? '<html>unwell</html>' : JSON.stringify({ error: fault.error });
      response.writeHead(fault.status, fault.headers).end(body);
      return fault.status;
    }
    if (fault?.kind === 'wait' && fault.rotated === 'after') await fault.until;
    const answer = this.#grant(encoding, fields);
    if (fault?.kind === 'wait' && fault.rotated === 'before') await fault.until;
    if (fault?.kind === 'lose-answer') {
      response.socket?.destroy();
      return 0;
    }
    json(response, answer.status, fault?.kind === 'garbage' ? { surprise: true } : answer.body);
    return answer.status;
  }

  #grant(encoding: 'json' | 'form', fields: Readonly<Record<string, string>>) {
    const refused = (error: string) => ({ status: 400, body: { error } });
    if (this.#options.encoding !== undefined && this.#options.encoding !== encoding) return refused('invalid_request');
    if (!this.#knows(fields['client_id'])) return refused('invalid_client');
    const pair = this.#pairFor(fields['grant_type'], fields);
    if (!pair) return refused('invalid_grant');
    const asked = Number(fields['expires_in']);
    return {
      status: 200,
      body: {
        token_type: 'Bearer',
        access_token: pair.accessToken,
        refresh_token: pair.refreshToken,
        expires_in: asked > 0 ? asked : Math.round((pair.expiresAt - this.#now()) / 1_000),
        scope: pair.scope,
        ...this.#options.extra?.(pair),
      },
    };
  }

  #pairFor(grant: string | undefined, fields: Readonly<Record<string, string>>): TokenPair | undefined {
    const { code = '', redirect_uri = '', code_verifier = '', refresh_token = '' } = fields;
    if (grant === 'authorization_code') return this.#grants.exchange(code, redirect_uri, code_verifier);
    return grant === 'refresh_token' ? this.#grants.refresh(refresh_token) : undefined;
  }

  #knows(clientId: string | null | undefined): boolean {
    return Boolean(clientId) && (this.#options.clientId === undefined || clientId === this.#options.clientId);
  }
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function readFields(body: string, encoding: 'json' | 'form'): Readonly<Record<string, string>> {
  const pairs = encoding === 'json' ? Object.entries(JSON.parse(body)) : [...new URLSearchParams(body)];
  return Object.fromEntries(pairs.map(([name, value]) => [name, String(value)]));
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
