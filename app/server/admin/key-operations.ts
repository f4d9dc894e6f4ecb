import { readDevices } from '../../keys/devices.ts';
import type { ApiKey } from '../../keys/key.ts';
import type { LimitStanding } from '../../keys/limit-refusal.ts';
import { inForce } from '../../keys/plan.ts';
import { type KeyUse, usesOf } from '../../keys/uses.ts';
import { routes } from './contract.ts';
import { AdminError } from './errors.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';
import { standingsByCalls } from './spent-before.ts';

type Parts = Pick<
  AdminParts,
  'keyRepository' | 'members' | 'plans' | 'accountRepository' | 'spending' | 'ports' | 'live' | 'store' | 'catalogue'
>;

/** Enough for everybody to put the new secret in; a leaked one is ended with 0. */
const defaultGraceMs = 24 * 3_600_000;

/** The key directory follows the repository by itself. */
export function keyOperations(parts: Parts) {
  return { ...readOperations(parts), ...writeOperations(parts), ...batchOperations(parts) };
}

function readOperations(parts: Parts) {
  const { keyRepository: keys } = parts;
  return {
    listKeyDevices: operation(routes.listKeyDevices, async () => {
      const known = new Set((await keys.list()).map(({ id }) => id));
      const found = await (parts.live?.keyDevices() ?? readDevices(parts.store));
      return found.filter(({ keyId }) => known.has(keyId));
    }),
    listKeys: operation(routes.listKeys, async ({ tag, owner, member, place }) => {
      const uses = await usesOf(parts);
      const all = place === 'trash' ? await keys.listTrash() : await keys.list();
      return all
        .filter((key) => tag === undefined || key.tags.includes(tag))
        .filter((key) => owner === undefined || key.owner === owner)
        .filter((key) => member === undefined || key.memberId === member)
        .map((key) => toWire(key, uses.get(key.id)));
    }),
    showKey: operation(routes.showKey, async ({ id }) => {
      const key = await keys.find(id);
      if (!key) throw unknownKey();
      const lastUse = (await usesOf(parts)).get(id);
      return { ...toWire(key, lastUse), standings: (await standingsOf(parts, inForce(key))).map(toStanding) };
    }),
  };
}

function writeOperations(parts: Parts) {
  const { keyRepository: keys } = parts;
  return {
    createKey: operation(routes.createKey, async (input) => {
      await checkBinding(parts, input);
      const { key, secret } = await keys.create(input);
      return { ...toWire(key), key: secret };
    }),
    updateKey: operation(routes.updateKey, async ({ id, ...patch }) => {
      await checkBinding(parts, patch);
      const key = await keys.update(id, patch);
      if (patch.planId !== undefined || patch.memberId !== undefined) await parts.live?.recountLimits();
      return found(key);
    }),
    rotateKey: operation(routes.rotateKey, async ({ id, graceMs = defaultGraceMs }) => {
      const issued = await keys.rotate(id, graceMs);
      if (!issued) throw unknownKey();
      return { ...toWire(issued.key), key: issued.secret };
    }),
    removeKey: operation(routes.removeKey, async ({ id, forGood }) => {
      const isRemoved = forGood ? await keys.removeForGood([id]) : await keys.remove(id);
      if (isRemoved) return { id, removed: true as const };
      throw unknownKey();
    }),
    restoreKey: operation(routes.restoreKey, async ({ id }) => {
      const key = await keys.restore(id);
      if (key) return toWire(key);
      throw new AdminError('not-found', 'There is no such key in the trash. See: waystation key list --trash');
    }),
  };
}

function batchOperations(parts: Parts) {
  const { keyRepository: keys } = parts;
  return {
    createKeys: operation(routes.createKeys, async ({ count, name, ...fields }) => {
      await checkBinding(parts, fields);
      const named = Array.from({ length: count }, (_, index) => ({ ...fields, name: `${name}-${index + 1}` }));
      return (await keys.createAll(named)).map(({ key, secret }) => ({ ...toWire(key), key: secret }));
    }),
    importKeys: operation(routes.importKeys, async ({ keys: given, ...fields }) => {
      await checkBinding(parts, fields);
      const made = await keys.importAll(given.map(({ name, secret }) => ({ secret, fields: { ...fields, name } })));
      return made.map((key) => toWire(key));
    }),
    updateKeys: operation(routes.updateKeys, async ({ ids, ...patch }) => {
      await checkBinding(parts, patch);
      const updated = await keys.updateAll(ids, patch);
      if (patch.planId !== undefined || patch.memberId !== undefined) await parts.live?.recountLimits();
      if (updated) return updated.map((key) => toWire(key));
      throw oneIsGone();
    }),
    removeKeys: operation(routes.removeKeys, async ({ ids, forGood }) => {
      if (await (forGood ? keys.removeForGood(ids) : keys.removeAll(ids))) return { removed: ids };
      throw oneIsGone();
    }),
  };
}

async function standingsOf(parts: Parts, key: ApiKey): Promise<readonly LimitStanding[]> {
  return parts.live ? await parts.live.limitStandings(key) : await standingsByCalls(parts, key);
}

export function toStanding({ name, limit, isShared, spent, held, resetsAt }: LimitStanding) {
  const { measure, amount, mode, window, models } = limit;
  return { name, measure, amount, mode, window, models: models && [...models], isShared, spent, held, resetsAt };
}

interface Binding {
  readonly accountId?: string | null | undefined;
  readonly groupId?: string | null | undefined;
  readonly planId?: string | null | undefined;
  readonly memberId?: string | null | undefined;
}

/** Throws `request-invalid` when what a key would be bound to is not there. */
async function checkBinding({ accountRepository: accounts, plans, members }: Parts, bound: Binding): Promise<void> {
  const { accountId, groupId, planId, memberId } = bound;
  if (typeof accountId === 'string' && !(await accounts.find(accountId))) {
    const message = 'accountId: there is no such account. See which there are with: waystation account list';
    throw new AdminError('request-invalid', message);
  }
  if (typeof groupId === 'string' && !(await accounts.groups.list()).some(({ id }) => id === groupId)) {
    const message = 'groupId: there is no such group. See which there are with: waystation group list';
    throw new AdminError('request-invalid', message);
  }
  if (typeof planId === 'string' && !(await plans.find(planId))) {
    const message = 'planId: there is no such plan. See which there are with: waystation plan list';
    throw new AdminError('request-invalid', message);
  }
  if (typeof memberId === 'string' && !(await members.find(memberId))) {
    const message = 'memberId: there is no such member. See which there are with: waystation member list';
    throw new AdminError('request-invalid', message);
  }
}

function found(key: ApiKey | undefined) {
  if (key) return toWire(key);
  throw unknownKey();
}

function toWire({ plan, member, ...key }: ApiKey, lastUse?: KeyUse) {
  return {
    ...key,
    planName: plan?.name,
    memberName: member?.name,
    memberState: key.memberId === undefined ? undefined : (member?.state ?? ('removed' as const)),
    tags: [...key.tags],
    models: [...key.models],
    deniedModels: [...key.deniedModels],
    services: [...key.services],
    clients: [...key.clients],
    addresses: [...key.addresses],
    limits: key.limits.map((limit) => ({ ...limit, models: limit.models && [...limit.models] })),
    lastUse,
  };
}

function oneIsGone(): AdminError {
  return new AdminError('not-found', 'One of these keys is not there any more; nothing was changed.');
}

function unknownKey(): AdminError {
  return new AdminError('not-found', 'There is no such key. See which there are with: waystation key list');
}
