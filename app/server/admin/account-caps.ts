import type { Account } from '../../accounts/account.ts';
import { storedStandings } from '../../keys/limiter.ts';
import { toCapped, toCapStandings } from '../../relay/account-caps.ts';
import type { AdminParts } from './parts.ts';

/** Makes the directory know how the caps of an account stand now. */
export async function lookAtCaps(
  { live, ports, spending, accounts }: Pick<AdminParts, 'live' | 'ports' | 'spending' | 'accounts'>,
  account: Account,
): Promise<void> {
  if (!account.care.caps?.length) return;
  if (live) {
    await live.capStandings(account);
    return;
  }
  const standings = await storedStandings(toCapped(account), {
    now: ports.clock.now(),
    spentBefore: ({ ownerId: accountId, isShared: _, ...question }) => spending.read({ accountId, ...question }),
  });
  accounts.noteCaps(account.id, toCapStandings(standings));
}
