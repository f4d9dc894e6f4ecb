import { expect, test } from 'vitest';
import { dayOf } from '../../i18n/local-time.ts';
import { daysOf, readRange } from './range.ts';

const now = new Date(2026, 10, 23, 15, 4).getTime();

test('seven days are today and the six before it, from midnight on', () => {
  const range = readRange(new URLSearchParams('range=week'), now);
  expect(range).toEqual({ name: 'week', since: new Date(2026, 10, 17).getTime(), before: undefined });
  expect(daysOf(range, now)).toEqual([17, 18, 19, 20, 21, 22, 23].map((day) => `2026-11-${day}`));
});

test('days of one’s own include the last one', () => {
  const range = readRange(new URLSearchParams('range=custom&from=2026-10-30&to=2026-11-01'), now);
  expect(range.name).toBe('custom');
  expect(daysOf(range, now)).toEqual(['2026-10-30', '2026-10-31', '2026-11-01']);
  expect(dayOf((range.before ?? 0) - 1)).toBe('2026-11-01');
});

test.each(['range=custom&from=2026-11-02&to=2026-11-01', 'range=custom&from=x&to=2026-11-01', 'range=century', ''])(
  'an address that makes no sense (%s) shows seven days',
  (search) => {
    expect(readRange(new URLSearchParams(search), now).name).toBe('week');
  },
);
