import type { AccountView } from '../accounts/view.ts';
import type { RouteId } from '../protocols/protocol.ts';
import type { Ask, Plan } from '../scheduler/plan.ts';
import type { Admitted, Planned } from './call.ts';

export interface PlanDeps {
  views(route: RouteId): readonly AccountView[];
  choose(views: readonly AccountView[], ask: Ask, nowMs: number): Plan;
  findSticky(keyId: string, session: string): string | undefined | Promise<string | undefined>;
  /** The account that holds what the call names at the upstream. */
  findServerState(keyId: string, id: string): Promise<string | undefined>;
}

/** Orders the accounts that can serve a call. An empty order is a plan too: `forward` turns it into an honest error. */
export async function plan(deps: PlanDeps, call: Admitted): Promise<Planned> {
  const found = deps.findSticky(call.keyId, call.session);
  const stickyAccountId = found instanceof Promise ? await found : found;
  const ask: Ask = {
    route: call.route,
    model: call.model,
    bringsCredential: call.clientCredential !== undefined,
    stickyAccountId,
    ...(await bindingOf(deps, call)),
  };
  return { ...call, ask, plan: deps.choose(deps.views(call.route), ask, call.receivedAt) };
}

/** A key's own account goes before everything; else what the call names must be asked of whoever holds it. */
async function bindingOf(deps: PlanDeps, call: Admitted): Promise<Pick<Ask, 'boundAccountId' | 'boundBy'>> {
  const own = call.caller.kind === 'key' ? call.caller.key.accountId : undefined;
  if (own !== undefined) return { boundAccountId: own, boundBy: 'key' };
  const { serverState } = call.facts;
  const holder = serverState === undefined ? undefined : await deps.findServerState(call.keyId, serverState);
  return holder === undefined ? {} : { boundAccountId: holder, boundBy: 'server-state' };
}
