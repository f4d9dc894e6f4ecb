import type { Fault } from '../../domain/fault.ts';
import { member, parseJson, textMember } from '../../protocols/json-value.ts';
import type { FailedReply } from '../provider.ts';
import { plausible, readRateLimit, readRetryAfter } from './limits.ts';

// Every upstream that speaks Anthropic's protocol fails in these ways; its providers share this one reading of them.

interface Complaint {
  readonly type: string;
  readonly message: string;
}

/** Longer bodies are web pages. */
const maxReadBytes = 65_536;
const maxSpendWaitMs = 8 * 24 * 3_600_000;

/** The status that goes with each error type, for errors that come inside a 200 answer. */
const statuses: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['api_error', 500],
  ['timeout_error', 504],
  ['overloaded_error', 529],
]);

// Wording is matched from the start only: further on a message may quote what the client itself sent, and no client
// may talk an account into being blocked.
const creditIsGone = /^your credit balance is too low/i;
const accountIsClosed =
  /^(?:this|your) (?:organization|account|workspace) (?:has been|is|was) (?:disabled|suspended|deactivated|banned|terminated)/i;
const signInIsNotAllowed = /^oauth authentication is currently not (?:allowed|supported)/i;
const tokenIsRefused = /^oauth token (?:has been revoked|has expired|does not meet)/i;
/** A subscription's sign-in on a call that its terms do not cover: another account may serve it. */
const clientIsNotServed = /^this credential is only authorized for use with claude code/i;
const spendLimitIsReached = /^you have reached your specified (?:\w+ )?api usage limits/i;

export function classify(reply: FailedReply): Fault {
  const complaint = readComplaint(reply.body);
  const status = reply.status === 200 ? (statuses.get(complaint.type) ?? 500) : reply.status;
  switch (status) {
    case 400:
    case 403:
      return classifyRefusal(status, complaint, reply.nowMs);
    case 401:
      return { kind: 'credential-rejected' };
    case 402: // nothing lifts by itself: somebody has to pay
      return { kind: 'account-blocked' };
    case 404:
      return { kind: speaksOfModel(complaint) ? 'model-unsupported' : 'request-rejected' };
    case 429:
      return classifyLimit(complaint, reply);
    case 408:
      return overloaded(reply);
    default:
      return classifyOther(status, reply);
  }
}

/** 400 and 403 mean the request, unless the upstream's own words say that they mean the account. */
function classifyRefusal(status: 400 | 403, complaint: Complaint, nowMs: number): Fault {
  const { message } = complaint;
  if (creditIsGone.test(message) || accountIsClosed.test(message)) return { kind: 'account-blocked' };
  if (spendLimitIsReached.test(message)) return spendLimited(message, nowMs);
  if (clientIsNotServed.test(message)) return { kind: 'not-carried' };
  if (status === 400) return { kind: 'request-rejected' };
  if (signInIsNotAllowed.test(message)) return { kind: 'account-blocked' };
  if (tokenIsRefused.test(message)) return { kind: 'credential-rejected' };
  return { kind: speaksOfModel(complaint) ? 'model-unsupported' : 'request-rejected' };
}

/** Includes a gateway's own budget (429 `billing_error`): it renews itself, unlike a bill that was not paid. */
function classifyLimit(complaint: Complaint, reply: FailedReply): Fault {
  const { scope, retryAfterMs } = readRateLimit(reply.headers, reply.nowMs);
  const named = isAboutOneModel(complaint, reply.facts?.model) ? 'model' : 'account';
  return { kind: 'rate-limited', scope: scope ?? named, retryAfterMs };
}

function classifyOther(status: number, reply: FailedReply): Fault {
  if (status >= 500) return overloaded(reply);
  if (status >= 400) return { kind: 'request-rejected' };
  return { kind: 'unreachable', phase: 'first-byte', detail: `answered with HTTP ${status}` };
}

function overloaded(reply: FailedReply): Fault {
  return { kind: 'overloaded', retryAfterMs: readRetryAfter(reply.headers, reply.nowMs) };
}

/** The owner's own monthly limit; the message says when it ends, which may be weeks from now. */
function spendLimited(message: string, nowMs: number): Fault {
  const [, day, time] = /regain access on (\d{4}-\d{2}-\d{2}) at (\d{2}:\d{2}) UTC/i.exec(message) ?? [];
  const waitMs = Date.parse(`${day}T${time}:00Z`) - nowMs;
  return { kind: 'rate-limited', scope: 'account', retryAfterMs: plausible(Math.min(waitMs, maxSpendWaitMs)) };
}

function speaksOfModel({ message }: Complaint): boolean {
  return /\bmodels?\b/i.test(message);
}

/** API keys have their limits per class of models, and some messages name it. */
function isAboutOneModel({ message }: Complaint, model: string | undefined): boolean {
  return (model !== undefined && message.includes(model)) || /\bmodel: ?\S/i.test(message);
}

/** Anthropic's envelope, or what comes nearest; empty for web pages and empty bodies. */
function readComplaint(body: Uint8Array): Complaint {
  if (body.length > maxReadBytes) return { type: '', message: '' };
  const document = parseJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
  const error = member(document, 'error');
  const message = textMember(error, 'message') ?? textMember(document, 'message') ?? '';
  return { type: textMember(error, 'type') ?? '', message };
}
