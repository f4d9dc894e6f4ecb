import type { Account, Health } from '../../accounts/account.ts';
import { newHealth } from '../../accounts/health.ts';
import { supportsModel, upstreamModelOf } from '../../accounts/models.ts';
import type { AccountView } from '../../accounts/view.ts';

export const start = 1_790_000_000_000;

export interface ViewFields {
  readonly account?: Partial<Account>;
  readonly health?: Partial<Health>;
  readonly inFlight?: number;
  readonly served?: number;
  readonly routes?: AccountView['routes'];
  readonly forwardsClientCredential?: boolean;
  readonly isSubscription?: boolean;
  readonly onlyClient?: AccountView['onlyClient'];
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
    served: fields.served ?? 0,
    forwardsClientCredential: fields.forwardsClientCredential ?? false,
    isSubscription: fields.isSubscription ?? false,
    onlyClient: fields.onlyClient,
    upstreamModel: (model) => (supportsModel(account, model) ? upstreamModelOf(account, model) : undefined),
    claims: (model) => supportsModel(account, model, []),
    told: () => undefined,
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
