import fc from 'fast-check';
import { expect, test } from 'vitest';
import { timeNamer } from './time-buckets.ts';

const zones = [
  'UTC',
  'Europe/Berlin',
  'Asia/Kolkata',
  'America/St_Johns',
  'Pacific/Chatham',
  'Australia/Lord_Howe',
  'America/New_York',
];

/** As the platform itself says it. */
function plainly(moment: number, timeZone: string) {
  const parts = new Intl.DateTimeFormat('en-CA', {
    ...{ timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', hourCycle: 'h23' },
    timeZoneName: 'longOffset',
  }).formatToParts(moment);
  const part = (name: string) => parts.find(({ type }) => type === name)?.value ?? '';
  const day = `${part('year')}-${part('month')}-${part('day')}`;
  return [day, `${day} ${part('hour')}:00${part('timeZoneName').replace('GMT', '') || '+00:00'}`];
}

test('days and hours are named as the clocks of a place show them, also around the moments at which they are set', () => {
  const quarterHours = fc.integer({ min: Date.UTC(2000, 0) / 900_000, max: Date.UTC(2060, 0) / 900_000 });
  const changes = [
    Date.UTC(2026, 2, 29, 1),
    Date.UTC(2026, 9, 25, 1),
    Date.UTC(2026, 10, 1, 6),
    Date.UTC(2026, 3, 4, 15),
  ];
  const around = fc.tuple(fc.constantFrom(...changes), fc.integer({ min: -200, max: 200 }));
  const moments = fc.oneof(
    quarterHours.map((slot) => slot * 900_000),
    around.map(([at, slots]) => at + slots * 900_000),
  );
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.array(moments, { minLength: 1, maxLength: 20 }), (zone, all) => {
      const [day, hour] = [timeNamer('day', zone), timeNamer('hour', zone)];
      for (const moment of all) expect([day(moment), hour(moment)]).toEqual(plainly(moment, zone));
    }),
    { numRuns: 300 },
  );
  expect(() => timeNamer('day', 'Nowhere/Land')).toThrow(RangeError);
});
