import type { Account, AccountState, Health, Reason } from './account.ts';
import { type CapStanding, reachedCap } from './caps.ts';
import { effectiveHealth } from './health.ts';

/** What an account is at one moment, with everything that has a say in it. */
export interface Condition {
  readonly state: AccountState;
  readonly reason?: Reason | undefined;
  readonly until?: number | undefined;
}

interface Conditioned {
  readonly account: Account;
  readonly health: Health;
  readonly caps: readonly CapStanding[];
}

/** Its owner's word goes before the calendar, what somebody must mend before what ends by itself. */
export function conditionOf({ account, health, caps }: Conditioned, now: number): Condition {
  const { expiresAt } = account.care;
  if (!account.isEnabled) return { state: 'paused', reason: { kind: 'paused' } };
  if (expiresAt !== undefined && expiresAt <= now) {
    return { state: 'expired', reason: { kind: 'subscription-ended', at: expiresAt } };
  }
  const { state, reason, until } = effectiveHealth(health, now);
  const reached = reachedCap(caps, now);
  if (reached && state !== 'needs-sign-in' && state !== 'blocked' && (until ?? 0) < reached.resetsAt) {
    return { state: 'limited', reason: { kind: 'cap-reached', cap: reached.name }, until: reached.resetsAt };
  }
  return { state, reason, until };
}
