import type { ApiKey } from '../../keys/key.ts';
import { reachOf } from '../../keys/services.ts';
import { routeFacts } from '../../protocols/routes.ts';
import type { Ask } from '../../scheduler/plan.ts';

type Bounds = Pick<Ask, 'reach' | 'isOwn' | 'isFromHere' | 'boundAccountId' | 'boundBy' | 'groupId'>;

/** What a call of this key would be held to; without a key a call of its owner from this computer. */
export function boundsOf(key: ApiKey | undefined, route: Ask['route']): Bounds {
  const isOwn = key === undefined || (key.isOwn ?? true);
  const reach = key && reachOf(key.services, routeFacts[route].protocol);
  const who = { reach, isOwn, isFromHere: isOwn };
  if (key?.accountId !== undefined) return { ...who, boundAccountId: key.accountId, boundBy: 'key' };
  return { ...who, groupId: key?.groupId };
}
