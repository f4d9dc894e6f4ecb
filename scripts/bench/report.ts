import { figureOf, type Round, ratioOf, type TargetName } from './figures.ts';
import type { Verdict } from './goals.ts';
import { scenarios } from './scenarios.ts';
import type { Spread } from './statistics.ts';
import { pairNames } from './translation.ts';

interface Row {
  readonly scenario: string;
  readonly figure: string;
  readonly label: string;
}

const jsonRows = [
  ['perSecond', 'requests/s'],
  ['cpuMicros', 'CPU µs'],
  ['p50', 'p50 ms'],
  ['p95', 'p95 ms'],
  ['p99', 'p99 ms'],
] as const;
const streamRows = [
  ['perSecond', 'events/s'],
  ['cpuMicros', 'CPU µs/event'],
  ['firstP50', 'first p50 ms'],
  ['firstP99', 'first p99 ms'],
  ['delayP50', 'delay p50 ms'],
  ['delayP99', 'delay p99 ms'],
  ['peakMib', 'RSS MiB'],
  ['lost', 'streams lost'],
] as const;
const startRows = [
  ['seconds', 'first call s'],
  ['idleMib', 'idle MiB'],
] as const;

/** Client ← upstream, in microseconds of CPU above passing bytes on. */
const crossingRows = [...pairNames, 'worst'].map((name) => [name, name] as const);
const choosingRows = [['micros', 'CPU µs']] as const;
const admissionRows = [
  ['p50of1', '1 limit: p50 ms'],
  ['p99of1', '1 limit: p99 ms'],
  ['p50of4', '4 limits: p50 ms'],
  ['p99of4', '4 limits: p99 ms'],
] as const;
const crossingTitles: readonly (readonly [id: string, title: string])[] = [
  ['crossing-event', 'crossing, µs per event'],
  ['crossing-request', 'crossing, µs per 20 KB'],
];

const targets: readonly TargetName[] = ['direct', 'raw', 'relay'];
const widths = [24, 35, 20, 22, 22, 6] as const;

/** Every figure, medians with their range, one block for each scenario. */
export function figuresTable(rounds: readonly Round[]): string {
  const head = line(['', '', 'direct', 'raw', 'relay', '×']);
  const titles = new Map([
    ['start', 'start'],
    ...scenarios.map(({ id, title }) => [id, title] as const),
    ['choosing', 'choice of 50 accounts'],
    ['admission', 'limits: admit and settle'],
    ...crossingTitles,
  ]);
  const blocks = [...titles].flatMap(([id, title]) =>
    rowsOf(id, rounds).map((row, index) =>
      line([
        index === 0 ? title : '',
        row.label,
        ...targets.map((target) => range(figureOf(rounds, target, row))),
        number(ratioOf(rounds, row)?.median),
      ]),
    ),
  );
  return [head, ...blocks].join('\n');
}

export function goalsTable(verdicts: readonly Verdict[]): string {
  return verdicts
    .map(({ text, limit, unit, isAtLeast, value, isMet }) => {
      const mark = isMet === undefined ? '–' : isMet ? 'met' : 'MISSED';
      const measured = value ? `${range(value)} ${unit}` : 'not measured';
      return `${mark.padEnd(7)} ${text.padEnd(42)} ${measured.padStart(26)}   ${isAtLeast ? '≥' : '≤'} ${limit} ${unit}`;
    })
    .join('\n');
}

/** The relay's changes against an earlier run, as multiples of raw where there is a raw figure: machines differ. */
export function differences(rounds: readonly Round[], before: readonly Round[]): string {
  const lines = Object.keys(rounds[0] ?? {}).flatMap((scenario) =>
    rowsOf(scenario, rounds).flatMap((row) => {
      const now = ratioOf(rounds, row)?.median;
      const then = ratioOf(before, row)?.median;
      if (now === undefined || then === undefined || Math.abs(now / then - 1) < notable) return [];
      const change = `${number(then)} → ${number(now)}`;
      return [
        `${scenario.padEnd(14)} ${row.label.padEnd(14)} ${change.padStart(18)} × raw (${percent(now / then - 1)})`,
      ];
    }),
  );
  return lines.length === 0 ? 'nothing moved by more than 10 %' : lines.join('\n');
}

const notable = 0.1;

function rowsOf(scenario: string, rounds: readonly Round[]): Row[] {
  return rowsFor(scenario)
    .map(([figure, label]) => ({ scenario, figure, label }))
    .filter((row) => targets.some((target) => figureOf(rounds, target, row)));
}

function rowsFor(scenario: string): readonly (readonly [figure: string, label: string])[] {
  if (scenario === 'start') return startRows;
  if (scenario === 'choosing') return choosingRows;
  if (scenario === 'admission') return admissionRows;
  if (scenario.startsWith('crossing')) return crossingRows;
  return isStream(scenario) ? streamRows : jsonRows;
}

function isStream(scenario: string): boolean {
  return scenarios.some(({ id, load }) => id === scenario && load.kind === 'streams');
}

function line(cells: readonly string[]): string {
  return cells
    .map((cell, index) => (index < 2 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)))
    .join(' ')
    .trimEnd();
}

function range(value: Spread | undefined): string {
  if (!value) return '';
  if (value.min === value.max) return number(value.median);
  return `${number(value.median)} (${number(value.min)}–${number(value.max)})`;
}

function number(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '';
  const size = Math.abs(value);
  if (size >= 1_000) return `${(value / 1_000).toFixed(1)}k`;
  if (size >= 100) return value.toFixed(0);
  return value.toFixed(size >= 10 ? 1 : 2);
}

function percent(part: number): string {
  return `${part > 0 ? '+' : ''}${Math.round(part * 100)} %`;
}
