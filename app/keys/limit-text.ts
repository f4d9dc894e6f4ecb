import { RelayError } from '../domain/errors.ts';
import type { KeyLimit, LimitMode, LimitWindow } from './limit.ts';

// Limits as people write them: `requests=10/minute`, `cost=5usd/day`, `tokens:claude-opus-*=2m/5h,strict`.

const nanoPerUsd = 1e9;
const factors: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, b: 1e9 };
const modes: Readonly<Record<string, LimitMode>> = { strict: 'strict', smooth: 'smooth', shadow: 'shadow' };
const weekdays: readonly string[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const unitsMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const maxLengthMs = 400 * 86_400_000;
const form =
  /^(requests|tokens|cost)(?::([^=]+))?=([\d._]+)\s*([a-z$]*)\/([a-z0-9]+)(?:@([a-z0-9:.-]+))?(?:,([a-z]+))?$/i;

/** `timeZone` is what days, weeks and months go by. Throws `request-invalid` with a sentence that says how to write it. */
export function parseLimit(text: string, timeZone: string): KeyLimit {
  const [, measure = '', models, number = '', unit = '', window = '', start, mode = 'smooth'] =
    form.exec(text.trim()) ?? [];
  const amount = amountOf(measure, number, unit.toLowerCase());
  const found = windowOf(window.toLowerCase(), start?.toLowerCase(), timeZone);
  const chosen = Object.hasOwn(modes, mode.toLowerCase()) ? modes[mode.toLowerCase()] : undefined;
  if (amount === undefined || found === undefined || chosen === undefined) throw unreadable(text);
  return {
    measure: measure.toLowerCase() === 'cost' ? 'cost' : measure.toLowerCase() === 'tokens' ? 'tokens' : 'requests',
    amount,
    window: found,
    ...(models === undefined ? {} : { models: models.split('|').map((pattern) => pattern.trim()) }),
    mode: chosen,
  };
}

/** As `parseLimit` reads it. */
export function limitText({ measure, amount, window, models, mode }: KeyLimit): string {
  const family = models === undefined || models.length === 0 ? '' : `:${models.join('|')}`;
  const value = measure === 'cost' ? `${amount / nanoPerUsd}usd` : String(amount);
  return `${measure}${family}=${value}/${windowText(window)}${mode === 'smooth' ? '' : `,${mode}`}`;
}

function amountOf(measure: string, number: string, unit: string): number | undefined {
  const value = Number(number.replaceAll('_', ''));
  const isMoney = measure.toLowerCase() === 'cost';
  if (!Number.isFinite(value) || isMoney !== (unit === 'usd' || unit === '$')) return undefined;
  const factor = isMoney ? nanoPerUsd : Object.hasOwn(factors, unit) ? factors[unit] : undefined;
  const amount = factor === undefined ? Number.NaN : Math.round(value * factor);
  return Number.isSafeInteger(amount) && amount > 0 ? amount : undefined;
}

/** `minute`, `hour`, `5h` and `30m` roll; `day`, `week` and `month` go by the calendar. */
function windowOf(text: string, start: string | undefined, timeZone: string): LimitWindow | undefined {
  if (start === undefined) {
    if (text === 'total') return { kind: 'total' };
    const [, count = '1', unit = ''] = /^(\d{1,4})([mhd])$/.exec({ minute: '1m', hour: '1h' }[text] ?? text) ?? [];
    const lengthMs = Number(count) * (unitsMs[unit] ?? 0);
    if (lengthMs > 0) return lengthMs <= maxLengthMs ? { kind: 'rolling', lengthMs } : undefined;
  }
  if (text !== 'day' && text !== 'week' && text !== 'month') return undefined;
  const begins = startOf(start ?? '', text);
  return begins && { kind: 'calendar', unit: text, timeZone, ...begins };
}

/** `06:00`, `mon` or `mon-06:00`. */
function startOf(text: string, unit: 'day' | 'week' | 'month') {
  if (text === '') return {};
  const [, day, hour = '0', minute = '0'] = /^(?:([a-z]{3})-?)?(?:(\d{1,2}):(\d{2}))?$/.exec(text) ?? [];
  const minutes = Number(hour) * 60 + Number(minute);
  const weekday = day === undefined ? 0 : weekdays.indexOf(day) + 1;
  if ((day !== undefined && (weekday === 0 || unit !== 'week')) || Number(hour) > 23 || Number(minute) > 59)
    return undefined;
  if (day === undefined && !text.includes(':')) return undefined;
  return { ...(weekday > 0 && { startWeekday: weekday }), ...(minutes > 0 && { startMinute: minutes }) };
}

function windowText(window: LimitWindow): string {
  if (window.kind === 'total') return 'total';
  if (window.kind === 'rolling') {
    if (window.lengthMs === unitsMs['m']) return 'minute';
    if (window.lengthMs === unitsMs['h']) return 'hour';
    return window.lengthMs % (unitsMs['h'] ?? 1) === 0
      ? `${window.lengthMs / 3_600_000}h`
      : `${window.lengthMs / 60_000}m`;
  }
  const { unit, startMinute = 0, startWeekday } = window;
  const day = startWeekday === undefined ? '' : (weekdays[startWeekday - 1] ?? '');
  const clock = startMinute === 0 ? '' : `${Math.floor(startMinute / 60)}:${String(startMinute % 60).padStart(2, '0')}`;
  return day === '' && clock === '' ? unit : `${unit}@${[day, clock].filter((part) => part !== '').join('-')}`;
}

function unreadable(text: string): RelayError {
  return new RelayError(
    'request-invalid',
    `The limit "${text}" cannot be read. Write it like requests=10/minute, tokens=2m/5h, cost=5usd/day, ` +
      'cost:claude-opus-*=20usd/week@mon or cost=100usd/total; add ,strict or ,shadow for another mode.',
  );
}
