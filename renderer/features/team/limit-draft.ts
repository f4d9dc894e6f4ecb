import type { Output } from '../../../app/server/admin/contract.ts';

export type KeyLimit = Output<'showKey'>['limits'][number];
type Window = KeyLimit['window'];

/** Times that a limit can be about, as they are chosen in a form. */
export const timeNames = ['minute', 'hour', '5-hours', '24-hours', 'day', 'week', 'month', 'total'] as const;
export type TimeName = (typeof timeNames)[number];

/** One limit as it is typed. */
export interface LimitDraft {
  readonly measure: KeyLimit['measure'];
  readonly amount: string;
  /** `kept`: as it was, because no name here says it. */
  readonly time: TimeName | 'kept';
  readonly mode: KeyLimit['mode'];
  /** Model patterns with commas between; empty for all. */
  readonly models: string;
  readonly kept?: Window | undefined;
}

const minuteMs = 60_000;
const nanoPerUsd = 1e9;
const rolling: ReadonlyMap<TimeName, number> = new Map([
  ['minute', minuteMs],
  ['hour', 60 * minuteMs],
  ['5-hours', 300 * minuteMs],
  ['24-hours', 1_440 * minuteMs],
]);

export const emptyLimit: LimitDraft = { measure: 'cost', amount: '', time: 'day', mode: 'smooth', models: '' };

export function toDraft({ measure, amount, window, models = [], mode }: KeyLimit): LimitDraft {
  const time = timeOf(window);
  const typed = measure === 'cost' ? String(amount / nanoPerUsd) : String(amount);
  return {
    ...{ measure, amount: typed, mode, models: models.join(', '), time },
    ...(time === 'kept' && { kept: window }),
  };
}

/** Those without an amount are left out. */
export function toLimits(drafts: readonly LimitDraft[], timeZone: string): KeyLimit[] {
  return drafts
    .filter(({ amount }) => amount.trim() !== '')
    .map(({ measure, amount, time, mode, models, kept }) => {
      const patterns = words(models);
      const number = Number(amount) * (measure === 'cost' ? nanoPerUsd : 1);
      return {
        ...{ measure, mode, amount: Math.round(number), window: toWindow(time, kept, timeZone) },
        ...(patterns.length > 0 && { models: patterns }),
      };
    });
}

export function words(text: string): string[] {
  return text
    .split(/[,\n]/)
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

/** The name of a window that begins when everybody's does. */
export function timeOf(window: Window): TimeName | 'kept' {
  if (window.kind === 'total') return 'total';
  if (window.kind === 'calendar') {
    const isPlain = (window.startMinute ?? 0) === 0 && (window.startWeekday ?? 1) === 1;
    return isPlain ? window.unit : 'kept';
  }
  return [...rolling].find(([, lengthMs]) => lengthMs === window.lengthMs)?.[0] ?? 'kept';
}

function toWindow(time: LimitDraft['time'], kept: Window | undefined, timeZone: string): Window {
  if (time === 'total' || (time === 'kept' && !kept)) return { kind: 'total' };
  if (time === 'kept') return kept ?? { kind: 'total' };
  if (time === 'day' || time === 'week' || time === 'month') return { kind: 'calendar', unit: time, timeZone };
  return { kind: 'rolling', lengthMs: rolling.get(time) ?? minuteMs };
}
