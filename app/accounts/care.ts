import * as z from 'zod';
import { type AccountCap, accountCaps } from './caps.ts';

export const sharings = ['shared', 'dedicated', 'only-me'] as const;

/** `shared` serves every key, `dedicated` only keys and groups that name it, `only-me` only its owner's own calls. */
export type Sharing = (typeof sharings)[number];

/** What an account's owner asked to be kept in mind about it. */
export interface AccountCare {
  readonly sharing: Sharing;
  /** Calls at a time; without it any number. */
  readonly maxConcurrent?: number | undefined;
  /** When the subscription or the credit behind it ends, epoch milliseconds. */
  readonly expiresAt?: number | undefined;
  /** Window name, or `*` for each, to the used percentage from which on no new sessions begin here. */
  readonly stopAt: Readonly<Record<string, number>>;
  /** Percentage of each window that only its owner's own calls may use. */
  readonly reservePercent?: number | undefined;
  /** What it may do at most in a day, week or month. */
  readonly caps?: readonly AccountCap[] | undefined;
  /** How often it is tested; never when left out. */
  readonly testEveryMs?: number | undefined;
}

const percent = z
  .int('must be a whole number of percent')
  .min(1, 'must be from 1 to 100')
  .max(100, 'must be from 1 to 100');

/** In milliseconds. Some upstreams charge for a test, and all count it. */
export const testEvery = z
  .int('must be whole milliseconds')
  .min(60_000, 'must be a minute or more')
  .max(30 * 86_400_000, 'must be at most 30 days');

const fields = {
  sharing: z.enum(sharings, `must be one of: ${sharings.join(', ')}`),
  maxConcurrent: z
    .int('must be a whole number')
    .min(1, 'must be 1 or more; leave it out for no limit')
    .max(10_000, 'must be at most 10000'),
  expiresAt: z.int('must be a time in whole milliseconds').positive('must be a time in whole milliseconds'),
  stopAt: z.record(z.string().min(1).max(64), percent),
  reservePercent: percent,
  caps: accountCaps,
  testEveryMs: testEvery,
};

export const noCare: AccountCare = { sharing: 'shared', stopAt: {} };

/** A change of it: null takes something away, what is left out stays as it is. */
export const carePatch = z.strictObject({
  sharing: fields.sharing.optional(),
  maxConcurrent: fields.maxConcurrent.nullable().optional(),
  expiresAt: fields.expiresAt.nullable().optional(),
  stopAt: fields.stopAt.optional(),
  reservePercent: fields.reservePercent.nullable().optional(),
  caps: fields.caps.nullable().optional(),
  testEveryMs: fields.testEveryMs.nullable().optional(),
});

export type CarePatch = Readonly<z.output<typeof carePatch>>;

export function withCare(before: AccountCare, patch: CarePatch): AccountCare {
  const named = Object.entries(patch).filter(([, value]) => value !== undefined);
  const kept = Object.entries({ ...before, ...Object.fromEntries(named) }).filter(([, value]) => value !== null);
  return storedCare.parse(Object.fromEntries(kept));
}

const storedCare = z.object({
  sharing: fields.sharing.default('shared'),
  maxConcurrent: fields.maxConcurrent.optional(),
  expiresAt: fields.expiresAt.optional(),
  stopAt: fields.stopAt.default({}),
  reservePercent: fields.reservePercent.optional(),
  caps: fields.caps.optional(),
  testEveryMs: fields.testEveryMs.optional(),
});

/** NOTE: what cannot be read must fail: an account that is its owner's alone must not become everybody's. */
export function careFromText(text: string): AccountCare {
  return storedCare.parse(JSON.parse(text));
}
