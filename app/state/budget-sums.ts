import type { Keys } from './keys.ts';
import { asCounts } from './replies.ts';
import type { BudgetWindow, Standing } from './state.ts';

/**
 * What is spent is one hash for each window: the part of time to its sum; what is held is another: end time, rounded up to
 * an eighth of the lifetime, to its sum. So a hold that nobody renews stops counting by itself, and neither grows with the
 * number of calls. The first hash also says that its sums are whole: that goes when the state is lost.
 */
const parts = 20;
const roundings = 8;
export const dayMs = 86_400_000;

/** Parts of time are counted from the epoch, so no part is negative. */
export const generationField = -1;

const staleFields = 32;

export interface Places {
  readonly spentKey: string;
  readonly heldKey: string;
  /** Changes with every settlement, so that who makes the sums anew notices those that came meanwhile. */
  readonly fenceKey: string;
  /** How long what is spent matters. */
  readonly ttlMs: number;
}

/** What one window's hash of spent sums says. */
export interface Sums {
  /** Drawn when the sums were last made whole; undefined when they are not. */
  readonly generation: number | undefined;
  readonly parts: readonly (readonly [part: number, amount: number])[];
}

export function readSums(reply: unknown): Sums {
  const counts = asCounts(reply);
  return {
    generation: counts.find(([field]) => field === generationField)?.[1],
    parts: counts.filter(([field]) => field !== generationField),
  };
}

interface Seen {
  readonly sums: Sums;
  /** The hash of what is held. */
  readonly held: unknown;
  readonly engineNow: number;
  readonly now: number;
}

/** Undefined when what was spent is not known. */
export function standingOf(window: BudgetWindow, { sums, held, engineNow, now }: Seen): Standing | undefined {
  if (sums.generation === undefined) return undefined;
  const inside = sums.parts.filter(([part]) => isInside(window, part, now));
  const spent = inside.reduce((total, [, sum]) => total + sum, 0);
  return {
    spent: Math.max(0, spent),
    held: asCounts(held).reduce((total, [end, sum]) => (end > engineNow ? total + Math.max(0, sum) : total), 0),
    parts: inside.map(([part, amount]) => ({ endsAt: partEnd(window, part), amount })),
  };
}

/** Fields that count no more, of each hash. */
export interface Stale {
  readonly spent: readonly string[];
  readonly held: readonly string[];
}

/** None until there are many: they are taken away together. */
export function staleOf(window: BudgetWindow, { sums, held, engineNow, now }: Seen): Stale {
  const over = asCounts(held).filter(([end]) => end <= engineNow);
  const outside = sums.parts.filter(([part]) => !isInside(window, part, now));
  const namesOf = (fields: readonly (readonly [number, number])[]) =>
    fields.length < staleFields ? [] : fields.map(([field]) => String(field));
  return { spent: namesOf(outside), held: namesOf(over) };
}

/** Holds that ended by themselves: nobody knows what was spent of them, or whether it is in the sums. */
export function abandonedOf({
  held,
  engineNow,
}: Pick<Seen, 'held' | 'engineNow'>): readonly (readonly [number, number])[] {
  return asCounts(held).filter(([end, sum]) => end <= engineNow && sum > 0);
}

export function placesOf(keys: Keys, { name, span }: BudgetWindow): Places {
  const id = span.kind === 'rolling' ? `rolling:${span.lengthMs}` : `from:${span.startsAt}`;
  const ttlMs = span.kind === 'rolling' ? Math.ceil((span.lengthMs * (parts + 1)) / parts) : ttlOf(span);
  return {
    spentKey: keys.spent(id, name),
    heldKey: keys.held(id, name),
    fenceKey: keys.fence(id, name),
    ttlMs,
  };
}

/** A window without an end is kept for a year after the last look: it can be made anew at any time. */
function ttlOf({ startsAt, endsAt }: Extract<BudgetWindow['span'], { readonly kind: 'period' }>): number {
  return endsAt === undefined ? 366 * dayMs : endsAt - startsAt + dayMs;
}

export function partOf({ span }: BudgetWindow, at: number): number {
  return span.kind === 'rolling' ? Math.floor((at * parts) / span.lengthMs) : 0;
}

function partEnd({ span }: BudgetWindow, part: number): number | undefined {
  if (span.kind === 'period') return span.endsAt;
  return ((part + parts + 1) * span.lengthMs) / parts;
}

/** A part leaves a rolling window as a whole: the sum is never too low, and an amount stays up to a twentieth longer. */
function isInside(window: BudgetWindow, part: number, now: number): boolean {
  if (window.span.kind === 'period') return true;
  const current = partOf(window, now);
  return part >= current - parts && part <= current + parts;
}

export function endOf(now: number, ttlMs: number): number {
  const step = Math.max(1, Math.floor(ttlMs / roundings));
  return Math.ceil((now + ttlMs) / step) * step;
}
