import type { Output } from '../../../app/server/admin/contract.ts';

type Sums = Output<'summarizeUsage'>[number];

export interface Series {
  readonly name: string;
  /** One for each time. */
  readonly values: readonly number[];
}

interface SeriesOptions {
  nameOf(group: string | null): string;
  /** What all that is too much to show singly is called. */
  readonly others: string;
  /** Shown also where nothing was used; empty for hours. */
  readonly days: readonly string[];
}

/** As many as can be told apart by colour; the rest is one. */
const mostSeries = 5;
/** More points than that cannot be told apart either, and cost time to draw. */
const mostTimes = 240;

/** Cost over time, a series for each thing, the dearest first. */
export function seriesOf(sums: readonly Sums[], { nameOf, others, days }: SeriesOptions): OverTime {
  const times = [...new Set([...days, ...sums.map(({ group }) => group ?? '')])].sort();
  const totals = new Map<string | null, number>();
  for (const { per, costNanoUsd } of sums) totals.set(per, (totals.get(per) ?? 0) + costNanoUsd);
  const dearest = [...totals].sort(([, a], [, b]) => b - a).map(([per]) => per);
  const own = dearest.slice(0, dearest.length > mostSeries + 1 ? mostSeries : mostSeries + 1);
  const costAt = (time: string, isWanted: (per: string | null) => boolean) =>
    sums
      .filter(({ group, per }) => group === time && isWanted(per))
      .reduce((total, { costNanoUsd }) => total + costNanoUsd, 0);
  const series = own.map((wanted) => ({
    name: nameOf(wanted),
    values: times.map((time) => costAt(time, (per) => per === wanted)),
  }));
  if (own.length === dearest.length) return thinned({ times, series });
  const rest = { name: others, values: times.map((time) => costAt(time, (per) => !own.includes(per))) };
  return thinned({ times, series: [...series, rest] });
}

interface OverTime {
  readonly times: readonly string[];
  readonly series: readonly Series[];
}

/** Several times become one, named by the first of them, which holds all of theirs. */
function thinned({ times, series }: OverTime): OverTime {
  const size = Math.ceil(times.length / mostTimes);
  if (size <= 1) return { times, series };
  return {
    times: times.filter((_, index) => index % size === 0),
    series: series.map(({ name, values }) => ({
      name,
      values: times.flatMap((_, index) =>
        index % size === 0 ? [values.slice(index, index + size).reduce((sum, value) => sum + value, 0)] : [],
      ),
    })),
  };
}
