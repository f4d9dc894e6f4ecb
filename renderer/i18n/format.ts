const nanoPerUsd = 1e9;
const oneCentNanoUsd = 1e7;

export function formatClock(ms: number, language: string): string {
  return clockOf(language).format(ms);
}

/** When something happened: to the second today, with the date otherwise. */
export function formatPast(ms: number, language: string, nowMs: number): string {
  return isSameDay(ms, nowMs) ? formatClock(ms, language) : formatDay(ms, language);
}

/** When something will happen: to the minute today, with the date otherwise. */
export function formatFuture(ms: number, language: string, nowMs: number): string {
  if (!isSameDay(ms, nowMs)) return formatDay(ms, language);
  return minuteOf(language).format(ms);
}

export function formatCount(count: number, language: string): string {
  return countOf(language).format(count);
}

/** Small sums keep the digits that tell them apart. */
export function formatCost(nanoUsd: number, language: string): string {
  const isSmall = nanoUsd !== 0 && Math.abs(nanoUsd) < oneCentNanoUsd;
  return (isSmall ? smallCostOf : costOf)(language).format(nanoUsd / nanoPerUsd);
}

function formatDay(ms: number, language: string): string {
  return dayOf(language).format(ms);
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
  const { length, format } = units.find(({ below }) => ms < below) ?? longest;
  return format(language).format(ms / length);
}

/** How long a window is, in whole words: 5 hours, 7 days. */
export function formatSpan(ms: number, language: string): string {
  const { length, format } = spans.find(({ length: unit }) => ms % unit === 0) ?? shortestSpan;
  return format(language).format(ms / length);
}

/** With the unit that fits: 240 B, 3.2 kB, 4 MB. */
export function formatBytes(bytes: number, language: string): string {
  const { length, format } = sizes.find(({ below }) => bytes < below) ?? largest;
  return format(language).format(bytes / length);
}

// A formatter takes longer to make than a row of a table to draw: each is made once for a language.

const clockOf = once((locale) => new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }));
const minuteOf = once((locale) => new Intl.DateTimeFormat(locale, { timeStyle: 'short' }));
const dayOf = once((locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }));
const countOf = once((locale) => new Intl.NumberFormat(locale));
const costOf = once((locale) => costFormat(locale, 4));
const smallCostOf = once((locale) => costFormat(locale, 6));

const longest = { length: 60_000, format: unitOf('minute', 1) };
const units = [
  { below: 1_000, length: 1, format: unitOf('millisecond', 0) },
  { below: 60_000, length: 1_000, format: unitOf('second', 1) },
];

const shortestSpan = { length: 60_000, format: unitOf('minute', 0, 'long') };
const spans = [
  { length: 86_400_000, format: unitOf('day', 0, 'long') },
  { length: 3_600_000, format: unitOf('hour', 0, 'long') },
];

const largest = { length: 1_000_000, format: unitOf('megabyte', 1) };
const sizes = [
  { below: 1_000, length: 1, format: unitOf('byte', 0) },
  { below: 1_000_000, length: 1_000, format: unitOf('kilobyte', 1) },
];

function costFormat(locale: string, maximumFractionDigits: number): Intl.NumberFormat {
  return new Intl.NumberFormat(locale, {
    ...{ style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol' },
    ...{ minimumFractionDigits: 2, maximumFractionDigits },
  });
}

function unitOf(unit: string, maximumFractionDigits: number, unitDisplay: 'short' | 'long' = 'short') {
  return once((locale) => {
    return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay, maximumFractionDigits });
  });
}

function once<Format>(make: (locale: string) => Format): (language: string) => Format {
  const made = new Map<string, Format>();
  return (language) => {
    const locale = localeOf(language);
    const found = made.get(locale);
    if (found !== undefined) return found;
    const format = make(locale);
    made.set(locale, format);
    return format;
  };
}

export function formatMoney(amount: number, currency: string, language: string): string {
  const isCode = /^[A-Z]{3}$/.test(currency);
  const format = new Intl.NumberFormat(localeOf(language), isCode ? { style: 'currency', currency } : {});
  return isCode ? format.format(amount) : `${format.format(amount)} ${currency}`;
}
