import type { Row } from '../store/schema.ts';
import type { Invite } from './invite.ts';

export function toInvite(row: Row<'invites'>): Invite {
  return {
    id: row.id,
    memberId: row.member_id,
    groupId: row.group_id ?? undefined,
    tries: row.tries,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at ?? undefined,
    takenAt: row.taken_at ?? undefined,
    takenBy: row.taken_by ?? undefined,
  };
}
