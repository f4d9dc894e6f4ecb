import { randomUUID, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';
import { RelayError } from '../domain/errors.ts';
import type { AccountDeps, OAuthDeps, OAuthEndpoints, OAuthLogin, SignInProfile } from '../providers/oauth.ts';
import { newPkce, newState, type Pkce } from '../providers/pkce.ts';
import type { Provider } from '../providers/provider.ts';
import type { ProviderId } from '../providers/provider-id.ts';
import type { Account, SignIn } from './account.ts';
import type { CliLogins } from './cli-logins.ts';
import { completeLogin } from './complete-login.ts';
import { type ControlPlane, NoAnswer } from './control-plane.ts';
import type { NewAccount } from './input.ts';
import { findProvider } from './input.ts';
import { awaitCallback, type Callback } from './loopback-callback.ts';
import { readPasted } from './pasted-code.ts';
import type { AccountRepository } from './repository.ts';

/** Whom to sign in: a new account, or one that is there. */
export type SignInTarget = { readonly account: NewAccount } | { readonly accountId: string };

export interface SignInAsk {
  readonly target: SignInTarget;
  /** `paste`: the browser is not on this computer, or does not find its way back. */
  readonly way: 'loopback' | 'paste';
  readonly isSetupToken: boolean;
}

/** A login that a vendor's own tool has on this computer. */
export interface FoundLogin extends SignInProfile {
  readonly provider: ProviderId;
}

export interface StartedSignIn {
  readonly id: string;
  readonly authorizeUrl: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

export interface SignInDeps {
  readonly clock: Clock;
  readonly repository: AccountRepository;
  readonly providers: ReadonlyMap<ProviderId, Provider>;
  readonly control: Pick<ControlPlane, 'by'>;
  readonly cliLogins: Pick<CliLogins, 'read' | 'readBeside'>;
  endpoints(provider: string): OAuthEndpoints | undefined;
  /** The account has a new credential. */
  signedIn(accountId: string): Promise<void>;
}

/** Everything that a provider's sign-in is made with. */
interface Course {
  readonly provider: Provider;
  readonly login: OAuthLogin;
  readonly target: SignInTarget;
  deps(): AccountDeps;
}

interface Pending extends Course {
  readonly id: string;
  readonly isSetupToken: boolean;
  readonly redirectUri: string;
  readonly state: string;
  readonly pkce: Pkce;
  readonly expiresAt: number;
  readonly callback: Callback | undefined;
  readonly cancelTimer: () => void;
}

const lifetimeMs = 10 * 60_000;
/** At once: each may hold a port. */
const maxPending = 20;

/** Sign-ins that people are in the middle of. They live in memory only: who restarts Waystation starts again. */
export class SignIns {
  readonly #deps: SignInDeps;
  readonly #pending = new Map<string, Pending>();

  constructor(deps: SignInDeps) {
    this.#deps = deps;
  }

  /** Answers where to send the browser. Throws `RelayError`. */
  async start({ target, way, isSetupToken }: SignInAsk): Promise<StartedSignIn> {
    const course = await this.#course(target);
    if (isSetupToken && !course.login.hasSetupToken) {
      throw new RelayError('request-invalid', `${course.provider.label} has no setup token. Leave --setup-token out.`);
    }
    if (this.#pending.size >= maxPending) this.#forgetOldest();
    const { endpoints } = course.deps();
    // A provider that allows few ports: the sign-in that somebody left open would hold them.
    if (endpoints.loopback.ports.length > 0) this.#forgetOf(course.provider.id);
    const state = newState();
    const pkce = newPkce();
    const callback = way === 'loopback' ? await awaitCallback(endpoints.loopback, isSame(state)) : undefined;
    const id = randomUUID();
    const pending: Pending = {
      ...course,
      id,
      isSetupToken,
      redirectUri: callback?.redirectUri ?? pasteRedirectOf(endpoints),
      state,
      pkce,
      expiresAt: this.#deps.clock.now() + lifetimeMs,
      callback,
      cancelTimer: this.#deps.clock.after(lifetimeMs, () => this.cancel(id)),
    };
    this.#pending.set(id, pending);
    return { id, authorizeUrl: authorizeUrlOf(pending, endpoints), expiresAt: pending.expiresAt };
  }

  /** The account, once the browser is back or `pasted` is right; undefined after `waitMs` without. Throws `RelayError`. */
  async finish(
    id: string,
    { pasted, waitMs }: { pasted?: string | undefined; waitMs: number },
  ): Promise<Account | undefined> {
    const pending = this.#pending.get(id);
    if (!pending) {
      throw new RelayError(
        'request-invalid',
        'This sign-in is over: it was finished, or not within 10 minutes. Start it again.',
      );
    }
    const code =
      pasted === undefined
        ? await waitFor(pending, this.#deps.clock, waitMs)
        : readPasted(pasted, isSame(pending.state));
    if (code === undefined || this.#pending.get(id) !== pending) return undefined;
    // A code is good once, whatever comes of it.
    this.cancel(id);
    const secret = await this.#exchange(pending, code);
    return await this.#keep(pending, secret, pending.isSetupToken ? 'setup-token' : 'browser');
  }

  cancel(id: string): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.cancelTimer();
    pending?.callback?.close();
  }

  /** Uses the login that the provider's own tool has on this computer, as long as that tool keeps it good. */
  async link(target: SignInTarget): Promise<Account> {
    const course = await this.#course(target);
    const { label, id } = course.provider;
    const text = await this.#deps.cliLogins.read(id);
    const secret = text === undefined ? undefined : course.login.readCliLogin?.(text);
    if (secret === undefined) {
      throw new RelayError(
        'request-invalid',
        `No login for ${label} was found on this computer. Sign in with its own tool first, or here without --from-cli.`,
      );
    }
    return await this.#keep(course, secret, 'linked');
  }

  /** Whose own tools are signed in on this computer, with a login that could be used. */
  async found(): Promise<readonly FoundLogin[]> {
    const { providers, cliLogins } = this.#deps;
    const found = await Promise.all(
      [...providers.values()].map(async ({ id, login }): Promise<FoundLogin | undefined> => {
        const text = login?.readCliLogin === undefined ? undefined : await cliLogins.read(id);
        if (text === undefined || login?.readCliLogin?.(text) === undefined) return undefined;
        return { provider: id, ...login.readCliProfile?.(text, await cliLogins.readBeside(id)) };
      }),
    );
    return found.filter((one) => one !== undefined);
  }

  close(): void {
    for (const id of this.#pending.keys()) this.cancel(id);
  }

  async #course(target: SignInTarget): Promise<Course> {
    const known = 'accountId' in target ? await this.#deps.repository.find(target.accountId) : undefined;
    if ('accountId' in target && !known) throw new RelayError('request-invalid', 'There is no such account.');
    if ('account' in target) await this.#deps.repository.check(target.account);
    const asked = 'account' in target ? target.account.provider : known?.provider;
    const provider = findProvider(this.#deps.providers, asked);
    const endpoints = provider && this.#deps.endpoints(provider.id);
    if (!provider?.login || !endpoints) {
      const label = provider?.label ?? 'This provider';
      throw new RelayError(
        'request-invalid',
        `${label} has no sign-in. Add it with its credential: waystation account add`,
      );
    }
    const proxy = known?.hasProxy ? await this.#deps.repository.openProxy(known.id) : undefined;
    const way =
      'account' in target
        ? { proxy: target.account.proxy, allowLocal: target.account.allowLocalUpstream === true }
        : { proxy, allowLocal: known?.allowLocalUpstream === true };
    const send = this.#deps.control.by(way);
    // Whoever is to be added was checked above.
    const settings = 'account' in target ? provider.settings.parse(target.account.settings ?? {}) : known?.settings;
    const deps = () => ({ endpoints, send, nowMs: this.#deps.clock.now(), settings });
    return { provider, login: provider.login, target, deps };
  }

  async #exchange({ login, state, redirectUri, pkce, isSetupToken, deps }: Pending, code: string): Promise<unknown> {
    const answer = { code, state, redirectUri, codeVerifier: pkce.verifier, isSetupToken };
    try {
      return await login.finish(answer, deps());
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      throw new RelayError(
        'request-invalid',
        `The provider could not be asked for the sign-in: ${error.message}. Start it again.`,
        { cause: error },
      );
    }
  }

  async #keep({ target, login, deps }: Course, signedInWith: unknown, kind: SignIn['kind']): Promise<Account> {
    const secret = await completeLogin(login, signedInWith, deps());
    const profile = await readProfile(login, secret, deps());
    const signedIn = { secret, signIn: { kind, ...(profile ? { profile } : {}) } };
    const { repository } = this.#deps;
    const kept =
      'account' in target
        ? await repository.create(target.account, signedIn)
        : await repository.signIn(target.accountId, signedIn);
    if (!kept) throw new RelayError('request-invalid', 'The account was removed while you signed in to it.');
    await this.#deps.signedIn(kept.id);
    return kept;
  }

  #forgetOldest(): void {
    const [oldest] = this.#pending.keys();
    if (oldest !== undefined) this.cancel(oldest);
  }

  #forgetOf(provider: ProviderId): void {
    for (const pending of this.#pending.values()) if (pending.provider.id === provider) this.cancel(pending.id);
  }
}

/** Who signed in is nice to know, and no reason to lose the sign-in. */
async function readProfile(login: OAuthLogin, secret: unknown, deps: OAuthDeps): Promise<SignInProfile | undefined> {
  try {
    return await login.readProfile?.(secret, deps);
  } catch (error) {
    if (error instanceof RelayError || error instanceof NoAnswer) return undefined;
    throw error;
  }
}

async function waitFor({ callback }: Pending, clock: Clock, waitMs: number): Promise<string | undefined> {
  if (!callback) return undefined;
  const { promise: tooLong, resolve } = Promise.withResolvers<undefined>();
  const cancel = clock.after(waitMs, () => resolve(undefined));
  try {
    return (await Promise.race([callback.returned, tooLong]))?.code;
  } finally {
    cancel();
  }
}

/** Where the provider has no page that shows a code, the address at which the browser fails is pasted. */
function pasteRedirectOf({ pasteRedirect, loopback }: OAuthEndpoints): string {
  const [port = 80] = loopback.ports;
  return pasteRedirect ?? `http://${loopback.host}:${port}${loopback.path}`;
}

function authorizeUrlOf({ login, redirectUri, state, pkce, isSetupToken }: Pending, endpoints: OAuthEndpoints): string {
  return login.authorizeUrl({ endpoints, redirectUri, state, codeChallenge: pkce.challenge, isSetupToken });
}

function isSame(state: string): (other: string) => boolean {
  const own = Buffer.from(state);
  return (other) => {
    const given = Buffer.from(other);
    return given.length === own.length && timingSafeEqual(given, own);
  };
}
