import * as z from 'zod';

export const strategies = ['weighted', 'round-robin', 'least-recently-used', 'fill-first', 'soonest-reset'] as const;

/** Who of several equally good accounts is next. */
export type Strategy = (typeof strategies)[number];

/** Where its owner wants calls to go: as the rules below say, to one account first, or to that one alone. */
const aim = z.union([
  z.strictObject({ kind: z.literal('automatic') }),
  z.strictObject({ kind: z.enum(['prefer', 'only']), accountId: z.string().min(1).max(64) }),
]);
export type Aim = Readonly<z.output<typeof aim>>;

/** How accounts are chosen; kept in the settings, changed at run time. */
export interface Rules {
  readonly strategy: Strategy;
  /** How long a call waits for a place at the most. */
  readonly maxWaitMs: number;
  /** How long it waits for a limit to end, rather than be refused. */
  readonly patienceMs: number;
  /** What a minute of waiting is worth: a session waits for its own account while moving its cache would cost more. */
  readonly waitNanoUsdPerMinute: number;
  /** How long a call waits for content before it is tried on a second account too, and the first to answer serves it; 0: never. */
  readonly hedgeAfterMs: number;
  readonly aim: Aim;
}

const wait = z.int('must be a whole number of milliseconds').min(0, 'must not be negative');

export const rulesSchema = z.strictObject({
  strategy: z.enum(strategies, `must be one of: ${strategies.join(', ')}`).default('weighted'),
  maxWaitMs: wait.max(60_000, 'must be at most 60000').default(30_000),
  patienceMs: wait.max(60_000, 'must be at most 60000').default(5_000),
  waitNanoUsdPerMinute: z
    .int('must be a whole number')
    .min(1_000_000, 'must be at least 1000000')
    .max(1_000_000_000_000, 'is too much')
    .default(1_000_000_000),
  hedgeAfterMs: wait.max(60_000, 'must be at most 60000').default(0),
  aim: aim.default({ kind: 'automatic' }),
});

export const defaultRules: Rules = rulesSchema.parse({});
