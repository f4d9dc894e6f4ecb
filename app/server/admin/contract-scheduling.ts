import * as z from 'zod';
import { accountCaps } from '../../accounts/caps.ts';
import { testEvery } from '../../accounts/care.ts';
import { reason, scopedLimit } from '../../accounts/reason-schema.ts';
import { rulesSchema, strategies } from '../../scheduler/rules.ts';
import { balance, capStanding, condition, lastTest } from './contract-account-care.ts';

// What the admin API says of accounts' care, groups and the choice of accounts: part of the contract.

const id = z.string().min(1).max(64);
const moment = z.int().nonnegative();
const none = z.strictObject({});
const byId = z.strictObject({ id });
const removed = z.object({ id, removed: z.literal(true) });
/** A number from a query string, or one from a caller in the same process. */
const number = z
  .union([z.int(), z.string().regex(/^\d{1,15}$/)])
  .transform(Number)
  .pipe(z.int().nonnegative());

export const accountState = z.enum([
  'active',
  'cooling-down',
  'limited',
  'needs-sign-in',
  'blocked',
  'paused',
  'expired',
]);

/** Why, in a form that every language can say; `reason` beside it is the English sentence. */
export const cause = reason;

export const care = z.object({
  sharing: z.enum(['shared', 'dedicated', 'only-me']),
  maxConcurrent: z.int().optional(),
  expiresAt: moment.optional(),
  stopAt: z.record(z.string(), z.int()),
  reservePercent: z.int().optional(),
  caps: accountCaps.optional(),
  testEveryMs: z.int().optional(),
});

const percent = z.int().min(1).max(100);

/** Null takes something away; what is left out stays as it is. */
export const careChange = z.strictObject({
  sharing: care.shape.sharing.optional(),
  maxConcurrent: z.int().min(1).max(10_000).nullable().optional(),
  expiresAt: moment.nullable().optional(),
  stopAt: z.record(z.string().min(1).max(64), percent).optional(),
  reservePercent: percent.nullable().optional(),
  caps: accountCaps.nullable().optional(),
  testEveryMs: testEvery.nullable().optional(),
});

/** How fast a window is used, compared with the time that has passed of it. */
const pace = z.object({
  elapsed: z.number(),
  deltaPercent: z.number(),
  verdict: z.enum(['on-pace', 'ahead', 'behind']),
  runsOutAt: moment.optional(),
});

export const limits = z.object({
  readAt: moment,
  windows: z.array(
    z.object({
      name: z.string(),
      models: z.array(z.string()).optional(),
      /** Share that is used now, 0 to 1. */
      used: z.number(),
      unit: z.string().optional(),
      limit: z.number().optional(),
      remaining: z.number().optional(),
      lengthMs: z.number().optional(),
      resetsAt: moment.optional(),
      isExhausted: z.boolean(),
      pace: pace.optional(),
    }),
  ),
});

/** What an account is beside its own fields. */
export const accountCondition = {
  state: accountState,
  care,
  condition,
  caps: z.array(capStanding),
  /** What it was last found to be; null when it was not looked at. */
  lastTest: lastTest.nullable(),
  balance: balance.nullable(),
  limits: limits.optional(),
  waiting: z.int().nonnegative(),
  groupIds: z.array(id),
};

export const healthDetail = { cause: cause.optional(), limits: z.array(scopedLimit) };

const historyQuestion = z.strictObject({ id, limit: number.pipe(z.int().min(1).max(500)).default(50) });

const timelineEntry = z.object({
  at: moment,
  state: accountState,
  reason: z.string(),
  cause: cause.optional(),
  until: moment.optional(),
  limits: z.array(scopedLimit).optional(),
});

const accountError = z.object({
  at: moment,
  requestId: z.string(),
  model: z.string(),
  fault: z.string(),
  status: z.int().optional(),
  detail: z.string().optional(),
});

const groupName = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^\P{Cc}*$/u, 'must not contain control characters');
const member = z.strictObject({ accountId: id, priority: z.int().min(1).max(100).optional() });
const members = z.array(member).max(200);

export const group = z.object({
  id,
  name: z.string(),
  fallbackId: id.optional(),
  members: z.array(z.object({ accountId: id, priority: z.int().optional() })),
  createdAt: moment,
  updatedAt: moment,
});

const newGroup = z.strictObject({ name: groupName, members: members.default([]), fallbackId: id.optional() });
const groupPatch = z.strictObject({
  id,
  name: groupName.optional(),
  members: members.optional(),
  fallbackId: id.nullable().optional(),
});

export const strategy = z.enum(strategies);
export const rules = z.object({
  strategy,
  maxWaitMs: z.int(),
  patienceMs: z.int(),
  waitNanoUsdPerMinute: z.int(),
  /** 0: no call is tried on two accounts at a time. */
  hedgeAfterMs: z.int(),
  /** Where its owner wants calls to go. */
  aim: rulesSchema.shape.aim.unwrap(),
});

/** What is left out stays as it is. */
const rulesPatch = z.strictObject({
  strategy: strategy.optional(),
  maxWaitMs: rulesSchema.shape.maxWaitMs.unwrap().optional(),
  patienceMs: rulesSchema.shape.patienceMs.unwrap().optional(),
  waitNanoUsdPerMinute: rulesSchema.shape.waitNanoUsdPerMinute.unwrap().optional(),
  hedgeAfterMs: rulesSchema.shape.hedgeAfterMs.unwrap().optional(),
  aim: rulesSchema.shape.aim.unwrap().optional(),
});

const listedSession = z.object({
  id,
  keyId: z.string(),
  family: z.string(),
  accountId: z.string(),
  since: moment,
  turns: z.int(),
  cachedTokens: z.number(),
  warmForMs: z.number(),
  expiresInMs: z.number(),
});

const queuedCall = z.object({
  keyId: z.string(),
  accountIds: z.array(z.string()),
  since: moment,
  position: z.int(),
});

export const verdict = z.object({
  accountId: z.string(),
  rank: z.int().optional(),
  skipped: z.string().optional(),
  until: z.number().optional(),
  window: z.string().optional(),
  priority: z.number(),
  load: z.number(),
  inFlight: z.number().optional(),
  served: z.number().optional(),
  starts: z.number().optional(),
  lastStartAt: z.number().optional(),
  left: z.number().optional(),
  spare: z.number().optional(),
  resetsAt: z.number().optional(),
});

export const sticky = z.enum(['none', 'kept', 'waits', 'moved']);

/** The chain of decisions behind a choice. */
export const decision = {
  sticky: sticky.nullable(),
  /** The session's own account, and what moving its prompt cache would cost. */
  stickyAccountId: z.string().nullable(),
  moveNanoUsd: z.number().nullable(),
  strategy: strategy.nullable(),
  groupId: z.string().nullable(),
  verdicts: z.array(verdict),
};

export const waited = z.object({
  /** `key`: for another call of its own key to end. */
  reason: z.enum(['sticky', 'nobody-free', 'key']),
  accountIds: z.array(z.string()),
  position: z.int(),
  ms: z.number(),
  ended: z.enum(['account', 'full', 'late', 'gone']),
});

export const clientKind = z.enum(['claude-code', 'codex', 'gemini-cli']);

/** What would be different about accounts; what is left out stays as it is. */
const accountChanges = z
  .array(
    z.strictObject({
      accountId: id,
      isEnabled: z.boolean().optional(),
      priority: z.int().min(1).max(100).optional(),
      weight: z.int().min(1).max(100).optional(),
      stopAt: careChange.shape.stopAt,
      reservePercent: careChange.shape.reservePercent,
    }),
  )
  .max(200);

const simulation = z.strictObject({
  model: z.string().min(1).max(200),
  /** What the client asks for; the Messages API when left out. */
  route: z.enum(['messages', 'chat', 'responses', 'generate']).default('messages'),
  /** Epoch milliseconds; now when left out. */
  at: moment.optional(),
  key: id.optional(),
  /** The program that asks: some subscriptions serve only one. */
  client: clientKind.optional(),
  /** The account its session is at. */
  sessionAt: id.optional(),
  moveNanoUsd: z.int().nonnegative().optional(),
  rules: rulesPatch.optional(),
  accounts: accountChanges.optional(),
});

const simulated = z.object({
  ...decision,
  at: moment,
  /** What the call would wait for before it is served or refused. */
  wait: z
    .object({ accountIds: z.array(z.string()), maxMs: z.number(), reason: z.enum(['sticky', 'nobody-free']) })
    .nullable(),
  accountNames: z.record(z.string(), z.string()),
});

const replayQuestion = z.strictObject({
  since: moment.optional(),
  before: moment.optional(),
  rules: rulesPatch,
  /** Of what they had as limits then, only the tightest is known: `stopAt` and `reservePercent` say little here. */
  accounts: accountChanges.optional(),
});

const replayed = z.object({
  calls: z.int(),
  changed: z.int(),
  refusedBefore: z.int(),
  refusedAfter: z.int(),
  turns: z.int(),
  stayedBefore: z.int(),
  stayedAfter: z.int(),
  byAccount: z.array(z.object({ accountId: z.string(), before: z.int(), after: z.int() })),
  examples: z.array(z.object({ requestId: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
  accountNames: z.record(z.string(), z.string()),
});

export const schedulingRoutes = {
  accountTimeline: {
    method: 'GET',
    path: '/accounts/:id/timeline',
    input: historyQuestion,
    output: z.array(timelineEntry),
  },
  accountErrors: { method: 'GET', path: '/accounts/:id/errors', input: historyQuestion, output: z.array(accountError) },

  listGroups: { method: 'GET', path: '/groups', input: none, output: z.array(group) },
  createGroup: { method: 'POST', path: '/groups', input: newGroup, output: group },
  updateGroup: { method: 'PATCH', path: '/groups/:id', input: groupPatch, output: group },
  removeGroup: { method: 'DELETE', path: '/groups/:id', input: byId, output: removed },

  showRules: { method: 'GET', path: '/routing/rules', input: none, output: rules },
  updateRules: { method: 'PATCH', path: '/routing/rules', input: rulesPatch, output: rules },
  listSessions: { method: 'GET', path: '/routing/sessions', input: none, output: z.array(listedSession) },
  forgetSession: { method: 'DELETE', path: '/routing/sessions/:id', input: byId, output: removed },
  listQueue: { method: 'GET', path: '/routing/queue', input: none, output: z.array(queuedCall) },
  simulateCall: { method: 'POST', path: '/routing/simulate', input: simulation, output: simulated },
  replayCalls: { method: 'POST', path: '/routing/replay', input: replayQuestion, output: replayed },
} as const;
