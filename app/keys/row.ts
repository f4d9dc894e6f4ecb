import * as z from 'zod';
import type { ClientKind } from '../domain/client-kind.ts';
import type { NewRow, Row } from '../store/schema.ts';
import { addresses, clientKinds } from './fields.ts';
import type { ParsedPatch } from './input.ts';
import type { ApiKey, Member, Plan } from './key.ts';
import { keyLimits } from './limit-schema.ts';
import { serviceIds } from './services.ts';

const texts = z.array(z.string());
/** NOTE: an unknown service must fail, not be left out: an empty list would allow everything. */
const services = z.array(z.enum(serviceIds));
const clients: z.ZodType<ClientKind[]> = z.array(z.enum(clientKinds));

export interface Secrets {
  readonly hash: string;
  /** Of the secret before, which works until `until`. */
  readonly old?: { readonly hash: string; readonly until: number; readonly isImported: boolean } | undefined;
}

/** A key with what its secrets are recognised by. */
export interface HashedKey extends Secrets {
  readonly key: ApiKey;
}

/** Of its secrets that were made elsewhere. */
export function importedHashes({ key, hash, old }: HashedKey): readonly string[] {
  return [...(key.isImported ? [hash] : []), ...(old?.isImported ? [old.hash] : [])];
}

/** What is read with keys: plans and members by their own ids, grants by those of keys. */
export interface BesideKeys {
  readonly plans: ReadonlyMap<string, Plan>;
  readonly members: ReadonlyMap<string, Member>;
  readonly grants: ReadonlyMap<string, NonNullable<ApiKey['grants']>>;
}

export function toHashedKey(row: Row<'keys'>, { plans, members, grants }: BesideKeys): HashedKey {
  const { old_hash: hash, old_until: until } = row;
  const isImported = row.old_is_imported === 1;
  const old = hash !== null && until !== null ? { hash, until, isImported } : undefined;
  const beside = {
    plan: row.plan_id === null ? undefined : plans.get(row.plan_id),
    member: row.member_id === null ? undefined : members.get(row.member_id),
    grants: grants.get(row.id),
  };
  return { key: { ...toApiKey(row), ...beside }, hash: row.hash, old };
}

function toApiKey(row: Row<'keys'>): ApiKey {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    ending: row.ending ?? undefined,
    isImported: row.is_imported === 1,
    owner: row.owner ?? undefined,
    tags: texts.parse(JSON.parse(row.tags)),
    note: row.note ?? undefined,
    isEnabled: row.is_enabled === 1,
    expiresAt: row.expires_at ?? undefined,
    lifetimeMs: row.lifetime_ms ?? undefined,
    activatedAt: row.activated_at ?? undefined,
    models: texts.parse(JSON.parse(row.models)),
    deniedModels: texts.parse(JSON.parse(row.denied_models)),
    services: services.parse(JSON.parse(row.services)),
    clients: clients.parse(JSON.parse(row.clients)),
    addresses: addresses.parse(JSON.parse(row.addresses)),
    maxConcurrent: row.max_concurrent ?? undefined,
    limits: keyLimits.parse(JSON.parse(row.limits)),
    accountId: row.account_id ?? undefined,
    groupId: row.group_id ?? undefined,
    planId: row.plan_id ?? undefined,
    multiplier: row.multiplier ?? undefined,
    memberId: row.member_id ?? undefined,
    isOwn: row.is_own === null ? undefined : row.is_own === 1,
    oldSecretUntil: row.old_until ?? undefined,
    removedAt: row.removed_at ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function toRow({ key, hash, old }: HashedKey): NewRow<'keys'> {
  return {
    id: key.id,
    name: key.name,
    hash,
    old_hash: old?.hash ?? null,
    old_until: old?.until ?? null,
    old_is_imported: old?.isImported ? 1 : 0,
    prefix: key.prefix,
    ending: key.ending ?? null,
    is_imported: key.isImported ? 1 : 0,
    owner: key.owner ?? null,
    tags: JSON.stringify(key.tags),
    note: key.note ?? null,
    is_enabled: key.isEnabled ? 1 : 0,
    expires_at: key.expiresAt ?? null,
    lifetime_ms: key.lifetimeMs ?? null,
    activated_at: key.activatedAt ?? null,
    models: JSON.stringify(key.models),
    denied_models: JSON.stringify(key.deniedModels),
    services: JSON.stringify(key.services),
    clients: JSON.stringify(key.clients),
    addresses: JSON.stringify(key.addresses),
    max_concurrent: key.maxConcurrent ?? null,
    limits: JSON.stringify(key.limits),
    ...bindings(key),
    multiplier: key.multiplier ?? null,
    is_own: key.isOwn === undefined ? null : Number(key.isOwn),
    removed_at: key.removedAt ?? null,
    created_at: key.createdAt,
    updated_at: key.updatedAt,
  };
}

function bindings({ accountId, groupId, planId, memberId }: ApiKey) {
  const mine = { plan_id: planId ?? null, member_id: memberId ?? null };
  return { account_id: accountId ?? null, group_id: groupId ?? null, ...mine };
}

/** Only the columns that the patch names. */
export function toColumns(patch: ParsedPatch) {
  return {
    name: patch.name,
    owner: patch.owner,
    tags: json(patch.tags),
    note: patch.note,
    is_enabled: patch.isEnabled === undefined ? undefined : Number(patch.isEnabled),
    models: json(patch.models),
    denied_models: json(patch.deniedModels),
    services: json(patch.services),
    clients: json(patch.clients),
    addresses: json(patch.addresses),
    expires_at: patch.expiresAt,
    lifetime_ms: patch.lifetimeMs,
    activated_at: patch.lifetimeMs === undefined ? undefined : null,
    max_concurrent: patch.maxConcurrent,
    limits: json(patch.limits),
    account_id: patch.accountId,
    group_id: patch.groupId,
    plan_id: patch.planId,
    multiplier: patch.multiplier,
    member_id: patch.memberId,
    is_own: patch.isOwn === undefined || patch.isOwn === null ? patch.isOwn : Number(patch.isOwn),
  };
}

function json(value: readonly unknown[] | undefined): string | undefined {
  return value && JSON.stringify(value);
}
