import * as z from 'zod';
import { reason } from '../../accounts/reason-schema.ts';

// What the admin API says of how accounts are looked after: part of the contract.

const moment = z.int().nonnegative();

/** Why an account is in its state, with everything that has a say in it. */
export const condition = z.object({
  /** An English sentence; empty while it is active. */
  reason: z.string(),
  cause: reason.optional(),
  until: moment.optional(),
});

/** What going through an account's proxy told. Nothing is sent to the upstream. */
export const proxyProbe = z.object({
  accountId: z.string(),
  /** Where it should lead to. */
  origin: z.string(),
  ok: z.boolean(),
  /** As far as it came: the proxy takes a connection, leads to the upstream, and the upstream proves who it is. */
  steps: z.array(z.object({ phase: z.enum(['proxy', 'tunnel', 'tls']), ok: z.boolean(), ms: z.int() })),
  /** What failed, and what to do. */
  message: z.string(),
});

/** How one of an account's caps stands. */
export const capStanding = z.object({
  /** Such as `cost per day`. */
  name: z.string(),
  measure: z.enum(['requests', 'cost']),
  /** Calls, or nano-dollars. */
  amount: z.int(),
  mode: z.enum(['smooth', 'strict']),
  timeZone: z.string(),
  spent: z.number(),
  /** By calls that are on their way. */
  held: z.number(),
  resetsAt: moment,
});

/** What the last scheduled test found. */
export const lastTest = z.object({ at: moment, ok: z.boolean(), message: z.string() });

/** What was left of the money that the upstream holds, when it was last asked. */
export const balance = z.object({
  at: moment,
  amounts: z.array(z.object({ currency: z.string(), amount: z.number() })),
  /** Whether the upstream says that it is enough to be served. */
  isEnough: z.boolean().optional(),
});

const asked = z.object({
  accountId: z.string(),
  balance: balance.nullable(),
  /** What came of asking. */
  message: z.string(),
});

const byId = z.strictObject({ id: z.string().min(1).max(64) });

export const accountCareRoutes = {
  testAccountProxy: { method: 'POST', path: '/accounts/:id/proxy-test', input: byId, output: proxyProbe },
  refreshAccountBalance: { method: 'POST', path: '/accounts/:id/balance/refresh', input: byId, output: asked },
} as const;
