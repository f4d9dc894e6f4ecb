import type * as z from 'zod';
import type { AccountState } from '../../accounts/account.ts';
import { availabilityOf } from '../../accounts/availability.ts';
import { conditionOf } from '../../accounts/condition.ts';
import { awaitsTerms } from '../../accounts/terms.ts';
import type { AccountView } from '../../accounts/view.ts';
import { toolOf } from '../../connect/tools.ts';
import { isUsable } from '../../keys/key.ts';
import { isWithoutRoom } from '../diagnostics/disk-room.ts';
import { attentionOf } from './attention-alerts.ts';
import type { attention } from './contract-overview.ts';
import type { AdminParts } from './parts.ts';

export type Attention = z.output<typeof attention>;
type Parts = Pick<
  AdminParts,
  'accounts' | 'alerts' | 'config' | 'keyRepository' | 'live' | 'ports' | 'connections' | 'store'
>;

const maxShown = 5;
const gravity: Readonly<Record<Attention['severity'], number>> = { critical: 0, warning: 1, info: 2 };
const general = { accountId: null, name: null } as const;

/** What needs somebody's hand, or will soon be missed: each with the one thing to do about it. */
export async function attentionNow(parts: Parts): Promise<Attention[]> {
  const now = parts.ports.clock.now();
  const views = parts.accounts.all();
  const found = [
    ...ofAccounts(views, now),
    ...(await ofKeys(parts, now)),
    ...(await ofDatabase(parts)),
    ...(await ofTools(parts)),
    ...(await ofSetAside(parts)),
    ...attentionOf(parts.alerts.ongoing('').map(({ alert }) => alert)),
  ];
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
  const { wanted, isServing, returnsAt: until } = availabilityOf(views, now);
  const all: Attention = {
    ...{ ...general, kind: 'all-accounts-unavailable', severity: 'critical', action: 'show-account' },
    ...(until === undefined ? {} : { until }),
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

/** A full disk is why calls wait for the built-in database; with another one both are told. */
async function ofDatabase({ config, live, store }: Parts): Promise<Attention[]> {
  const isFull = await isWithoutRoom(config.dataDir);
  const isWaiting = (live?.pendingRows() ?? 0) > 0 && !(isFull && store.engine === 'sqlite');
  const kinds = [
    ...(isFull ? (['disk-full'] as const) : []),
    ...(isWaiting ? (['calls-waiting-for-database'] as const) : []),
  ];
  return kinds.map((kind) => ({ ...general, kind, severity: 'critical', action: 'run-doctor' }));
}

/** Another program writes into what a tool is told; whether that is meant only a person knows. */
async function ofTools({ connections, live }: Parts): Promise<Attention[]> {
  const drifts = await connections.states.drifts(live?.url());
  return [...drifts].flatMap(([tool, isDrifted]) => {
    const name = toolOf(tool)?.name ?? tool;
    return isDrifted
      ? [{ accountId: null, name, kind: 'tool-drifted', severity: 'warning', action: 'show-connections' } as const]
      : [];
  });
}

/** Quitting gave them their own settings back; nothing is written before somebody says so. */
async function ofSetAside({ connections }: Parts): Promise<Attention[]> {
  const names = (await connections.offered()).map((tool) => toolOf(tool)?.name ?? tool);
  if (names.length === 0) return [];
  return [
    { accountId: null, name: names.join(', '), kind: 'tools-set-aside', severity: 'info', action: 'connect-again' },
  ];
}
