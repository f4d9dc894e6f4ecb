import { UsageError } from './usage-error.ts';

const unitsMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** A length of time as people write it: `90s`, `24h`, `30d`. */
export function parseSpan(flag: string, text: string): number {
  const ms = spanOf(text);
  if (ms !== undefined) return ms;
  throw new UsageError(`--${flag} must be a span such as 24h or 30d.`);
}

function spanOf(text: string): number | undefined {
  const span = /^(\d{1,6})([smhdw])$/.exec(text);
  return span ? Number(span[1]) * (unitsMs[span[2] ?? ''] ?? 0) : undefined;
}

/**
 * A time as people write it: `2h` or `30d` (counted from `from` in `direction`), an ISO date or time (local when it names
 * no zone), or epoch milliseconds.
 */
export function parseMoment(
  flag: string,
  text: string,
  { from, direction }: { from: number; direction: 1 | -1 },
): number {
  const span = spanOf(text);
  if (span !== undefined) return from + direction * span;
  if (/^\d{12,14}$/.test(text)) return Number(text);
  const isIso = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(text);
  // NOTE: Date.parse takes a date alone as UTC; with a time and no zone it is local.
  const moment = isIso ? Date.parse(text.length === 10 ? `${text}T00:00` : text) : Number.NaN;
  if (Number.isFinite(moment) && moment >= 0) return moment;
  throw new UsageError(`--${flag} must be a span such as 2h or 7d, a date such as 2027-01-31, or epoch milliseconds.`);
}

/** `2026-11-23 14:05` in local time. */
export function dateTime(moment: number): string {
  const date = new Date(moment);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${timeOfDay(date)}`;
}

/** `11-23 14:05`: for lists of recent things. */
export function shortTime(moment: number): string {
  const date = new Date(moment);
  return `${two(date.getMonth() + 1)}-${two(date.getDate())} ${timeOfDay(date)}`;
}

/** `850 ms`, `12.3 s`, `4 min`, `3 h`, `2 d`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 2 * 86_400_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}

function timeOfDay(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
