import * as z from 'zod';
import type { HealthEvent } from '../accounts/health-event.ts';
import type { AfterRefusal } from '../accounts/refresher.ts';
import type { AccountError } from '../accounts/timeline.ts';
import type { AccountView } from '../accounts/view.ts';
import { type ErrorKind, RelayError } from '../domain/errors.ts';
import type { Fault } from '../domain/fault.ts';
import { noUsage, type Usage } from '../domain/usage.ts';
import type { Statement } from '../store/store.ts';
import type { Attempt } from '../usage/record.ts';
import type { AttemptDeps, Refusal } from './answer.ts';
import type { Tried } from './attempt.ts';
import type { Outcome, Planned, Tail } from './call.ts';
import { replyHeaders } from './headers.ts';
import {
  boundCannotServe,
  type Decision,
  decide,
  decideRefused,
  limited,
  nobodyCanServe,
  waitingOf,
} from './policy.ts';
import type { Waited } from './waited.ts';

export interface TriesDeps extends AttemptDeps {
  /** Changes an account's health; answers the statements that store it. */
  applyHealth(accountId: string, event: HealthEvent): readonly Statement[];
  /** Keeps a line in the account's history of errors. */
  noteError(accountId: string, error: AccountError): readonly Statement[];
  /** Renews a credential that the upstream refused, or reads it anew. */
  credentialRefused(accountId: string, secretRevision: number | undefined): Promise<AfterRefusal>;
  /** Notes how far an upstream's clock is ahead of ours, for what is signed with the time from now on. */
  correctClock(accountId: string, upstreamAheadMs: number): void;
  /** What it comes to; undefined when no price is known. */
  costOf(usage: Usage, model: string): number | undefined;
  /** The plan as it would be made now, for the soonest return. */
  replan(call: Planned): Planned['plan'];
}

export type Faulted = Extract<Tried, { readonly kind: 'faulted' }>;
export type Served = Extract<Tried, { readonly kind: 'served' }>;

/** What to do after a try that did not serve. */
export interface Next {
  readonly repeats: boolean;
  readonly stops: boolean;
}

/** What the policy says of a try, and whether anybody else is left. */
interface Verdict {
  readonly decision: Decision;
  readonly isLast: boolean;
  /** False when the same account is not tried again whatever the policy says. */
  readonly mayRepeat?: boolean;
}

/** The failover loop's memory: what happened so far, and what it comes to. */
export class Tries {
  readonly #deps: TriesDeps;
  readonly #call: Planned;
  readonly #attempts: Attempt[] = [];
  readonly #health: Statement[] = [];
  /** The account that was tried last has had its second try. */
  #hasRepeated = false;
  /** Accounts whose credential was renewed for this call. */
  readonly #renewed = new Set<string>();
  #last: { readonly tried: Faulted; readonly view: AccountView; readonly decision: Decision } | undefined;

  constructor(deps: TriesDeps, call: Planned) {
    this.#deps = deps;
    this.#call = call;
  }

  get count(): number {
    return this.#attempts.length;
  }

  /** What the policy says; a refused credential is renewed first, once for each account. */
  async decide(view: AccountView, tried: Faulted, mayRepeat = true): Promise<Decision> {
    const { id } = view.account;
    const decision = decide(tried.fault, view.forwardsClientCredential);
    if (!decision.renewsCredential || this.#renewed.has(id)) return decision;
    this.#renewed.add(id);
    const after = await this.#deps.credentialRefused(id, tried.secretRevision);
    return decideRefused(decision, { after, mayRepeat: mayRepeat && !this.#hasRepeated });
  }

  faulted(view: AccountView, tried: Faulted, { decision, isLast, mayRepeat = true }: Verdict): Next {
    this.#attempts.push(tried.attempt);
    this.#last = { tried, view, decision };
    const again = decision.next === 'retry-once' || (isLast && isBrokenConnection(tried.fault));
    const repeats = mayRepeat && !this.#hasRepeated && again;
    if (tried.fault.kind === 'clock-skewed') this.#deps.correctClock(view.account.id, tried.fault.upstreamAheadMs);
    if (decision.marksAccount && !(repeats && decision.next === 'retry-once')) this.#mark(view, tried);
    this.#keepError(view, tried);
    this.#hasRepeated = repeats;
    return { repeats, stops: decision.next === 'stop' };
  }

  /** Another try was faster. What it used all the same is the account's to pay, and not the key's. */
  cancelled({ attempt, usage, upstreamModel }: Served): void {
    const used = usage.basis === 'none' ? {} : { usage, costNanoUsd: this.#deps.costOf(usage, upstreamModel) };
    this.#attempts.push({ ...attempt, isCancelled: true, ...used });
  }

  /** The same of one that does not tell how it ended. */
  cancelledSilently({ accountId, startedAt }: Pick<Attempt, 'accountId' | 'startedAt'>): void {
    const durationMs = Math.round(this.#deps.clock.now() - startedAt);
    this.#attempts.push({ accountId, startedAt, durationMs, isCancelled: true });
  }

  served(view: AccountView, tried: Served, waits: readonly Waited[]): Outcome {
    this.#attempts.push(tried.attempt);
    const { id } = view.account;
    if (tried.fault) {
      if (decide(tried.fault, view.forwardsClientCredential).marksAccount) this.#mark(view, tried);
      this.#keepError(view, tried);
    }
    if (tried.status === 'completed') this.note(this.#deps.applyHealth(id, { kind: 'served' }));
    const model = tried.upstreamModel;
    return {
      status: tried.status,
      httpStatus: tried.status === 'aborted' && tried.firstByteAt === undefined ? undefined : tried.httpStatus,
      errorKind: tried.status === 'failed' ? 'upstream-broken' : undefined,
      usage: tried.usage,
      accountId: id,
      cloud: view.cloud,
      upstreamModel: model === this.#call.facts.model ? undefined : model,
      attempts: this.#inOrder(),
      stateIds: tried.stateIds,
      batchResults: tried.batchResults,
      firstByteAt: tried.firstByteAt,
      health: this.#health,
      waits,
      tail: tried.tail,
    };
  }

  /** Nobody served it: the client gets the upstream's own refusal where that is right, else our honest error. */
  exhausted(waits: readonly Waited[]): Outcome {
    const aborted = this.#call.signal.aborted;
    const { tail, httpStatus, errorKind } = aborted ? gone : this.#refuse(waits);
    return {
      status: aborted ? 'aborted' : 'failed',
      httpStatus,
      errorKind,
      usage: noUsage,
      accountId: this.#last?.view.account.id,
      attempts: this.#inOrder(),
      health: this.#health,
      waits,
      tail,
    };
  }

  note(statements: readonly Statement[]): void {
    this.#health.push(...statements);
  }

  /** Of two at a time the one that began first may end last. */
  #inOrder(): readonly Attempt[] {
    return this.#attempts.toSorted((a, b) => a.startedAt - b.startedAt);
  }

  #refuse(waits: readonly Waited[]): Pick<Outcome, 'tail' | 'httpStatus' | 'errorKind'> {
    if (!this.#last) {
      const plan = waits.length === 0 ? this.#call.plan : this.#deps.replan(this.#call);
      return this.#ours(nobodyCanServe(plan, this.#call.ask, this.#deps.clock.now()));
    }
    const { tried, view, decision } = this.#last;
    const refusal = decision.passesThrough && !tried.isTranslated ? tried.refusal : undefined;
    if (!refusal || refusal.status < 400) return this.#ours(this.#ownError(tried, decision));
    const headers = replyHeaders(refusal.headers, view.forwardsClientCredential);
    const tail: Tail = { kind: 'whole', status: refusal.status, headers, body: refusal.body };
    return { tail, httpStatus: refusal.status, errorKind: decision.errorKind };
  }

  #ours(error: RelayError): Pick<Outcome, 'tail' | 'httpStatus' | 'errorKind'> {
    const { protocol, requestId } = this.#call;
    const { status } = protocol.encodeError(error, requestId);
    return { tail: { kind: 'error', error }, httpStatus: status, errorKind: error.kind };
  }

  #ownError({ fault, detail, refusal }: Faulted, decision: Decision): RelayError {
    if (fault.kind === 'not-carried' || fault.kind === 'request-rejected') {
      return new RelayError(decision.errorKind, detail ?? sayingOf(refusal) ?? messages[fault.kind]);
    }
    const plan = this.#deps.replan(this.#call);
    const now = this.#deps.clock.now();
    const bound = boundCannotServe(plan, this.#call.ask, now);
    if (bound && accountTrouble.has(decision.errorKind)) return bound;
    const waiting = waitingOf(plan);
    if (decision.errorKind === 'accounts-limited' && waiting.length > 0) return limited(waiting, now);
    return new RelayError(decision.errorKind, messages[fault.kind], retryAfter(fault));
  }

  #mark(view: AccountView, { fault, limits }: Pick<Tried, 'limits'> & { readonly fault?: Fault | undefined }): void {
    if (!fault) return;
    const isLastAccount = this.#call.plan.candidates.length === 1;
    const { model } = this.#call;
    this.note(this.#deps.applyHealth(view.account.id, { kind: 'fault', fault, model, limits, isLastAccount }));
  }

  /** What this relay could not carry is no error of the account's. */
  #keepError(view: AccountView, { fault, attempt }: Pick<Tried, 'attempt'> & { readonly fault?: Fault | undefined }) {
    if (!fault || fault.kind === 'not-carried' || view.forwardsClientCredential) return;
    const { status, detail, startedAt, durationMs } = attempt;
    const { requestId, facts } = this.#call;
    const error = { at: startedAt + durationMs, requestId, model: facts.model, fault: fault.kind, status, detail };
    this.note(this.#deps.noteError(view.account.id, error));
  }
}

/** What an account must get over, rather than the request or the way to the upstream. */
const accountTrouble: ReadonlySet<ErrorKind> = new Set(['accounts-limited', 'accounts-unavailable']);

const gone = { tail: { kind: 'none' }, httpStatus: undefined, errorKind: undefined } as const;

const messages: Readonly<Record<Fault['kind'], string>> = {
  'rate-limited': 'All upstream accounts are at their limit.',
  overloaded: 'The upstream is overloaded. Try again shortly.',
  'credential-rejected':
    'The upstream rejected the credential of every account that was tried. See: waystation account list',
  'account-blocked': 'The upstream has blocked every account that was tried. See: waystation account list',
  'model-unsupported': 'No account that was tried serves this model.',
  'request-rejected': 'The upstream rejected the request.',
  'clock-skewed':
    'The clock of this computer is wrong, and the upstream refuses what it signs. Set it right and try again.',
  'not-carried': 'The request says something that no account’s protocol can carry.',
  unreachable: 'The upstream could not be reached or broke off before it answered. Try again shortly.',
};

/** An error message in another protocol's envelope; all of them keep it in the same place. */
function sayingOf(refusal: Refusal | undefined): string | undefined {
  const parsed = refusalShape.safeParse(refusal && parseLenient(refusal.body));
  return parsed.success ? parsed.data.error.message : undefined;
}

const refusalShape = z.object({ error: z.object({ message: z.string().min(1).max(4_096) }) });

function parseLenient(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined; // a web page or nothing at all: there is no message to pass on
  }
}

function retryAfter(fault: Fault): { readonly retryAfterMs?: number } {
  return 'retryAfterMs' in fault && fault.retryAfterMs !== undefined ? { retryAfterMs: fault.retryAfterMs } : {};
}

/** A pooled connection that the other side had just closed is no sign of trouble; a time-out or a refusal is. */
function isBrokenConnection(fault: Fault): boolean {
  return fault.kind === 'unreachable' && fault.phase !== 'stream' && /closed|reset/.test(fault.detail);
}
