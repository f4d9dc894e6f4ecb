import * as z from 'zod';
import { isTimeZone } from '../domain/calendar.ts';
import { typedCode } from '../keys/top-up-input.ts';

// What the holder of a key may know of it: an allow-list. Nothing of accounts, of other keys, or of what its owner notes.

const moment = z.int().nonnegative();

/** How one limit stands. Amounts are calls, tokens or nano-dollars, by its measure. */
const limit = z.object({
  name: z.string(),
  measure: z.enum(['requests', 'tokens', 'cost']),
  amount: z.int(),
  /** Whether all keys of the same member share it. */
  isShared: z.boolean().optional(),
  spent: z.int(),
  /** By calls that are on their way. */
  held: z.int(),
  remaining: z.int(),
  /** When it has room again; absent when it never does by itself. */
  resetsAt: moment.optional(),
  /** Whether it refuses calls, or only tells the owner. */
  isEnforced: z.boolean(),
});

const me = z.object({
  id: z.string(),
  name: z.string(),
  /** What its secret begins with. */
  prefix: z.string(),
  owner: z.string().optional(),
  createdAt: moment,
  /** When it stops to work; absent: never, or not before its first use. */
  expiresAt: moment.optional(),
  /** How long it works from its first use on. */
  lifetimeMs: z.int().optional(),
  activatedAt: moment.optional(),
  /** Empty lists allow everything. */
  services: z.array(z.string()),
  models: z.array(z.string()),
  deniedModels: z.array(z.string()),
  clients: z.array(z.string()),
  maxConcurrent: z.int().optional(),
});

const keyInfo = me.extend({
  limits: z.array(limit),
  lastUse: z.object({ at: moment, userAgent: z.string().optional(), address: z.string().optional() }).optional(),
});

const sums = {
  calls: z.int(),
  failedCalls: z.int(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  cacheReadTokens: z.int(),
  cacheWriteTokens: z.int(),
  /** What the key paid. */
  costNanoUsd: z.int(),
  /** Calls whose price is not known: their cost is not in `costNanoUsd`. */
  unpricedCalls: z.int(),
};

const usage = z.object({
  since: moment,
  before: moment.nullable(),
  timeZone: z.string(),
  by: z.enum(['day', 'hour', 'model', 'project']),
  total: z.object(sums),
  groups: z.array(z.object({ group: z.string().nullable(), ...sums })),
  limits: z.array(limit),
});

const when = z
  .union([
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
    z.iso.date().transform((text) => Date.parse(text)),
    z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  ])
  .pipe(moment);

/** What a code gave, and how the key stands with it. */
const topUp = z.object({
  redeemed: z.object({
    measure: z.enum(['requests', 'tokens', 'cost']).optional(),
    amount: z.int().optional(),
    extendMs: z.int().optional(),
  }),
  expiresAt: moment.optional(),
  limits: z.array(limit),
});

/** What a holder sends with a top-up. */
export const topUpBody = z.strictObject({ code: typedCode });

/** Questions about one's own key; the key itself is always the one that asks. */
export const holderPages = {
  me: { method: 'GET', path: '/v1/me', query: z.strictObject({}), output: me },
  'key-info': { method: 'GET', path: '/v1/key-info', query: z.strictObject({}), output: keyInfo },
  usage: {
    method: 'GET',
    path: '/v1/usage',
    query: z.strictObject({
      /** Epoch milliseconds, a date or a time; the last 30 days when left out. */
      since: when.optional(),
      before: when.optional(),
      by: z.enum(['day', 'hour', 'model', 'project']).default('day'),
      timeZone: z.string().max(64).refine(isTimeZone, 'is not an IANA time zone, such as Europe/Berlin').default('UTC'),
    }),
    output: usage,
  },
  /** The only one that changes something: it redeems a code for the key. */
  'top-up': { method: 'POST', path: '/v1/top-up', query: z.strictObject({}), output: topUp },
} as const;

export type HolderPage = keyof typeof holderPages;
export const holderPageNames = ['me', 'key-info', 'usage', 'top-up'] as const satisfies readonly HolderPage[];
export type HolderLimit = z.input<typeof limit>;
export type HolderSums = z.input<z.ZodObject<typeof sums>>;
