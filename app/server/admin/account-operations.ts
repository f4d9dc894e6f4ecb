import type * as z from 'zod';
import type { HealthEvent } from '../../accounts/health-event.ts';
import type { AccountView } from '../../accounts/view.ts';
import { protocols } from '../../protocols/index.ts';
import { listUpstreamModels } from '../../relay/list-models.ts';
import { type TestAccountDeps, testAccount, testedModel } from '../../relay/test-account.ts';
import { lookAtCaps } from './account-caps.ts';
import { checksToWire } from './account-checks.ts';
import { accountToWire } from './account-wire.ts';
import { checkSignIn } from './check-sign-in.ts';
import { routes } from './contract.ts';
import { AdminError } from './errors.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<
  AdminParts,
  | 'accountRepository'
  | 'accounts'
  | 'credentials'
  | 'store'
  | 'ports'
  | 'transport'
  | 'refresher'
  | 'oauth'
  | 'control'
  | 'live'
  | 'rules'
  | 'spending'
>;

export function accountOperations(parts: Parts) {
  const { accountRepository: accounts, accounts: directory } = parts;
  return {
    listAccounts: operation(routes.listAccounts, async () => {
      const stored = await accounts.list();
      return await Promise.all(stored.map(({ id }) => showAccount(parts, id)));
    }),
    showAccount: operation(routes.showAccount, ({ id }) => showAccount(parts, id)),
    createAccount: operation(routes.createAccount, (input) => createAccount(parts, input)),
    updateAccount: operation(routes.updateAccount, ({ id, ...patch }) => update(parts, id, patch)),
    pauseAccount: operation(routes.pauseAccount, async ({ id }) => {
      if (!(await accounts.update(id, { isEnabled: false }))) throw unknownAccount();
      await directory.reload();
      return await showAccount(parts, id);
    }),
    resumeAccount: operation(routes.resumeAccount, async ({ id }) => {
      if (!(await accounts.update(id, { isEnabled: true }))) throw unknownAccount();
      await apply(parts, id, { kind: 'resumed' });
      await directory.reload();
      return await showAccount(parts, id);
    }),
    removeAccount: operation(routes.removeAccount, async ({ id }) => {
      // First: a kill in between must not leave all calls to an account that is gone.
      await forgetAim(parts, id);
      if (!(await accounts.remove(id))) throw unknownAccount();
      directory.forgetCredential(id);
      await directory.reload();
      return { id, removed: true as const };
    }),
    listAccountModels: operation(routes.listAccountModels, async ({ id }) => modelsOf(parts, await find(parts, id))),
    refreshAccountModels: operation(routes.refreshAccountModels, async ({ id }) => {
      const models = await listUpstreamModels(testDeps(parts), await find(parts, id));
      await accounts.storeListing(id, models);
      await directory.reload();
      return modelsOf(parts, await find(parts, id));
    }),
    testAccount: operation(routes.testAccount, async ({ id, model }) => {
      const view = await find(parts, id);
      // A made-up request would not be its client's: who signed in is asked for instead, which costs nothing.
      if (view.onlyClient !== undefined) return { accountId: id, model: '', ...(await checkSignIn(parts, view)) };
      const asked = model ?? modelFor(view);
      return { accountId: id, model: asked, ...(await testAccount(testDeps(parts), view, asked)) };
    }),
  };
}

/** Calls that were to go to it go where the rules say again. */
async function forgetAim({ rules }: Parts, id: string): Promise<void> {
  const { current } = rules;
  if (current.aim.kind === 'automatic' || current.aim.accountId !== id) return;
  await rules.set({ ...current, aim: { kind: 'automatic' } });
}

export async function createAccount(parts: Parts, { secret, ...input }: z.output<typeof routes.createAccount.input>) {
  const { id } = await parts.accountRepository.create({ ...input, secretText: secret });
  await parts.accounts.reload();
  return await showAccount(parts, id);
}

/** Null takes a proxy away; what is left out stays as it is. */
type Patch = Omit<z.output<typeof routes.updateAccount.input>, 'id'>;

async function update(parts: Parts, id: string, { secret, ...patch }: Patch) {
  const { accountRepository, accounts: directory } = parts;
  if (!(await accountRepository.update(id, { ...patch, secretText: secret }))) throw unknownAccount();
  directory.forgetCredential(id);
  if (secret !== undefined) await apply(parts, id, { kind: 'credential-changed' });
  await directory.reload();
  return await showAccount(parts, id);
}

export async function showAccount(parts: Parts, id: string) {
  const view = await find(parts, id);
  await lookAtCaps(parts, view.account);
  return { ...accountToWire(parts, view), ...(await checksToWire(parts, view)) };
}

export async function find({ accounts: directory }: Parts, id: string): Promise<AccountView> {
  const view = directory.get(id) ?? (await reloaded(directory, id));
  if (view) return view;
  throw unknownAccount();
}

/** It may have been added by another process. */
async function reloaded(directory: Parts['accounts'], id: string): Promise<AccountView | undefined> {
  await directory.reload();
  return directory.get(id);
}

async function apply({ accounts, store }: Parts, id: string, event: HealthEvent): Promise<void> {
  const statements = accounts.apply(id, event);
  if (statements.length > 0) await store.write(statements);
}

function modelsOf({ ports }: Parts, { account, listed }: AccountView) {
  return {
    accountId: account.id,
    named: [...account.models],
    mapped: { ...account.modelMap },
    canList: ports.providers.get(account.provider)?.modelList !== undefined,
    fetchedAt: listed?.fetchedAt ?? null,
    listed: [...(listed?.models ?? [])],
  };
}

export function testDeps({
  ports,
  credentials,
  oauth,
  transport,
}: Pick<Parts, 'ports' | 'credentials' | 'oauth' | 'transport'>): TestAccountDeps {
  return {
    clock: ports.clock,
    providers: ports.providers,
    protocols,
    credential: (id) => credentials.credential(id),
    endpoints: (provider) => oauth.of(provider),
    send: (request, options) => transport.send(request, options),
  };
}

export function modelFor(view: AccountView): string {
  const model = testedModel(view);
  if (model !== undefined) return model;
  throw new AdminError('request-invalid', 'Say which model to ask it for: waystation account test NAME --model MODEL');
}

function unknownAccount(): AdminError {
  return new AdminError('not-found', 'There is no such account. See which there are with: waystation account list');
}
