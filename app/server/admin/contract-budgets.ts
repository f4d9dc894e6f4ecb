import * as z from 'zod';
import { alertKinds } from '../../domain/alert.ts';
import { isTimeZone } from '../../domain/calendar.ts';
import { languages } from '../../notify/words.ts';
import { budgetFields, budgetPeriod } from '../../usage/budget.ts';

// The part of the contract that is about budgets, and about what they and limits have to tell.

const id = z.string().min(1).max(64);
const moment = z.int().nonnegative();
const number = z
  .union([z.int(), z.string().regex(/^\d{1,15}$/)])
  .transform(Number)
  .pipe(z.int().nonnegative());

export const budget = z.object({
  id,
  name: z.string(),
  scope: budgetFields.shape.scope,
  /** The key, the account, or the owner of keys; absent for everything. */
  scopeId: z.string().optional(),
  amountNanoUsd: z.int(),
  period: budgetPeriod,
  createdAt: moment,
  updatedAt: moment,
  /** In the period that goes on. */
  spentNanoUsd: z.int(),
  startsAt: moment,
  endsAt: moment,
  /** What it comes to at the pace so far; absent while it is too early to say. */
  forecastNanoUsd: z.int().optional(),
});

/** A condition that began; amounts are nano-dollars, tokens or calls, or shares of 1 of an account's window. */
export const alert = z.object({
  /** Grows with every alert. */
  id: z.int(),
  at: moment,
  kind: z.enum(alertKinds),
  subjectId: z.string(),
  subjectName: z.string(),
  otherName: z.string().optional(),
  window: z.string().optional(),
  percent: z.int().optional(),
  used: z.number(),
  limit: z.number(),
  measure: z.enum(['cost', 'tokens', 'requests', 'share']),
  runsOutAt: moment.optional(),
  resetsAt: moment.optional(),
});

const { name, amountNanoUsd, period } = budgetFields.partial().shape;

export const budgetRoutes = {
  listBudgets: { method: 'GET', path: '/budgets', input: z.strictObject({}), output: z.array(budget) },
  createBudget: { method: 'POST', path: '/budgets', input: budgetFields, output: budget },
  /** What is left out stays. */
  updateBudget: {
    method: 'PATCH',
    path: '/budgets/:id',
    input: z.strictObject({ id, name, amountNanoUsd, period }),
    output: budget,
  },
  removeBudget: {
    method: 'DELETE',
    path: '/budgets/:id',
    input: z.strictObject({ id }),
    output: z.object({ id, removed: z.literal(true) }),
  },
  /** Newest first; with a language also in words. */
  listAlerts: {
    method: 'GET',
    path: '/alerts',
    input: z.strictObject({
      limit: number.pipe(z.int().min(1).max(1_000)).default(50),
      before: number.optional(),
      language: z.enum(languages).optional(),
      /** Of the times in them; that of this computer when left out. */
      timeZone: z.string().max(64).refine(isTimeZone, 'must be a time zone such as Europe/Berlin').optional(),
    }),
    output: z.array(alert.extend({ text: z.string().optional() })),
  },
} as const;
