import type { AccountView } from './view.ts';

/** What an owner accepts before a subscription is used. For people; shown wherever it is asked. */
export const subscriptionTerms: readonly string[] = [
  'A subscription is meant for you and for the provider’s own programs. Its terms may reserve the sign-in for those programs, forbid sharing it, and forbid routing other people’s calls through it. Providers have suspended accounts for that.',
  'Waystation serves only the provider’s own program with it, sends that program’s requests as they came, and serves only this computer unless you say otherwise. Whether your use is allowed is between you and the provider.',
];

/** The second word, for serving others with it. */
export const sharingTerms =
  'Provider terms usually forbid sharing a personal subscription; accounts have been suspended for it.';

/** A subscription that serves nobody yet: its owner has not said yes. */
export function awaitsTerms({ isSubscription, account }: Pick<AccountView, 'isSubscription' | 'account'>): boolean {
  return isSubscription && account.termsAcceptedAt === undefined;
}
