import { addedOf, figureOf, type Pick, type Round, ratioOf } from './figures.ts';
import type { Spread } from './statistics.ts';

export interface Goal {
  readonly text: string;
  readonly limit: number;
  readonly unit: '×' | 'µs' | 'ms' | 'MiB' | 's';
  /** A rate must be at least the limit; everything else at most. */
  readonly isAtLeast: boolean;
  read(rounds: readonly Round[]): Spread | undefined;
}

export interface Verdict {
  readonly text: string;
  readonly limit: number;
  readonly unit: Goal['unit'];
  readonly isAtLeast: boolean;
  /** Absent when the run did not measure it. */
  readonly value: Spread | undefined;
  readonly isMet: boolean | undefined;
}

/**
 * Other relays are not run here. By the table of performance.md, 7 × Portkey is 0.68 of the raw pass-through's requests/s,
 * and 50 × claude-relay-service is 0.67.
 */
const rateOfRaw = 0.68;
/** "No worse", with room for the noise of a p99. */
const noWorse = 1.1;

/** The goals of performance.md that one run can show. */
export const goals: readonly Goal[] = [
  ratio('small JSON: CPU per request over raw', 'json-64', { figure: 'cpuMicros', limit: 1.5 }),
  { ...ratio('small JSON: requests/s of raw', 'json-64', { figure: 'perSecond', limit: rateOfRaw }), isAtLeast: true },
  ratio('200 KB bodies: CPU over raw', 'body-200k', { figure: 'cpuMicros', limit: 1.25 }),
  ratio('2 MB bodies: CPU over raw', 'body-2m', { figure: 'cpuMicros', limit: 1.25 }),
  ratio('1,000 streams: CPU per event over raw', 'streams-1000', { figure: 'cpuMicros', limit: 1.15 }),
  ratio('1,000 streams: delay p99 over raw', 'streams-1000', { figure: 'delayP99', limit: noWorse }),
  added('1 client: added p50', 'json-1', { figure: 'p50', limit: 0.3 }),
  added('1 client: added p99', 'json-1', { figure: 'p99', limit: 2 }),
  added('100 requests/s: added p50', 'open-100', { figure: 'p50', limit: 0.3 }),
  added('100 requests/s: added p99', 'open-100', { figure: 'p99', limit: 2 }),
  added('500 streams: first content, added p99', 'streams-500', { figure: 'firstP99', limit: 5 }),
  absolute('idle memory', { scenario: 'start', figure: 'idleMib' }, { limit: 110, unit: 'MiB' }),
  absolute('memory at 1,000 streams', { scenario: 'streams-1000', figure: 'peakMib' }, { limit: 220, unit: 'MiB' }),
  absolute('mixed load: delay p99', { scenario: 'mixed', figure: 'delayP99' }, { limit: 10, unit: 'ms' }),
  absolute(
    'crossing protocols: added CPU per event, worst pair',
    { scenario: 'crossing-event', figure: 'worst' },
    { limit: 4, unit: 'µs' },
  ),
  absolute('choosing among 50 accounts', { scenario: 'choosing', figure: 'micros' }, { limit: 20, unit: 'µs' }),
  absolute(
    'admission and settlement, 1 limit: p99',
    { scenario: 'admission', figure: 'p99of1' },
    { limit: 0.3, unit: 'ms' },
  ),
  absolute(
    'admission and settlement, 4 limits: p99',
    { scenario: 'admission', figure: 'p99of4' },
    { limit: 0.3, unit: 'ms' },
  ),
  absolute('start to first served call', { scenario: 'start', figure: 'seconds' }, { limit: 0.45, unit: 's' }),
];

export function judge(rounds: readonly Round[]): readonly Verdict[] {
  return goals.map(({ read, ...goal }) => {
    const value = read(rounds);
    if (!value) return { ...goal, value, isMet: undefined };
    return { ...goal, value, isMet: goal.isAtLeast ? value.median >= goal.limit : value.median <= goal.limit };
  });
}

interface Bound {
  readonly figure: string;
  readonly limit: number;
}

function ratio(text: string, scenario: string, { figure, limit }: Bound): Goal {
  return { text, limit, unit: '×', isAtLeast: false, read: (rounds) => ratioOf(rounds, { scenario, figure }) };
}

function added(text: string, scenario: string, { figure, limit }: Bound): Goal {
  return { text, limit, unit: 'ms', isAtLeast: false, read: (rounds) => addedOf(rounds, { scenario, figure }) };
}

function absolute(text: string, pick: Pick, { limit, unit }: { limit: number; unit: Goal['unit'] }): Goal {
  return { text, limit, unit, isAtLeast: false, read: (rounds) => figureOf(rounds, 'relay', pick) };
}
