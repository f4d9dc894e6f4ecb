import * as z from 'zod';
import { type CalendarUnit, isTimeZone } from '../domain/calendar.ts';

export const budgetScopes = ['everything', 'key', 'owner', 'account'] as const;
export type BudgetScope = (typeof budgetScopes)[number];

/** What may be spent in each day, week or month before somebody is told. It refuses nothing: limits of keys do. */
export interface Budget {
  readonly id: string;
  readonly name: string;
  readonly scope: BudgetScope;
  /** The key, the account, or the owner of keys; absent for everything. */
  readonly scopeId?: string | undefined;
  readonly amountNanoUsd: number;
  readonly period: CalendarUnit;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Keys and their owners pay what is billed; everything and an account cost what upstreams take. */
export function isBilled({ scope }: Pick<Budget, 'scope'>): boolean {
  return scope === 'key' || scope === 'owner';
}

export const budgetPeriod = z.strictObject({
  unit: z.enum(['day', 'week', 'month']),
  timeZone: z.string().max(64).refine(isTimeZone, 'must be a time zone such as Europe/Berlin'),
  startMinute: z.int().min(0).max(1_439).optional(),
  startWeekday: z.int().min(1).max(7).optional(),
});

export const budgetFields = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(64)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters'),
  scope: z.enum(budgetScopes),
  scopeId: z.string().min(1).max(200).optional(),
  amountNanoUsd: z.int().min(1),
  period: budgetPeriod,
});
export type BudgetFields = z.infer<typeof budgetFields>;
