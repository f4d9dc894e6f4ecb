import * as z from 'zod';
import type { ProviderId } from '../providers/provider-id.ts';
import type { Row } from '../store/schema.ts';
import type { Account, Health, Listing } from './account.ts';

const names = z.array(z.string());
const map = z.record(z.string(), z.string());
const signIn = z.object({
  kind: z.enum(['browser', 'setup-token', 'linked']),
  profile: z.object({ plan: z.string().optional(), email: z.string().optional() }).optional(),
});
const health = z.object({
  state: z.enum(['active', 'cooling-down', 'limited', 'needs-sign-in', 'blocked']),
  reason: z.string(),
  until: z.number().optional(),
  changedAt: z.number(),
  failures: z.number(),
  modelLimits: z.record(z.string(), z.number()),
});

const listed = z.array(
  z.object({
    id: z.string(),
    displayName: z.string().optional(),
    createdAt: z.number().optional(),
    contextTokens: z.number().optional(),
    maxOutputTokens: z.number().optional(),
  }),
);

export function toAccount(row: Row<'accounts'>, provider: ProviderId): Account {
  return {
    id: row.id,
    name: row.name,
    provider,
    settings: JSON.parse(row.settings),
    hasSecret: row.secret !== null,
    secretRevision: row.secret_revision,
    signIn: row.sign_in === null ? undefined : signIn.parse(JSON.parse(row.sign_in)),
    termsAcceptedAt: row.terms_accepted_at ?? undefined,
    isShared: row.is_shared === 1,
    hasProxy: row.proxy !== null,
    allowLocalUpstream: row.allow_local === 1,
    priority: row.priority,
    weight: row.weight,
    isEnabled: row.is_enabled === 1,
    models: names.parse(JSON.parse(row.models)),
    modelMap: map.parse(JSON.parse(row.model_map)),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** Undefined when it is not what this version writes: what is known of an account may be lost, the account may not. */
export function toHealth(row: Pick<Row<'account_health'>, 'health'>): Health | undefined {
  try {
    return health.safeParse(JSON.parse(row.health)).data;
  } catch {
    return undefined;
  }
}

/** Undefined when it is not what this version writes: it can be fetched again. */
export function toListing(row: Pick<Row<'account_models'>, 'models' | 'fetched_at'>): Listing | undefined {
  try {
    return { models: listed.parse(JSON.parse(row.models)), fetchedAt: row.fetched_at };
  } catch {
    return undefined;
  }
}
