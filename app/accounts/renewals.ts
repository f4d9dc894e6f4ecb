import type { Clock } from '../domain/clock.ts';
import type { AccountDeps, OAuthEndpoints, Renewal, Renewed } from '../providers/oauth.ts';
import type { Provider } from '../providers/provider.ts';
import type { ProviderId } from '../providers/provider-id.ts';
import { SecretUnreadable } from '../secrets/vault.ts';
import { StoreBusy } from '../store/store.ts';
import type { Account } from './account.ts';
import type { CliLogins } from './cli-logins.ts';
import { type ControlPlane, NoAnswer } from './control-plane.ts';
import type { AccountDirectory } from './directory.ts';
import type { RenewalJournal } from './renewal-journal.ts';
import type { AccountRepository, OpenedCredential } from './repository.ts';

/** How one renewal ended. */
export type RenewalOutcome =
  /** The directory has a newer credential, ours or somebody else's. */
  | { readonly kind: 'renewed' }
  | { readonly kind: 'later'; readonly detail: string; readonly retryAfterMs?: number | undefined }
  /** `isFinal` when only a new sign-in helps; else it may mend by itself. */
  | { readonly kind: 'ended'; readonly reason: string; readonly isFinal: boolean };

export interface RenewalDeps {
  readonly clock: Clock;
  readonly directory: AccountDirectory;
  readonly repository: Pick<AccountRepository, 'openCredential' | 'renewSecret'>;
  readonly providers: ReadonlyMap<ProviderId, Provider>;
  readonly control: Pick<ControlPlane, 'by'>;
  readonly journal: RenewalJournal;
  readonly cliLogins: Pick<CliLogins, 'read'>;
  endpoints(provider: string): OAuthEndpoints | undefined;
}

const renewed: RenewalOutcome = { kind: 'renewed' };
const signInAgain = 'Sign in again: waystation account login NAME';

/** One account whose secret is to be renewed. */
interface Subject {
  readonly account: Account;
  readonly renewal: Renewal;
  readonly endpoints: OAuthEndpoints;
  readonly stored: OpenedCredential;
}

/** Renews one account's credential, once. Whoever calls sees to it that nobody else does at the same time. */
export class Renewals {
  readonly #deps: RenewalDeps;
  /** Received, but the database could not be reached to store it. */
  readonly #unsaved = new Set<string>();

  constructor(deps: RenewalDeps) {
    this.#deps = deps;
  }

  /** Renews the secret of revision `from`. Throws `SecretUnreadable`, `StoreBusy`. */
  async run(id: string, from: number): Promise<RenewalOutcome> {
    const subject = await this.#subject(id);
    if (!subject) return { kind: 'ended', reason: 'The account is gone.', isFinal: true };
    if (subject.stored.revision !== from) return await this.#adopt();
    if (subject.account.signIn?.kind === 'linked') return await this.#readAgain(subject);
    const begun = this.#begun(id, from);
    if (begun?.received) return await this.#save(subject, { secret: begun.received.secret, previous: begun.previous });
    if (!subject.renewal.canRenew(subject.stored.secret)) return cannotRenew(subject.account);
    return await this.#ask(subject, begun?.previous);
  }

  /** What was received before a crash is stored now; answers whose it was. */
  async recover(): Promise<readonly string[]> {
    const recovered: string[] = [];
    for (const id of this.#deps.journal.list()) if (await this.#recoverOrWait(id)) recovered.push(id);
    return recovered;
  }

  /** Tries again to store what could not be stored while the database was away. */
  async saveRest(): Promise<void> {
    for (const id of [...this.#unsaved]) await this.#recoverOrWait(id);
  }

  /** False while the database is away too: it is tried again. */
  async #recoverOrWait(id: string): Promise<boolean> {
    try {
      return await this.#recover(id);
    } catch (error) {
      if (!(error instanceof StoreBusy)) throw error;
      this.#unsaved.add(id);
      return false;
    }
  }

  async #recover(id: string): Promise<boolean> {
    const { journal, repository } = this.#deps;
    const stored = await repository.openCredential(id).catch(unreadable);
    const begun = stored && this.#begun(id, stored.revision);
    // Somebody stored another one since, or the account is gone.
    if (!stored || !begun) journal.clear(id);
    if (!stored || !begun?.received) {
      this.#unsaved.delete(id);
      return false;
    }
    const isStored = await repository.renewSecret(id, { secret: begun.received.secret, from: stored.revision });
    // The old one stays at hand until the new one has proved to be good.
    if (isStored) journal.write(id, { from: stored.revision + 1, previous: begun.previous });
    else journal.clear(id);
    this.#unsaved.delete(id);
    await this.#deps.directory.reload();
    return isStored;
  }

  async #subject(id: string): Promise<Subject | undefined> {
    const { directory, repository, endpoints } = this.#deps;
    const account = directory.get(id)?.account;
    const renewal = directory.renewal(id);
    const found = account && endpoints(account.provider);
    if (!account || !renewal || !found) return undefined;
    return { account, renewal, endpoints: found, stored: await repository.openCredential(id) };
  }

  #begun(id: string, from: number) {
    const begun = this.#deps.journal.read(id);
    return begun?.from === from ? begun : undefined;
  }

  async #adopt(): Promise<RenewalOutcome> {
    await this.#deps.directory.reload();
    return renewed;
  }

  /** First with the newest secret; when that is spent, with the one before it, if it may still be good. */
  async #ask(subject: Subject, previous: unknown): Promise<RenewalOutcome> {
    const { account, stored } = subject;
    const isOther = previous !== undefined && JSON.stringify(previous) !== JSON.stringify(stored.secret);
    const first = await this.#renewWith(subject, { secret: stored.secret, atHand: isOther ? previous : stored.secret });
    if (first.kind !== 'rejected') return first;
    const { revision } = await this.#deps.repository.openCredential(account.id);
    // Another process was faster, and its answer is stored (A02).
    if (revision !== stored.revision) return await this.#adopt();
    const second = isOther ? await this.#renewWith(subject, { secret: previous, atHand: previous }) : first;
    if (second.kind !== 'rejected') return second;
    this.#deps.journal.clear(account.id);
    return { kind: 'ended', reason: rejectedReason(first.detail, previous !== undefined && !isOther), isFinal: true };
  }

  async #renewWith(
    subject: Subject,
    { secret, atHand }: { readonly secret: unknown; readonly atHand: unknown },
  ): Promise<RenewalOutcome | Extract<Renewed, { readonly kind: 'rejected' }>> {
    const { account, stored } = subject;
    const { journal } = this.#deps;
    journal.write(account.id, { from: stored.revision, previous: atHand });
    const answer = await this.#send(subject, secret);
    if (answer.kind === 'renewed') return await this.#save(subject, { secret: answer.secret, previous: secret });
    // An answer that got lost may have spent the token: that is remembered.
    if (answer.kind === 'later' && !answer.isLost && atHand === secret) journal.clear(account.id);
    return answer;
  }

  async #send(subject: Subject, secret: unknown) {
    try {
      const answer = await subject.renewal.renew(secret, this.#depsOf(subject));
      const whole = answer.kind === 'renewed' ? await this.#complete(subject, answer.secret) : answer;
      return whole.kind === 'later' ? { ...whole, isLost: false } : whole;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      return { kind: 'later', detail: error.message, isLost: error.mayHaveArrived } as const;
    }
  }

  #depsOf({ account, endpoints, stored }: Subject): AccountDeps {
    const { control, clock } = this.#deps;
    const send = control.by({ proxy: stored.proxy, allowLocal: account.allowLocalUpstream });
    return { endpoints, send, nowMs: clock.now(), settings: account.settings };
  }

  /** What a login needs beside its tokens. */
  async #complete(subject: Subject, secret: unknown): Promise<Renewed> {
    const { login } = this.#deps.providers.get(subject.account.provider) ?? {};
    return (await login?.complete?.(secret, this.#depsOf(subject))) ?? { kind: 'renewed', secret };
  }

  /** To disk first: from here on the new secret cannot be lost (A04). */
  async #save(
    { account: { id }, stored }: Subject,
    { secret, previous }: { readonly secret: unknown; readonly previous: unknown },
  ): Promise<RenewalOutcome> {
    const { journal, repository, directory } = this.#deps;
    journal.write(id, { from: stored.revision, previous, received: { secret } });
    try {
      await repository.renewSecret(id, { secret, from: stored.revision });
    } catch (error) {
      if (!(error instanceof StoreBusy)) throw error;
      this.#unsaved.add(id);
      directory.holdCredential(id, { ...stored, secret });
      return renewed;
    }
    this.#unsaved.delete(id);
    journal.clear(id);
    return await this.#adopt();
  }

  /** The tool renews its own login: we look whether it has. */
  async #readAgain(subject: Subject): Promise<RenewalOutcome> {
    const { account, renewal, stored } = subject;
    const { cliLogins, providers, repository, clock } = this.#deps;
    const text = await cliLogins.read(account.provider);
    const found = text === undefined ? undefined : providers.get(account.provider)?.login?.readCliLogin?.(text);
    if (found === undefined) return ended('The tool whose login this account uses is not signed in on this computer.');
    if ((renewal.expiresAt(found) ?? Number.POSITIVE_INFINITY) <= clock.now()) {
      return ended('The login of the tool on this computer has ended. Start the tool once, so that it renews it.');
    }
    if (isPartOf(found, stored.secret))
      return { kind: 'later', detail: 'the tool whose login it is has not renewed it' };
    const whole = await this.#complete(subject, found).catch(notAnswered);
    if (whole.kind === 'rejected') return ended(whole.detail);
    if (whole.kind === 'later') return whole;
    await repository.renewSecret(account.id, { secret: whole.secret, from: stored.revision });
    return await this.#adopt();
  }
}

/** What was completed has more than the tool's own file. */
function isPartOf(found: unknown, stored: unknown): boolean {
  return JSON.stringify({ ...Object(stored), ...Object(found) }) === JSON.stringify(stored);
}

function notAnswered(error: unknown): Renewed {
  if (error instanceof NoAnswer) return { kind: 'later', detail: error.message };
  throw error;
}

function ended(reason: string): RenewalOutcome {
  return { kind: 'ended', reason: `${reason} Or sign in here: waystation account login NAME`, isFinal: false };
}

function cannotRenew({ signIn }: Account): RenewalOutcome {
  const what = signIn?.kind === 'browser' ? 'sign-in' : 'setup token';
  return { kind: 'ended', reason: `The ${what} has ended and cannot be renewed. ${signInAgain}`, isFinal: true };
}

function rejectedReason(detail: string, isInterrupted: boolean): string {
  const happened = isInterrupted
    ? 'Its renewal was interrupted before the answer arrived, and the old one is spent'
    : 'The provider does not accept this sign-in any more';
  return `${happened} (${detail}). ${signInAgain}`;
}

function unreadable(error: unknown): undefined {
  if (!(error instanceof SecretUnreadable)) throw error;
}
