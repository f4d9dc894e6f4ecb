import { withCare } from '../accounts/care.ts';
import type { AccountView } from '../accounts/view.ts';

/** What would be different about one account; what is left out stays as it is. */
export interface AccountChange {
  readonly accountId: string;
  readonly isEnabled?: boolean | undefined;
  readonly priority?: number | undefined;
  readonly weight?: number | undefined;
  readonly stopAt?: Readonly<Record<string, number>> | undefined;
  /** Null takes it away. */
  readonly reservePercent?: number | null | undefined;
}

/** A copy of the account as it would be; the view must be a plain one, as `thaw` makes them. */
export function whatIf(view: AccountView, changes: readonly AccountChange[]): AccountView {
  const change = changes.find(({ accountId }) => accountId === view.account.id);
  if (!change) return view;
  const { account } = view;
  const { isEnabled, priority, weight, stopAt, reservePercent } = change;
  return {
    ...view,
    account: {
      ...account,
      isEnabled: isEnabled ?? account.isEnabled,
      priority: priority ?? account.priority,
      weight: weight ?? account.weight,
      care: withCare(account.care, { stopAt, reservePercent }),
    },
  };
}
