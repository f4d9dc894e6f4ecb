import type { LimitedKey } from '../../keys/key.ts';
import type { LimitStanding } from '../../keys/limit-refusal.ts';
import { type ReadSpent, storedStandings } from '../../keys/limiter.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'spending' | 'catalogue' | 'ports'>;

/** How the limits of a key and of its member stand by their stored calls; it leaves no trace in the live state. */
export async function standingsByCalls(parts: Parts, key: LimitedKey): Promise<readonly LimitStanding[]> {
  const question = { now: parts.ports.clock.now(), spentBefore: spentBefore(parts) };
  return await storedStandings(key, key.member ? { ...question, shared: key.member } : question);
}

function spentBefore({ spending, catalogue }: Parts): ReadSpent {
  return async ({ ownerId, isShared, ...question }) => {
    const spent = await spending.read({ ...(isShared ? { memberId: ownerId } : { keyId: ownerId }), ...question });
    // Calls are stored under the names that clients gave.
    return spent.map((one) => ({ ...one, model: catalogue.resolve(one.model).model }));
  };
}
