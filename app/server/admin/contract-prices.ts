import * as z from 'zod';
import { ownPrice } from '../../usage/own-prices.ts';
import { priceOrigin } from '../../usage/price-origin.ts';

// The part of the contract that is about prices: whole nano-dollars, for each token where nothing else is said.

const none = z.strictObject({});
const moment = z.int().nonnegative();
const version = z.string().min(1).max(128);
const model = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}*$/u, 'must not contain control characters');

const priceVersion = z.object({
  version: z.string(),
  /** `2026-11-23`: when its prices were read. */
  date: z.string(),
  source: z.string(),
  addedAt: moment,
  /** When it was last taken into use; null for the one that was only looked at, and for what came with the program. */
  usedAt: moment.nullable(),
  isInUse: z.boolean(),
});

const ownEntry = z.object({ model: z.string(), price: ownPrice, updatedAt: moment });

export const prices = z.object({
  version: z.string(),
  date: z.string(),
  models: z.int(),
  /** Somebody went back to it: newer ones that come with the program are not taken by themselves. */
  isPinned: z.boolean(),
  versions: z.array(priceVersion),
  /** Prices that the owner set: they win over every table. */
  own: z.array(ownEntry),
});

export const modelPrice = z.object({
  model: z.string(),
  /** The table's version, or `own` and when it was set. */
  version: z.string(),
  isOwn: z.boolean(),
  ...ownPrice.shape,
  source: z.object({ from: z.string(), read: z.string() }),
});

export const checkedPrices = z.object({
  version: z.string(),
  date: z.string(),
  /** What it was compared with. */
  current: z.string(),
  added: z.array(z.string()),
  removed: z.array(z.string()),
  changed: z.array(
    z.object({
      model: z.string(),
      field: z.string(),
      before: z.number().nullable(),
      after: z.number().nullable(),
      percent: z.number().optional(),
      suspicion: z.string().optional(),
    }),
  ),
  /** Why somebody had better look twice. */
  suspicions: z.array(z.string()),
});

export const priceRoutes = {
  showPrices: { method: 'GET', path: '/prices', input: none, output: prices },
  /** What every model costs now that a table or the owner has a price of. */
  listModelPrices: { method: 'GET', path: '/prices/models', input: none, output: z.array(modelPrice) },
  /** What a model costs now; an error when no price is known. */
  showPrice: { method: 'GET', path: '/prices/models/:model', input: z.strictObject({ model }), output: modelPrice },
  /** Fetches the file, proves it, keeps it, and says what it would change; without an origin, the one that is set. */
  checkPrices: {
    method: 'POST',
    path: '/prices/check',
    input: z.strictObject({ origin: priceOrigin.optional() }),
    output: checkedPrices,
  },
  /** Takes a version into use that was checked before, or goes back to one. */
  applyPrices: {
    method: 'POST',
    path: '/prices/apply',
    input: z.strictObject({
      version,
      /** What it was compared with: refused when the prices changed since. */
      current: version,
      acceptSuspicious: z.boolean().default(false),
      isRollBack: z.boolean().default(false),
    }),
    output: prices,
  },
  /** What going back to a version would change. */
  comparePrices: {
    method: 'GET',
    path: '/prices/versions/:version',
    input: z.strictObject({ version }),
    output: checkedPrices,
  },
  /** The whole price of one model: what it leaves out has no price. */
  setOwnPrice: {
    method: 'PATCH',
    path: '/prices/models/:model',
    input: z.strictObject({ model, price: ownPrice }),
    output: ownEntry,
  },
  removeOwnPrice: {
    method: 'DELETE',
    path: '/prices/models/:model',
    input: z.strictObject({ model }),
    output: z.object({ model: z.string(), removed: z.literal(true) }),
  },
} as const;
