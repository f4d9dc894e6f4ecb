import { dayOf } from '../../i18n/local-time.ts';
/** Ranges that are asked for by name; each ends now. */
export const ranges = { day: 1, week: 7, month: 30, quarter: 90 } as const;
export type RangeName = keyof typeof ranges;
export const rangeNames = ['day', 'week', 'month', 'quarter'] as const satisfies readonly RangeName[];

export interface Range {
  readonly name: RangeName | 'custom';
  /** Epoch milliseconds. */
  readonly since: number;
  /** Undefined: until now. */
  readonly before: number | undefined;
}

const dayMs = 86_400_000;
const dayPattern = /^\d{4}-\d{2}-\d{2}$/;

/** What an address asks for: days of this computer, so that the question is the same for a while. */
export function readRange(search: URLSearchParams, now: number): Range {
  const [from, to] = [search.get('from') ?? '', search.get('to') ?? ''];
  if (search.get('range') === 'custom' && dayPattern.test(from) && dayPattern.test(to) && from <= to) {
    return { name: 'custom', since: startOfDay(from), before: startOfDay(to, 1) };
  }
  const name = rangeNames.find((one) => one === search.get('range')) ?? 'week';
  return { name, since: new Date(now - (ranges[name] - 1) * dayMs).setHours(0, 0, 0, 0), before: undefined };
}

/** Every day of a range, named as the sums are. */
export function daysOf({ since, before }: Pick<Range, 'since' | 'before'>, now: number): readonly string[] {
  const days = new Set<string>();
  for (let at = since; at < (before ?? now + 1); at += dayMs / 2) days.add(dayOf(at));
  return [...days];
}

function startOfDay(day: string, plus = 0): number {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + plus).getTime();
}
