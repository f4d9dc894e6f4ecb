import type { Health } from '../accounts/account.ts';
import type { CapStanding } from '../accounts/caps.ts';
import type { Obstacle } from '../accounts/gate.ts';
import { headroomOf } from '../accounts/headroom.ts';
import { effectiveHealth } from '../accounts/health.ts';
import type { AccountView } from '../accounts/view.ts';
import type { LimitSnapshot } from '../domain/limits.ts';
import { choose } from './choose.ts';
import type { Ask, Plan, Snapshot } from './plan.ts';

/** What changes about an account from one moment to the next, in a form that can be stored. */
export interface FrozenView {
  readonly accountId: string;
  readonly health: Health;
  readonly inFlight: number;
  readonly waiting: number;
  readonly obstacle?: Obstacle | undefined;
  readonly served: number;
  readonly starts: number;
  readonly lastStartAt: number;
  readonly limits?: LimitSnapshot | undefined;
  readonly caps: readonly CapStanding[];
}

export function freeze(view: AccountView): FrozenView {
  const { account, health, inFlight, waiting, obstacle, served, starts, lastStartAt, limits, caps } = view;
  const counts = { inFlight, waiting, served, starts, lastStartAt };
  return { accountId: account.id, health, obstacle, limits, caps, ...counts };
}

/** The account as it was frozen, at another moment perhaps: what has run out by then is over. */
export function thaw(frozen: FrozenView, account: AccountView, now: number): AccountView {
  const { accountId: _, ...state } = frozen;
  return {
    routes: account.routes,
    usualModels: account.usualModels,
    account: account.account,
    listed: account.listed,
    forwardsClientCredential: account.forwardsClientCredential,
    cloud: account.cloud,
    isSubscription: account.isSubscription,
    onlyClient: account.onlyClient,
    claims: (model) => account.claims(model),
    told: (model) => account.told(model),
    upstreamModel: (model, route) => account.upstreamModel(model, route),
    headroom: (upstreamModel, at) => headroomOf(frozen.limits, upstreamModel, at),
    ...state,
    health: effectiveHealth(frozen.health, now),
  };
}

/** Where a call would go: the same function on a copy, so that looking changes nothing. */
export function simulate(snapshot: Snapshot, ask: Ask): Plan {
  const views = snapshot.views.map((view) => thaw(freeze(view), view, snapshot.now));
  return choose({ ...snapshot, views }, ask);
}

/** The same accounts at a later moment, when the calls of now have ended. */
export function atMoment(snapshot: Snapshot, now: number): Snapshot {
  const views = snapshot.views.map((view) => {
    const frozen = { ...freeze(view), inFlight: 0, waiting: 0, obstacle: undefined };
    return thaw(now === snapshot.now ? freeze(view) : frozen, view, now);
  });
  return { ...snapshot, views, now };
}
