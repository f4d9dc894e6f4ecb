import * as z from 'zod';
import { decision, waited } from './contract-scheduling.ts';

// What the admin API says of usage: part of the contract.

const id = z.string().min(1).max(64);
const moment = z.int().nonnegative();
/** A number from a query string, or one from a caller in the same process. */
const number = z
  .union([z.int(), z.string().regex(/^\d{1,15}$/)])
  .transform(Number)
  .pipe(z.int().nonnegative());

export const callStatus = z.enum(['completed', 'aborted', 'failed']);
export const usageBasis = z.enum(['reported', 'estimated', 'none']);
export const usageGroup = z.enum(['model', 'key', 'account', 'project', 'day', 'hour']);

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
  accountId: z.string().nullable(),
  protocol: z.string(),
  route: z.string(),
  model: z.string(),
  upstreamModel: z.string().nullable(),
  status: callStatus,
  httpStatus: z.int().nullable(),
  errorKind: z.string().nullable(),
  basis: usageBasis,
  ...tokens,
  thinkingTokens: z.int(),
  webSearchRequests: z.int(),
  ...usageClasses,
  /** Null when the model has no known price. */
  costNanoUsd: z.int().nullable(),
  attempts: z.array(attempt),
  /** What the client calls the work it belongs to. */
  project: z.string().nullable(),
});

export const usageSummary = z.object({
  /** Model, key id, account id, project, day (`2026-11-23`) or hour (`2026-11-23 14:00+01:00`). */
  group: z.string().nullable(),
  /** The same of the second thing; null when there was none. */
  per: z.string().nullable(),
  calls: z.int(),
  failedCalls: z.int(),
  ...tokens,
  thinkingTokens: z.int(),
  webSearchRequests: z.int(),
  costNanoUsd: z.int(),
  /** Calls whose model has no known price: their cost is not in `costNanoUsd`. */
  unpricedCalls: z.int(),
});

export const usageQuestion = z.strictObject({
  limit: number.pipe(z.int().min(1).max(1_000)).default(50),
  /** From this moment on, epoch milliseconds. */
  since: number.optional(),
  before: number.optional(),
  key: id.optional(),
  account: id.optional(),
  status: callStatus.optional(),
});
/** The calls as a file, which is streamed: no route of the contract, because its answer is no JSON document of ours. */
export const exportQuestion = usageQuestion.omit({ limit: true }).extend({
  format: z.enum(['csv', 'json']).default('csv'),
});
export const exportPath = '/usage/export';

export const summaryQuestion = z.strictObject({
  by: usageGroup.default('model'),
  /** By a second thing too. */
  per: usageGroup.optional(),
  since: number.optional(),
  before: number.optional(),
  key: id.optional(),
  account: id.optional(),
  /** IANA name, for days and hours. */
  timeZone: z.string().max(64).refine(isTimeZone, 'must be a time zone such as Europe/Berlin').default('UTC'),
});

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false; // a RangeError: there is no such zone
  }
}

/** One step of pricing calls whose price was unknown; the first one has no `after`. */
export const repriceQuestion = z.strictObject({
  after: id.optional(),
  isDryRun: z.boolean().default(true),
});

export const repriceStep = z.object({
  models: z.array(z.object({ model: z.string(), calls: z.int(), priced: z.int(), costNanoUsd: z.int() })),
  /** For the next step; null after the last one. */
  next: z.string().nullable(),
});

/** How the kept sums of usage compare with the rows of the calls. */
export const rollupCheck = z.object({
  differences: z.int(),
  /** Rows that began earlier are gone; null when none is. */
  rowsFrom: moment.nullable(),
});

/** How long the rows of single calls are kept; their sums stay. */
export const retention = z.object({
  days: z.int().optional(),
  maxRows: z.int().optional(),
});
export const retentionPatch = z.strictObject({
  days: z.int().min(1).max(36_500).nullable().optional(),
  maxRows: z.int().min(1_000).max(1_000_000_000).nullable().optional(),
});
export const byRequestId = z.strictObject({ requestId: id });

export const explainedCall = z.object({
  call: usageEntry,
  ...decision,
  waits: z.array(waited),
  /** What the cost was counted with: nano-dollars for each token class, as the price table said then. */
  price: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullable(),
  /** Names of the accounts that still exist. */
  accountNames: z.record(z.string(), z.string()),
  keyName: z.string().nullable(),
});
