import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CalendarUnit, periodAt } from './calendar.ts';

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/St_Johns',
  'Asia/Kolkata',
  'Pacific/Chatham',
  'America/Sao_Paulo',
  'Africa/Cairo',
  'Australia/Lord_Howe',
  'America/Santiago',
];
const anyUnit: fc.Arbitrary<CalendarUnit> = fc.record({
  unit: fc.constantFrom('day' as const, 'week' as const, 'month' as const),
  timeZone: fc.constantFrom(...zones),
  startMinute: fc.constantFrom(0, 150, 540, 1_410),
  startWeekday: fc.integer({ min: 1, max: 7 }),
});
const anyMoment = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2030, 0, 1) });

describe('periodAt', () => {
  test('periods cover all time without gap or overlap, in every zone', () => {
    fc.assert(
      fc.property(anyUnit, anyMoment, (unit, at) => {
        const { startsAt, endsAt } = periodAt(unit, at);
        expect(startsAt).toBeLessThanOrEqual(at);
        expect(endsAt).toBeGreaterThan(at);
        expect(periodAt(unit, startsAt)).toEqual({ startsAt, endsAt });
        expect(periodAt(unit, endsAt - 1)).toEqual({ startsAt, endsAt });
        expect(periodAt(unit, endsAt).startsAt).toBe(endsAt);
      }),
    );
  });

  test.each<[string, CalendarUnit, string, string, string]>([
    [
      'a day in half-hour zones',
      { unit: 'day', timeZone: 'Asia/Kolkata' },
      '2026-11-28T19:00Z',
      '2026-11-28T18:30Z',
      '2026-11-29T18:30Z',
    ],
    [
      'the long day in autumn',
      { unit: 'day', timeZone: 'Europe/Berlin' },
      '2026-10-25T12:00Z',
      '2026-10-24T22:00Z',
      '2026-10-25T23:00Z',
    ],
    [
      'the short day in spring',
      { unit: 'day', timeZone: 'Europe/Berlin' },
      '2026-03-29T12:00Z',
      '2026-03-28T23:00Z',
      '2026-03-29T22:00Z',
    ],
    [
      'a day that begins when clocks skip that time',
      { unit: 'day', timeZone: 'Europe/Berlin', startMinute: 150 },
      '2026-03-29T12:00Z',
      '2026-03-29T01:30Z',
      '2026-03-30T00:30Z',
    ],
    [
      'a week from Monday',
      { unit: 'week', timeZone: 'UTC' },
      '2026-11-28T00:00Z',
      '2026-11-23T00:00Z',
      '2026-11-30T00:00Z',
    ],
    [
      'a week from Saturday at nine',
      { unit: 'week', timeZone: 'UTC', startWeekday: 6, startMinute: 540 },
      '2026-11-28T08:59Z',
      '2026-11-21T09:00Z',
      '2026-11-28T09:00Z',
    ],
    [
      'a month',
      { unit: 'month', timeZone: 'America/New_York' },
      '2026-12-31T12:00Z',
      '2026-12-01T05:00Z',
      '2027-01-01T05:00Z',
    ],
    [
      'a day behind Greenwich',
      { unit: 'day', timeZone: 'America/St_Johns' },
      '2026-11-28T03:00Z',
      '2026-11-27T03:30Z',
      '2026-11-28T03:30Z',
    ],
  ])('%s', (_, unit, at, startsAt, endsAt) => {
    expect(periodAt(unit, Date.parse(at))).toEqual({ startsAt: Date.parse(startsAt), endsAt: Date.parse(endsAt) });
  });

  test('a zone that does not exist is refused', () => {
    expect(() => periodAt({ unit: 'day', timeZone: 'Mars/Olympus' }, 0)).toThrow(RangeError);
  });
});
