import * as z from 'zod';
import { isTimeZone } from '../../domain/calendar.ts';
import { cause } from './contract-scheduling.ts';
import { callStatus, usageEntry } from './contract-usage.ts';

// The part of the contract that pages show first: today's sums, what needs somebody's hand, calls page by page.

const id = z.string().min(1).max(64);
const moment = z.int().nonnegative();
const none = z.strictObject({});
const number = z
  .union([z.int(), z.string().regex(/^\d{1,15}$/)])
  .transform(Number)
  .pipe(z.int().nonnegative());

const sums = {
  calls: z.int(),
  failedCalls: z.int(),
  /** Calls whose model has no known price: their cost is not in `costNanoUsd`. */
  unpricedCalls: z.int(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  cacheReadTokens: z.int(),
  cacheWrite5mTokens: z.int(),
  cacheWrite1hTokens: z.int(),
  costNanoUsd: z.int(),
  /** What keys paid for the same. */
  billedNanoUsd: z.int(),
};

/** One day by the clock of one place. Every page and the command line show these numbers and no others. */
export const today = z.object({
  startsAt: moment,
  endsAt: moment,
  timeZone: z.string(),
  total: z.object(sums),
  byAccount: z.array(z.object({ accountId: z.string().nullable(), ...sums })),
  byKey: z.array(z.object({ keyId: z.string().nullable(), ...sums })),
});

export const attention = z.object({
  kind: z.enum([
    'no-account',
    'all-accounts-unavailable',
    'account-needs-sign-in',
    'account-blocked',
    'account-awaits-terms',
    'account-limited',
    'account-expired',
    'no-key',
    'calls-waiting-for-database',
    'disk-full',
    'tool-drifted',
    'tools-set-aside',
    'account-run-out',
    'failed-over',
    'key-limit-reached',
    'member-limit-reached',
    'budget-reached',
    'budget-forecast',
    'update-ready',
    'sharing-unreadable',
  ]),
  severity: z.enum(['info', 'warning', 'critical']),
  accountId: z.string().nullable(),
  /** The name of what it is about, for people. */
  name: z.string().nullable(),
  /** The account that serves in its place. */
  otherName: z.string().optional(),
  /** 80 or 100, where a share was reached. */
  percent: z.int().optional(),
  runsOutAt: moment.optional(),
  cause: cause.optional(),
  /** When it is over by itself. */
  until: moment.optional(),
  /** The one thing to do about it. */
  action: z.enum([
    'add-account',
    'sign-in-again',
    'accept-terms',
    'show-account',
    'create-key',
    'run-doctor',
    'show-connections',
    'connect-again',
    'show-team',
    'show-usage',
    'show-settings',
  ]),
});

/** Best first; accounts on one step share the calls. */
const accountOrder = z.strictObject({ steps: z.array(z.array(id).min(1).max(200)).min(1).max(100) });
const ordered = z.array(z.object({ accountId: id, priority: z.int() }));

const callFilter = z.strictObject({
  limit: number.pipe(z.int().min(1).max(500)).default(100),
  /** `next` of the page before. */
  cursor: z.string().max(100).optional(),
  since: number.optional(),
  before: number.optional(),
  key: id.optional(),
  account: id.optional(),
  status: callStatus.optional(),
  /** As the client named it. */
  model: z.string().max(200).optional(),
  project: z.string().max(200).optional(),
  session: z.string().max(500).optional(),
});
const callPage = z.object({ calls: z.array(usageEntry), next: z.string().nullable() });

export const overviewRoutes = {
  showToday: {
    method: 'GET',
    path: '/usage/today',
    input: z.strictObject({
      timeZone: z.string().max(64).refine(isTimeZone, 'must be a time zone such as Europe/Berlin').default('UTC'),
    }),
    output: today,
  },
  /** At most five, the gravest first. */
  listAttention: { method: 'GET', path: '/attention', input: none, output: z.array(attention).max(5) },
  /** In one step: all of the named accounts, or none. */
  orderAccounts: { method: 'POST', path: '/accounts/order', input: accountOrder, output: ordered },
  listCalls: { method: 'GET', path: '/calls', input: callFilter, output: callPage },
} as const;
