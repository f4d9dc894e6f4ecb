import type { Account } from '../accounts/account.ts';
import type { CallCost } from '../accounts/caps.ts';
import type { AccountView } from '../accounts/view.ts';
import { modelFamily } from '../domain/model-family.ts';
import type { RouteId } from '../protocols/protocol.ts';
import { routeFacts } from '../protocols/routes.ts';
import type { Ask, Plan } from '../scheduler/plan.ts';
import type { Placement } from '../scheduler/server-state.ts';
import type { Pin, SessionName } from '../scheduler/sticky.ts';
import { AccountHolds, type HoldCaps } from './account-holds.ts';
import { type SizedCall, sized } from './admit.ts';
import type { Admitted, Planned } from './call.ts';
import { clientKindOf } from './client-kind.ts';

export interface PlanDeps {
  /** Holds what a call may come to against the caps of an account; `full` when it has no room. */
  holdCaps(account: Account, call: SizedCall): ReturnType<HoldCaps>;
  /** What a call may cost, by its size. */
  costBefore(call: SizedCall): CallCost;
  views(route: RouteId): readonly AccountView[];
  /** Chooses among the accounts as they stand now. */
  choose(ask: Ask): Plan;
  findSticky(name: SessionName): Pin | undefined | Promise<Pin | undefined>;
  /** What it would cost to write what the session has cached again elsewhere. */
  moveNanoUsd(pin: Pin, model: string): number;
  /** The account that holds what the call names at the upstream. */
  locateState(keyId: string, ids: readonly string[]): Placement | Promise<Placement>;
  /** The account where this key last stored something of these kinds. */
  findHome(keyId: string, madeBy: readonly RouteId[]): Promise<string | undefined>;
}

/** Orders the accounts that can serve a call. An empty order is a plan too: `forward` turns it into an honest error. */
export async function plan(deps: PlanDeps, call: Admitted): Promise<Planned> {
  const { model } = call;
  const name = { keyId: call.keyId, session: call.session, family: modelFamily(model) };
  const found = deps.findSticky(name);
  const pin = found instanceof Promise ? await found : found;
  const views = deps.views(call.route);
  const placement = await placementOf(deps, call);
  const ask: Ask = {
    route: call.route,
    model,
    models: call.facts.stored === 'new' ? call.facts.otherModels : undefined,
    bringsCredential: call.clientCredential !== undefined,
    client: clientKindOf(call.headers.forward, call.facts),
    isFromHere: call.isLoopback,
    isOwn: isOwn(call),
    reach: call.reach,
    stickyAccountId: pin?.accountId,
    moveNanoUsd: pin && deps.moveNanoUsd(pin, model),
    ...(views.some(({ caps }) => caps.length > 0) && { cost: deps.costBefore(sized(call, call)) }),
    ...binding(call, { placement, views }),
    ...(call.facts.stored ? await homing(deps, call, views) : {}),
  };
  const holds = new AccountHolds((account) => deps.holdCaps(account, sized(call, call)));
  return { ...call, sessionName: name, ask, placement, plan: deps.choose(ask), holds };
}

/** What its key says, else whether it comes from this computer. */
function isOwn({ caller, isLoopback }: Admitted): boolean {
  return caller.kind === 'this-computer' || (caller.key.isOwn ?? isLoopback);
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

type Binding = Pick<Ask, 'boundAccountId' | 'boundBy' | 'groupId' | 'unplaced'>;

/** A key's own account goes before everything; else what the call names must be asked of whoever holds it, in its group. */
function binding(call: Admitted, { placement, views }: Circumstances): Binding {
  const key = call.caller.kind === 'key' ? call.caller.key : undefined;
  const own = key?.accountId;
  const groupId = own === undefined ? key?.groupId : undefined;
  switch (placement?.kind) {
    case 'foreign':
    case 'split':
      return { unplaced: placement.kind };
    case 'held': {
      const { accountId } = placement;
      if (own !== undefined && own !== accountId) return { unplaced: 'elsewhere' };
      return { groupId, boundAccountId: accountId, boundBy: own === undefined ? 'server-state' : 'key' };
    }
    default: {
      if (own !== undefined) return { boundAccountId: own, boundBy: 'key' };
      // With one account there is nothing to guess: its upstream says whether it knows what is named.
      const isGuess = call.facts.needsHolder && views.filter(({ account }) => account.isEnabled).length > 1;
      return isGuess ? { unplaced: 'unknown' } : { groupId };
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
  return stored === 'list'
    ? { boundAccountId: home, boundBy: 'server-state' }
    : { stickyAccountId: home, moveNanoUsd: undefined };
}

/** What the same upstreams store besides: a batch belongs beside the file that it reads, and a conversation too. */
function siblings(views: readonly AccountView[]): readonly RouteId[] {
  return storedRoutes.filter((route) => views.some(({ routes }) => routes.includes(route)));
}

const storedRoutes = Object.keys(routeFacts)
  .filter((name): name is RouteId => name in routeFacts)
  .filter((route) => routeFacts[route].isStored);
