import type { ApiKey } from '../../keys/key.ts';
import type { LimitStanding } from '../../keys/limit-refusal.ts';
import { type ReadSpent, storedStandings } from '../../keys/limiter.ts';
import { routes } from './contract.ts';
import { AdminError } from './errors.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'keyRepository' | 'accountRepository' | 'spending' | 'ports' | 'live'>;

/** The key directory follows the repository by itself. */
export function keyOperations(parts: Parts) {
  const { keyRepository: keys, accountRepository: accounts } = parts;
  return {
    listKeys: operation(routes.listKeys, async () => (await keys.list()).map(toWire)),
    showKey: operation(routes.showKey, async ({ id }) => {
      const key = await keys.find(id);
      if (!key) throw unknownKey();
      return { ...toWire(key), standings: (await standingsOf(parts, key)).map(toStanding) };
    }),
    createKey: operation(routes.createKey, async (input) => {
      await checkAccount(accounts, input.accountId);
      await checkGroup(accounts, input.groupId);
      const { key, secret } = await keys.create(input);
      return { ...toWire(key), key: secret };
    }),
    updateKey: operation(routes.updateKey, async ({ id, ...patch }) => {
      await checkAccount(accounts, patch.accountId);
      await checkGroup(accounts, patch.groupId);
      return found(await keys.update(id, patch));
    }),
    removeKey: operation(routes.removeKey, async ({ id }) => {
      if (await keys.remove(id)) return { id, removed: true as const };
      throw unknownKey();
    }),
  };
}

async function standingsOf({ live, spending, ports }: Parts, key: ApiKey): Promise<readonly LimitStanding[]> {
  if (live) return await live.limitStandings(key);
  const spentBefore: ReadSpent = (question) => spending.read(question);
  return await storedStandings(key, { now: ports.clock.now(), spentBefore });
}

function toStanding({ name, limit, spent, held, resetsAt }: LimitStanding) {
  return { name, measure: limit.measure, amount: limit.amount, mode: limit.mode, spent, held, resetsAt };
}

async function checkAccount(accounts: Parts['accountRepository'], id: string | null | undefined): Promise<void> {
  if (id === undefined || id === null || (await accounts.find(id))) return;
  const message = 'accountId: there is no such account. See which there are with: waystation account list';
  throw new AdminError('request-invalid', message);
}

async function checkGroup(accounts: Parts['accountRepository'], id: string | null | undefined): Promise<void> {
  if (id === undefined || id === null || (await accounts.groups.list()).some((group) => group.id === id)) return;
  const message = 'groupId: there is no such group. See which there are with: waystation group list';
  throw new AdminError('request-invalid', message);
}

function found(key: ApiKey | undefined) {
  if (key) return toWire(key);
  throw unknownKey();
}

function toWire(key: ApiKey) {
  const limits = key.limits.map((limit) => ({ ...limit, models: limit.models && [...limit.models] }));
  return { ...key, models: [...key.models], services: [...key.services], limits };
}

function unknownKey(): AdminError {
  return new AdminError('not-found', 'There is no such key. See which there are with: waystation key list');
}
