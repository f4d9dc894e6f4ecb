import type { Account, AccountState, Health, Reason } from './account.ts';
import { effectiveHealth } from './health.ts';

/** What an account is at one moment, with everything that has a say in it. */
export interface Condition {
  readonly state: AccountState;
  readonly reason?: Reason | undefined;
  readonly until?: number | undefined;
}

/** Its owner's word goes before the calendar, the calendar before what happened upstream. */
export function conditionOf(account: Account, health: Health, now: number): Condition {
  const { expiresAt } = account.care;
  if (!account.isEnabled) return { state: 'paused', reason: { kind: 'paused' } };
  if (expiresAt !== undefined && expiresAt <= now) {
    return { state: 'expired', reason: { kind: 'subscription-ended', at: expiresAt } };
  }
  const { state, reason, until } = effectiveHealth(health, now);
  return { state, reason, until };
}
