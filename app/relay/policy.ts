import type { AfterRefusal } from '../accounts/refresher.ts';
import { type ErrorKind, RelayError } from '../domain/errors.ts';
import type { Fault, FaultKind } from '../domain/fault.ts';
import type { Ask, Plan, SkipReason, Verdict } from '../scheduler/plan.ts';

/** What an upstream error means. This file is the only place that decides it. */
export interface Decision {
  /** What the call does next. `retry-once` tries the same account again, then the next one. */
  readonly next: 'fail-over' | 'retry-once' | 'stop';
  /** Whether the account's health takes note. */
  readonly marksAccount: boolean;
  /** Whether the credential is renewed, or read anew, before it is decided what is next: see `decideRefused`. */
  readonly renewsCredential?: true;
  /** Whether the upstream's own answer may go to the client when nobody else can serve the call. */
  readonly passesThrough: boolean;
  /** What we answer when the upstream's answer may not or cannot be passed on. */
  readonly errorKind: ErrorKind;
}

const forOwnCredential: Readonly<Record<FaultKind, Decision>> = {
  'rate-limited': { next: 'fail-over', marksAccount: true, passesThrough: false, errorKind: 'accounts-limited' },
  overloaded: { next: 'fail-over', marksAccount: true, passesThrough: true, errorKind: 'upstream-overloaded' },
  'credential-rejected': {
    next: 'retry-once',
    marksAccount: true,
    renewsCredential: true,
    passesThrough: false,
    errorKind: 'accounts-unavailable',
  },
  'account-blocked': { next: 'fail-over', marksAccount: true, passesThrough: false, errorKind: 'accounts-unavailable' },
  'model-unsupported': { next: 'fail-over', marksAccount: false, passesThrough: true, errorKind: 'model-unavailable' },
  'request-rejected': { next: 'stop', marksAccount: false, passesThrough: true, errorKind: 'request-invalid' },
  'not-carried': { next: 'fail-over', marksAccount: false, passesThrough: false, errorKind: 'request-invalid' },
  // The next try signs with the upstream's time; when that is refused too, nothing about the account is to blame.
  'clock-skewed': { next: 'retry-once', marksAccount: false, passesThrough: false, errorKind: 'upstream-broken' },
  unreachable: { next: 'fail-over', marksAccount: true, passesThrough: false, errorKind: 'upstream-broken' },
};

/** The credential is the client's own: what it runs into is the client's to know, and nobody else's account to mark. */
const clientsOwn: Pick<Decision, 'next' | 'marksAccount' | 'passesThrough'> = {
  next: 'stop',
  marksAccount: false,
  passesThrough: true,
};
const { renewsCredential: _, ...notRenewed } = forOwnCredential['credential-rejected'];
const forClientCredential: Readonly<Record<FaultKind, Decision>> = {
  ...forOwnCredential,
  'rate-limited': { ...forOwnCredential['rate-limited'], ...clientsOwn },
  'credential-rejected': { ...notRenewed, ...clientsOwn },
  'account-blocked': { ...forOwnCredential['account-blocked'], ...clientsOwn },
};

/**
 * What a refused credential means, by what came of its renewal (A06): a renewed one gets one more try; one that cannot be
 * renewed now or ever has had its mark from whoever tried.
 */
const refused: Readonly<Record<AfterRefusal, Pick<Decision, 'next' | 'marksAccount'>>> = {
  renewed: { next: 'retry-once', marksAccount: true },
  unchanged: { next: 'retry-once', marksAccount: true },
  later: { next: 'fail-over', marksAccount: false },
  ended: { next: 'fail-over', marksAccount: false },
};

export function decideRefused(
  decision: Decision,
  { after, mayRepeat }: { readonly after: AfterRefusal; readonly mayRepeat: boolean },
): Decision {
  // A good new one that this call cannot try any more is nothing against the account.
  return { ...decision, ...refused[after === 'renewed' && !mayRepeat ? 'later' : after] };
}

export function decide(fault: Fault, forwardsClientCredential: boolean): Decision {
  return (forwardsClientCredential ? forClientCredential : forOwnCredential)[fault.kind];
}

/** Whether it says something about the account; others are about the call. */
export function isAccounts(fault: FaultKind): boolean {
  return forOwnCredential[fault].marksAccount;
}

/** Tries in one call, the first included. */
export const maxAttempts = 3;

/** No new try begins later than this after the first. */
export const maxAttemptsMs = 30_000;

/** The longest `retry-after` we name: later than that a client had better ask again. */
const maxRetryAfterMs = 3_600_000;

/** A place that others hold now. */
const obstacles: ReadonlySet<SkipReason> = new Set(['busy', 'probing', 'ramping', 'cap-held']);
const failing: ReadonlySet<SkipReason> = new Set(['cooling-down', ...obstacles]);
const temporary: ReadonlySet<SkipReason> = new Set([
  ...failing,
  'limited',
  'family-limited',
  'model-limited',
  'no-new-sessions',
  'reserved',
  'capped',
]);
/** Nobody can say when a place becomes free; soon, as a rule. */
const placeRetryMs = 2_000;

type Asked = Pick<Ask, 'model' | 'boundAccountId' | 'boundBy' | 'unplaced'>;

/** Why a plan has nobody to serve it, as an honest error with the soonest return. */
export function nobodyCanServe(plan: Plan, asked: Asked, now: number): RelayError {
  if (asked.unplaced) return new RelayError('state-unknown', unplaced[asked.unplaced]);
  const bound = boundCannotServe(plan, asked, now);
  if (bound) return bound;
  const verdicts = plan.explanation.verdicts;
  const waiting = waitingOf(plan);
  if (waiting.length > 0) return limited(waiting, now);
  if (verdicts.length === 0) {
    return new RelayError(
      'accounts-unavailable',
      'No upstream account is set up. Add one with: waystation account add',
    );
  }
  const terms = termsOf(verdicts);
  if (terms) return terms;
  if (verdicts.some((verdict) => verdict.skipped === 'model-not-supported')) {
    return new RelayError('model-unavailable', `No account that can be used now serves the model ${asked.model}.`);
  }
  if (verdicts.every((verdict) => verdict.skipped && closed.has(verdict.skipped))) {
    if (verdicts.some(({ skipped }) => skipped === 'service-not-allowed')) {
      return new RelayError('service-not-allowed', 'This key may use none of the services that could serve this call.');
    }
    return new RelayError(
      'accounts-unavailable',
      'This key may use none of the accounts. See: waystation account list',
    );
  }
  if (verdicts.some(({ skipped }) => skipped === 'passed-over')) {
    return new RelayError(
      'accounts-unavailable',
      'All calls are to go to one account, and that one cannot be used now. See: waystation routing show',
    );
  }
  // Without a time, so that clients stop at once: somebody has to act first.
  return new RelayError(
    'accounts-unavailable',
    'No upstream account can be used now: each is paused, needs a new credential or is blocked. See: waystation account list',
  );
}

/** Why what a call names at its upstream leads to no account. */
const unplaced: Readonly<Record<NonNullable<Ask['unplaced']>, string>> = {
  unknown:
    'Nobody here remembers which account holds what this call names: it was not made through here, or it was long ago.',
  foreign: 'What this call names was made with another key. Use that key, or make it again with this one.',
  split: 'This call names things that are held by different accounts. Make them again, one after the other.',
  elsewhere: 'What this call names is held by an account that this key may not use any more.',
};

/** What only the terms of a subscription keep from this call. Nothing that waiting mends. */
const termsSay = {
  'client-not-served':
    'The accounts that could serve this call are subscriptions for their provider’s own program alone. Use that program, or add an account with an API key.',
  'this-computer-only':
    'The accounts that could serve this call are subscriptions that serve only the computer they are on.',
  'terms-not-accepted':
    'The account that could serve this call is off until its owner accepts the provider’s terms. See: waystation account list',
} as const;

function termsOf(verdicts: readonly Verdict[]): RelayError | undefined {
  for (const [reason, message] of Object.entries(termsSay)) {
    if (verdicts.some(({ skipped }) => skipped === reason)) return new RelayError('accounts-unavailable', message);
  }
  return undefined;
}

/** It is not for this caller. */
const closed: ReadonlySet<SkipReason> = new Set(['not-in-group', 'service-not-allowed', 'dedicated', 'owner-only']);

/** Accounts that come back by themselves. */
export function waitingOf({ explanation: { verdicts } }: Plan): readonly Verdict[] {
  return verdicts.filter(({ skipped }) => skipped !== undefined && temporary.has(skipped));
}

/** What a key's own account is. Where only other accounts are left, which are `not-bound`, it is gone. */
const conditions: Readonly<Record<SkipReason, string>> = {
  'not-bound': 'has been removed',
  'not-in-group': 'is not in the key’s group',
  'service-not-allowed': 'is of a service that this key may not use',
  'passed-over': 'is not the one that all calls are to go to',
  dedicated: 'serves only keys that are bound to it',
  'owner-only': 'serves only its owner',
  paused: 'is paused',
  expired: 'has come to the end of its subscription',
  'cooling-down': 'is cooling down after failures',
  limited: 'is at its limit',
  'family-limited': 'is at its limit for this family of models',
  'model-limited': 'is at its limit for this model',
  'no-new-sessions': 'is used as far as its owner lets new sessions use it',
  capped: 'has come to the cap that its owner set',
  'cap-held': 'has all that its owner’s cap leaves held by running calls',
  reserved: 'is used as far as its owner lets others use it',
  'needs-sign-in': 'needs a new credential',
  blocked: 'is blocked by its upstream',
  'model-not-supported': 'does not serve this model',
  busy: 'carries as many calls as it may',
  probing: 'is being tried again',
  ramping: 'has just come back and takes calls slowly',
  'needs-client-credential': 'forwards the credential of the client, and this call brought none',
  'client-credential-only': 'does not forward the credential that this call brought',
  'terms-not-accepted': 'is off until its owner accepts the provider’s terms',
  'client-not-served': 'serves only its provider’s own program',
  'this-computer-only': 'serves only the computer that it is on',
};

/** Why the account that a key is bound to cannot serve, without its name; undefined when it can, or for other keys. */
export function boundCannotServe(plan: Plan, { boundAccountId, boundBy }: Asked, now: number): RelayError | undefined {
  if (boundAccountId === undefined) return undefined;
  const own = plan.explanation.verdicts.find(({ accountId }) => accountId === boundAccountId);
  if (own?.rank !== undefined) return undefined;
  const reason = own?.skipped ?? 'not-bound';
  const account = boundBy === 'server-state' ? 'that holds what this call names' : 'that this key is bound to';
  const message = `The account ${account} cannot be used now: it ${conditions[reason]}.`;
  if (own && temporary.has(reason)) {
    const { text, ...returns } = soonest([own], now);
    return new RelayError('accounts-limited', `${message} It returns at ${text}.`, returns);
  }
  if (reason === 'service-not-allowed') return new RelayError('service-not-allowed', message);
  if (reason === 'model-not-supported') return new RelayError('model-unavailable', message);
  return new RelayError('accounts-unavailable', `${message} See: waystation account list`);
}

/** All accounts that could serve are limited or cooling down. */
export function limited(waiting: readonly Verdict[], now: number): RelayError {
  const { text, ...soon } = soonest(waiting, now);
  const returns = `The first returns at ${text}.`;
  if (waiting.some(({ skipped }) => skipped && !failing.has(skipped))) {
    return new RelayError('accounts-limited', `All upstream accounts are at their limit. ${returns}`, soon);
  }
  if (waiting.some(({ skipped }) => skipped === 'cooling-down')) {
    return new RelayError('upstream-overloaded', `All upstream accounts are overloaded. ${returns}`, soon);
  }
  return new RelayError(
    'concurrency-limited',
    'All upstream accounts carry as many calls as they may; try again shortly.',
    {
      retryAfterMs: placeRetryMs,
    },
  );
}

/** The text names the true time, also when that is further away than the longest `retry-after`. */
function soonest(waiting: readonly Verdict[], now: number) {
  const until = Math.min(...waiting.map((verdict) => verdict.until ?? placeAt(verdict, now)));
  const returnsAt = Number.isFinite(until) ? until : now + 60_000;
  const retryAfterMs = Math.min(Math.max(returnsAt - now, 1_000), maxRetryAfterMs);
  return { text: new Date(returnsAt).toISOString(), retryAfterMs, returnsAt };
}

function placeAt({ skipped }: Verdict, now: number): number {
  return skipped && obstacles.has(skipped) ? now + placeRetryMs : Number.POSITIVE_INFINITY;
}

/** What a client is told when the upstream breaks off after the client already has bytes. */
export function streamBroken(cause: unknown): RelayError {
  return new RelayError(
    'upstream-broken',
    'The upstream broke off in the middle of the answer. Send the request again.',
    {
      cause,
    },
  );
}
