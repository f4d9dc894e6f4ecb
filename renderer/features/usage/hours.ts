import type { Output } from '../../../app/server/admin/contract.ts';

type Sums = Output<'summarizeUsage'>[number];

export const hours = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));

/** Calls by weekday, Monday first, and hour: seven rows of twenty-four, from sums named `2026-11-23 14:00+01:00`. */
export function byWeekday(sums: readonly Sums[]): readonly (readonly number[])[] {
  const week = Array.from({ length: 7 }, () => hours.map(() => 0));
  for (const { group, calls } of sums) {
    const [, day, hour] = /^(\d{4}-\d{2}-\d{2}) (\d{2}):/.exec(group ?? '') ?? [];
    const row = day === undefined ? undefined : week[(new Date(`${day}T00:00Z`).getUTCDay() + 6) % 7];
    if (row) row[Number(hour)] = (row[Number(hour)] ?? 0) + calls;
  }
  return week;
}
