import { noCare } from '../../app/accounts/care.ts';
import { Entry } from '../../app/accounts/entry.ts';
import { newHealth } from '../../app/accounts/health.ts';
import { anthropic } from '../../app/providers/anthropic/index.ts';

/** A made-up account, as the scheduler sees it. */
export function entryOf({ id, weight }: { readonly id: string; readonly weight: number }): Entry {
  const account = {
    ...({ id, name: id, provider: 'anthropic', settings: {}, hasSecret: true, hasProxy: false } as const),
    ...{ secretRevision: 0, isShared: false, allowLocalUpstream: false, priority: 50, weight, isEnabled: true },
    ...{ models: [], modelMap: {}, care: noCare, createdAt: 0, updatedAt: 0 },
  };
  return new Entry(account, { provider: anthropic, health: newHealth(0), isClaimed: () => false });
}
