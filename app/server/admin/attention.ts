import type * as z from 'zod';
import type { AccountState } from '../../accounts/account.ts';
import { conditionOf } from '../../accounts/condition.ts';
import { awaitsTerms } from '../../accounts/terms.ts';
import type { AccountView } from '../../accounts/view.ts';
import { isUsable } from '../../keys/key.ts';
import type { attention } from './contract-overview.ts';
import type { AdminParts } from './parts.ts';

export type Attention = z.output<typeof attention>;
type Parts = Pick<AdminParts, 'accounts' | 'keyRepository' | 'live' | 'ports'>;

const maxShown = 5;
const gravity: Readonly<Record<Attention['severity'], number>> = { critical: 0, warning: 1, info: 2 };
const general = { accountId: null, name: null } as const;

/** What needs somebody's hand, or will soon be missed: each with the one thing to do about it. */
export async function attentionNow(parts: Parts): Promise<Attention[]> {
  const now = parts.ports.clock.now();
  const views = parts.accounts.all();
  const found = [...ofAccounts(views, now), ...(await ofKeys(parts, now)), ...ofDatabase(parts)];
  return found.sort((a, b) => gravity[a.severity] - gravity[b.severity]).slice(0, maxShown);
}

type Trouble = Pick<Attention, 'kind' | 'severity' | 'action'>;

/** What is not here is as its owner wants it, or mends itself in a moment. */
const troubles: Readonly<Partial<Record<AccountState, Trouble>>> = {
  'needs-sign-in': { kind: 'account-needs-sign-in', severity: 'critical', action: 'sign-in-again' },
  blocked: { kind: 'account-blocked', severity: 'critical', action: 'show-account' },
  limited: { kind: 'account-limited', severity: 'info', action: 'show-account' },
  expired: { kind: 'account-expired', severity: 'warning', action: 'show-account' },
};

function ofAccounts(views: readonly AccountView[], now: number): Attention[] {
  if (views.length === 0) return [{ ...general, kind: 'no-account', severity: 'critical', action: 'add-account' }];
  const wanted = views.filter(({ account }) => account.isEnabled);
  const isServing = wanted.some((view) => conditionOf(view, now).state === 'active' && !awaitsTerms(view));
  const ends = wanted.flatMap(({ health }) => health.until ?? []);
  const all: Attention = {
    ...{ ...general, kind: 'all-accounts-unavailable', severity: 'critical', action: 'show-account' },
    ...(ends.length > 0 ? { until: Math.min(...ends) } : {}),
  };
  return [...(isServing ? [] : [all]), ...wanted.flatMap((view) => ofAccount(view, now) ?? [])];
}

function ofAccount(view: AccountView, now: number): Attention | undefined {
  const { account, health } = view;
  const named = { accountId: account.id, name: account.name };
  if (awaitsTerms(view)) return { ...named, kind: 'account-awaits-terms', severity: 'warning', action: 'accept-terms' };
  const trouble = troubles[conditionOf(view, now).state];
  return trouble && { ...named, ...trouble, cause: health.reason, until: health.until };
}

async function ofKeys({ keyRepository }: Parts, now: number): Promise<Attention[]> {
  const keys = await keyRepository.list();
  if (keys.some((key) => isUsable(key, now))) return [];
  return [{ ...general, kind: 'no-key', severity: 'warning', action: 'create-key' }];
}

function ofDatabase({ live }: Parts): Attention[] {
  if ((live?.pendingRows() ?? 0) === 0) return [];
  return [{ ...general, kind: 'calls-waiting-for-database', severity: 'critical', action: 'run-doctor' }];
}
