import { isIP } from 'node:net';
import type { Actor } from '../../store/audit-scope.ts';
import { AdminError } from './errors.ts';

export function isHere({ address }: Actor): boolean {
  return address === undefined || address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}

/** Files of this computer are nobody's business who sits at another one. `what` begins the sentence that refuses. */
export function checkHere(actor: Actor, what: string): void {
  if (isHere(actor)) return;
  throw new AdminError('forbidden', `${what} from the computer they are on. Open Waystation there.`);
}
