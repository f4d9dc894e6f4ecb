import { openAccountCaps } from './account-cap-parts.ts';
import { AlertWatch } from './alert-watch.ts';
import type { LimitedKey, Member } from './keys/key.ts';
import type { Limiter } from './keys/limiter.ts';
import { type LimitPorts, openLimiter } from './limit-parts.ts';
import { Failovers } from './notify/failovers.ts';
import { WebhookDelivery } from './notify/webhook-delivery.ts';
import type { Parts } from './parts.ts';
import type { AccountCaps } from './relay/account-caps.ts';
import { isAccounts } from './relay/policy.ts';
import { spentOf } from './usage/budget-spending.ts';
import { BudgetWatch } from './usage/budget-watch.ts';

export interface WatchedLimits {
  readonly limiter: Limiter;
  readonly accountCaps: AccountCaps;
  readonly budgetWatch: BudgetWatch;
  readonly alertWatch: AlertWatch;
  readonly failovers: Failovers;
}

/** What holds calls against the limits of their keys, and what tells when limits, budgets and accounts run out, or others step in. */
export async function openWatchedLimits(
  parts: Parts,
  ports: Omit<LimitPorts, 'near'>,
  closing: AsyncDisposableStack,
): Promise<WatchedLimits> {
  const { alerts, keys, rollups, keyRepository, ports: surroundings } = parts;
  const common = { alerts, clock: surroundings.clock, warn: ports.warn };
  const alertWatch = new AlertWatch({
    ...common,
    accounts: () => parts.accounts.all(),
    findLimited: (id) => keys.get(id) ?? asLimited(keys.member(id)),
    standings: (key) => limiter.standings(key),
  });
  closing.defer(() => alertWatch.stop());
  const near: LimitPorts['near'] = (key, standing, isReached) => alertWatch.noteLimit(key, standing, isReached);
  const limiter = await openLimiter(parts, { ...ports, near });
  const budgetWatch = new BudgetWatch({
    ...common,
    budgets: parts.budgets,
    ownerOf: (keyId) => keys.get(keyId)?.owner,
    spent: (budget, since) => spentOf({ rollups, keysOf: (owner) => keyRepository.idsOf(owner) }, budget, since),
  });
  closing.defer(() => budgetWatch.stop());
  const nameOf = (id: string) => parts.accounts.get(id)?.account.name ?? id;
  const failovers = new Failovers({ ...common, nameOf, isAccounts });
  closing.defer(() => failovers.stop());
  const accountCaps = await openAccountCaps(parts, ports, closing);
  return { limiter, budgetWatch, alertWatch, failovers, accountCaps };
}

/** Tells webhooks from now on. Answers how to stop. */
export function startDelivery(parts: Parts, changed: () => void): () => Promise<void> {
  const { webhooks, control, alerts, notifications, ports } = parts;
  const { clock, warn } = ports;
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const rules = () => notifications.current;
  const delivery = new WebhookDelivery({ webhooks, control, clock, alerts, timeZone, rules, changed, warn });
  return () => delivery.stop();
}

function asLimited(member: Member | undefined): LimitedKey | undefined {
  return member && { id: member.id, name: member.name, limits: [], member };
}
