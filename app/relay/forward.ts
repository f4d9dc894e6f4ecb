import * as z from 'zod';
import type { HealthEvent } from '../accounts/health.ts';
import type { AfterRefusal } from '../accounts/refresher.ts';
import type { AccountView } from '../accounts/view.ts';
import { type ErrorKind, RelayError } from '../domain/errors.ts';
import type { Fault } from '../domain/fault.ts';
import { noUsage } from '../domain/usage.ts';
import type { Statement } from '../store/store.ts';
import type { Attempt } from '../usage/record.ts';
import type { AttemptDeps, Refusal } from './answer.ts';
import { type Tried, tryAccount } from './attempt.ts';
import type { Outcome, Planned, Reply, Tail } from './call.ts';
import { replyHeaders } from './headers.ts';
import {
  boundCannotServe,
  type Decision,
  decide,
  decideRefused,
  limited,
  maxAttempts,
  maxAttemptsMs,
  nobodyCanServe,
} from './policy.ts';

export interface ForwardDeps extends AttemptDeps {
  /** Changes an account's health; answers the statement that stores it. */
  applyHealth(accountId: string, event: HealthEvent): Statement | undefined;
  /** Renews a credential that the upstream refused, or reads it anew. */
  credentialRefused(accountId: string, secretRevision: number | undefined): Promise<AfterRefusal>;
  /** Notes how far an upstream's clock is ahead of ours, for what is signed with the time from now on. */
  correctClock(accountId: string, upstreamAheadMs: number): void;
  /** The accounts of a plan that are out for a while now, for the soonest return. */
  replan(call: Planned): Planned['plan'];
}

type Faulted = Extract<Tried, { readonly kind: 'faulted' }>;
type Served = Extract<Tried, { readonly kind: 'served' }>;

/** Tries the planned accounts in order until one commits. After admission nothing is thrown: the outcome is data. */
export async function forward(deps: ForwardDeps, call: Planned, reply: Reply): Promise<Outcome> {
  const course = new Tries(deps, call);
  for (let view = course.next(); view; view = course.next()) {
    const tried = await tryAccount(deps, call, { view, reply });
    if (tried.kind === 'served') return course.served(view, tried);
    course.faulted(view, tried, await course.decide(view, tried));
  }
  return course.exhausted();
}

/** The failover loop's memory: which account is next, what happened so far. */
class Tries {
  readonly #deps: ForwardDeps;
  readonly #call: Planned;
  readonly #startedAt: number;
  readonly #attempts: Attempt[] = [];
  readonly #health: Statement[] = [];
  #index = 0;
  #stopped = false;
  /** The account at `#index` has had its second try. */
  #repeated = false;
  /** Accounts whose credential was renewed for this call. */
  readonly #renewed = new Set<string>();
  #last: { readonly tried: Faulted; readonly view: AccountView; readonly decision: Decision } | undefined;

  constructor(deps: ForwardDeps, call: Planned) {
    this.#deps = deps;
    this.#call = call;
    this.#startedAt = deps.clock.monotonic();
  }

  next(): AccountView | undefined {
    if (this.#stopped || this.#call.signal.aborted || this.#attempts.length >= maxAttempts) return undefined;
    const elapsedMs = this.#deps.clock.monotonic() - this.#startedAt;
    if (this.#attempts.length > 0 && elapsedMs > maxAttemptsMs) return undefined;
    return this.#call.plan.candidates[this.#index];
  }

  /** What the policy says; a refused credential is renewed first, once for each account. */
  async decide(view: AccountView, tried: Faulted): Promise<Decision> {
    const { id } = view.account;
    const decision = decide(tried.fault, view.forwardsClientCredential);
    if (!decision.renewsCredential || this.#renewed.has(id)) return decision;
    this.#renewed.add(id);
    const after = await this.#deps.credentialRefused(id, tried.secretRevision);
    return decideRefused(decision, { after, mayRepeat: !this.#repeated });
  }

  faulted(view: AccountView, tried: Faulted, decision: Decision): void {
    this.#attempts.push(tried.attempt);
    this.#last = { tried, view, decision };
    this.#stopped = decision.next === 'stop';
    const isLast = this.#index + 1 >= this.#call.plan.candidates.length;
    const repeat = !this.#repeated && (decision.next === 'retry-once' || (isLast && isBrokenConnection(tried.fault)));
    if (tried.fault.kind === 'clock-skewed') this.#deps.correctClock(view.account.id, tried.fault.upstreamAheadMs);
    if (decision.marksAccount && !(repeat && decision.next === 'retry-once')) this.#mark(view, tried.fault);
    if (!repeat) this.#index += 1;
    this.#repeated = repeat;
  }

  served(view: AccountView, tried: Served): Outcome {
    this.#attempts.push(tried.attempt);
    const { id } = view.account;
    if (tried.fault && decide(tried.fault, view.forwardsClientCredential).marksAccount) this.#mark(view, tried.fault);
    if (tried.status === 'completed') this.#note(this.#deps.applyHealth(id, { kind: 'served' }));
    const model = tried.upstreamModel;
    return {
      status: tried.status,
      httpStatus: tried.status === 'aborted' && tried.firstByteAt === undefined ? undefined : tried.httpStatus,
      errorKind: tried.status === 'failed' ? 'upstream-broken' : undefined,
      usage: tried.usage,
      accountId: id,
      upstreamModel: model === this.#call.facts.model ? undefined : model,
      attempts: this.#attempts,
      stateIds: tried.stateIds,
      batchResults: tried.batchResults,
      firstByteAt: tried.firstByteAt,
      health: this.#health,
      tail: tried.tail,
    };
  }

  /** Nobody served it: the client gets the upstream's own refusal where that is right, else our honest error. */
  exhausted(): Outcome {
    const aborted = this.#call.signal.aborted;
    const { tail, httpStatus, errorKind } = aborted ? gone : this.#refuse();
    return {
      status: aborted ? 'aborted' : 'failed',
      httpStatus,
      errorKind,
      usage: noUsage,
      accountId: this.#last?.view.account.id,
      attempts: this.#attempts,
      health: this.#health,
      tail,
    };
  }

  #refuse(): Pick<Outcome, 'tail' | 'httpStatus' | 'errorKind'> {
    if (!this.#last) {
      return this.#ours(nobodyCanServe(this.#call.plan, this.#call.ask, this.#deps.clock.now()));
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
    const waiting = plan.explanation.verdicts.filter(({ until }) => until !== undefined);
    if (decision.errorKind === 'accounts-limited' && waiting.length > 0) return limited(waiting, now);
    return new RelayError(decision.errorKind, messages[fault.kind], retryAfter(fault));
  }

  #mark(view: AccountView, fault: Fault): void {
    const isLastAccount = this.#call.plan.candidates.length === 1;
    const { model } = this.#call;
    this.#note(this.#deps.applyHealth(view.account.id, { kind: 'fault', fault, model, isLastAccount }));
  }

  #note(statement: Statement | undefined): void {
    if (statement) this.#health.push(statement);
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
