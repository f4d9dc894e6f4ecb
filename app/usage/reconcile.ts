import {
  type ComparedField,
  comparable,
  comparedFields,
  comparedModel,
  type ExportedDay,
  type ExportedSums,
} from './provider-export.ts';
import type { UsageSummary, UsageSums } from './summary.ts';

/** One model on one UTC day: what the vendor counted beside what we did. */
export interface ReconciledDay {
  readonly day: string;
  readonly model: string;
  /** Undefined when the export does not have it at all. */
  readonly theirs: ExportedSums | undefined;
  /** Undefined when no call of ours is of it. */
  readonly ours: Readonly<Record<ComparedField, number>> | undefined;
  /** What differs by more than the tolerance. */
  readonly differs: readonly ComparedField[];
}

/** Whom to ask for our sums of the days that an export is about. */
export function questionOf(exported: readonly ExportedDay[]) {
  const days = exported.map(({ day }) => Date.parse(`${day}T00:00Z`));
  return { by: 'day', per: 'model', since: Math.min(...days), before: Math.max(...days) + dayMs } as const;
}

const dayMs = 86_400_000;

/** `ours` by day and, per day, by model, for the days that the export is about; `tolerance` is a share, such as 0.01. */
export function reconcile(
  exported: readonly ExportedDay[],
  ours: readonly UsageSummary[],
  tolerance: number,
): readonly ReconciledDay[] {
  const told = new Set(comparedFields.filter((field) => exported.some(({ sums }) => sums[field] !== undefined)));
  const mine = byDayAndModel(ours);
  const theirs = new Map(exported.map((one) => [nameOf(one.day, one.model), one]));
  const names = [...new Set([...theirs.keys(), ...mine.keys()])].sort();
  return names.map((name) => {
    const their = theirs.get(name)?.sums;
    const our = mine.get(name);
    const [day = '', model = ''] = splitName(name);
    const differs = comparedFields.filter(
      (field) => told.has(field) && isApart(their?.[field] ?? 0, our?.[field] ?? 0, tolerance),
    );
    return { day, model, theirs: their, ours: our, differs };
  });
}

/** Several names of ours may be one model of theirs. */
function byDayAndModel(ours: readonly UsageSummary[]): Map<string, Readonly<Record<ComparedField, number>>> {
  const sums = new Map<string, Readonly<Record<ComparedField, number>>>();
  for (const one of ours) {
    if (!isUsed(one)) continue;
    const name = nameOf(one.group ?? '', comparedModel(one.per ?? ''));
    const more = comparable(one);
    const known = sums.get(name);
    sums.set(name, known ? sumOf(known, more) : more);
  }
  return sums;
}

function sumOf(
  a: Readonly<Record<ComparedField, number>>,
  b: Readonly<Record<ComparedField, number>>,
): Readonly<Record<ComparedField, number>> {
  return {
    calls: a.calls + b.calls,
    inputTokens: a.inputTokens + b.inputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    costNanoUsd: a.costNanoUsd + b.costNanoUsd,
  };
}

/** Calls that were refused before they used anything are in no vendor's export. */
function isUsed(sums: UsageSums): boolean {
  return (
    sums.inputTokens + sums.outputTokens + sums.cacheReadTokens + sums.cacheWrite5mTokens + sums.cacheWrite1hTokens > 0
  );
}

function isApart(theirs: number, ours: number, tolerance: number): boolean {
  return Math.abs(theirs - ours) > tolerance * Math.max(Math.abs(theirs), Math.abs(ours));
}

function nameOf(day: string, model: string): string {
  return `${day} ${model}`;
}

function splitName(name: string): readonly [day: string, model: string] {
  return [name.slice(0, name.indexOf(' ')), name.slice(name.indexOf(' ') + 1)];
}
