import { type Budget, isBilled } from './budget.ts';
import type { UsageRollups } from './rollups.ts';

interface SpendingDeps {
  readonly rollups: Pick<UsageRollups, 'summary'>;
  /** Also of keys in the trash. */
  keysOf(owner: string): Promise<ReadonlySet<string>>;
}

/** What the stored calls that a budget is about came to since then, in nano-dollars. */
export async function spentOf({ rollups, keysOf }: SpendingDeps, budget: Budget, since: number): Promise<number> {
  const { scope, scopeId } = budget;
  const one = { ...(scope === 'key' && { keyId: scopeId }), ...(scope === 'account' && { accountId: scopeId }) };
  const sums = await rollups.summary({ groupBy: 'key', since, timeZone: 'UTC', ...one });
  const keys = scope === 'owner' ? await keysOf(scopeId ?? '') : undefined;
  return sums.reduce((total, { group, costNanoUsd, billedNanoUsd }) => {
    if (keys !== undefined && !keys.has(group ?? '')) return total;
    return total + (isBilled(budget) ? billedNanoUsd : costNanoUsd);
  }, 0);
}
