import type { ApiKey, Plan } from '../../keys/key.ts';
import type { LimitStanding } from '../../keys/limit-refusal.ts';
import { inForce, planIdOf } from '../../keys/plan.ts';
import { routes } from './contract.ts';
import { AdminError } from './errors.ts';
import { toStanding } from './key-operations.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';
import { standingsByCalls } from './spent-before.ts';

type Parts = Pick<AdminParts, 'plans' | 'members' | 'keyRepository' | 'spending' | 'catalogue' | 'ports' | 'live'>;

export function planOperations(parts: Parts) {
  const { plans } = parts;
  return {
    listPlans: operation(routes.listPlans, async () => {
      const on = await usersOf(parts);
      return (await plans.list()).map((plan) => toWire(plan, on));
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
      const keys = (await parts.keyRepository.list()).filter((key) => planIdOf(key) === id);
      return await Promise.all(keys.map((key) => effectOn(parts, key, after)));
    }),
    removePlan: operation(routes.removePlan, async ({ id }) => {
      const plan = await plans.find(id);
      if (!plan) throw unknownPlan();
      if (await plans.remove(id)) return { id, removed: true as const };
      const keys = [...(await parts.keyRepository.list()), ...(await parts.keyRepository.listTrash())];
      const names = keys.filter((key) => key.planId === id).map(({ name }) => name);
      const members = (await parts.members.list()).filter((member) => member.planId === id).map(({ name }) => name);
      throw new AdminError('conflict', stillUsed(plan, { names, members }));
    }),
  };
}

function stillUsed(
  { name }: Plan,
  { names, members }: { readonly names: string[]; readonly members: string[] },
): string {
  const ofKeys = `Keys are on the plan ${name} (also those in the trash count): ${names.join(', ')}.`;
  const ofMembers = `Members are on the plan ${name}: ${members.join(', ')}.`;
  return [
    ...(names.length === 0 ? [] : [`${ofKeys} Take them off it first: waystation key update NAME --no-plan`]),
    ...(members.length === 0 ? [] : [`${ofMembers} Take them off it first: waystation member update NAME --no-plan`]),
  ].join(' ');
}

/** By stored calls: what running ones hold is not spent, and a look must leave no trace in the live state. */
async function effectOn(parts: Parts, key: ApiKey, plan: Plan) {
  const before = (await standingsByCalls(parts, inForce(key))).filter(isFull);
  const after = (await standingsByCalls(parts, inForce({ ...key, planId: plan.id, plan }))).filter(isFull);
  return {
    keyId: key.id,
    keyName: key.name,
    isBlocked: after.length > 0,
    wasBlocked: before.length > 0,
    blockedBy: after.map(toStanding),
  };
}

function isFull({ limit, spent }: LimitStanding): boolean {
  return limit.mode !== 'shadow' && spent >= limit.amount;
}

/** Who is on plans: keys, without those in the trash, and members. */
async function usersOf({ keyRepository, members }: Parts) {
  const keys = (await keyRepository.list()).map(planIdOf);
  const ofMembers = (await members.list()).map(({ planId }) => planId);
  const count = (ids: readonly (string | undefined)[], id: string) => ids.filter((one) => one === id).length;
  return { keys: (id: string) => count(keys, id), members: (id: string) => count(ofMembers, id) };
}

async function shown(parts: Parts, plan: Plan | undefined) {
  if (plan) return toWire(plan, await usersOf(parts));
  throw unknownPlan();
}

function toWire(plan: Plan, on: Awaited<ReturnType<typeof usersOf>>) {
  return {
    ...plan,
    models: [...plan.models],
    deniedModels: [...plan.deniedModels],
    services: [...plan.services],
    clients: [...plan.clients],
    limits: plan.limits.map((limit) => ({ ...limit, models: limit.models && [...limit.models] })),
    keys: on.keys(plan.id),
    members: on.members(plan.id),
  };
}

function unknownPlan(): AdminError {
  return new AdminError('not-found', 'There is no such plan. See which there are with: waystation plan list');
}
