import type { ApiKey, Plan } from '../../keys/key.ts';
import type { LimitStanding } from '../../keys/limit-refusal.ts';
import { storedStandings } from '../../keys/limiter.ts';
import { inForce } from '../../keys/plan.ts';
import { routes } from './contract.ts';
import { AdminError } from './errors.ts';
import { toStanding } from './key-operations.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'plans' | 'keyRepository' | 'spending' | 'catalogue' | 'ports' | 'live'>;

export function planOperations(parts: Parts) {
  const { plans } = parts;
  return {
    listPlans: operation(routes.listPlans, async () => {
      const keys = await parts.keyRepository.list();
      return (await plans.list()).map((plan) => toWire(plan, keys));
    }),
    showPlan: operation(routes.showPlan, async ({ id }) => await shown(parts, await plans.find(id))),
    createPlan: operation(routes.createPlan, async (input) => await shown(parts, await plans.create(input))),
    updatePlan: operation(routes.updatePlan, async ({ id, ...patch }) => {
      const plan = await plans.update(id, patch);
      // A limit that comes back has to see what was spent while it was away.
      await parts.live?.recountLimits();
      return await shown(parts, plan);
    }),
    previewPlan: operation(routes.previewPlan, async ({ id, ...patch }) => {
      const before = await plans.find(id);
      if (!before) throw unknownPlan();
      const after = plans.changed(before, patch);
      const keys = (await parts.keyRepository.list()).filter((key) => key.planId === id);
      return await Promise.all(keys.map((key) => effectOn(parts, key, after)));
    }),
    removePlan: operation(routes.removePlan, async ({ id }) => {
      const plan = await plans.find(id);
      if (!plan) throw unknownPlan();
      if (await plans.remove(id)) return { id, removed: true as const };
      const keys = [...(await parts.keyRepository.list()), ...(await parts.keyRepository.listTrash())];
      const names = keys.filter((key) => key.planId === id).map(({ name }) => name);
      const message = `Keys are on the plan ${plan.name} (also those in the trash count): ${names.join(', ')}.`;
      throw new AdminError('conflict', `${message} Take them off it first: waystation key update NAME --no-plan`);
    }),
  };
}

/** By stored calls: what running ones hold is not spent, and a look must leave no trace in the live state. */
async function effectOn(parts: Parts, key: ApiKey, plan: Plan) {
  const before = (await standings(parts, key)).filter(isFull);
  const after = (await standings(parts, { ...key, plan })).filter(isFull);
  return {
    keyId: key.id,
    keyName: key.name,
    isBlocked: after.length > 0,
    wasBlocked: before.length > 0,
    blockedBy: after.map(toStanding),
  };
}

async function standings({ spending, catalogue, ports }: Parts, key: ApiKey): Promise<readonly LimitStanding[]> {
  return await storedStandings(inForce(key), {
    now: ports.clock.now(),
    // Calls are stored under the names that clients gave.
    spentBefore: async ({ ownerId, ...question }) =>
      (await spending.read({ keyId: ownerId, ...question })).map((one) => ({
        ...one,
        model: catalogue.resolve(one.model).model,
      })),
  });
}

function isFull({ limit, spent }: LimitStanding): boolean {
  return limit.mode !== 'shadow' && spent >= limit.amount;
}

async function shown({ keyRepository }: Parts, plan: Plan | undefined) {
  if (plan) return toWire(plan, await keyRepository.list());
  throw unknownPlan();
}

function toWire(plan: Plan, keys: readonly ApiKey[]) {
  return {
    ...plan,
    models: [...plan.models],
    deniedModels: [...plan.deniedModels],
    services: [...plan.services],
    clients: [...plan.clients],
    limits: plan.limits.map((limit) => ({ ...limit, models: limit.models && [...limit.models] })),
    keys: keys.filter(({ planId }) => planId === plan.id).length,
  };
}

function unknownPlan(): AdminError {
  return new AdminError('not-found', 'There is no such plan. See which there are with: waystation plan list');
}
