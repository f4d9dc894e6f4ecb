import { type TimeName, timeOf } from './limit-draft.ts';
import type { Member, MemberStanding } from './member-values.ts';

export const spans = ['fiveHours', 'today', 'week'] as const;
export type Span = (typeof spans)[number];
export type Most = Readonly<Record<Span, number>>;

const times: Readonly<Record<Span, TimeName>> = { fiveHours: '5-hours', today: 'day', week: 'week' };

/** What the member who spent most spent in each time. */
export function mostOf(standings: readonly MemberStanding[]): Most {
  const most = (span: Span) => Math.max(0, ...standings.map((one) => one[span].costNanoUsd));
  return { fiveHours: most('fiveHours'), today: most('today'), week: most('week') };
}

export interface Share {
  /** 0 to 1. */
  readonly share: number;
  /** Whether it is of a limit, and not of what the others spent. */
  readonly isOfLimit: boolean;
}

/** How full a bar is: of the member's own limit for that time where there is one, else beside who spent most. */
export function shareOf(
  { limits }: Pick<Member, 'limits'>,
  standing: MemberStanding,
  most: Most,
): Readonly<Record<Span, Share>> {
  const of = (span: Span): Share => {
    const limit = limits.find(({ measure, window }) => measure === 'cost' && timeOf(window) === times[span]);
    const whole = limit?.amount ?? most[span];
    const share = whole === 0 ? 0 : Math.min(1, standing[span].costNanoUsd / whole);
    return { share, isOfLimit: limit !== undefined };
  };
  return { fiveHours: of('fiveHours'), today: of('today'), week: of('week') };
}
