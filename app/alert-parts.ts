import { openAccountCaps } from './account-cap-parts.ts';
import { AlertWatch } from './alert-watch.ts';
import type { Limiter } from './keys/limiter.ts';
import { type LimitPorts, openLimiter } from './limit-parts.ts';
import type { Parts } from './parts.ts';
import type { AccountCaps } from './relay/account-caps.ts';
import { spentOf } from './usage/budget-spending.ts';
import { BudgetWatch } from './usage/budget-watch.ts';

export interface WatchedLimits {
  readonly limiter: Limiter;
  readonly accountCaps: AccountCaps;
  readonly budgetWatch: BudgetWatch;
}

/** What holds calls against the limits of their keys, and what tells when limits, budgets and accounts run out. */
export async function openWatchedLimits(
  parts: Parts,
  ports: Omit<LimitPorts, 'near'>,
  closing: AsyncDisposableStack,
): Promise<WatchedLimits> {
  const { alerts, keys, rollups, keyRepository, ports: surroundings } = parts;
  const common = { alerts, clock: surroundings.clock, warn: ports.warn };
  const watch = new AlertWatch({
    ...common,
    accounts: () => parts.accounts.all(),
    findKey: (id) => keys.get(id),
    standings: (key) => limiter.standings(key),
  });
  closing.defer(() => watch.stop());
  const near: LimitPorts['near'] = (key, standing, isReached) => watch.noteLimit(key, standing, isReached);
  const limiter = await openLimiter(parts, { ...ports, near });
  const budgetWatch = new BudgetWatch({
    ...common,
    budgets: parts.budgets,
    ownerOf: (keyId) => keys.get(keyId)?.owner,
    spent: (budget, since) => spentOf({ rollups, keysOf: (owner) => keyRepository.idsOf(owner) }, budget, since),
  });
  closing.defer(() => budgetWatch.stop());
  return { limiter, budgetWatch, accountCaps: await openAccountCaps(parts, ports, closing) };
}
