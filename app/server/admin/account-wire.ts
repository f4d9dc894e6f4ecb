import type { Account } from '../../accounts/account.ts';
import type { CapStanding } from '../../accounts/caps.ts';
import { conditionOf } from '../../accounts/condition.ts';
import { usedNow } from '../../accounts/headroom.ts';
import { paceOf } from '../../accounts/pace.ts';
import { sentenceOf } from '../../accounts/reason.ts';
import type { AccountView } from '../../accounts/view.ts';
import { accountSettings } from './contract.ts';
import type { AdminParts } from './parts.ts';

/** An account as the contract shows it: its fields, its condition and what is known of its limits. */
export function accountToWire({ accounts, ports }: Pick<AdminParts, 'accounts' | 'ports'>, view: AccountView) {
  const { account, inFlight, waiting, isSubscription } = view;
  const now = ports.clock.now();
  const condition = conditionOf(view, now);
  return {
    ...account,
    // The provider's own schema made them: fields that are not secret.
    settings: accountSettings.parse(account.settings ?? {}),
    models: [...account.models],
    modelMap: { ...account.modelMap },
    subscription: isSubscription ? toSubscription(account) : null,
    care: careToWire(account),
    state: condition.state,
    condition: { reason: sentenceOf(condition.reason), cause: condition.reason, until: condition.until },
    caps: view.caps.map(capToWire),
    health: healthToWire(view),
    limits: limitsToWire(view, now),
    inFlight,
    waiting,
    groupIds: [...accounts.groups.values()].filter(({ members }) => members.has(account.id)).map(({ id }) => id),
  };
}

function careToWire({ care: { caps, stopAt, ...care } }: Account) {
  return { ...care, stopAt: { ...stopAt }, ...(caps && { caps: [...caps] }) };
}

function capToWire({ cap, ...standing }: CapStanding) {
  return { ...standing, measure: cap.measure, amount: cap.amount, timeZone: cap.window.timeZone, mode: cap.mode };
}

function toSubscription({ signIn, termsAcceptedAt, isShared }: Account) {
  const { plan, email } = signIn?.profile ?? {};
  return {
    signIn: signIn?.kind ?? null,
    ...(plan === undefined ? {} : { plan }),
    ...(email === undefined ? {} : { email }),
    termsAcceptedAt: termsAcceptedAt ?? null,
    isShared,
  };
}

function healthToWire({ health }: AccountView) {
  const { state, reason, until, changedAt, breaker, limits } = health;
  return {
    state,
    reason: sentenceOf(reason),
    cause: reason,
    until,
    changedAt,
    failures: breaker.failures,
    modelLimits: Object.fromEntries(limits.map((limit) => [limit.models.join(' '), limit.until])),
    limits: limits.map((limit) => ({ ...limit, models: [...limit.models] })),
  };
}

function limitsToWire({ limits }: AccountView, now: number) {
  if (!limits) return undefined;
  const { readAt } = limits;
  return {
    readAt,
    windows: limits.windows.map((window) => ({
      ...window,
      models: window.models && [...window.models],
      used: usedNow(window, readAt, now),
      pace: paceOf(window, readAt, now),
    })),
  };
}
