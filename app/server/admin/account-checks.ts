import type { AccountView } from '../../accounts/view.ts';
import type { AskUpstreamDeps } from '../../relay/ask-upstream.ts';
import { readBalance } from '../../relay/read-balance.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'accountRepository' | 'ports' | 'store'>;

/** What an account was last found to be. */
export async function checksToWire({ accountRepository }: Pick<Parts, 'accountRepository'>, { account }: AccountView) {
  const { test, balance } = await accountRepository.checks.of(account.id);
  return {
    lastTest: test ?? null,
    balance: balance ? { ...balance, amounts: [...balance.amounts] } : null,
  };
}

/** Asks for the balance and keeps it; answers what came of it. */
export async function refreshBalance(
  { accountRepository, ports, store }: Parts,
  deps: AskUpstreamDeps,
  view: AccountView,
): Promise<string> {
  const answer = await readBalance(deps, view);
  switch (answer.kind) {
    case 'known': {
      const known = { at: ports.clock.now(), ...answer.balance };
      await store.write([accountRepository.checks.balanceStatement(view.account.id, known)]);
      return 'Its upstream told it just now.';
    }
    case 'not-told':
      return 'Its upstream is not known to tell a balance, or has none for this credential.';
    case 'faulted':
      return `Its upstream could not be asked (${answer.fault}: ${answer.detail}).`;
  }
}
