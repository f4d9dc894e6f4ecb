import * as z from 'zod';
import { keyName } from '../../keys/fields.ts';

// The part of the contract that is about invites. What opens one is answered once, by the route that makes it.

const id = z.string().min(1).max(64);
const moment = z.int().nonnegative();

/** Whom a link may make: not who looks after others. */
export const invitedRoles = ['member', 'viewer'] as const;

export const invite = z.object({
  id,
  memberId: z.string(),
  /** Absent when that member is gone. */
  memberName: z.string().optional(),
  groupId: z.string().optional(),
  state: z.enum(['open', 'taken', 'revoked', 'locked', 'expired']),
  createdAt: moment,
  expiresAt: moment,
  takenAt: moment.optional(),
  /** The id of a key, which may be gone. */
  takenBy: z.string().optional(),
});

const issuedInvite = z.object({
  invite,
  code: z.string(),
  /** To open on another device, the best first. What they hold after the # is sent to nobody. */
  links: z.array(z.string()),
  /** Where a code is typed in. */
  pages: z.array(z.string()),
});

const newInvite = z
  .strictObject({
    /** A further key for a member who is there. */
    memberId: id.optional(),
    /** Of a new one. */
    name: keyName.optional(),
    role: z.enum(invitedRoles).optional(),
    planId: id.optional(),
    groupId: id.optional(),
  })
  .refine(({ memberId, name }) => (memberId === undefined) !== (name === undefined), {
    message: 'give the name of a new member, or the id of one who is there',
    path: ['name'],
  })
  .refine(({ memberId, role, planId }) => memberId === undefined || (role === undefined && planId === undefined), {
    message: 'goes with a new member: change one who is there by itself',
    path: ['planId'],
  });

export const inviteRoutes = {
  /** The newest first; what is over stays for a week. */
  listInvites: { method: 'GET', path: '/invites', input: z.strictObject({}), output: z.array(invite) },
  createInvite: { method: 'POST', path: '/invites', input: newInvite, output: issuedInvite },
  revokeInvite: { method: 'POST', path: '/invites/:id/revoke', input: z.strictObject({ id }), output: invite },
} as const;
