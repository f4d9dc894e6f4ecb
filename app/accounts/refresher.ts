import type { Renewal } from '../providers/oauth.ts';
import { SecretUnreadable } from '../secrets/vault.ts';
import { type Locks, type Marks, StateUnavailable } from '../state/state.ts';
import { type Statement, StoreBusy } from '../store/store.ts';
import type { AccountCredential } from './directory.ts';
import type { HealthEvent } from './health-event.ts';
import { RenewalWaits } from './renewal-waits.ts';
import { type RenewalDeps, type RenewalOutcome, Renewals } from './renewals.ts';
import { awaitsTerms } from './terms.ts';

/** What follows for a call whose credential the upstream refused. */
export type AfterRefusal = 'renewed' | 'unchanged' | 'later' | 'ended';

export interface RefresherDeps extends RenewalDeps {
  readonly locks: Pick<Locks, 'tryRun'>;
  readonly marks: Pick<Marks, 'get' | 'set'>;
  write(statements: readonly Statement[]): Promise<void>;
  /** For the log; the account by its id. */
  report(message: string): void;
}

/** The account cannot be asked now: its sign-in has ended, or cannot be renewed at this moment. */
export class CredentialUnusable extends Error {
  readonly kind: 'ended' | 'later';
  readonly revision: number;
  readonly retryAfterMs: number | undefined;

  constructor(kind: 'ended' | 'later', message: string, at: { revision: number; retryAfterMs?: number | undefined }) {
    super(message);
    this.name = 'CredentialUnusable';
    this.kind = kind;
    this.revision = at.revision;
    this.retryAfterMs = at.retryAfterMs;
  }
}

/** From here on it is renewed while calls still use it. */
const advisoryMs = 120_000;
/** From here on calls wait for the new one: an upstream's clock may be ahead of ours. */
const mandatoryMs = 30_000;
/** Also how soon a computer that slept notices. */
const lookEveryMs = 15_000;
/** Longer than a token endpoint may take; a process that died lets go by then. */
const lockMs = 90_000;
/** How often somebody else's renewal is looked for. */
const pollMs = 200;
/** A token that is given out for less than it takes to renew it is used as it is. */
const leastMs = 30_000;
/** A relay that stops waits this long for a renewal: its answer is the only copy of a token. */
const stopMs = 5_000;

type Flight = Promise<RenewalOutcome>;

/** Keeps sign-ins good: decides when each is renewed, and that it happens once for all callers and all nodes. */
export class CredentialRefresher {
  readonly #deps: RefresherDeps;
  readonly #renewals: Renewals;
  readonly #waits: RenewalWaits;
  readonly #flights = new Map<string, Flight>();
  /** Ended for good, by revision: nobody asks again for these. */
  readonly #ended = new Map<string, { readonly revision: number; readonly reason: string }>();
  /** Monotonic time of the last renewal by this process. */
  readonly #renewedAt = new Map<string, number>();
  /** Whose sign-in this process said had ended: only that ends by itself when it is good again. */
  readonly #said = new Set<string>();
  #isStopped = false;
  #cancel: () => void = () => undefined;

  constructor(deps: RefresherDeps) {
    this.#deps = deps;
    this.#renewals = new Renewals(deps);
    this.#waits = new RenewalWaits(deps);
  }

  /** Finishes what a crash left behind, then looks after all accounts until `stop`. */
  async start(): Promise<void> {
    for (const id of await this.#renewals.recover()) this.#apply(id, { kind: 'sign-in-renewed' });
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    if (this.#flights.size === 0) return;
    const { promise: tooLate, resolve } = Promise.withResolvers<void>();
    const cancel = this.#deps.clock.after(stopMs, resolve);
    await Promise.race([Promise.allSettled(this.#flights.values()), tooLate]);
    cancel();
  }

  /** For one upstream request: renewed first when it has ended or is about to. Throws `CredentialUnusable`, `SecretUnreadable`. */
  async credential(id: string): Promise<AccountCredential> {
    const { directory } = this.#deps;
    const credential = await directory.credential(id);
    const renewal = directory.renewal(id);
    if (!renewal) return credential;
    const leftMs = this.#leftMs(renewal, credential);
    if (leftMs > advisoryMs) return credential;
    if (leftMs > mandatoryMs) this.#inBackground(id, credential);
    else if (this.#mayRenew(id, leftMs)) return await this.#awaited(id, credential, leftMs);
    return credential;
  }

  /** Somebody signed in anew: what stood against the old sign-in is over. */
  signedIn(id: string): void {
    this.#waits.forget(id);
    this.#said.delete(id);
    this.#deps.journal.clear(id);
  }

  /** The upstream refused the secret of `revision`; undefined when it could not even be read. */
  async refused(id: string, revision: number | undefined): Promise<AfterRefusal> {
    const { directory } = this.#deps;
    directory.forgetCredential(id);
    const renewal = directory.renewal(id);
    if (revision === undefined || !renewal) return 'unchanged';
    const current = await directory.credential(id).catch(unreadable);
    if (!current) return 'unchanged';
    if (current.revision !== revision) return 'renewed';
    if (!this.#canRenew(id, renewal, current)) return 'unchanged';
    const outcome = await this.#renew(id, revision);
    this.#note(id, outcome, { isNeeded: true });
    return outcome.kind;
  }

  /** One look at every account; renews in the background what is about to end, whatever keeps the account from serving (A05). */
  async look(): Promise<void> {
    await this.#renewals.saveRest();
    for (const view of this.#deps.directory.all()) {
      const { account } = view;
      // Its owner has not said yes yet: nothing is sent in its name.
      if (awaitsTerms(view)) continue;
      const credential = await this.#deps.directory.credential(account.id).catch(unreadable);
      const renewal = this.#deps.directory.renewal(account.id);
      if (credential && renewal) this.#lookAt(account.id, credential, renewal);
    }
  }

  #schedule(): void {
    this.#cancel = this.#deps.clock.after(lookEveryMs, () => {
      void this.look()
        .catch((error: unknown) => this.#deps.report(`sign-ins could not be looked at: ${String(error)}`))
        .finally(() => this.#isStopped || this.#schedule());
    });
  }

  #lookAt(id: string, credential: AccountCredential, renewal: Renewal): void {
    const leftMs = this.#leftMs(renewal, credential);
    const ended = this.#endedReason(id, credential.revision);
    if (ended !== undefined && leftMs <= 0) this.#say(id, ended);
    const isMissed = this.#said.has(id) && this.#isLinked(id);
    if (isMissed || (leftMs <= advisoryMs && (this.#canRenew(id, renewal, credential) || leftMs <= 0))) {
      this.#inBackground(id, credential);
    }
  }

  #inBackground(id: string, credential: AccountCredential): void {
    if (this.#flights.has(id) || !this.#mayRenew(id, 0)) return;
    void this.#renew(id, credential.revision)
      .then((outcome) => {
        const renewal = this.#deps.directory.renewal(id);
        const isNeeded = renewal !== undefined && this.#leftMs(renewal, credential) <= 0;
        this.#note(id, outcome, { isNeeded });
      })
      .catch((error: unknown) => this.#deps.report(`the sign-in of ${id} could not be renewed: ${String(error)}`));
  }

  /** The current one serves as long as it lasts, whatever the renewal says (A03). */
  async #awaited(id: string, credential: AccountCredential, leftMs: number): Promise<AccountCredential> {
    const outcome = await this.#renew(id, credential.revision);
    if (outcome.kind === 'renewed') {
      this.#note(id, outcome, { isNeeded: true });
      return await this.#deps.directory.credential(id);
    }
    if (leftMs > 0) return credential;
    this.#note(id, outcome, { isNeeded: true });
    const { revision } = credential;
    if (outcome.kind === 'ended') throw new CredentialUnusable('ended', outcome.reason, { revision });
    const { detail, retryAfterMs } = outcome;
    throw new CredentialUnusable('later', `its sign-in cannot be renewed now (${detail})`, { revision, retryAfterMs });
  }

  /** One flight for all who ask at once. */
  #renew(id: string, revision: number): Flight {
    const ended = this.#endedReason(id, revision);
    if (ended !== undefined) return Promise.resolve({ kind: 'ended', reason: ended, isFinal: true });
    const flying = this.#flights.get(id);
    if (flying) return flying;
    const flight = this.#fly(id, revision).finally(() => this.#flights.delete(id));
    this.#flights.set(id, flight);
    return flight;
  }

  async #fly(id: string, revision: number): Promise<RenewalOutcome> {
    // Looking into a file needs nobody's patience.
    if (this.#isLinked(id)) return await this.#runOnce(id, revision);
    const waiting = await this.#waits.find(id);
    if (waiting) return waiting;
    const outcome = await this.#runOnce(id, revision);
    if (outcome.kind === 'renewed') this.#renewedAt.set(id, this.#deps.clock.monotonic());
    if (outcome.kind === 'ended' && outcome.isFinal) this.#ended.set(id, { revision, reason: outcome.reason });
    if (outcome.kind !== 'later') this.#waits.forget(id);
    return outcome.kind === 'later' ? await this.#waits.begin(id, outcome) : outcome;
  }

  /** Also once for all nodes: who finds another at it waits for what that one stores. */
  async #runOnce(id: string, revision: number): Promise<RenewalOutcome> {
    const { clock } = this.#deps;
    const startedAt = clock.monotonic();
    while (clock.monotonic() - startedAt < lockMs && !this.#isStopped) {
      const ran = await this.#alone(id, revision);
      if (ran) return ran;
      const { promise: looked, resolve } = Promise.withResolvers<void>();
      clock.after(pollMs, resolve);
      await looked;
      const stored = await this.#deps.repository.openCredential(id);
      if (stored.revision === revision) continue;
      await this.#deps.directory.reload();
      return { kind: 'renewed' };
    }
    return { kind: 'later', detail: 'another node is at it and does not come to an end' };
  }

  /** Undefined while another node has the lock. Without live state the database alone decides who was first. */
  async #alone(id: string, revision: number): Promise<RenewalOutcome | undefined> {
    const run = () => this.#renewals.run(id, revision);
    try {
      return (await this.#deps.locks.tryRun(`refresh:${id}`, lockMs, run))?.value;
    } catch (error) {
      if (error instanceof StateUnavailable) return await run();
      if (error instanceof StoreBusy) return { kind: 'later', detail: 'the database cannot be used now' };
      throw error;
    }
  }

  /** What the account's state has to say of it. */
  #note(id: string, outcome: RenewalOutcome, { isNeeded }: { readonly isNeeded: boolean }): void {
    if (outcome.kind !== 'renewed') {
      if (isNeeded) this.#complain(id, outcome);
    } else if (this.#said.delete(id) || this.#isLinked(id)) {
      this.#apply(id, { kind: 'sign-in-renewed' });
    }
  }

  #complain(id: string, outcome: Exclude<RenewalOutcome, { readonly kind: 'renewed' }>): void {
    if (outcome.kind === 'ended') this.#say(id, outcome.reason);
    // Its tool may renew it at any moment, or not for days: nobody can say when.
    else if (this.#isLinked(id)) {
      this.#say(id, `The upstream refuses this login: ${outcome.detail}. Use the tool once.`);
    } else {
      const until = this.#deps.clock.now() + (outcome.retryAfterMs ?? 0);
      this.#apply(id, { kind: 'renewal-waits', detail: outcome.detail, until });
    }
  }

  #say(id: string, detail: string): void {
    this.#said.add(id);
    this.#apply(id, { kind: 'sign-in-ended', detail });
  }

  #apply(id: string, event: HealthEvent): void {
    const statements = this.#deps.directory.apply(id, event);
    if (statements.length === 0) return;
    this.#deps.write(statements).catch((error: unknown) => {
      this.#deps.report(`the state of ${id} could not be stored: ${String(error)}`);
    });
  }

  #leftMs(renewal: Renewal, { secret }: AccountCredential): number {
    return (renewal.expiresAt(secret) ?? Number.POSITIVE_INFINITY) - this.#deps.clock.now();
  }

  #canRenew(id: string, renewal: Renewal, { secret }: AccountCredential): boolean {
    return renewal.canRenew(secret) || this.#isLinked(id);
  }

  #isLinked(id: string): boolean {
    return this.#deps.directory.get(id)?.account.signIn?.kind === 'linked';
  }

  #mayRenew(id: string, leftMs: number): boolean {
    const at = this.#renewedAt.get(id);
    return leftMs < 0 || at === undefined || this.#deps.clock.monotonic() - at >= leastMs;
  }

  #endedReason(id: string, revision: number): string | undefined {
    const ended = this.#ended.get(id);
    return ended?.revision === revision ? ended.reason : undefined;
  }
}

function unreadable(error: unknown): undefined {
  if (!(error instanceof SecretUnreadable)) throw error;
}
