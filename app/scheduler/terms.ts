import { awaitsTerms } from '../accounts/terms.ts';
import type { AccountView } from '../accounts/view.ts';
import type { Ask, SkipReason } from './plan.ts';

type TermsReason = Extract<SkipReason, 'terms-not-accepted' | 'client-not-served' | 'this-computer-only'>;

/** What stands against this call in the terms of a person's subscription: not whether it could, but whether it may. */
export function termsSkip(view: AccountView, ask: Pick<Ask, 'client' | 'isFromHere'>): TermsReason | undefined {
  if (!view.isSubscription) return undefined;
  if (awaitsTerms(view)) return 'terms-not-accepted';
  if (ask.isFromHere !== true && !view.account.isShared) return 'this-computer-only';
  return view.onlyClient !== undefined && view.onlyClient !== ask.client ? 'client-not-served' : undefined;
}
