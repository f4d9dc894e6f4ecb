import * as z from 'zod';
import type { LimitSnapshot } from '../domain/limits.ts';
import type { ProviderId } from '../providers/provider-id.ts';
import type { Row } from '../store/schema.ts';
import type { Account, Health, Listing } from './account.ts';
import { careFromText } from './care.ts';
import { reason, scopedLimit } from './reason-schema.ts';

const names = z.array(z.string());
const map = z.record(z.string(), z.string());
const signIn = z.object({
  kind: z.enum(['browser', 'setup-token', 'linked']),
  profile: z.object({ plan: z.string().optional(), email: z.string().optional() }).optional(),
});

const breaker = z.object({
  failures: z.number(),
  calls: z.number(),
  inARow: z.number(),
  since: z.number(),
  openings: z.number(),
  answers: z.number(),
  openedAt: z.number(),
  closedAt: z.number(),
});

const health = z.object({
  state: z.enum(['active', 'cooling-down', 'limited', 'needs-sign-in', 'blocked']),
  reason: reason.optional(),
  until: z.number().optional(),
  changedAt: z.number(),
  isUnproven: z.boolean().optional(),
  breaker,
  limits: z.array(scopedLimit),
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
    care: careFromText(row.care),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

const limits = z.object({
  readAt: z.number(),
  windows: z.array(
    z.object({
      name: z.string(),
      models: z.array(z.string()).optional(),
      used: z.number().optional(),
      unit: z.enum(['requests', 'tokens', 'input-tokens', 'output-tokens']).optional(),
      limit: z.number().optional(),
      remaining: z.number().optional(),
      lengthMs: z.number().optional(),
      resetsAt: z.number().optional(),
      isExhausted: z.boolean(),
    }),
  ),
});

/** Undefined when it is not what this version writes: the next answer tells it again. */
export function toLimits({ snapshot }: Pick<Row<'account_limits'>, 'snapshot'>): LimitSnapshot | undefined {
  return parseStored(limits, snapshot);
}

/** Undefined when it is not what this version writes: what is known of an account may be lost, the account may not. */
export function toHealth(row: Pick<Row<'account_health'>, 'health'>): Health | undefined {
  return parseStored(health, row.health);
}

function parseStored<Output>(schema: z.ZodType<Output>, text: string): Output | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
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
