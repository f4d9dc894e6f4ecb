import type { Clock } from '../domain/clock.ts';
import type { ControlSend } from '../providers/oauth.ts';
import type { Provider } from '../providers/provider.ts';
import type { ProviderId } from '../providers/provider-id.ts';
import type { Found, Surroundings } from '../providers/surroundings.ts';
import type { Account } from './account.ts';
import type { AccountCredential, AccountDirectory } from './directory.ts';

export interface FoundCredentialsDeps {
  readonly accounts: Pick<AccountDirectory, 'get' | 'credential'>;
  readonly providers: ReadonlyMap<ProviderId, Provider>;
  readonly surroundings: Surroundings;
  readonly clock: Clock;
  /** The way for an account's questions about its credential. */
  controlSend(way: { readonly proxy: string | undefined; readonly allowLocal: boolean }): ControlSend;
}

/** There is no credential where the account says that it lies. The message ends a sentence for people. */
export class CredentialMissing extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = 'CredentialMissing';
  }
}

/** What was found for one opened secret, and whoever looks for it now. */
interface Place {
  known?: Extract<Found, { readonly kind: 'found' }>;
  looking?: Promise<AccountCredential> | undefined;
}

/** While looking fails, a credential that still lasts is used; this long until the next look. */
const tryAgainMs = 30_000;

/** Credentials that lie outside the vault, found when they are needed and again before they end; never stored. */
export class FoundCredentials {
  readonly #deps: FoundCredentialsDeps;
  /** By what was opened: a secret that is forgotten or changed is looked for anew. */
  readonly #places = new WeakMap<AccountCredential, Place>();

  constructor(deps: FoundCredentialsDeps) {
    this.#deps = deps;
  }

  /** As the directory's own, with what was found in the place of what says where it lies. Throws `CredentialMissing`. */
  credential(id: string): Promise<AccountCredential> {
    const { accounts, providers } = this.#deps;
    const account = accounts.get(id)?.account;
    const provider = account && providers.get(account.provider);
    return account && provider?.findSecret ? this.#find(account, provider) : accounts.credential(id);
  }

  async #find(account: Account, provider: Provider): Promise<AccountCredential> {
    const opened = await this.#deps.accounts.credential(account.id);
    const place = this.#places.get(opened) ?? {};
    this.#places.set(opened, place);
    const { known } = place;
    if (known && this.#deps.clock.now() < known.lookAgainAt) return { ...opened, secret: known.secret };
    place.looking ??= this.#look(provider, { account, opened, place }).finally(() => {
      place.looking = undefined;
    });
    return await place.looking;
  }

  async #look(
    provider: Provider,
    { account, opened, place }: { account: Account; opened: AccountCredential; place: Place },
  ): Promise<AccountCredential> {
    const { surroundings, clock, controlSend } = this.#deps;
    const send = controlSend({ proxy: opened.proxy, allowLocal: account.allowLocalUpstream });
    const deps = { ...surroundings, send, nowMs: clock.now() };
    const found = await provider
      .findSecret?.({ settings: account.settings, secret: opened.secret }, deps)
      .catch((error: Error): Found => ({ kind: 'missing', detail: error.message }));
    if (found?.kind === 'found') {
      place.known = found;
      return { ...opened, secret: found.secret };
    }
    const { known } = place;
    const now = clock.now();
    if (!known?.expiresAt || known.expiresAt <= now) throw new CredentialMissing(found?.detail ?? 'nothing was found');
    place.known = { ...known, lookAgainAt: Math.min(now + tryAgainMs, known.expiresAt) };
    return { ...opened, secret: known.secret };
  }
}
