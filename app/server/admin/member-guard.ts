import type { MemberRole } from '../../keys/key.ts';
import type { Actor } from '../../store/audit-scope.ts';
import { AdminError } from './errors.ts';
import type { AdminParts } from './parts.ts';
import { mayChangeMember } from './roles.ts';

/** Throws `forbidden` when a member would change somebody who may do as much as they, or make somebody so. */
export async function checkMemberChange(
  { members }: Pick<AdminParts, 'members'>,
  { role }: Actor,
  { id, becomes }: { readonly id?: string | undefined; readonly becomes?: MemberRole | undefined },
): Promise<void> {
  const is = id === undefined ? undefined : (await members.find(id))?.role;
  if (mayChangeMember(role, { is, becomes })) return;
  throw new AdminError('forbidden', 'Only an owner changes owners and administrators, or makes somebody one.');
}
