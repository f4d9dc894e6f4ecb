const nanoPerUsd = 1e9;
const oneCentNanoUsd = 1e7;

export function formatClock(ms: number, language: string): string {
  return new Intl.DateTimeFormat(localeOf(language), { timeStyle: 'medium' }).format(ms);
}

/** When something happened: to the second today, with the date otherwise. */
export function formatPast(ms: number, language: string, nowMs: number): string {
  return isSameDay(ms, nowMs) ? formatClock(ms, language) : formatDay(ms, language);
}

/** When something will happen: to the minute today, with the date otherwise. */
export function formatFuture(ms: number, language: string, nowMs: number): string {
  if (!isSameDay(ms, nowMs)) return formatDay(ms, language);
  return new Intl.DateTimeFormat(localeOf(language), { timeStyle: 'short' }).format(ms);
}

export function formatCount(count: number, language: string): string {
  return new Intl.NumberFormat(localeOf(language)).format(count);
}

/** Small sums keep the digits that tell them apart. */
export function formatCost(nanoUsd: number, language: string): string {
  const digits = nanoUsd !== 0 && Math.abs(nanoUsd) < oneCentNanoUsd ? 6 : 4;
  return new Intl.NumberFormat(localeOf(language), {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: 2,
    maximumFractionDigits: digits,
  }).format(nanoUsd / nanoPerUsd);
}

function formatDay(ms: number, language: string): string {
  return new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'medium', timeStyle: 'short' }).format(ms);
}

function isSameDay(ms: number, nowMs: number): boolean {
  return new Date(ms).toDateString() === new Date(nowMs).toDateString();
}

/** The person's own region where it speaks the page's language: 24 hours in Britain, 12 in America. */
function localeOf(language: string): string {
  const [spoken] = language.split('-');
  return navigator.languages.find((locale) => locale.split('-')[0] === spoken) ?? language;
}

/** With the unit that fits: 240 ms, 3.2 s, 4 min. */
export function formatDuration(ms: number, language: string): string {
  const { unit, length, digits } = units.find(({ below }) => ms < below) ?? longest;
  return new Intl.NumberFormat(localeOf(language), {
    ...{ style: 'unit', unit, unitDisplay: 'short' },
    maximumFractionDigits: digits,
  }).format(ms / length);
}

const longest = { unit: 'minute', length: 60_000, digits: 1 };
const units = [
  { below: 1_000, unit: 'millisecond', length: 1, digits: 0 },
  { below: 60_000, unit: 'second', length: 1_000, digits: 1 },
];
