import type { ApiKey, Plan } from './key.ts';
import { limitName } from './limit.ts';
import { withGrants } from './top-up.ts';

/**
 * A key as calls meet it. A limit of its own takes the place of the plan's limit with the same name (measure, time and
 * models); the plan's other limits hold too. Its own list of models, services or programs, and its own number of calls at
 * once, take the place of the plan's; models are denied when either denies them. What top-up codes granted is added to
 * what is in force then.
 */
export function inForce(key: ApiKey): ApiKey {
  return withGrants(onPlan(key));
}

function onPlan(key: ApiKey): ApiKey {
  const plan = planOf(key);
  if (plan === undefined) return key;
  // A plan that is gone must not leave its keys without limits.
  if (plan === 'gone') return { ...key, isEnabled: false };
  const own = new Set(key.limits.map(limitName));
  return {
    ...key,
    models: ownOr(key.models, plan.models),
    deniedModels: [...new Set([...key.deniedModels, ...plan.deniedModels])],
    services: ownOr(key.services, plan.services),
    clients: ownOr(key.clients, plan.clients),
    maxConcurrent: key.maxConcurrent ?? plan.maxConcurrent,
    limits: [...key.limits, ...plan.limits.filter((limit) => !own.has(limitName(limit)))],
  };
}

/** The plan that is in force: its own, or its member's. */
export function planIdOf({ planId, member }: ApiKey): string | undefined {
  return planId ?? member?.planId;
}

/** Undefined for a key on none. */
export function planOf({ planId, plan, member }: ApiKey): Plan | 'gone' | undefined {
  if (planId !== undefined) return plan ?? 'gone';
  return member?.planId === undefined ? undefined : (member.plan ?? 'gone');
}

function ownOr<Item>(own: readonly Item[], planned: readonly Item[]): readonly Item[] {
  return own.length === 0 ? planned : own;
}
