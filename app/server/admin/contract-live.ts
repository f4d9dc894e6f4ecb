import * as z from 'zod';
import { alert } from './contract-budgets.ts';
import { accountState, cause, limits } from './contract-scheduling.ts';

// The part of the contract that is about what happens now: calls on their way, and the feed of events.

const moment = z.int().nonnegative();
const none = z.strictObject({});
const requestId = z.string().min(1).max(64);

export const callPhase = z.enum(['admitted', 'asking', 'answering', 'completed', 'aborted', 'failed']);

/** A call, as far as it has come. Nothing of what it says. */
export const liveCall = z.object({
  requestId,
  phase: callPhase,
  startedAt: moment,
  keyId: z.string(),
  protocol: z.string(),
  route: z.string(),
  model: z.string(),
  project: z.string().optional(),
  accountId: z.string().nullable(),
  /** Tries so far. */
  attempts: z.int().nonnegative(),
  firstByteMs: z.number().nullable(),
});

/** The same call once it is over; the rest of it is in `/usage/:requestId`. */
const finishedCall = liveCall.extend({
  durationMs: z.number(),
  httpStatus: z.int().nullable(),
  errorKind: z.string().nullable(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  cacheReadTokens: z.int(),
});

/** What the feed says, by the event's name. */
export const feedEvents = {
  /** The first thing on every stream; its id is where the stream begins. */
  hello: z.object({ version: z.string() }),
  /** What was missed is not there any more: ask for everything again. */
  reset: z.object({}),
  call: z.union([finishedCall, liveCall]),
  /** There were too many calls to tell of each: ask for the list again. */
  'calls-skipped': z.object({ count: z.int() }),
  account: z.object({
    accountId: z.string(),
    state: accountState,
    reason: z.string(),
    cause: cause.optional(),
    until: moment.optional(),
  }),
  limits: z.object({ accountId: z.string(), limits }),
  /** The first part of the paths whose answers are different now, such as `accounts`. */
  changed: z.object({ resource: z.string() }),
  alert,
  relay: z.object({ state: z.enum(['running', 'paused', 'stopping']) }),
  /** The stream is over: the session ended or locked. */
  ended: z.object({ reason: z.enum(['signed-out', 'locked']) }),
} as const;

export type FeedEventName = keyof typeof feedEvents;
export type FeedEvent<Name extends FeedEventName = FeedEventName> = z.output<(typeof feedEvents)[Name]>;

export const eventsPath = '/events';

export const liveRoutes = {
  listRunningCalls: { method: 'GET', path: '/running-calls', input: none, output: z.array(liveCall) },
  /** Ends it as if its client had left: what it used so far is counted. */
  cancelCall: {
    method: 'DELETE',
    path: '/running-calls/:requestId',
    input: z.strictObject({ requestId }),
    output: z.object({ requestId, cancelled: z.literal(true) }),
  },
} as const;
