import * as z from 'zod';
import { providerIds } from '../../providers/provider-id.ts';

// What the admin API says of kinds of upstreams, and of the numbers that nobody sets: part of the contract.

const none = z.strictObject({});
const schema = z.record(z.string(), z.json());

/** A kind of upstream, with all that a form for its accounts is drawn from. */
export const provider = z.object({
  id: z.enum(providerIds),
  label: z.string(),
  /** JSON Schema of the fields that are not secret. */
  settings: schema,
  /** JSON Schema of its credential; null where none is kept. */
  secret: schema.nullable(),
  /** Null where nobody signs in. */
  signIn: z.object({ hasSetupToken: z.boolean(), canLink: z.boolean() }).nullable(),
  canListModels: z.boolean(),
  mayTellBalance: z.boolean(),
});

/** A login of a vendor's own tool that lies on this computer, and whose it is: masked, and told on this computer only. */
const foundLogin = z.object({
  provider: z.enum(providerIds),
  plan: z.string().optional(),
  email: z.string().optional(),
});

/** How calls are tried again, and when an account rests: built in, to be read. */
export const failover = z.object({
  maxAttempts: z.int(),
  maxAttemptsMs: z.int(),
  sessionMs: z.int(),
  breaker: z.object({
    failuresInARow: z.int(),
    failures: z.int(),
    sharePercent: z.int(),
    countedMs: z.int(),
    answersToClose: z.int(),
    shortestOpenMs: z.int(),
    longestOpenMs: z.int(),
  }),
});

/** What went wrong with an account in each of the last 24 hours, the oldest first. */
const errorCounts = z.object({ accountId: z.string(), counts: z.array(z.int()) });

export const providerRoutes = {
  listProviders: { method: 'GET', path: '/providers', input: none, output: z.array(provider) },
  listFoundLogins: { method: 'GET', path: '/found-logins', input: none, output: z.array(foundLogin) },
  showFailover: { method: 'GET', path: '/routing/failover', input: none, output: failover },
  countAccountErrors: { method: 'GET', path: '/account-errors', input: none, output: z.array(errorCounts) },
} as const;
