import * as z from 'zod';
import type { NewRow, Row } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Member, Plan } from './key.ts';
import { keyLimits } from './limit-schema.ts';
import { memberRoles, type ParsedMemberPatch } from './member-input.ts';
import { nameKey } from './plan-rows.ts';

const role = z.enum(memberRoles);
const state = z.enum(['active', 'suspended']);

/** By name, with their plans. */
export async function readMembers(db: Store['db'], plans: ReadonlyMap<string, Plan>): Promise<Member[]> {
  const rows = await db.selectFrom('members').selectAll().orderBy('name_key').execute();
  return rows.map((row) => toMember(row, plans));
}

function toMember(row: Row<'members'>, plans: ReadonlyMap<string, Plan>): Member {
  return {
    id: row.id,
    name: row.name,
    email: row.email ?? undefined,
    role: role.parse(row.role),
    state: state.parse(row.state),
    note: row.note ?? undefined,
    planId: row.plan_id ?? undefined,
    plan: row.plan_id === null ? undefined : plans.get(row.plan_id),
    maxConcurrent: row.max_concurrent ?? undefined,
    limits: keyLimits.parse(JSON.parse(row.limits)),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function toRow(member: Member): NewRow<'members'> {
  return {
    id: member.id,
    name: member.name,
    name_key: nameKey(member.name),
    email: member.email ?? null,
    role: member.role,
    state: member.state,
    note: member.note ?? null,
    plan_id: member.planId ?? null,
    max_concurrent: member.maxConcurrent ?? null,
    limits: JSON.stringify(member.limits),
    created_at: member.createdAt,
    updated_at: member.updatedAt,
  };
}

/** Only the columns that the patch names. */
export function toColumns(patch: ParsedMemberPatch): Partial<NewRow<'members'>> {
  const { name, limits } = patch;
  const columns = {
    name,
    name_key: name === undefined ? undefined : nameKey(name),
    email: patch.email,
    role: patch.role,
    note: patch.note,
    plan_id: patch.planId,
    max_concurrent: patch.maxConcurrent,
    limits: limits === undefined ? undefined : JSON.stringify(limits),
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}
