import { routes } from './contract.ts';
import { AdminError } from './errors.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

export function liveOperations({ live }: Pick<AdminParts, 'live'>) {
  return {
    listRunningCalls: operation(routes.listRunningCalls, async () => [...(live?.runningCalls() ?? [])]),
    cancelCall: operation(routes.cancelCall, async ({ requestId }) => {
      if (live?.cancelCall(requestId)) return { requestId, cancelled: true as const };
      throw new AdminError('not-found', 'This call is not running any more.');
    }),
  };
}
