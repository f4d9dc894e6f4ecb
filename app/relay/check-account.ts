import type { AccountView } from '../accounts/view.ts';
import type { Fault } from '../domain/fault.ts';
import { type AskUpstreamDeps, askUpstream } from './ask-upstream.ts';
import { ownFaultOf } from './own-faults.ts';
import { askOneWord, type TestAccountDeps, type TestResult, testedModel } from './test-account.ts';

export interface CheckDeps extends TestAccountDeps {
  /** Whether somebody is still signed in, for accounts that only their provider's own program may use. */
  checkSignIn(view: AccountView): Promise<TestResult>;
}

/** What a look at an account found. */
export interface Checked {
  readonly ok: boolean;
  /** How it was found out. */
  readonly by: 'sign-in' | 'model-list' | 'one-word' | 'nothing';
  readonly model: string;
  readonly status?: number | undefined;
  readonly fault?: Fault | undefined;
  readonly detail?: string | undefined;
}

const maxListBytes = 8 * 1024 * 1024;

/**
 * The cheapest question that shows whether an account can serve: of a subscription its sign-in, else the list of models,
 * which costs nothing, else one word of an answer.
 */
export async function checkAccount(deps: CheckDeps, view: AccountView): Promise<Checked> {
  if (view.forwardsClientCredential) return { ok: true, by: 'nothing', model: '' };
  if (view.onlyClient !== undefined) {
    const { ok, message } = await deps.checkSignIn(view);
    return { ok, by: 'sign-in', model: '', detail: message };
  }
  const list = deps.providers.get(view.account.provider)?.modelList;
  const model = testedModel(view);
  if (!list && model === undefined) return { ok: true, by: 'nothing', model: '' };
  const by = list ? 'model-list' : 'one-word';
  const found = { by, model: list ? '' : (model ?? '') } as const;
  try {
    const { status, fault } = list ? await askList(deps, view, list.path) : await askOneWord(deps, view, model ?? '');
    return { ok: fault === undefined, ...found, status, fault };
  } catch (error) {
    const own = ownFaultOf(error);
    if (!own) throw error;
    return { ok: false, ...found, ...own };
  }
}

function askList(deps: AskUpstreamDeps, view: AccountView, path: string) {
  const [route = 'messages'] = view.routes;
  return askUpstream(deps, view, { method: 'GET', route, model: '', path, body: undefined, maxBytes: maxListBytes });
}
