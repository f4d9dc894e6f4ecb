import { lookupOfSystem } from '../../accounts/address-lookup.ts';
import { probeProxy } from '../../accounts/tunnel/probe.ts';
import { checksToWire, refreshBalance } from './account-checks.ts';
import { type accountOperations, find, testDeps } from './account-operations.ts';
import { routes } from './contract.ts';
import { AdminError } from './errors.ts';
import { operation } from './operation.ts';

type Parts = Parameters<typeof accountOperations>[0];

/** A person waits for it. */
const connectMs = 10_000;

export function accountCareOperations(parts: Parts) {
  return {
    testAccountProxy: operation(routes.testAccountProxy, ({ id }) => testProxy(parts, id)),
    refreshAccountBalance: operation(routes.refreshAccountBalance, async ({ id }) => {
      const view = await find(parts, id);
      const message = await refreshBalance(parts, testDeps(parts), view);
      return { accountId: id, balance: (await checksToWire(parts, view)).balance, message };
    }),
  };
}

async function testProxy({ accountRepository, ports: { clock, providers } }: Parts, id: string) {
  const account = await accountRepository.find(id);
  const provider = account && providers.get(account.provider);
  if (!account || !provider) {
    throw new AdminError('not-found', 'There is no such account. See which there are with: waystation account list');
  }
  const proxy = await accountRepository.openProxy(id);
  if (proxy === undefined) {
    throw new AdminError(
      'request-invalid',
      'This account has no proxy. Give it one: waystation account update NAME --proxy URL',
    );
  }
  const origin = provider.origin(account.settings);
  const way = { origin, allowLocal: account.allowLocalUpstream, lookup: lookupOfSystem, connectMs, clock };
  const { ok, steps, message } = await probeProxy(new URL(proxy), way);
  return { accountId: id, origin, ok, steps: [...steps], message };
}
