import * as z from 'zod';
import * as fields from './fields.ts';
import type { MemberRole } from './key.ts';
import { keyLimits } from './limit-schema.ts';

// Nothing of Node: the admin contract shares it.

export const memberRoles = ['owner', 'admin', 'member', 'viewer'] as const satisfies readonly MemberRole[];

const common = {
  email: z.email('must be an e-mail address').max(254, 'must have at most 254 characters'),
  note: fields.note,
  planId: z.string('must be the id of a plan').min(1).max(64, 'must have at most 64 characters'),
  maxConcurrent: z.int('must be a whole number').min(1, 'must be 1 or more').max(10_000, 'must be at most 10000'),
};
const always = {
  role: z.enum(memberRoles, `must be one of: ${memberRoles.join(', ')}`),
  limits: keyLimits,
};

export const newMember = z.strictObject({
  name: fields.keyName,
  ...z.object({ ...common, ...always }).partial().shape,
});

/** Null takes away; what is left out stays as it is. */
export const memberPatch = z.strictObject({
  name: fields.keyName.optional(),
  email: common.email.nullable().optional(),
  note: common.note.nullable().optional(),
  planId: common.planId.nullable().optional(),
  maxConcurrent: common.maxConcurrent.nullable().optional(),
  ...z.object(always).partial().shape,
});

export type NewMember = Readonly<z.input<typeof newMember>>;
export type MemberPatch = Readonly<z.input<typeof memberPatch>>;
export type ParsedMemberPatch = z.output<typeof memberPatch>;
