import { type LimitStanding, tightest } from '../keys/limit-refusal.ts';
import type { Admitted } from './call.ts';

/** What the holder of a key is told with each answer: the limit that has least left. Amounts as in `/v1/key-info`. */
export function limitHeaders(standings: readonly LimitStanding[]): Readonly<Record<string, string>> {
  const least = tightest(standings);
  if (!least) return {};
  const { name, limit, spent, held, resetsAt } = least;
  return {
    // Model patterns are anything; a header is not.
    'x-waystation-limit': name.replace(/[^ -~]/g, '?'),
    'x-waystation-limit-amount': String(limit.amount),
    'x-waystation-limit-remaining': String(Math.max(0, limit.amount - spent - held)),
    ...(resetsAt === undefined ? {} : { 'x-waystation-limit-reset': new Date(resetsAt).toISOString() }),
  };
}

/** That a call had to wait for others of its key, and how long. */
export function queueHeaders({ position, ms }: NonNullable<Admitted['keyWait']>): Readonly<Record<string, string>> {
  return { 'x-waystation-queue-position': String(position), 'x-waystation-queued-ms': String(ms) };
}
