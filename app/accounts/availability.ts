import { conditionOf } from './condition.ts';
import { awaitsTerms } from './terms.ts';
import type { AccountView } from './view.ts';

/** Whether anybody can take calls. */
export interface Availability {
  /** Accounts that their owner did not pause. */
  readonly wanted: readonly AccountView[];
  readonly isServing: boolean;
  /** The soonest return of one of them; undefined where somebody has to act. */
  readonly returnsAt?: number | undefined;
}

export function availabilityOf(views: readonly AccountView[], now: number): Availability {
  const wanted = views.filter(({ account }) => account.isEnabled);
  const conditions = wanted.map((view) => ({ ...conditionOf(view, now), waits: awaitsTerms(view) }));
  const ends = conditions.flatMap(({ until, waits }) => (waits ? [] : (until ?? [])));
  return {
    wanted,
    isServing: conditions.some(({ state, waits }) => state === 'active' && !waits),
    returnsAt: ends.length > 0 ? Math.min(...ends) : undefined,
  };
}
