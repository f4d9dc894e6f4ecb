import type { Output } from '../../../app/server/admin/contract.ts';

type Day = Output<'reconcileUsage'>[number];

const fields = [
  'calls',
  'inputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'outputTokens',
  'costNanoUsd',
] as const satisfies readonly (keyof NonNullable<Day['ours']>)[];

export interface ReconciledLine {
  readonly day: string;
  readonly model: string;
  readonly field: (typeof fields)[number];
  readonly theirs: number;
  readonly ours: number;
}

/** A line for each number that differs. */
export function linesOf(days: readonly Day[]): readonly ReconciledLine[] {
  return days.flatMap(({ day, model, theirs, ours, differs }) =>
    fields
      .filter((field) => differs.includes(field))
      .map((field) => ({ day, model, field, theirs: theirs?.[field] ?? 0, ours: ours?.[field] ?? 0 })),
  );
}
