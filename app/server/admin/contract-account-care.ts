import * as z from 'zod';
import { reason } from '../../accounts/reason-schema.ts';

// What the admin API says of how accounts are looked after: part of the contract.

const moment = z.int().nonnegative();

/** Why an account is in its state, with everything that has a say in it. */
export const condition = z.object({
  /** An English sentence; empty while it is active. */
  reason: z.string(),
  cause: reason.optional(),
  until: moment.optional(),
});

/** How one of an account's caps stands. */
export const capStanding = z.object({
  /** Such as `cost per day`. */
  name: z.string(),
  measure: z.enum(['requests', 'cost']),
  /** Calls, or nano-dollars. */
  amount: z.int(),
  mode: z.enum(['smooth', 'strict']),
  timeZone: z.string(),
  spent: z.number(),
  /** By calls that are on their way. */
  held: z.number(),
  resetsAt: moment,
});
