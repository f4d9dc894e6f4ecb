/** A day, week or month by the clock of one place. */
export interface CalendarUnit {
  readonly unit: 'day' | 'week' | 'month';
  /** IANA name. */
  readonly timeZone: string;
  /** Minutes after midnight at which a day begins; weeks and months begin with such a day. */
  readonly startMinute?: number | undefined;
  /** 1 is Monday, 7 is Sunday; weeks begin on Monday when left out. */
  readonly startWeekday?: number | undefined;
}

/** Half open, epoch milliseconds. */
export interface Period {
  readonly startsAt: number;
  readonly endsAt: number;
}

interface LocalDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** The last answer for each unit: every call asks, and for a day or more it is the same one. */
const lastPeriods = new Map<string, Period>();
const maxUnits = 1_000;

/** The period that `at` lies in. Throws `RangeError` for a time zone that does not exist. */
export function periodAt(unit: CalendarUnit, at: number): Period {
  const id = `${unit.unit} ${unit.timeZone} ${unit.startMinute} ${unit.startWeekday}`;
  const last = lastPeriods.get(id);
  if (last && last.startsAt <= at && at < last.endsAt) return last;
  const period = findPeriod(unit, at);
  if (lastPeriods.size >= maxUnits) lastPeriods.clear();
  lastPeriods.set(id, period);
  return period;
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false; // a RangeError: there is no such zone
  }
}

/** Minutes after midnight that clocks in `timeZone` show. */
export function minuteOfDay(at: number, timeZone: string): number {
  const local = new Date(at + offsetAt(at, timeZone));
  return local.getUTCHours() * 60 + local.getUTCMinutes();
}

function findPeriod(unit: CalendarUnit, at: number): Period {
  const { timeZone, startMinute = 0 } = unit;
  const minutes = startMinute * minuteMs;
  // Before the day's own beginning it is still the day before.
  const today = localDate(at - minutes, timeZone);
  let first = firstDay(unit, today);
  // A clock that was set in between may put the guess a day off.
  while (startOf(first, unit) > at) first = firstDay(unit, addDays(first, -1));
  let next = nextFirst(unit, first);
  while (startOf(next, unit) <= at) {
    first = next;
    next = nextFirst(unit, first);
  }
  return { startsAt: startOf(first, unit), endsAt: startOf(next, unit) };
}

function firstDay({ unit, startWeekday = 1 }: CalendarUnit, date: LocalDate): LocalDate {
  switch (unit) {
    case 'day':
      return date;
    case 'week':
      return addDays(date, -((weekdayOf(date) - startWeekday + 7) % 7));
    case 'month':
      return { ...date, day: 1 };
  }
}

function nextFirst({ unit }: CalendarUnit, first: LocalDate): LocalDate {
  if (unit === 'day') return addDays(first, 1);
  if (unit === 'week') return addDays(first, 7);
  return first.month === 12
    ? { year: first.year + 1, month: 1, day: 1 }
    : { year: first.year, month: first.month + 1, day: 1 };
}

function startOf(date: LocalDate, { timeZone, startMinute = 0 }: CalendarUnit): number {
  return toEpoch(utc(date) + startMinute * minuteMs, timeZone);
}

/**
 * The moment at which clocks in `timeZone` show `wallMs` (a local time written as if it were UTC). A time that is skipped
 * means the moment after the gap; of one that comes twice the first counts.
 */
function toEpoch(wallMs: number, timeZone: string): number {
  const candidates = [offsetAt(wallMs - dayMs, timeZone), offsetAt(wallMs + dayMs, timeZone)].map(
    (offset) => wallMs - offset,
  );
  const exact = candidates.filter((moment) => moment + offsetAt(moment, timeZone) === wallMs);
  if (exact.length > 0) return Math.min(...exact);
  // Skipped: with the offset from before the gap the clock shows a time after it.
  return Math.max(...candidates);
}

/** Local time minus UTC, in milliseconds. */
function offsetAt(at: number, timeZone: string): number {
  const parts = new Map(
    formatterFor(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return wall - Math.floor(at / 1_000) * 1_000;
}

function localDate(at: number, timeZone: string): LocalDate {
  const local = new Date(at + offsetAt(at, timeZone));
  return { year: local.getUTCFullYear(), month: local.getUTCMonth() + 1, day: local.getUTCDate() };
}

function addDays(date: LocalDate, days: number): LocalDate {
  const moved = new Date(utc(date) + days * dayMs);
  return { year: moved.getUTCFullYear(), month: moved.getUTCMonth() + 1, day: moved.getUTCDate() };
}

function weekdayOf(date: LocalDate): number {
  return new Date(utc(date)).getUTCDay() || 7;
}

function utc({ year, month, day }: LocalDate): number {
  return Date.UTC(year, month - 1, day);
}

/** Making one costs a hundred times more than using it. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterFor(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(timeZone, made);
  return made;
}
