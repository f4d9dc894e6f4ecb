import * as z from 'zod';
import { newTopUps, typedCode } from '../../keys/top-up-input.ts';

// The part of the contract that is about top-up codes. A code itself is answered once, by the route that makes it.

const id = z.string().min(1).max(64);
const moment = z.int().nonnegative();
const byId = z.strictObject({ id });

export const topUpState = z.enum(['open', 'redeemed', 'disabled', 'expired']);

const topUp = z.object({
  id,
  /** The code's last characters. */
  ending: z.string(),
  measure: z.enum(['requests', 'tokens', 'cost']).optional(),
  /** Calls, tokens or nano-dollars, by its measure. */
  amount: z.int().optional(),
  extendMs: z.int().optional(),
  note: z.string().optional(),
  state: topUpState,
  /** The code cannot be redeemed from then on. */
  expiresAt: moment.optional(),
  createdAt: moment,
  redeemedAt: moment.optional(),
  /** The id of a key, which may be gone. */
  redeemedBy: id.optional(),
  keyName: z.string().optional(),
});

export const topUpRoutes = {
  /** Those of a state or of a key only; redeemed ones are the history. */
  listTopUps: {
    method: 'GET',
    path: '/top-ups',
    input: z.strictObject({ state: topUpState.optional(), keyId: id.optional() }),
    output: z.array(topUp),
  },
  createTopUps: {
    method: 'POST',
    path: '/top-ups',
    input: newTopUps,
    output: z.array(topUp.extend({ code: z.string() })),
  },
  redeemTopUp: {
    method: 'POST',
    path: '/top-ups/redeem',
    input: z.strictObject({ code: typedCode, keyId: id }),
    output: z.object({
      topUp,
      /** When the key stops to work now; absent: never, or not before its first use. */
      keyExpiresAt: moment.optional(),
    }),
  },
  disableTopUp: { method: 'POST', path: '/top-ups/:id/disable', input: byId, output: topUp },
} as const;
