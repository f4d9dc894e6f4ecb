import * as z from 'zod';
import { keyLimit } from '../../keys/limit-schema.ts';
import { newPlan, planPatch } from '../../keys/plan-input.ts';
import { clientKind, limitStanding, service } from './contract-keys.ts';

// The part of the contract that is about plans: templates of what keys may do and spend.

const id = z.string().min(1).max(64);
const moment = z.int().nonnegative();
const byId = z.strictObject({ id });

const plan = z.object({
  id,
  name: z.string(),
  note: z.string().optional(),
  models: z.array(z.string()),
  deniedModels: z.array(z.string()),
  services: z.array(service),
  clients: z.array(clientKind),
  maxConcurrent: z.int().optional(),
  limits: z.array(keyLimit),
  createdAt: moment,
  updatedAt: moment,
  /** How many keys are on it, by themselves or by their member, without those in the trash. */
  keys: z.int(),
  /** How many members are. */
  members: z.int(),
});

/** What a changed plan would mean for one of its keys now, by its stored calls. */
const effect = z.object({
  keyId: id,
  keyName: z.string(),
  /** Whether a limit would refuse its next call. */
  isBlocked: z.boolean(),
  /** Whether one refuses it already. */
  wasBlocked: z.boolean(),
  /** The limits that would refuse it. */
  blockedBy: z.array(limitStanding),
});

const patch = z.strictObject({ id, ...planPatch.shape });

export const planRoutes = {
  listPlans: { method: 'GET', path: '/plans', input: z.strictObject({}), output: z.array(plan) },
  showPlan: { method: 'GET', path: '/plans/:id', input: byId, output: plan },
  createPlan: { method: 'POST', path: '/plans', input: newPlan, output: plan },
  updatePlan: { method: 'PATCH', path: '/plans/:id', input: patch, output: plan },
  /** Changes nothing. */
  previewPlan: { method: 'POST', path: '/plans/:id/preview', input: patch, output: z.array(effect) },
  removePlan: {
    method: 'DELETE',
    path: '/plans/:id',
    input: byId,
    output: z.object({ id, removed: z.literal(true) }),
  },
} as const;
