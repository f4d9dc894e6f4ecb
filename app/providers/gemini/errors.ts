import type { Fault } from '../../domain/fault.ts';
import { plausible, readRetryAfter } from '../anthropic/limits.ts';
import type { FailedReply } from '../provider.ts';
import { type Complaint, readComplaint, type Violation } from './complaint.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** The HTTP status that goes with each canonical code, for errors that come inside a 200 answer. */
const statuses: ReadonlyMap<string, number> = new Map([
  ['INVALID_ARGUMENT', 400],
  ['FAILED_PRECONDITION', 400],
  ['OUT_OF_RANGE', 400],
  ['UNAUTHENTICATED', 401],
  ['PERMISSION_DENIED', 403],
  ['NOT_FOUND', 404],
  ['ABORTED', 409],
  ['ALREADY_EXISTS', 409],
  ['RESOURCE_EXHAUSTED', 429],
  ['CANCELLED', 499],
  ['INTERNAL', 500],
  ['UNKNOWN', 500],
  ['UNIMPLEMENTED', 501],
  ['UNAVAILABLE', 503],
  ['DEADLINE_EXCEEDED', 504],
]);

/** The project behind the key cannot be used until its owner does something. */
const blockedReasons: ReadonlySet<string> = new Set([
  'ACCOUNT_STATE_INVALID',
  'BILLING_DISABLED',
  'CONSUMER_INVALID',
  'CONSUMER_SUSPENDED',
  'IAM_PERMISSION_DENIED',
  'LOCATION_POLICY_VIOLATED',
  'SECURITY_POLICY_VIOLATED',
  'SERVICE_DISABLED',
  // Of Code Assist: no licence, an account that Google has shut, one whose owner must prove something first.
  'SUBSCRIPTION_REQUIRED',
  'TOS_VIOLATION',
  'USER_PROJECT_DENIED',
  'VALIDATION_REQUIRED',
]);

/** A token that no longer counts, or was given for less than this. */
const tokenIsRefused = /^(?:API_KEY_|ACCESS_TOKEN_)/;

/** The model's servers are full, whoever asks and whatever the status. */
const capacityReasons: ReadonlySet<string> = new Set(['MODEL_CAPACITY_EXHAUSTED', 'MODEL_CAPACITY_EXCEEDED']);

// Wording is matched from the start only: further on a message may quote what the client itself sent.
const keyIsRefused = /^(?:api key (?:not valid|not found|expired|is invalid)|your api key was reported as leaked)/i;
const projectIsBlocked =
  /^(?:user location is not supported|gemini api free tier is not available|your project has been (?:denied|suspended)|this api method requires billing|permission denied: consumer|permission '[^']*' denied on|this service has been disabled in this account|you are currently configured to use a google cloud project but lack|you must be a named user|(?:cloud code|gemini for google cloud)[\w ]* api has not been used)/i;
/** Not the model that was asked for: everything of this account. */
const quotaIsPersonal = /^individual quota/i;
const modelIsUnknown = /^(?:models?\/\S+ |this model |the model )/i;

export function classify(reply: FailedReply): Fault {
  const complaint = readComplaint(reply.body);
  const status = reply.status === 200 ? (statuses.get(complaint.status) ?? 500) : reply.status;
  switch (status) {
    case 400:
    case 403:
      return classifyRefusal(complaint);
    case 401:
      return { kind: 'credential-rejected' };
    case 402:
      return { kind: 'account-blocked' };
    case 404:
      return { kind: modelIsUnknown.test(complaint.message) ? 'model-unsupported' : 'request-rejected' };
    case 429:
      return classifyLimit(complaint, reply);
    case 408:
    case 499:
      return overloaded(complaint, reply);
    default:
      return classifyOther(status, complaint, reply);
  }
}

/** Google says with a 400 that a key is wrong, and with a 403 that it may not be used. */
function classifyRefusal({ reason, message }: Complaint): Fault {
  if (tokenIsRefused.test(reason) || keyIsRefused.test(message)) return { kind: 'credential-rejected' };
  if (blockedReasons.has(reason) || projectIsBlocked.test(message)) return { kind: 'account-blocked' };
  return { kind: 'request-rejected' };
}

function classifyLimit(complaint: Complaint, reply: FailedReply): Fault {
  if (capacityReasons.has(complaint.reason)) return overloaded(complaint, reply);
  const retryAfterMs = plausible(waitOf(complaint, reply) ?? Number.NaN);
  return { kind: 'rate-limited', scope: scopeOf(complaint), retryAfterMs };
}

function scopeOf({ violations, model, message }: Complaint): 'account' | 'model' {
  if (violations.length === 0) return model !== undefined && !quotaIsPersonal.test(message) ? 'model' : 'account';
  const isPerModel = (violation: Violation) => violation.model !== undefined || violation.quotaId.includes('PerModel');
  return violations.every(isPerModel) ? 'model' : 'account';
}

/** A used-up day ends at midnight in California, whatever short delay the answer proposes. */
function waitOf(complaint: Complaint, { headers, nowMs }: FailedReply): number | undefined {
  const { retryDelayMs, resetsAt } = complaint;
  const untilReset = resetsAt === undefined ? undefined : resetsAt - nowMs;
  const named = retryDelayMs ?? untilReset ?? readRetryAfter(headers, nowMs);
  const isDaily = complaint.violations.some(({ quotaId }) => /PerDay|Daily/.test(quotaId));
  return isDaily && (named ?? 0) < hourMs ? untilPacificMidnight(nowMs) : named;
}

function untilPacificMidnight(nowMs: number): number {
  const [hours = 0, minutes = 0, seconds = 0] = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'America/Los_Angeles',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  })
    .format(nowMs)
    .split(':')
    .map(Number);
  return dayMs - ((hours * 60 + minutes) * 60 + seconds) * 1_000;
}

function classifyOther(status: number, complaint: Complaint, reply: FailedReply): Fault {
  if (status >= 500) return overloaded(complaint, reply);
  if (status >= 400) return { kind: 'request-rejected' };
  return { kind: 'unreachable', phase: 'first-byte', detail: `answered with HTTP ${status}` };
}

function overloaded({ retryDelayMs }: Complaint, { headers, nowMs }: FailedReply): Fault {
  return { kind: 'overloaded', retryAfterMs: retryDelayMs ?? readRetryAfter(headers, nowMs) };
}
