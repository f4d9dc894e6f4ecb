import type { Account, Health } from '../../accounts/account.ts';
import { noCare } from '../../accounts/care.ts';
import type { Obstacle } from '../../accounts/gate.ts';
import { headroomOf } from '../../accounts/headroom.ts';
import { newHealth } from '../../accounts/health.ts';
import { supportsModel, upstreamModelOf } from '../../accounts/models.ts';
import type { AccountView } from '../../accounts/view.ts';
import type { LimitSnapshot } from '../../domain/limits.ts';
import type { Snapshot } from '../plan.ts';
import { defaultRules } from '../rules.ts';

export const start = 1_790_000_000_000;

export interface ViewFields {
  readonly account?: Partial<Account>;
  readonly health?: Partial<Health>;
  readonly inFlight?: number;
  readonly served?: number;
  readonly routes?: AccountView['routes'];
  readonly forwardsClientCredential?: boolean;
  readonly cloud?: AccountView['cloud'];
  readonly isSubscription?: boolean;
  readonly onlyClient?: AccountView['onlyClient'];
  readonly starts?: number;
  readonly lastStartAt?: number;
  readonly obstacle?: Obstacle;
  readonly limits?: LimitSnapshot;
  readonly caps?: AccountView['caps'];
}

/** Everything a choice depends on, with nothing special about it but what is given. */
export function snapshotOf(views: readonly AccountView[], more: Partial<Snapshot> = {}): Snapshot {
  return { views, groups: new Map(), rules: defaultRules, now: start, ...more };
}

/** An account as the scheduler sees it, with nothing special about it but what is given. */
export function viewOf(id: string, fields: ViewFields = {}): AccountView {
  const account: Account = {
    id,
    name: id,
    provider: 'anthropic',
    settings: {},
    hasSecret: true,
    secretRevision: 0,
    isShared: false,
    hasProxy: false,
    allowLocalUpstream: false,
    priority: 50,
    weight: 1,
    isEnabled: true,
    models: [],
    modelMap: {},
    care: noCare,
    createdAt: start,
    updatedAt: start,
    ...fields.account,
  };
  return {
    routes: fields.routes ?? ['messages', 'count-tokens'],
    usualModels: ['*'],
    account,
    listed: undefined,
    health: { ...newHealth(start), ...fields.health },
    inFlight: fields.inFlight ?? 0,
    waiting: 0,
    obstacle: fields.obstacle,
    served: fields.served ?? 0,
    starts: fields.starts ?? 0,
    lastStartAt: fields.lastStartAt ?? 0,
    limits: fields.limits,
    caps: fields.caps ?? [],
    forwardsClientCredential: fields.forwardsClientCredential ?? false,
    cloud: fields.cloud,
    isSubscription: fields.isSubscription ?? false,
    onlyClient: fields.onlyClient,
    upstreamModel: (model) => (supportsModel(account, model) ? upstreamModelOf(account, model) : undefined),
    claims: (model) => supportsModel(account, model, []),
    told: () => undefined,
    headroom: (model, now) => headroomOf(fields.limits, model, now),
  };
}

/** A pool whose counts move, as the directory keeps them. */
export class Pool {
  readonly #views: { -readonly [Field in keyof AccountView]: AccountView[Field] }[];

  constructor(views: readonly AccountView[]) {
    this.#views = views.map((view) => ({ ...view }));
  }

  get views(): readonly AccountView[] {
    return this.#views;
  }

  started(id: string): void {
    const view = this.#find(id);
    view.inFlight += 1;
    view.served += 1 / view.account.weight;
    view.starts += 1;
  }

  ended(id: string): void {
    this.#find(id).inFlight -= 1;
  }

  #find(id: string) {
    const view = this.#views.find(({ account }) => account.id === id);
    if (!view) throw new Error(`there is no account ${id}`);
    return view;
  }
}
