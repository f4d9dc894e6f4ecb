import type { ApiKey } from './key.ts';
import { limitName } from './limit.ts';

/**
 * A key as calls meet it. A limit of its own takes the place of the plan's limit with the same name (measure, time and
 * models); the plan's other limits hold too. Its own list of models, services or programs, and its own number of calls at
 * once, take the place of the plan's; models are denied when either denies them.
 */
export function inForce(key: ApiKey): ApiKey {
  const { plan } = key;
  // A plan that is gone must not leave its keys without limits.
  if (!plan) return key.planId === undefined ? key : { ...key, isEnabled: false };
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

function ownOr<Item>(own: readonly Item[], planned: readonly Item[]): readonly Item[] {
  return own.length === 0 ? planned : own;
}
