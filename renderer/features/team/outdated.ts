import type { RouteName } from '../../../app/server/admin/contract.ts';

/** What a change of keys, members or plans makes old. */
export const outdated: readonly RouteName[] = [
  ...(['listKeys', 'showKey', 'listMembers', 'showMember', 'memberStandings', 'listPlans', 'status'] as const),
  ...(['listAudit', 'listAttention'] as const),
];
