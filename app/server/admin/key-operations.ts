import type { ApiKey } from '../../keys/key.ts';
import { routes } from './contract.ts';
import { AdminError } from './errors.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'keyRepository' | 'accountRepository'>;

/** The key directory follows the repository by itself. */
export function keyOperations({ keyRepository: keys, accountRepository: accounts }: Parts) {
  return {
    listKeys: operation(routes.listKeys, async () => (await keys.list()).map(toWire)),
    showKey: operation(routes.showKey, async ({ id }) => found(await keys.find(id))),
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
  return { ...key, models: [...key.models], services: [...key.services] };
}

function unknownKey(): AdminError {
  return new AdminError('not-found', 'There is no such key. See which there are with: waystation key list');
}
