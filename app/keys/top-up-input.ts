import * as z from 'zod';
import * as fields from './fields.ts';

// Nothing of Node: the admin contract shares it.

/** 100 000 dollars, or so many tokens that no key spends them. */
const maxAmount = 1e14;

const moment = z.int('must be a time in epoch milliseconds').nonnegative();

export const typedCode = z
  .string('must be text')
  .min(1, 'must not be empty')
  .max(64, 'must have at most 64 characters');

export const newTopUps = z
  .strictObject({
    count: z.int().min(1, 'must be 1 or more').max(fields.maxAtOnce, `must be at most ${fields.maxAtOnce}`).default(1),
    measure: z.enum(['requests', 'tokens', 'cost']).optional(),
    amount: z.int('must be a whole number').min(1, 'must be 1 or more').max(maxAmount, 'is too large').optional(),
    extendMs: fields.lifetimeMs.optional(),
    note: fields.note.optional(),
    expiresAt: moment.optional(),
  })
  .refine(({ measure, amount }) => (measure === undefined) === (amount === undefined), {
    message: 'goes with measure: give both or none',
    path: ['amount'],
  })
  .refine(({ measure, extendMs }) => measure !== undefined || extendMs !== undefined, {
    message: 'A code needs an amount, or time, or both',
  });

export type NewTopUps = Readonly<z.input<typeof newTopUps>>;
