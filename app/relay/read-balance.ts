import type { AccountView } from '../accounts/view.ts';
import type { Balance } from '../domain/balance.ts';
import type { Fault } from '../domain/fault.ts';
import { parseJson } from '../protocols/json-value.ts';
import { type AskUpstreamDeps, askUpstream } from './ask-upstream.ts';
import { ownFaultOf } from './own-faults.ts';

export type BalanceAnswer =
  | { readonly kind: 'known'; readonly balance: Balance }
  /** Its kind of upstream cannot be asked, or its answer tells none. */
  | { readonly kind: 'not-told' }
  | { readonly kind: 'faulted'; readonly fault: Fault['kind']; readonly detail: string };

const maxBytes = 64 * 1024;

/** Asks an account's upstream what is left of its money: one small request that costs nothing. */
export async function readBalance(deps: AskUpstreamDeps, view: AccountView): Promise<BalanceAnswer> {
  const source = deps.providers.get(view.account.provider)?.balanceSource?.(view.account.settings);
  const [route] = view.routes;
  if (!source || !route) return { kind: 'not-told' };
  // NOTE: the provider builds a request to its API, for the credential; the path is that of the balance.
  const question = { method: 'GET', route, model: '', path: '/v1/models', body: undefined };
  try {
    const answer = await askUpstream(deps, view, { ...question, pathAtOrigin: source.path, maxBytes });
    if (answer.fault) return { kind: 'faulted', fault: answer.fault.kind, detail: `HTTP ${answer.status}` };
    const balance = source.read(parseJson(answer.body.toString()));
    return balance ? { kind: 'known', balance } : { kind: 'not-told' };
  } catch (error) {
    const own = ownFaultOf(error);
    if (!own) throw error;
    return { kind: 'faulted', fault: own.fault.kind, detail: own.detail };
  }
}
