import { sql } from 'kysely';
import * as z from 'zod';
import type { NewRow, Row } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { ApiKey } from './key.ts';
import type { Amounts } from './limit.ts';
import type { TopUp } from './top-up.ts';

/** NOTE: what is not known must fail rather than be left out: somebody paid for it. */
const measureName = z.enum(['requests', 'tokens', 'cost']);

/** What was granted, by key; of one key when it is named. */
export async function readGrants(db: Store['db'], keyId?: string): Promise<Map<string, NonNullable<ApiKey['grants']>>> {
  const most = Number.MAX_SAFE_INTEGER;
  let question = db
    .selectFrom('top_ups')
    .select(['redeemed_by', 'measure'])
    // A number of JavaScript holds no more.
    .select(
      sql<number>`case when sum(amount) > ${most} then ${most} else cast(sum(amount) as bigint) end`.as('granted'),
    )
    .where('redeemed_by', 'is not', null)
    .where('measure', 'is not', null)
    .groupBy(['redeemed_by', 'measure']);
  if (keyId !== undefined) question = question.where('redeemed_by', '=', keyId);
  const grants = new Map<string, Partial<Amounts>>();
  for (const row of await question.execute()) {
    const id = row.redeemed_by ?? '';
    grants.set(id, { ...grants.get(id), [measureName.parse(row.measure)]: Number(row.granted) });
  }
  return grants;
}

export function toTopUp(row: Row<'top_ups'>): TopUp {
  return {
    id: row.id,
    ending: row.ending,
    measure: row.measure === null ? undefined : measureName.parse(row.measure),
    amount: row.amount ?? undefined,
    extendMs: row.extend_ms ?? undefined,
    note: row.note ?? undefined,
    isEnabled: row.is_enabled === 1,
    expiresAt: row.expires_at ?? undefined,
    createdAt: row.created_at,
    redeemedAt: row.redeemed_at ?? undefined,
    redeemedBy: row.redeemed_by ?? undefined,
  };
}

/** Of one that is not redeemed. */
export function toRow(topUp: TopUp, hash: string): NewRow<'top_ups'> {
  return {
    id: topUp.id,
    hash,
    ending: topUp.ending,
    measure: topUp.measure ?? null,
    amount: topUp.amount ?? null,
    extend_ms: topUp.extendMs ?? null,
    note: topUp.note ?? null,
    is_enabled: topUp.isEnabled ? 1 : 0,
    expires_at: topUp.expiresAt ?? null,
    created_at: topUp.createdAt,
    redeemed_at: null,
    redeemed_by: null,
    redemption: null,
  };
}
