import type { Input, Output } from '../../../app/server/admin/contract.ts';

import { localZone } from '../../i18n/local-time.ts';
import { type LimitDraft, toDraft, toLimits } from './limit-draft.ts';

export type Member = Output<'listMembers'>[number];
export type MemberStanding = Output<'memberStandings'>[number];
export const roles = ['owner', 'admin', 'member', 'viewer'] as const satisfies readonly Member['role'][];

export interface MemberValues {
  readonly name: string;
  readonly email: string;
  readonly role: Member['role'];
  readonly planId: string;
  readonly note: string;
  readonly maxConcurrent: string;
  readonly limits: readonly LimitDraft[];
}

export const emptyMember: MemberValues = {
  ...{ name: '', email: '', role: 'member', planId: '', note: '', maxConcurrent: '', limits: [] },
};

export function valuesOf({
  name,
  email = '',
  role,
  planId = '',
  note = '',
  maxConcurrent,
  limits,
}: Member): MemberValues {
  const atOnce = maxConcurrent === undefined ? '' : String(maxConcurrent);
  return { name, email, role, planId, note, maxConcurrent: atOnce, limits: limits.map(toDraft) };
}

/** Null takes away. */
export function patchOf({ name, email, role, planId, note, maxConcurrent, limits }: MemberValues) {
  return {
    ...{ name, role, email: email.trim() || null, planId: planId || null, note: note.trim() || null },
    maxConcurrent: maxConcurrent === '' ? null : Number(maxConcurrent),
    limits: toLimits(limits, localZone),
  } satisfies Omit<Input<'updateMember'>, 'id'>;
}

/** Only what is said. */
export function newMemberOf(values: MemberValues): Input<'createMember'> {
  const { name, ...rest } = patchOf(values);
  return { ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)), name };
}
