import * as z from 'zod';
import type { NewRow, Row } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { clientKinds } from './fields.ts';
import type { Plan } from './key.ts';
import { keyLimits } from './limit-schema.ts';
import { serviceIds } from './services.ts';

const texts = z.array(z.string());
/** NOTE: what is not known must fail, not be left out: an empty list would allow everything. */
const services = z.array(z.enum(serviceIds));
const clients = z.array(z.enum(clientKinds));

/** By name. */
export async function readPlans(db: Store['db']): Promise<Plan[]> {
  return (await db.selectFrom('plans').selectAll().orderBy('name_key').execute()).map(toPlan);
}

export function nameKey(name: string): string {
  return name.toLowerCase();
}

function toPlan(row: Row<'plans'>): Plan {
  return {
    id: row.id,
    name: row.name,
    note: row.note ?? undefined,
    models: texts.parse(JSON.parse(row.models)),
    deniedModels: texts.parse(JSON.parse(row.denied_models)),
    services: services.parse(JSON.parse(row.services)),
    clients: clients.parse(JSON.parse(row.clients)),
    maxConcurrent: row.max_concurrent ?? undefined,
    limits: keyLimits.parse(JSON.parse(row.limits)),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function toRow(plan: Plan): NewRow<'plans'> {
  return {
    id: plan.id,
    name: plan.name,
    name_key: nameKey(plan.name),
    note: plan.note ?? null,
    models: JSON.stringify(plan.models),
    denied_models: JSON.stringify(plan.deniedModels),
    services: JSON.stringify(plan.services),
    clients: JSON.stringify(plan.clients),
    max_concurrent: plan.maxConcurrent ?? null,
    limits: JSON.stringify(plan.limits),
    created_at: plan.createdAt,
    updated_at: plan.updatedAt,
  };
}
