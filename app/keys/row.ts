import * as z from 'zod';
import type { NewRow, Row } from '../store/schema.ts';
import { serviceIds } from './input.ts';
import type { ApiKey } from './key.ts';
import { keyLimits } from './limit-schema.ts';

const texts = z.array(z.string());
/** NOTE: an unknown service must fail, not be left out: an empty list would allow everything. */
const services = z.array(z.enum(serviceIds));

export function toApiKey(row: Row<'keys'>): ApiKey {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    isEnabled: row.is_enabled === 1,
    expiresAt: row.expires_at ?? undefined,
    models: texts.parse(JSON.parse(row.models)),
    services: services.parse(JSON.parse(row.services)),
    maxConcurrent: row.max_concurrent ?? undefined,
    limits: keyLimits.parse(JSON.parse(row.limits)),
    accountId: row.account_id ?? undefined,
    groupId: row.group_id ?? undefined,
    isOwn: row.is_own === null ? undefined : row.is_own === 1,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function toRow(key: ApiKey, hash: string): NewRow<'keys'> {
  return {
    id: key.id,
    name: key.name,
    hash,
    prefix: key.prefix,
    is_enabled: key.isEnabled ? 1 : 0,
    expires_at: key.expiresAt ?? null,
    models: JSON.stringify(key.models),
    services: JSON.stringify(key.services),
    max_concurrent: key.maxConcurrent ?? null,
    limits: JSON.stringify(key.limits),
    account_id: key.accountId ?? null,
    group_id: key.groupId ?? null,
    is_own: key.isOwn === undefined ? null : Number(key.isOwn),
    created_at: key.createdAt,
    updated_at: key.updatedAt,
  };
}
