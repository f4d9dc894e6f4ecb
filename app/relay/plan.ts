import type { AccountView } from '../accounts/view.ts';
import type { RouteId } from '../protocols/protocol.ts';
import { routeFacts } from '../protocols/routes.ts';
import type { Ask, Plan } from '../scheduler/plan.ts';
import type { Placement } from '../scheduler/server-state.ts';
import type { Admitted, Planned } from './call.ts';
import { clientKindOf } from './client-kind.ts';

export interface PlanDeps {
  views(route: RouteId): readonly AccountView[];
  choose(views: readonly AccountView[], ask: Ask, nowMs: number): Plan;
  findSticky(keyId: string, session: string): string | undefined | Promise<string | undefined>;
  /** The account that holds what the call names at the upstream. */
  locateState(keyId: string, ids: readonly string[]): Placement | Promise<Placement>;
  /** The account where this key last stored something of these kinds. */
  findHome(keyId: string, madeBy: readonly RouteId[]): Promise<string | undefined>;
}

/** Orders the accounts that can serve a call. An empty order is a plan too: `forward` turns it into an honest error. */
export async function plan(deps: PlanDeps, call: Admitted): Promise<Planned> {
  const found = deps.findSticky(call.keyId, call.session);
  const stickyAccountId = found instanceof Promise ? await found : found;
  const views = deps.views(call.route);
  const placement = await placementOf(deps, call);
  const ask: Ask = {
    route: call.route,
    model: call.model,
    models: call.facts.stored === 'new' ? call.facts.otherModels : undefined,
    bringsCredential: call.clientCredential !== undefined,
    client: clientKindOf(call.headers.forward, call.facts),
    isFromHere: call.isLoopback,
    stickyAccountId,
    ...binding(call, { placement, views }),
    ...(call.facts.stored ? await homing(deps, call, views) : {}),
  };
  return { ...call, ask, placement, plan: deps.choose(views, ask, call.receivedAt) };
}

function placementOf(deps: PlanDeps, { keyId, facts }: Admitted): Placement | undefined | Promise<Placement> {
  const { serverState = [], fileIds = [] } = facts;
  if (serverState.length === 0 && fileIds.length === 0) return undefined;
  return deps.locateState(keyId, [...serverState, ...fileIds]);
}

interface Circumstances {
  readonly placement: Placement | undefined;
  readonly views: readonly AccountView[];
}

type Binding = Pick<Ask, 'boundAccountId' | 'boundBy' | 'unplaced'>;

/** A key's own account goes before everything; else what the call names must be asked of whoever holds it. */
function binding(call: Admitted, { placement, views }: Circumstances): Binding {
  const own = call.caller.kind === 'key' ? call.caller.key.accountId : undefined;
  switch (placement?.kind) {
    case 'foreign':
    case 'split':
      return { unplaced: placement.kind };
    case 'held': {
      const { accountId } = placement;
      if (own !== undefined && own !== accountId) return { unplaced: 'elsewhere' };
      return { boundAccountId: accountId, boundBy: own === undefined ? 'server-state' : 'key' };
    }
    default: {
      if (own !== undefined) return { boundAccountId: own, boundBy: 'key' };
      // With one account there is nothing to guess: its upstream says whether it knows what is named.
      const isGuess = call.facts.needsHolder && views.filter(({ account }) => account.isEnabled).length > 1;
      return isGuess ? { unplaced: 'unknown' } : {};
    }
  }
}

/**
 * What a key stores stays together: a new thing goes to the account where it last stored one, when that can take it. A
 * list is asked of that account alone, because no other could hold anything of this key.
 */
async function homing(deps: PlanDeps, call: Admitted, views: readonly AccountView[]): Promise<Partial<Ask>> {
  const { stored } = call.facts;
  const isBound = call.caller.kind === 'key' && call.caller.key.accountId !== undefined;
  if (stored === 'item' || isBound) return {};
  const home = await deps.findHome(call.keyId, siblings(views));
  if (home === undefined || !views.some(({ account }) => account.id === home)) return {};
  return stored === 'list' ? { boundAccountId: home, boundBy: 'server-state' } : { stickyAccountId: home };
}

/** What the same upstreams store besides: a batch belongs beside the file that it reads, and a conversation too. */
function siblings(views: readonly AccountView[]): readonly RouteId[] {
  return storedRoutes.filter((route) => views.some(({ routes }) => routes.includes(route)));
}

const storedRoutes = Object.keys(routeFacts)
  .filter((name): name is RouteId => name in routeFacts)
  .filter((route) => routeFacts[route].isStored);
