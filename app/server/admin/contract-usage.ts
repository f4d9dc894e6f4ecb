import * as z from 'zod';
import { isTimeZone } from '../../domain/calendar.ts';
import type { ErrorKind } from '../../domain/errors.ts';
import { pieceClasses, tokenClasses } from '../../usage/cost-parts.ts';
import { decision, waited } from './contract-scheduling.ts';

// What the admin API says of usage: part of the contract.

const none = z.strictObject({});
const id = z.string().min(1).max(64);
const moment = z.int().nonnegative();
/** A number from a query string, or one from a caller in the same process. */
const number = z
  .union([z.int(), z.string().regex(/^\d{1,15}$/)])
  .transform(Number)
  .pipe(z.int().nonnegative());

/** What a call may have failed of. */
export type CallFailure = ErrorKind;

export const callStatus = z.enum(['completed', 'aborted', 'failed']);
export const usageBasis = z.enum(['reported', 'estimated', 'none']);
export const usageGroup = z.enum(['model', 'key', 'member', 'account', 'project', 'tool', 'day', 'hour']);

export const attempt = z.object({
  accountId: z.string(),
  startedAt: moment,
  durationMs: z.number(),
  waitedMs: z.number().optional(),
  firstByteMs: z.number().optional(),
  contentMs: z.number().optional(),
  status: z.int().optional(),
  fault: z.string().optional(),
  detail: z.string().optional(),
  upstreamRequestId: z.string().optional(),
  /** It ran beside another one that had content first. What it cost all the same its key does not pay. */
  isCancelled: z.literal(true).optional(),
  costNanoUsd: z.number().optional(),
});

const tokens = {
  inputTokens: z.int(),
  outputTokens: z.int(),
  cacheReadTokens: z.int(),
  cacheWrite5mTokens: z.int(),
  cacheWrite1hTokens: z.int(),
};

/** What few calls used or tell, beside the tokens that every call has. */
const usageClasses = {
  audioInputTokens: z.int(),
  audioCacheReadTokens: z.int(),
  audioOutputTokens: z.int(),
  imageInputTokens: z.int(),
  imageOutputTokens: z.int(),
  images: z.int(),
  /** Runs of the upstream's own tools, by their kind. */
  toolRequests: z.record(z.string(), z.int()),
  serviceTier: z.string().nullable(),
  speed: z.string().nullable(),
  inferenceGeo: z.string().nullable(),
  /** The model that the answer named, when it was another one than asked for. */
  servedModel: z.string().nullable(),
  /** What did not add up in the upstream's numbers. */
  anomalies: z.array(z.string()),
};

export const usageEntry = z.object({
  requestId: z.string(),
  startedAt: moment,
  durationMs: z.number(),
  firstByteMs: z.number().nullable(),
  keyId: z.string().nullable(),
  /** Whose the key was then. */
  memberId: z.string().nullable(),
  accountId: z.string().nullable(),
  protocol: z.string(),
  route: z.string(),
  model: z.string(),
  upstreamModel: z.string().nullable(),
  status: callStatus,
  httpStatus: z.int().nullable(),
  /** A `CallFailure`, or one that is older or newer than this relay. */
  errorKind: z.string().nullable(),
  basis: usageBasis,
  ...tokens,
  thinkingTokens: z.int(),
  webSearchRequests: z.int(),
  ...usageClasses,
  /** Null when the model has no known price. */
  costNanoUsd: z.int().nullable(),
  /** What the key paid: the cost, unless its service or its key had a multiplier. */
  billedNanoUsd: z.int().nullable(),
  multiplier: z.number(),
  attempts: z.array(attempt),
  /** What the client calls the work it belongs to. */
  project: z.string().nullable(),
  /** What the client calls the conversation it belongs to, or what stands for it. */
  session: z.string().nullable(),
});

const usageSummary = z.object({
  /** Model, key id, member id, account id, project, tool, day (`2026-11-23`) or hour (`2026-11-23 14:00+01:00`). */
  group: z.string().nullable(),
  /** The same of the second thing; null when there was none. */
  per: z.string().nullable(),
  calls: z.int(),
  failedCalls: z.int(),
  ...tokens,
  thinkingTokens: z.int(),
  webSearchRequests: z.int(),
  costNanoUsd: z.int(),
  /** What keys paid for the same. */
  billedNanoUsd: z.int(),
  /** Calls whose model has no known price: their cost is not in `costNanoUsd`. */
  unpricedCalls: z.int(),
});

const usageQuestion = z.strictObject({
  limit: number.pipe(z.int().min(1).max(1_000)).default(50),
  /** From this moment on, epoch milliseconds. */
  since: number.optional(),
  before: number.optional(),
  key: id.optional(),
  member: id.optional(),
  account: id.optional(),
  status: callStatus.optional(),
});
/** The calls as a file, which is streamed: no route of the contract, because its answer is no JSON document of ours. */
export const exportQuestion = usageQuestion.omit({ limit: true }).extend({
  format: z.enum(['csv', 'json']).default('csv'),
});
export const exportPath = '/usage/export';

/** Tools are told from single calls: a longer time would keep the relay busy for too long. */
export const mostToolDays = 31;

const summaryQuestion = z.strictObject({
  by: usageGroup.default('model'),
  /** By a second thing too. */
  per: usageGroup.optional(),
  since: number.optional(),
  before: number.optional(),
  key: id.optional(),
  member: id.optional(),
  account: id.optional(),
  /** IANA name, for days and hours. */
  timeZone: z.string().max(64).refine(isTimeZone, 'must be a time zone such as Europe/Berlin').default('UTC'),
});

const exportedSums = z.object({
  calls: z.number().optional(),
  inputTokens: z.number().optional(),
  cacheReadTokens: z.number().optional(),
  cacheWriteTokens: z.number().optional(),
  outputTokens: z.number().optional(),
  costNanoUsd: z.number().optional(),
});

/** A vendor's export is read and compared, never kept. */
const reconcileQuestion = z.strictObject({
  csv: z.string().min(1).max(900_000),
  account: id.optional(),
  /** What counts as equal. */
  tolerancePercent: z.number().min(0).max(100).default(1),
});

/** One model on one UTC day, as the vendor counted it and as we did; null where one of them does not have it at all. */
const reconciledDay = z.object({
  day: z.string(),
  model: z.string(),
  theirs: exportedSums.nullable(),
  ours: exportedSums.nullable(),
  /** What differs by more than the tolerance. */
  differs: z.array(z.string()),
});

/** One step of pricing calls whose price was unknown; the first one has no `after`. */
const repriceQuestion = z.strictObject({
  after: id.optional(),
  isDryRun: z.boolean().default(true),
});

const repriceStep = z.object({
  models: z.array(
    z.object({
      model: z.string(),
      calls: z.int(),
      priced: z.int(),
      costNanoUsd: z.int(),
      billedNanoUsd: z.int(),
    }),
  ),
  /** For the next step; null after the last one. */
  next: z.string().nullable(),
});

/** How the kept sums of usage compare with the rows of the calls. */
const rollupCheck = z.object({
  differences: z.int(),
  /** Rows that began earlier are gone; null when none is. */
  rowsFrom: moment.nullable(),
});

/** How long the rows of single calls are kept; their sums stay. */
const retention = z.object({
  days: z.int().optional(),
  maxRows: z.int().optional(),
});
const retentionPatch = z.strictObject({
  days: z.int().min(1).max(36_500).nullable().optional(),
  maxRows: z.int().min(1_000).max(1_000_000_000).nullable().optional(),
});
const byRequestId = z.strictObject({ requestId: id });

/** What of the classes that the call used its cost was made of, as the price table said then; nano-dollars. */
const costParts = z.object({
  tokens: z.array(costPart(z.enum(tokenClasses))),
  /** The sum of the tokens is multiplied with these, in per cent; what is paid by the piece is not. */
  percent: z.object({ speed: z.number(), tier: z.number(), geography: z.number() }),
  pieces: z.array(costPart(z.enum(pieceClasses))),
  model: z.string(),
  version: z.string(),
  /** The day on which the owner set them; null for prices of the table `version`. */
  setOn: z.string().nullable(),
  isLongContext: z.boolean(),
});

function costPart<Class extends z.ZodType>(name: Class) {
  return z.object({ class: name, amount: z.int(), unitNanoUsd: z.int(), nanoUsd: z.int() });
}

const explainedCall = z.object({
  call: usageEntry,
  /** Where a client asks for the same again. */
  path: z.string(),
  ...decision,
  waits: z.array(waited),
  /** Null without a price, and when nothing was used. */
  cost: costParts.nullable(),
  /** Names of the accounts that still exist. */
  accountNames: z.record(z.string(), z.string()),
  keyName: z.string().nullable(),
});

/** Whether a monitoring program may read the numbers. */
const metricsAccess = z.object({ isOn: z.boolean() });

export const metricsRoutes = {
  showMetricsAccess: { method: 'GET', path: '/metrics-access', input: z.strictObject({}), output: metricsAccess },
  /** The only answer that carries it; the one before ends. */
  makeMetricsToken: {
    method: 'POST',
    path: '/metrics-access',
    input: z.strictObject({}),
    output: z.object({ token: z.string() }),
  },
  removeMetricsToken: { method: 'DELETE', path: '/metrics-access', input: z.strictObject({}), output: metricsAccess },
} as const;

export const usageRoutes = {
  listUsage: { method: 'GET', path: '/usage', input: usageQuestion, output: z.array(usageEntry) },
  summarizeUsage: { method: 'GET', path: '/usage/summary', input: summaryQuestion, output: z.array(usageSummary) },
  reconcileUsage: {
    method: 'POST',
    path: '/usage/reconcile',
    input: reconcileQuestion,
    output: z.array(reconciledDay),
  },
  checkRollups: { method: 'GET', path: '/usage/rollups', input: none, output: rollupCheck },
  rebuildRollups: { method: 'POST', path: '/usage/rollups', input: none, output: rollupCheck },
  showRetention: { method: 'GET', path: '/usage/retention', input: none, output: retention },
  updateRetention: { method: 'PATCH', path: '/usage/retention', input: retentionPatch, output: retention },
  explainCall: { method: 'GET', path: '/usage/:requestId', input: byRequestId, output: explainedCall },
  priceUnknown: { method: 'POST', path: '/usage/price-unknown', input: repriceQuestion, output: repriceStep },
} as const;
