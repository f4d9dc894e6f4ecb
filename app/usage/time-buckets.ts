import { type RawBuilder, sql } from 'kysely';
import { slotMs } from '../store/rollup-sql.ts';

type TimeUnit = 'day' | 'hour';

/** From which quarter hour on a zone is so many quarter hours ahead of UTC. */
interface Stretch {
  readonly from: number;
  readonly offset: number;
}

const minuteMs = 60_000;
const slotsInHour = 4;
const slotsInDay = 96;
/** No place sets its clocks twice in this time. */
const slotsInStep = 7 * slotsInDay;

/** Names the day or the hour of a moment in one time zone. Throws `RangeError` for a zone that does not exist. */
export function timeNamer(unit: TimeUnit, timeZone: string): (moment: number) => string {
  const offsetAt = offsetReader(timeZone);
  return (moment) => {
    const offset = offsetAt(moment);
    const local = new Date(moment + offset * minuteMs).toISOString();
    // With the offset the hour that a clock shows twice in autumn has two names.
    return unit === 'day' ? local.slice(0, 10) : `${local.slice(0, 10)} ${local.slice(11, 13)}:00${offsetText(offset)}`;
  };
}

/**
 * Quarter hours of one local day or hour come together in the database: to send each of them takes far longer than to add
 * them up.
 */
export function bucketOf(
  unit: TimeUnit,
  timeZone: string,
  slots: { readonly first: number; readonly end: number },
): RawBuilder<unknown> {
  const stretches = stretchesOf(timeZone, slots);
  const isWhole = stretches.every(({ offset }) => Number.isInteger(offset));
  if (!isWhole) return sql`slot`;
  const size = unit === 'day' ? slotsInDay : slotsInHour;
  const [first = { from: 0, offset: 0 }, ...later] = stretches;
  // Both clocks of an hour that comes twice are hours of their own.
  const bucket = ({ offset }: Stretch) =>
    unit === 'day'
      ? sql`(slot + ${sql.lit(offset)}) / ${sql.lit(size)}`
      : sql`(slot + ${sql.lit(offset)}) / ${sql.lit(size)} * 1000 + ${sql.lit(offset)}`;
  if (later.length === 0) return bucket(first);
  const cases = later.toReversed().map((stretch) => sql`when slot >= ${sql.lit(stretch.from)} then ${bucket(stretch)}`);
  return sql`case ${sql.join(cases, sql` `)} else ${bucket(first)} end`;
}

function stretchesOf(
  timeZone: string,
  { first, end }: { readonly first: number; readonly end: number },
): readonly Stretch[] {
  const read = offsetReader(timeZone);
  const offsetAt = (slot: number) => (read(slot * slotMs) * minuteMs) / slotMs;
  const stretches: Stretch[] = [{ from: first, offset: offsetAt(first) }];
  let offset = offsetAt(first);
  for (let slot = first; slot < end; slot += slotsInStep) {
    const next = offsetAt(slot + slotsInStep);
    if (next === offset) continue;
    stretches.push({ from: changeIn(slot, slot + slotsInStep, offsetAt), offset: next });
    offset = next;
  }
  return stretches;
}

/** The first slot with the later offset. */
function changeIn(before: number, after: number, offsetAt: (slot: number) => number): number {
  const later = offsetAt(after);
  let [low, high] = [before, after];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle) === later) high = middle;
    else low = middle;
  }
  return high;
}

/** Minutes that a zone is ahead of UTC. */
function offsetReader(timeZone: string): (moment: number) => number {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  return (moment) => {
    const name = format.formatToParts(moment).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours = '0', minutes = '0'] = /([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  };
}

function offsetText(minutes: number): string {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
}
