import type { Output } from '../../../app/server/admin/contract.ts';

export type NotificationType = keyof Output<'showNotifications'>['types'];

/** In the order of the page; one that is missing does not compile. */
const order: Readonly<Record<NotificationType, number>> = {
  'all-unavailable': 1,
  'needs-sign-in': 2,
  'failed-over': 3,
  'run-out': 4,
  limits: 5,
  'member-limits': 6,
  budgets: 7,
  'relay-stopped': 8,
  'tool-drifted': 9,
  sharing: 10,
  'update-ready': 11,
};

export const notificationTypes: readonly NotificationType[] = (Object.keys(order) as NotificationType[]).sort(
  (one, other) => order[one] - order[other],
);

type Notifications = Output<'showNotifications'>;

/** As the setting is stored. */
export function settingOf(types: Notifications['types'], quiet: Notifications['quiet']) {
  if (!quiet) return { types };
  const { from, to, timeZone } = quiet;
  return { types, quiet: { from, to, ...(timeZone !== undefined && { timeZone }) } };
}
