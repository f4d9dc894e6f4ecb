import * as z from 'zod';
import * as fields from './fields.ts';
import { keyLimits } from './limit-schema.ts';
import { serviceIds } from './services.ts';

// Nothing of Node: the admin contract shares it.

const services = z.array(z.enum(serviceIds)).max(20, 'must have at most 20 entries');
const maxConcurrent = z.int('must be a whole number').min(1, 'must be 1 or more').max(10_000, 'must be at most 10000');
const lists = {
  models: fields.modelPatterns,
  deniedModels: fields.modelPatterns,
  services,
  clients: fields.clients,
  limits: keyLimits,
};

export const newPlan = z.strictObject({
  name: fields.keyName,
  note: fields.note.optional(),
  maxConcurrent: maxConcurrent.optional(),
  ...z.object(lists).partial().shape,
});

/** Null takes away; what is left out stays as it is. */
export const planPatch = z.strictObject({
  name: fields.keyName.optional(),
  note: fields.note.nullable().optional(),
  maxConcurrent: maxConcurrent.nullable().optional(),
  ...z.object(lists).partial().shape,
});

export type NewPlan = Readonly<z.input<typeof newPlan>>;
export type PlanPatch = Readonly<z.input<typeof planPatch>>;
