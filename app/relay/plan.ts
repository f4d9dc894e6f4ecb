import { modelFamily } from '../domain/model-family.ts';
import type { Ask, Plan } from '../scheduler/plan.ts';
import type { Pin, SessionName } from '../scheduler/sticky.ts';
import type { Admitted, Planned } from './call.ts';

export interface PlanDeps {
  /** Chooses among the accounts as they stand now. */
  choose(ask: Ask): Plan;
  findSticky(name: SessionName): Pin | undefined | Promise<Pin | undefined>;
  /** What it would cost to write what the session has cached again elsewhere. */
  moveNanoUsd(pin: Pin, model: string): number;
  /** The account that holds what the call names at the upstream. */
  findServerState(keyId: string, id: string): Promise<string | undefined>;
}

/** Orders the accounts that can serve a call. An empty order is a plan too: `forward` turns it into an honest error. */
export async function plan(deps: PlanDeps, call: Admitted): Promise<Planned> {
  const { model } = call.facts;
  const name = { keyId: call.keyId, session: call.session, family: modelFamily(model) };
  const found = deps.findSticky(name);
  const pin = found instanceof Promise ? await found : found;
  const ask: Ask = {
    route: call.route,
    model,
    bringsCredential: call.clientCredential !== undefined,
    isOwn: isOwn(call),
    stickyAccountId: pin?.accountId,
    moveNanoUsd: pin && deps.moveNanoUsd(pin, model),
    ...(await bindingOf(deps, call)),
  };
  return { ...call, sessionName: name, ask, plan: deps.choose(ask) };
}

/** What its key says, else whether it comes from this computer. */
function isOwn({ caller, isLoopback }: Admitted): boolean {
  return caller.kind === 'this-computer' || (caller.key.isOwn ?? isLoopback);
}

/** A key's own account goes before what the call names: no other may serve it. */
async function bindingOf(deps: PlanDeps, call: Admitted): Promise<Pick<Ask, 'boundAccountId' | 'boundBy' | 'groupId'>> {
  const key = call.caller.kind === 'key' ? call.caller.key : undefined;
  const groupId = key?.groupId;
  if (key?.accountId !== undefined) return { boundAccountId: key.accountId, boundBy: 'key' };
  const { serverState } = call.facts;
  const holder = serverState === undefined ? undefined : await deps.findServerState(call.keyId, serverState);
  return holder === undefined ? { groupId } : { groupId, boundAccountId: holder, boundBy: 'server-state' };
}
